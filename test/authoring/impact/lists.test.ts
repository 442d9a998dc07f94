/** Impacts of a store and of files, their full lists, and that nothing is left of one that ends early. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { changeList, LIST_FORMATS, type ListFormat } from '#authoring/impact/change-list';
import { reportLines, reportMarkdown } from '#authoring/impact/impact-text';
import type { Change, ImpactReport } from '#authoring/impact/report';
import { impactFromFiles, impactFromStore } from '#pipeline/impact';
import { loadUpload } from '#pipeline/load-upload';
import { writeSample } from '#sample/write';
import { folder } from '../../support/folders.ts';
import { CHANGES, changed, from } from './changes.ts';

t.setTimeout(900_000);

const RUN_DATE = '20240715';
const ALL = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;
const to = (title: string) => changed(CHANGES.find((change) => change.title === title) as (typeof CHANGES)[number]);
const RETIRED = to('a program retires');
const SELECTED = to('the selection asks for less, and one field changes with it');

/** The files of a few students, and a store with them. */
async function sample(
  t: Test,
  students = 300,
): Promise<{ dir: string; files: { name: string; path: string }[]; storeDir: string }> {
  const dir = folder(t);
  await writeSample({ students, seed: 3, leas: 2, style: 'plain' }, dir);
  const files = ['SENR', 'SINF', 'SPRG', 'SELA', 'SWDS'].map((type) => ({
    name: `${type}.txt`,
    path: join(dir, `${type}.txt`),
  }));
  const storeDir = join(dir, 'store');
  await loadUpload({
    storeDir,
    id: 'up_1',
    sender: 'all',
    files,
    receivedAt: '2024-07-15T00:00:00.000Z',
    loadDay: RUN_DATE,
    rulebook: from,
  });
  return { dir, files, storeDir };
}

const linesOf = (path: string): Change[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Change);

/** What both ways of reading have in common. */
const told = ({ input: _, records: __, ...report }: ImpactReport) => report;

for (const [title, changedRules] of [
  ['a program retires', RETIRED],
  ['the selection changes', SELECTED],
] as const)
  t.test(`${title}: store and files, one thread and two, give one report and one list`, async (t) => {
    const { dir, files, storeDir } = await sample(t);
    const out = (name: string) => ({ to: join(dir, `${name}.ndjson`), format: 'ndjson' as const });
    const common = { from, to: changedRules, request: ALL, runDate: RUN_DATE };
    const alone = await impactFromStore({ ...common, storeDir, workers: 0, out: out('alone') });
    const { tally, ...ofFiles } = await impactFromFiles({ ...common, files, threads: 0, out: out('files') });
    t.ok(alone.rows.changed + alone.rows.appeared > 0, 'there is something to compare');
    t.same({ ...told(ofFiles), students: 0 }, { ...told(alone), students: 0 });
    t.ok(tally.linesRead > 0);
    t.equal(readFileSync(join(dir, 'files.ndjson'), 'utf8'), readFileSync(join(dir, 'alone.ndjson'), 'utf8'));
    const lines = linesOf(join(dir, 'alone.ndjson'));
    t.equal(lines.filter(({ change }) => change === 'value').length, alone.values);
    t.equal(lines.filter(({ change }) => change === 'appears').length, alone.rows.appeared);
    t.equal(reportMarkdown(ofFiles).includes('undefined'), false);
    t.ok(reportLines(alone).length > 5);
  });

t.test('in worker threads', async (t) => {
  const { dir, storeDir } = await sample(t, 8_200);
  const common = { from, to: SELECTED, request: ALL, runDate: RUN_DATE, storeDir };
  const out = (name: string) => ({ to: join(dir, `${name}.ndjson`), format: 'ndjson' as const });
  const alone = await impactFromStore({ ...common, workers: 0, out: out('alone') });
  const side = await impactFromStore({ ...common, workers: 2, out: out('side') });
  t.same(side, alone);
  t.equal(readFileSync(join(dir, 'side.ndjson'), 'utf8'), readFileSync(join(dir, 'alone.ndjson'), 'utf8'));
});

t.test('a request sees its own LEA only', async (t) => {
  const { dir, storeDir } = await sample(t);
  const out = { to: join(dir, 'changes.ndjson'), format: 'ndjson' } as const;
  const request = { ...ALL, reportingLEAs: ['9900001'] };
  const report = await impactFromStore({ from, to: SELECTED, request, runDate: RUN_DATE, storeDir, out });
  const lines = linesOf(out.to);
  t.ok(lines.length > 0);
  t.same(new Set([...lines, ...report.samples].map(({ row }) => row['reportingLEA'])), new Set(['9900001']));
  const { students } = await impactFromStore({ from, to: SELECTED, request: ALL, runDate: RUN_DATE, storeDir });
  t.ok(report.students < students);
});

const AWKWARD: Change = {
  change: 'value',
  row: { ssid: '9900000001', reportingLEA: '9900001', schoolOfAttendance: '0199001', gradeLevelCode: '05' },
  field: '7',
  name: 'Local "Student" ID',
  old: '=1+1',
  new: '<a & b>',
  ruleBefore: '',
  ruleNow: '',
  because: ['selection order', 'parameter x'],
  sentence: 'One, two\nand "three".',
};

t.test('NDJSON, CSV and workbook hold the same changes', async (t) => {
  const { dir, storeDir } = await sample(t);
  const path = (format: ListFormat): string => join(dir, `changes.${format}`);
  for (const format of LIST_FORMATS)
    await impactFromStore({
      from,
      to: SELECTED,
      request: ALL,
      runDate: RUN_DATE,
      storeDir,
      out: { to: path(format), format },
    });
  const lines = linesOf(path('ndjson'));
  const expected = lines.map(cells);
  const workbook = await readXlsx(readFileSync(path('xlsx')));
  const rows = (workbook.sheets[0]?.rows ?? []).map((row) =>
    Array.from({ length: 13 }, (_, i) => String(row[i] ?? '')),
  );
  t.same(rows[0], [
    'change',
    'ssid',
    'reportingLEA',
    'schoolOfAttendance',
    'gradeLevelCode',
    'field',
    'name',
    'old',
    'new',
    'ruleBefore',
    'ruleNow',
    'because',
    'sentence',
  ]);
  t.same(rows.slice(1), expected);
  const csv = csvRows(readFileSync(path('csv'), 'utf8'));
  t.same(csv, rows);
});

const cells = ({
  change,
  row,
  field,
  name,
  old,
  new: now,
  ruleBefore,
  ruleNow,
  because,
  sentence,
}: Change): string[] => [
  change,
  ...Object.values(row),
  field,
  name,
  old ?? '',
  now ?? '',
  ruleBefore,
  ruleNow,
  because.join('; '),
  sentence,
];

/** RFC 4180, in as few words as a test needs. */
const csvRows = (text: string): string[][] =>
  (text.match(/(?:"(?:[^"]|"")*"|[^"\r\n])*\r\n/g) ?? []).map((line) =>
    [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
    ),
  );

t.test('what a spreadsheet would take for a formula is a text', async (t) => {
  const dir = folder(t);
  for (const format of LIST_FORMATS) {
    const list = await changeList(join(dir, `list.${format}`), format, Object.keys(AWKWARD.row));
    await list.write([AWKWARD]);
    await list.finish();
  }
  t.same(linesOf(join(dir, 'list.ndjson')), [AWKWARD]);
  t.same(csvRows(readFileSync(join(dir, 'list.csv'), 'utf8'))[1], cells({ ...AWKWARD, old: "'=1+1" }));
  const bytes = readFileSync(join(dir, 'list.xlsx'));
  const workbook = await readXlsx(bytes);
  t.same(workbook.sheets[0]?.rows[1]?.map(String), cells(AWKWARD));
  t.same(readdirSync(dir).sort(), ['list.csv', 'list.ndjson', 'list.xlsx']);
});

for (const format of LIST_FORMATS)
  t.test(`an impact that is stopped leaves no .${format} behind`, async (t) => {
    const { dir, files, storeDir } = await sample(t);
    const before = readdirSync(dir);
    const out = { to: join(dir, `changes.${format}`), format };
    const stopped = () => {
      const controller = new AbortController();
      controller.abort(new Error('no longer wanted'));
      return { from, to: SELECTED, request: ALL, runDate: RUN_DATE, out, signal: controller.signal };
    };
    await t.rejects(impactFromStore({ ...stopped(), storeDir }), { message: 'no longer wanted' });
    await t.rejects(impactFromFiles({ ...stopped(), files }), { message: 'no longer wanted' });
    writeFileSync(join(dir, 'SENR.txt'), Buffer.from([0xff, 0xfe, 0x00]));
    await t.rejects(
      impactFromFiles({
        from,
        to: SELECTED,
        request: ALL,
        runDate: RUN_DATE,
        out,
        files: [{ name: 'none', path: join(dir, 'none') }],
      }),
    );
    t.same(readdirSync(dir), before);
  });
