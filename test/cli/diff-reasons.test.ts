/** `cenr diff` with what both extracts were made from: why each row differs, evaluated. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const [STAYS, PROGRAM, COMES, GOES, MOVES] = [
  '9900000001',
  '9900000002',
  '9900000003',
  '9900000004',
  '9900000005',
] as const;
const dir = folder(t);
const path = (name: string): string => join(dir, name);
const write = (name: string, lines: readonly string[]): string => {
  writeFileSync(path(name), `${lines.join('\r\n')}\r\n`);
  return path(name);
};
const program = (ssid: string, more: Readonly<Record<string, string>> = {}): string =>
  line('SPRG', { ssid, educationProgramCode: '191', educationProgramMembershipStartDate: '20230815', ...more });
const senr = (ssid: string, more: Readonly<Record<string, string>> = {}): string => line('SENR', { ssid, ...more });

const then = write('then-in.txt', [senr(STAYS), senr(PROGRAM), senr(GOES), senr(MOVES), program(MOVES)]);
const now = write('now-in.txt', [
  ...[STAYS, PROGRAM, COMES].map((ssid) => senr(ssid)),
  senr(MOVES),
  program(PROGRAM),
  program(MOVES, { educationProgramMembershipEndDate: '20230815', educationProgramMembershipStartDate: '20230701' }),
]);
// Of another type than what is compared, so that it decides nothing.
const withMore = write('more-in.txt', [
  ...readFileSync(then, 'utf8').trimEnd().split('\r\n'),
  line('SELA', { ssid: STAYS, englishLanguageAcquisitionStatusCode: 'EO' }),
]);

async function extract(name: string, from: readonly string[], ...how: readonly string[]): Promise<string> {
  const request = how.includes('--as-of') ? [] : ['--academic-year', '2023-2024'];
  const runDate = how.includes('--run-date') ? [] : ['--run-date', '2024-07-15'];
  const ran = await cenr('extract', ...from, '--lea', LEA, ...request, ...runDate, ...how, '--out', path(name));
  // An extract without rows is made with a warning.
  t.ok(ran.code === 0 || ran.code === 1, ran.err);
  return path(name);
}

interface Listed {
  readonly kind: string;
  readonly row: Readonly<Record<string, string>>;
  readonly reason?: string;
}

async function diff(...args: readonly string[]): Promise<{ rows: Listed[]; err: string }> {
  const { code, err } = await cenr('diff', ...args, '--out', path('list.ndjson'));
  t.equal(code, 0, err);
  const text = readFileSync(path('list.ndjson'), 'utf8').trimEnd();
  return { rows: text === '' ? [] : text.split('\n').map((each) => JSON.parse(each) as Listed), err };
}

const reasonOf = (rows: readonly Listed[], ssid: string): string | undefined =>
  rows.find(({ row }) => row['ssid'] === ssid)?.reason;

t.test('records that were added, changed and deleted, from files', async (t) => {
  const [before, after] = [await extract('then.txt', [then]), await extract('now.txt', [now])];
  const { rows, err } = await diff(before, after, '--before', then, '--after', now);
  t.match(
    reasonOf(rows, PROGRAM),
    /^A Student Program record of 2023-08-15 with Education Program Code 191.* \(LEA \d{7}, now-in.txt, line 5\) was added\.$/,
  );
  t.match(reasonOf(rows, COMES), /^A Student Enrollment record of .* was added\.$/);
  t.match(
    reasonOf(rows, GOES),
    /^The Student Enrollment record of .* \(LEA \d{7}, then-in.txt, line 3\) was deleted\.$/,
  );
  t.notOk(reasonOf(rows, STAYS));
  t.match(err, /why rows differ.*\n(.*\n)*.*1 row: a Student Program record was added/);
  const csv = await cenr('diff', before, after, '--before', then, '--after', now, '--out', '-');
  t.match(csv.out, /^Difference,.*,Before,After,Reason\r\n/);
  t.match(csv.out, /^new,.*was added\./m);
});

t.test('the run date, the request and the rules, alone and together with records', async (t) => {
  const open = write('open-in.txt', [
    senr(STAYS),
    line('SELA', {
      ssid: STAYS,
      englishLanguageAcquisitionStatusCode: 'EL',
      englishLanguageAcquisitionStatusStartDate: '20240801',
    }),
  ]);
  const early = await extract('early.txt', [open], '--run-date', '2024-07-15');
  const late = await extract('late.txt', [open], '--run-date', '2024-09-01');
  const moved = await diff(early, late, '--before', open, '--after', open);
  t.match(reasonOf(moved.rows, STAYS), /^The run date moved from 2024-07-15 to 2024-09-01\.$/);
  t.match(moved.err, /1 row: the run date moved/);

  const day = await extract('day.txt', [then], '--as-of', '2023-08-01');
  const year = await extract('year.txt', [then]);
  const asked = await diff(day, year, '--before', then, '--after', then);
  t.ok(asked.rows.length > 0);
  for (const { reason } of asked.rows) t.match(reason, /^The requests ask for other rows or days\.$/);

  cpSync(new URL('../../rules', import.meta.url), path('rules'), { recursive: true });
  const codes = join(path('rules'), 'parameters', 'program-codes.json');
  writeFileSync(codes, readFileSync(codes, 'utf8').replaceAll('"191"', '"193"'));
  const other = await extract('other.txt', [then], '--rules', path('rules'));
  const rules = await diff(year, other, '--before', then, '--after', then, '--versions', path('rules'));
  t.match(reasonOf(rules.rows, MOVES), /^The rulebook changed: from version .* to version /);

  // A membership in the program of the other rules: neither the record nor the rules alone make the row another one.
  const added = write('both-in.txt', [senr(STAYS), program(STAYS, { educationProgramCode: '193' })]);
  const alone = write('alone-in.txt', [senr(STAYS)]);
  const [first, second] = [
    await extract('first.txt', [alone]),
    await extract('second.txt', [added], '--rules', path('rules')),
  ];
  const both = await diff(first, second, '--before', alone, '--after', added, '--versions', path('rules'));
  t.match(reasonOf(both.rows, STAYS), /^Only together: A Student Program record .* was added\. The rulebook changed/);
});

t.test('a store before and after a correction, of which one record decides', async (t) => {
  const store = path('store');
  const load = async (file: string): Promise<void> => {
    const ran = await cenr('load', file, '--lea', 'all', '--store', store, '--load-date', '2024-07-01');
    t.ok(ran.code === 0 || ran.code === 1, ran.err);
  };
  await load(withMore);
  const before = await extract('stored-then.txt', ['--store', store]);
  await load(
    write('correction.txt', [
      program(PROGRAM),
      line('SELA', { ssid: PROGRAM, englishLanguageAcquisitionStatusCode: 'EO' }),
    ]),
  );
  await load(write('deleted.txt', [program(MOVES, { transactionTypeCode: 'D' })]));
  const after = await extract('stored-now.txt', ['--store', store]);
  const { rows, err } = await diff(before, after, '--store', store);
  t.match(
    reasonOf(rows, PROGRAM),
    /A Student Program record .*upload of \d{4}-\d\d-\d\d \d\d:\d\d UTC(?: by LEA \d{7})?, correction\.txt, line 1\) was added\..*English Language Acquisition record/,
  );
  t.match(reasonOf(rows, MOVES), /^The Student Program record .* was deleted\.$/);
  t.match(err, /why rows differ/);

  // As the service keeps them, by their ids.
  mkdirSync(join(store, 'extracts'));
  for (const [id, name] of [
    ['extract_a', before],
    ['extract_b', after],
  ] as const) {
    cpSync(name, join(store, 'extracts', `${id}.txt`));
    cpSync(`${name}.manifest.json`, join(store, 'extracts', `${id}.manifest.json`));
  }
  t.same((await diff('extract_a', 'extract_b', '--store', store)).rows, rows);
  const downloaded = join(store, 'extracts', 'extract_a');
  t.equal((await cenr('diff', `${downloaded}.manifest.json`, `${downloaded}.txt`)).code, 0);
});

t.test('inputs that are not those of the manifests are said, and rows are listed without reasons', async (t) => {
  const { rows, err } = await diff(path('then.txt'), path('now.txt'), '--before', now, '--after', now);
  t.match(err, /Why rows differ is not known: .*then-in\.txt/);
  t.ok(rows.length > 0);
  t.ok(rows.every(({ reason }) => reason === undefined));
});
