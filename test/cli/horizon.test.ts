/** `cenr horizon`: what comes for the students of an extract, from its file or a store, in every form. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const RUN = ['--run-date', '2024-07-15'];
const YEAR = ['--academic-year', '2023-2024'];
/** English Learner since, and reclassified on, by student. */
const STUDENTS = [
  ['9900000001', '20150901', ''],
  ['9900000002', '20180901', ''],
  // The day would be 2025-09-01: reclassified by then, a student never becomes one.
  ['9900000003', '20180901', '20240301'],
  // The day is 2022-09-01: reclassified after it.
  ['9900000004', '20150901', '20240301'],
] as const;

const sela = (ssid: string, code: string, day: string): string =>
  line('SELA', {
    ...{ ssid, englishLanguageAcquisitionStatusCode: code },
    englishLanguageAcquisitionStatusStartDate: day,
  });
const LINES = STUDENTS.flatMap(([ssid, since, reclassified]) => [
  line('SENR', { ssid }),
  sela(ssid, 'EL', since),
  ...(reclassified ? [sela(ssid, 'RFEP', reclassified)] : []),
]);

t.test('from the file of an extract and from a store the same, as table, CSV, NDJSON and workbook', async (t) => {
  const dir = folder(t);
  const path = (name: string): string => join(dir, name);
  writeFileSync(path('in.txt'), `${LINES.join('\r\n')}\r\n`);
  const made = await cenr('extract', path('in.txt'), '--lea', LEA, ...YEAR, ...RUN, '--out', path('cenr.txt'));
  t.equal(made.code, 0, made.err);
  t.equal((await cenr('load', path('in.txt'), '--lea', LEA, '--store', path('store'))).code, 0);

  const fromFile = await cenr('horizon', path('cenr.txt'), '--out', '-');
  t.equal(fromFile.code, 0, fromFile.err);
  t.match(fromFile.err, /as of 2024-07-15, 4 rows/, 'the run date of the manifest');
  t.match(fromFile.err, / now {2,}1\n/);
  t.match(fromFile.err, / in 2025-2026 {2,}1\n/);
  t.match(fromFile.err, /Left by reclassification after that day {2,}1\n/);
  t.match(fromFile.err, /one of several factors[\s\S]*unduplicated pupil percentage/);
  t.same(
    fromFile.out
      .trim()
      .split('\r\n')
      .map((each) => each.split(',').slice(0, 2).join(' ')),
    ['SSID When', '9900000001 now', '9900000002 2025-2026', '9900000004 left'],
    'who was reclassified by the day is in none',
  );
  const fromStore = await cenr('horizon', '--store', path('store'), '--lea', LEA, ...YEAR, ...RUN, '--out', '-');
  t.equal(fromStore.code, 0, fromStore.err);
  t.equal(fromStore.out, fromFile.out);
  t.equal(fromStore.err, fromFile.err);

  await cenr('horizon', path('cenr.txt'), '--out', path('list.ndjson'));
  const list = readFileSync(path('list.ndjson'), 'utf8').trim().split('\n');
  t.match(JSON.parse(list[1] as string), {
    ssid: '9900000002',
    when: '2025-2026',
    provisionalLTELStartDate: '2025-09-01',
  });
  await cenr('horizon', path('cenr.txt'), '--out', path('list.xlsx'));
  const { sheets } = await readXlsx(readFileSync(path('list.xlsx')));
  t.same(
    sheets.map(({ name, rows }) => [name, rows.length]),
    [
      ['About', sheets[0]?.rows.length],
      ['Counts', 1 + 4],
      ['Students', 1 + 3],
    ],
  );
  t.match(JSON.stringify(sheets[0]?.rows), /unduplicated pupil percentage/);

  const later = await cenr('horizon', path('cenr.txt'), '--run-date', '2026-07-15');
  t.match(later.err, / now {2,}2\n/, 'another day than that of the manifest');
});

t.test('what cannot be done is said', async (t) => {
  const dir = folder(t);
  for (const [args, message] of [
    [[], /name the file of an extract, or a store/],
    [[join(dir, 'none.txt')], /there is no file .*; cenr extract makes an extract/],
    [['--store', dir], /there is no store/],
  ] as const) {
    const { code, err } = await cenr('horizon', ...args);
    t.not(code, 0);
    t.match(err, message);
  }
  const file = join(dir, 'other.txt');
  writeFileSync(file, 'a^b\r\n');
  t.match((await cenr('horizon', file)).err, /line 1 of the extract has 2 fields, expected/);
  t.match((await cenr('horizon', file, '--name', 'none')).err, /there is no horizon "none"/);
  t.match((await cenr('horizon', file, '--out', file)).err, /names the extract itself/);
});
