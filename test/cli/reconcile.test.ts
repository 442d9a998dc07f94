/** `cenr reconcile`: the state's file against files or a store, in every form that a file comes in. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readXlsx, writeXlsx } from 'hucre/xlsx';
import t from 'tap';
import { loadRulebook } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { LEA, line } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const [SAME, PROGRAM, ONLY_OURS, ONLY_THEIRS, NAME] = [
  '9900000001',
  '9900000002',
  '9900000003',
  '9900000004',
  '9900000005',
] as const;
const REQUEST = ['--lea', LEA, '--academic-year', '2023-2024', '--run-date', '2024-07-15'] as const;
const program = (ssid: string): string =>
  line('SPRG', { ssid, educationProgramCode: '181', educationProgramMembershipStartDate: '20230815' });
const enrollment = (ssid: string, changes: Readonly<Record<string, string>> = {}): string =>
  line('SENR', { ssid, schoolOfAttendance: '0199003', ...changes });

const dir = folder(t);
const path = (name: string): string => join(dir, name);
const write = (name: string, lines: readonly string[]): string => {
  writeFileSync(path(name), `${lines.join('\r\n')}\r\n`);
  return path(name);
};

const ours = write('ours.txt', [
  ...[SAME, PROGRAM, ONLY_OURS, NAME].map((ssid) => enrollment(ssid)),
  program(PROGRAM),
  program(SAME),
]);
write('state.txt', [
  ...[SAME, PROGRAM, ONLY_THEIRS].map((ssid) => enrollment(ssid)),
  enrollment(NAME, { studentLegalFirstName: 'Another' }),
  program(SAME),
]);

/** Rows of the file that the state makes, column by column. */
async function stateFile(): Promise<readonly (readonly string[])[]> {
  const { code, err } = await cenr(
    'extract',
    path('state.txt'),
    ...REQUEST,
    '--out',
    path('cenr.txt'),
    '--no-manifest',
  );
  t.equal(code, 0, err);
  return readFileSync(path('cenr.txt'), 'utf8')
    .trimEnd()
    .split('\r\n')
    .map((row) => row.split('^'));
}

interface Line {
  readonly kind: string;
  readonly found?: string;
  readonly row?: Readonly<Record<string, string>>;
  readonly causes?: readonly { readonly sentence: string }[];
  readonly counts?: Readonly<Record<string, number>>;
  readonly sentence?: string;
}

async function reconciled(file: string, ...more: readonly string[]): Promise<{ lines: Line[]; err: string }> {
  const { code, out, err } = await cenr('reconcile', file, ours, ...REQUEST, '--out', '-', ...more);
  t.equal(code, 0, err);
  return {
    lines: out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Line),
    err,
  };
}

const countsOf = (lines: readonly Line[]): Readonly<Record<string, number>> => lines.at(-1)?.counts ?? {};

t.test('rows, causes and clusters of a file as it was downloaded', async (t) => {
  await stateFile();
  const { lines, err } = await reconciled(path('cenr.txt'));
  t.match(countsOf(lines), { read: 4, unreadable: 0, ours: 4, same: 1, changed: 2, onlyTheirs: 1, onlyOurs: 1 });
  const rowOf = (ssid: string) => lines.find(({ row }) => row && Object.values(row).includes(ssid));
  t.match(rowOf(PROGRAM)?.causes?.[0]?.sentence, /would be the same without the Student Program record/);
  t.match(rowOf(NAME)?.causes?.[0]?.sentence, /Student Legal First Name Another instead of/);
  t.match(rowOf(ONLY_THEIRS), {
    found: 'onlyTheirs',
    causes: [{ sentence: /with one more record: a Student Enrollment/ }],
  });
  t.match(rowOf(ONLY_OURS), { found: 'onlyOurs', causes: [{ sentence: /without the Student Enrollment record/ }] });
  t.match(
    err,
    /1 row: field 38 Socio-economically Disadvantaged is N in the state's file and Y in our records; it rests on a Student Program record with Education Program Code 181, .*: was it sent to CALPADS\?/,
  );
});

t.test('every generation, with a header, as CSV with lost zeros, and as a workbook: the same rows', async (t) => {
  const rows = await stateFile();
  const expected = { read: 4, unreadable: 0, same: 1, changed: 2, onlyTheirs: 1, onlyOurs: 1 };
  const columns = (of: readonly string[], last: number): readonly string[] => [...of.slice(0, last), ...of.slice(48)];
  const carets = (some: readonly (readonly string[])[]): string[] => some.map((row) => row.join('^'));
  t.match(countsOf((await reconciled(write('45.txt', carets(rows.map((row) => columns(row, 43)))))).lines), expected);
  t.match(countsOf((await reconciled(write('48.txt', carets(rows.map((row) => row.slice(0, 48)))))).lines), expected);
  // Without derived fields, one student is the same.
  const { lines: of2019 } = await reconciled(write('35.txt', carets(rows.map((row) => columns(row, 33)))));
  t.match(countsOf(of2019), { ...expected, same: 2, changed: 1 });

  const names = JSON.parse(
    readFileSync(new URL('../../schemas/records/CENR.json', import.meta.url), 'utf8'),
  ).columns.map(({ name }: { readonly name: string }) => name) as readonly string[];
  const shorn = rows.map((row) => row.map((value, i) => ([4, 23].includes(i) ? value.replace(/^0+/, '') : value)));
  const quoted = (row: readonly string[]): string => row.map((value) => `"${value}"`).join(',');
  const csv = await reconciled(write('cenr.csv', [quoted(names), ...shorn.map(quoted)]));
  t.match(countsOf(csv.lines), expected);
  t.match(csv.err, /leading zeros were lost.*School of Attendance 4, Grade Level Code 4/);

  const cells = shorn.map((row) => row.map((value) => (/^\d{1,7}$/.test(value) ? Number(value) : value)));
  writeFileSync(path('theirs.xlsx'), await writeXlsx({ sheets: [{ name: 'CENR', rows: [[...names], ...cells] }] }));
  t.match(countsOf((await reconciled(path('theirs.xlsx'))).lines), expected);
});

t.test('what cannot be read is said with its place, and counts add up', async (t) => {
  const rows = (await stateFile()).map((row) => row.join('^'));
  const [first = '', second = ''] = rows;
  const bad = write('bad.txt', [...rows, first, 'CENR-R^cut', second.replace(LEA, '9999998')]);
  const { lines, err } = await reconciled(bad);
  const counts = countsOf(lines);
  t.match(counts, { read: 7, unreadable: 3 });
  const { read = 0, unreadable = 0, same = 0, changed = 0, nearest = 0, onlyTheirs = 0 } = counts;
  t.equal(read, same + changed + nearest + onlyTheirs + unreadable);
  t.match(err, /line 5: it is a second row for the student, school and grade of line \d/);
  t.match(err, /line 6: it has 2 fields, expected 50/);
  t.match(err, /line 7: its Reporting LEA is 9999998, which is not asked for/);
});

t.test('the request and the run date are worked out and said', async (t) => {
  await stateFile();
  const { code, err } = await cenr('reconcile', path('cenr.txt'), ours);
  t.equal(code, 0, err);
  t.match(err, new RegExp(`request       LEA ${LEA}`));
  t.match(err, /Every row has the reporting LEA/);
  t.match(err, /run date {6}2024-07-15\n {2}The latest of Upload Date and Last Date Updated/);
});

t.test('another version of the rules is named as the cause', async (t) => {
  const rules = path('rules');
  cpSync(new URL('../../rules', import.meta.url), rules, { recursive: true });
  const edited = (file: string, from: string, to: string): void =>
    writeFileSync(join(rules, file), readFileSync(join(rules, file), 'utf8').replace(from, to));
  edited('parameters/program-codes.json', '"191"', '"181"');
  edited(
    'rulebook.json',
    /"version": "[^"]*"/.exec(readFileSync(join(rules, 'rulebook.json'), 'utf8'))?.[0] ?? '',
    '"version": "of-the-state"',
  );
  const many = write(
    'many.txt',
    Array.from({ length: 8 }, (_, i) => `990000010${i}`).flatMap((ssid) => [
      enrollment(ssid),
      program(ssid).replace('7654321', '0199003'),
    ]),
  );
  await cenr('extract', many, ...REQUEST, '--rules', rules, '--out', path('theirs.txt'), '--no-manifest');
  const { code, err } = await cenr('reconcile', path('theirs.txt'), many, ...REQUEST, '--versions', rules);
  t.equal(code, 0, err);
  t.match(err, /They would be the same under other rules: rulebook of-the-state of "Cumulative Enrollment Extract"/);
  t.match(err, /Change no record\. The file was made by other rules/);
  t.match(await cenr('reconcile', path('theirs.txt'), many, ...REQUEST, '--versions', path('none')), {
    code: 2,
    err: /is not a folder/,
  });
});

t.test('a version that was in effect in the store is tried without being named', async (t) => {
  const store = path('store');
  t.equal((await cenr('load', path('many.txt'), '--lea', 'all', '--store', store)).code, 0);
  const former = loadRulebook(path('rules'));
  const opened = openSqliteStore(store);
  const at = (day: string): string => `2024-${day}T00:00:00.000Z`;
  for (const [rulebook, day] of [
    [former, '01-01'],
    [shipped, '02-01'],
  ] as const) {
    await opened.keepRulebook(rulebook, at(day));
    await opened.activate({
      hash: rulebook.hash,
      from: at(day),
      createdAt: at(day),
      how: 'published',
      by: { keyId: 'key_1', name: 'Somebody' },
    });
  }
  await opened.close();
  const { code, err } = await cenr('reconcile', path('theirs.txt'), '--store', store, ...REQUEST);
  t.equal(code, 0, err);
  t.match(err, /They would be the same under other rules: rulebook of-the-state/);
});

t.test('a workbook and its manifest', async (t) => {
  await stateFile();
  const { code, err } = await cenr('reconcile', path('cenr.txt'), ours, ...REQUEST, '--out', path('found.xlsx'));
  t.equal(code, 0, err);
  const { sheets } = await readXlsx(readFileSync(path('found.xlsx')));
  t.same(
    sheets.map(({ name }) => name),
    ['Summary', 'Clusters', 'Counts', 'Rows', 'Fields'],
  );
  const manifest = JSON.parse(readFileSync(path('found.xlsx.manifest.json'), 'utf8'));
  t.match(manifest, { theirs: { name: 'cenr.txt', sha256: /^[0-9a-f]{64}$/ }, ours: { sha256: /^[0-9a-f]{64}$/ } });
});

t.test('a file of another kind, and none', async (t) => {
  t.match(await cenr('reconcile', path('none.txt'), ours), { code: 2, err: /there is no file/ });
  writeFileSync(path('other.txt'), 'Dear colleague,\nhere is the file.\n');
  t.match(await cenr('reconcile', path('other.txt'), ours), { code: 2, err: /expected a CENR file/ });
  t.match(await cenr('reconcile', ours, ours), {
    code: 2,
    err: /line 1: its Record Type Code is "SENR", expected CENR-R|fields; a CENR file has 35, 45, 48, 50/,
  });
});
