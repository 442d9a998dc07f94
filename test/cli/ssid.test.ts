/** `cenr ssid`: from students without a number to records with one, and what is refused on the way. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line, OTHER_LEA } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const dir = folder(t);
const path = (name: string): string => join(dir, name);
const store = path('store');
const write = (name: string, lines: readonly string[]): string => {
  writeFileSync(path(name), `${lines.join('\r\n')}\r\n`);
  return path(name);
};
const read = (name: string): string[] => readFileSync(path(name), 'utf8').trimEnd().split('\r\n');

const MARIA = {
  ...{ studentLegalFirstName: 'María', studentLegalLastName: 'Stonebridge', studentBirthDate: '20100312' },
  ...{ studentGenderCode: 'F', localStudentID: 'L1' },
};
const enrolled = (changes: Readonly<Record<string, string>>): string => line('SENR', { ...MARIA, ...changes });
const asking = (changes: Readonly<Record<string, string>>): string => enrolled({ ssid: '', ...changes });

const OWN = '9900000001';
const FOREIGN = '9900000002';
const ELSEWHERE = { reportingLEA: OTHER_LEA, schoolOfAttendance: '0199009', localStudentID: 'Z9' };

t.before(async () => {
  const known = write('known.txt', [
    enrolled({ ssid: OWN }),
    enrolled({ ssid: FOREIGN, ...ELSEWHERE, studentLegalFirstName: 'Marya', studentBirthDate: '20101203' }),
    enrolled({ ssid: '9900000003', studentLegalFirstName: 'Fern', studentLegalLastName: 'Cedar' }),
  ]);
  const { code, err } = await cenr('load', known, '--lea', 'all', '--store', store);
  t.equal(code, 0, err);
});

const REQUESTS = write('requests.txt', [
  asking({ studentLegalFirstName: 'Maria', localStudentID: 'N1' }),
  asking({
    studentLegalFirstName: 'Wren',
    studentLegalLastName: 'Driftwood',
    studentBirthDate: '20140101',
    localStudentID: 'N2',
  }),
  asking({
    studentLegalFirstName: 'Wren',
    studentLegalLastName: 'Driftwood',
    studentBirthDate: '20140101',
    localStudentID: 'N2',
    schoolOfAttendance: '0199003',
  }),
]);

const match = (file: string, ...more: readonly string[]) =>
  cenr('ssid', 'match', file, '--lea', LEA, '--store', store, '--out', path('matches.csv'), ...more);
const assign = (file: string, ...more: readonly string[]) =>
  cenr('ssid', 'assign', file, '--lea', LEA, '--store', store, '--out', path('with.txt'), ...more);

t.test('a match lists candidates, best first, and of another LEA’s no more than to ask', async (t) => {
  const { code, err } = await match(REQUESTS, '--reasons');
  t.equal(code, 0, err);
  t.match(err, /requests {6}3\n {2}candidates {2}2, for 1 of them\n {2}none {8}2/);
  const [names, ...lines] = read('matches.csv');
  t.match(names, /^Request Line,Local Student ID,Rank,Candidate SSID,Score,Birth year,First name/);
  t.match(lines[0], new RegExp(`^1,N1,1,${OWN},98[.]75,1,0[.]95,1,,1,1,${LEA},`));
  t.match(lines[0], /first name equal but for case, accents/);
  t.match(lines[1], new RegExp(`^1,N1,2,${FOREIGN},[0-9.]+,agrees,differs,agrees,,differs,differs,${OTHER_LEA},,,,,`));
  t.notMatch(lines[1], /Marya|Z9|0199009|2010/);
  t.equal(lines[2], `2,N2,,no candidate${','.repeat(13)}`);
});

t.test('the same as caret lines on standard output', async (t) => {
  const { out } = await cenr('ssid', 'match', REQUESTS, '--lea', 'all', '--store', store, '--out', '-');
  const [first, second] = out.split('\r\n');
  t.match(first, new RegExp(`^1\\^N1\\^1\\^${OWN}\\^98.75\\^1\\^0.95\\^`));
  t.match(second, /\^0199009\^/, 'the state sees all');
});

t.test('what is no request is refused with its place and the reason, and nothing is written', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [enrolled({ ssid: OWN }), /2: the SSID is not blank/],
    [line('SINF', { ssid: OWN }), /2: found a record of another type/],
    [asking({ studentBirthDate: '20100231' }), /2: FRMT0002/],
    [asking({ studentLegalLastName: 'x'.repeat(300) }), /2: FRMT0001/],
    [asking({ reportingLEA: OTHER_LEA }), /2: IVR0001/],
  ];
  for (const [wrong, says] of cases) {
    const { code, err } = await match(write('wrong.txt', [asking({}), wrong]), '--out', path('none.csv'));
    t.equal(code, 2);
    t.match(err, says);
    t.throws(() => read('none.csv'));
  }
});

t.test('names from right to left and with combining marks are names like others', async (t) => {
  const { code, err } = await match(
    write('names.txt', [asking({ studentLegalFirstName: 'ليلى' }), asking({ studentLegalFirstName: 'Mari\u0301a' })]),
  );
  t.equal(code, 0, err);
  t.match(read('matches.csv').at(-2), new RegExp(`^2,L1,1,${OWN},100,1,1`));
});

t.test('a response that cannot be followed is refused, and nothing is assigned', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['1,9900000003', /response.csv:2: 9900000003 is no candidate of request line 1/],
    ['1,9912345678', /is no candidate/],
    ['9,NEW', /there is no request on line 9/],
    ['1,12345', /"12345" is no SSID/],
    [`1,${OWN}\n1,NEW`, /request line 1 has another choice/],
    [`2,NEW\n3,${OWN}`, /about the same student/],
  ];
  for (const [choice, says] of cases) {
    const response = write('response.csv', ['Request Line,SSID', choice]);
    const { code, err } = await assign(REQUESTS, '--response', response);
    t.equal(code, 2);
    t.match(err, says);
    t.throws(() => read('with.txt'));
  }
});

t.test('records carry the number that was chosen, or a new one; asked again, the same', async (t) => {
  const response = write('response.csv', ['Request Line,SSID', `1,${OWN}`, '2,new']);
  const { code, err } = await assign(REQUESTS, '--response', response);
  t.equal(code, 0, err);
  t.match(err, /new {9}1\n {2}chosen {6}1\n {2}as before {3}1\n {2}waiting {5}0/);
  t.match(err, /loaded {8}\d added, \d replaced, 0 rejected/);
  const numbers = read('with.txt').map((record) => record.split('^')[7] ?? '');
  t.equal(numbers[0], OWN);
  t.match(numbers[1], /^99[0-9]{8}$/);
  t.equal(numbers[2], numbers[1], 'two enrollments of one student');
  const again = await assign(REQUESTS);
  t.match(again.err, /new {9}0\n {2}chosen {6}0\n {2}as before {3}3/);
  t.same(
    read('with.txt').map((record) => record.split('^')[7]),
    numbers,
  );
});

t.test('the SSID extract has those enrolled on a day, with the numbers that were assigned', async (t) => {
  const extract = (out: string, ...more: readonly string[]) =>
    cenr('ssid', 'extract', '--lea', LEA, '--store', store, '--as-of', '2023-10-04', '--out', path(out), ...more);
  const { code, err } = await extract('ssids.txt');
  t.equal(code, 0, err);
  const rows = read('ssids.txt').map((row) => row.split('^'));
  const wren = rows.find((row) => row[3] === 'N2') ?? [];
  t.same(wren.slice(4, 9), ['Driftwood', 'Wren', '', 'F', '20140101']);
  t.match(wren[2], /^99[0-9]{8}$/);
  t.equal(wren.length, 13);
  await extract('ssids.csv');
  t.match(
    read('ssids.csv')[0],
    /^Reporting LEA,School of Attendance,SSID,Local Student ID,Student Legal Last Name,.*,English Language Acquisition Status Start Date$/,
  );
  await extract('ssids.xlsx');
  t.equal(readFileSync(path('ssids.xlsx')).subarray(0, 2).toString(), 'PK');
  const none = await extract('ssids.parquet');
  t.equal(none.code, 2);
  t.match(none.err, /text, CSV or a workbook/);
});

t.test('a Replacement SSID file is followed, and the store then gives it', async (t) => {
  const replaced = [LEA, '0199001', 'L1', '9900000003', OWN].join('^');
  const follow = (lines: readonly string[], lea: string = LEA) =>
    cenr('ssid', 'follow', write('replacements-in.txt', lines), '--lea', lea, '--store', store);
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[replaced, [LEA, '', '', OWN, '9900000003'].join('^')], /replacements-in.txt:2: .*circle/],
    [[[OTHER_LEA, '', '', '9900000003', OWN].join('^')], /:1: Reporting LEA is 7654321, expected the sender's/],
    [[replaced, [LEA, '', '', '9900000003', FOREIGN].join('^')], /:2: 9900000003 has another replacement at .*:1/],
    [['1^2^3'], /:1: found 3 fields, expected Reporting LEA/],
    [[[LEA, '', '', '99', OWN].join('^')], /"99" is no SSID/],
  ];
  for (const [lines, says] of refused) {
    const { code, err } = await follow(lines);
    t.equal(code, 2);
    t.match(err, says);
  }
  t.match((await follow([replaced])).err, /retired {7}1/, 'nothing was done before');
  t.match((await follow([replaced])).err, /retired {7}0\nknown before {2}1/);
  const { code, err } = await cenr('ssid', 'replacements', '--lea', LEA, '--store', store, '--out', path('out.txt'));
  t.equal(code, 0, err);
  const [only, ...others] = read('out.txt');
  t.match(only, new RegExp(`^${LEA}\\^\\d{7}\\^\\w+\\^9900000003\\^${OWN}$`));
  t.same(others, []);
  await cenr('ssid', 'replacements', '--lea', OTHER_LEA, '--store', store, '--out', path('theirs.txt'));
  t.equal(readFileSync(path('theirs.txt'), 'utf8'), '', 'another LEA has no such student');
});

t.test('a retired number cannot be chosen', async (t) => {
  const fern = write('fern.txt', [
    asking({ studentLegalFirstName: 'Fern', studentLegalLastName: 'Cedar', localStudentID: 'N3' }),
  ]);
  const { code, err } = await assign(fern, '--response', write('fern.csv', ['1,9900000003']));
  t.equal(code, 2);
  t.match(err, new RegExp(`fern.csv:1: 9900000003 is retired; choose ${OWN}`));
});

t.test('a number is retired by hand, and that is undone', async (t) => {
  const retire = (old: string, next: string) =>
    cenr('ssid', 'retire', old, next, '--why', 'one student', '--store', store);
  t.match((await retire('9900000003', FOREIGN)).err, /retired already, in favor of 9900000001/);
  t.match((await retire('9912345678', OWN)).err, /9912345678 is nobody's in this store/);
  t.match((await retire('99', OWN)).err, /"99" is no SSID/);
  const { code, err } = await retire(FOREIGN, OWN);
  t.equal(code, 0, err);
  t.match(err, new RegExp(`${FOREIGN} is retired; ${OWN} replaces it\\nrecords moved 1`));
  await match(REQUESTS);
  t.same(
    read('matches.csv').filter((row) => row.includes(FOREIGN)),
    [],
    'it is nobody’s number any more',
  );
  t.match((await cenr('ssid', 'undo', FOREIGN, '--why', 'twins', '--store', store)).err, /is active again/);
  await match(REQUESTS);
  t.equal(read('matches.csv').filter((row) => row.includes(FOREIGN)).length, 1);
});

t.test('an upload assigns numbers when it is asked to; what waits is written to be matched', async (t) => {
  const own = path('assigning');
  const load = (name: string, lines: readonly string[], ...more: readonly string[]) =>
    cenr('load', write(name, lines), '--lea', LEA, '--store', own, ...more);
  const waits = asking({ localStudentID: 'W1' });
  t.notMatch((await load('waits.txt', [waits])).err, /SSIDs {2}/, 'off unless it is asked for');
  const waiting = await cenr('ssid', 'waiting', '--lea', LEA, '--store', own, '--out', path('waiting.txt'));
  t.equal(waiting.code, 0, waiting.err);
  t.same(read('waiting.txt'), [waits], 'as it was sent');
  const refused = await load('more.txt', [waits], '--numbers', path('numbers.csv'));
  t.match(refused.err, /--numbers needs --assign-blank-ssids/);
  const lines = [waits, asking({ localStudentID: 'W2' })];
  const done = await load('more.txt', lines, '--assign-blank-ssids', '--numbers', path('numbers.csv'));
  t.equal(done.code, 0, done.err);
  t.match(done.err, /SSIDs {9}2 new; 0 records of students who had one\n {2}joined {6}1 record that waited/);
  const [head, first, second] = read('numbers.csv');
  t.equal(head, 'File,Line,Local Student ID,SSID,Origin');
  t.match(first, /^more\.txt,1,W1,99\d{8},new$/);
  t.match(second, /^more\.txt,2,W2,99\d{8},new$/);
  const ssid = first?.split(',')[3] as string;
  const again = await load('more.txt', lines, '--assign-blank-ssids');
  t.match(again.err, /SSIDs {9}0 new; 2 records of students who had one/);
  const records = await cenr('records', '--store', own, '--ssid', ssid);
  t.match(records.out, /^SENR\^[^\n]*\^\^W1\^/, 'printed as it was sent, without a number');
  const none = await cenr('ssid', 'waiting', '--lea', LEA, '--store', own, '--out', path('waiting.txt'));
  t.match(none.err, /records {7}0/);
});

t.test('two processes retire each number in favor of the other: one is done, the other refused', async (t) => {
  const own = path('two-at-once');
  const known = write('two.txt', [enrolled({ ssid: OWN }), enrolled({ ssid: FOREIGN, ...ELSEWHERE })]);
  t.equal((await cenr('load', known, '--lea', 'all', '--store', own)).code, 0);
  const retire = (old: string, next: string) =>
    cenr('ssid', 'retire', old, next, '--why', 'one student', '--store', own);
  const done = await Promise.all([retire(OWN, FOREIGN), retire(FOREIGN, OWN)]);
  t.same(done.map(({ code }) => code).toSorted(), [0, 2]);
  const { code, err } = await cenr('ssid', 'replacements', '--lea', 'all', '--store', own, '--out', path('one.txt'));
  t.equal(code, 0, err);
  const [retired, active] = done[0]?.code === 0 ? [OWN, FOREIGN] : [FOREIGN, OWN];
  for (const row of read('one.txt')) t.match(row, `${retired}^${active}`);
  t.match(done.find(({ code }) => code === 2)?.err, /is retired|circle|somebody else/, 'the message says why');
});

t.test('twenty thousand requests with the same names are matched, and each is answered', async (t) => {
  const many = 20_000;
  const file = write(
    'many.txt',
    Array.from({ length: many }, (_, i) => asking({ localStudentID: `M${i}` })),
  );
  const { code, err } = await match(file);
  t.equal(code, 0, err);
  const rows = read('matches.csv').slice(1);
  t.equal(new Set(rows.map((row) => row.split(',')[0])).size, many);
  t.equal(rows.filter((row) => row.split(',')[2] === '1').length, many);
});
