/** Each command of `cenr` from end to end: what it writes, what it says, and its exit code. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { SHIPPED_RULES } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { cenr, cenrProcess } from './cenr.ts';

// Some dozens of processes, which a busy machine starts slowly.
t.setTimeout(900_000);

const LEA = '9900001';
const YEAR = ['--academic-year', '2023-2024'];
const RUN = ['--run-date', '2024-07-15'];
const read = (path: string): string => readFileSync(path, 'utf8');
const lines = (...all: readonly string[]): string => all.map((line) => `${line}\r\n`).join('');

/**
 * One student, small enough to be checked by eye. She was an English Learner from 15 August 2016; two race codes;
 * homeless at her school; gifted only at another one; in special education from September on.
 */
const SENR =
  'SENR^A^L1^9900001^9900011^^2023-2024^9900000001^S1^Ana^^Núñez^^^^^20120229^F^^^US^20230815^10^05^20240606^T160^^^^^^^^^N';
const SINF =
  'SINF^^^20230815^^9900001^9900011^2023-2024^9900000001^S1^Ana^^Núñez^^^^^20120229^F^^^US^N^^700^201^^^^^^^^^^20170816';
const HOMELESS = 'SPRG^^^9900001^9900011^2023-2024^9900000001^S1^Ana^Núñez^20120229^F^191^1^20230815';
const GIFTED_ELSEWHERE = 'SPRG^^^9900001^9900012^2023-2024^9900000001^S1^Ana^Núñez^20120229^F^127^1^20230815';
const SELA = 'SELA^^^9900001^9900011^2023-2024^9900000001^Ana^Núñez^20120229^F^S1^EL^20160815^spa';
const SWDS = 'SWDS^^^9900001^2023-2024^9900000001^S1^^9900^^20230901^1';
const ALL = lines(SENR, SINF, HOMELESS, GIFTED_ELSEWHERE, SELA, SWDS);

const COPIED =
  'CENR-R^^L1^9900001^9900011^^2023-2024^9900000001^S1^Ana^^Núñez^^^^^20120229^F^^^US^20230815^10^05^20240606^T160^^^^^^^^^N';
//               36       37 38 39 40 41 42 43 44     45       46       47       48
const DERIVED = 'Multiple^EL^Y^Y^Y^N^^N^20160815^20230815^20170816^20230815^20160815';

/** A folder with the one student's file in it. */
function tiny(t: Parameters<typeof folder>[0], content: string | Uint8Array = ALL): { dir: string; input: string } {
  const dir = folder(t);
  const input = join(dir, 'records.txt');
  writeFileSync(input, content);
  return { dir, input };
}

t.test('extract: the row of one student, to the byte', async (t) => {
  const { dir, input } = tiny(t);
  const out = join(dir, 'cenr.txt');
  const { code, out: stdout, err } = await cenrProcess('extract', input, '--lea', LEA, ...YEAR, ...RUN, '--out', out);
  t.equal(code, 0);
  t.equal(stdout, '');
  t.equal(read(out), `${COPIED}^${DERIVED}^20240715^20240715\r\n`);
  t.match(
    err,
    /^rows {10}1 of 1 students\nSHA-256 {7}[0-9a-f]{64}\nmanifest {6}\S+cenr\.txt\.manifest\.json\nsecret {8}\S+cenr\.txt\.secret\nlines read {4}6\n {2}added 6, replaced 0, deleted 0, rejected 0\nThese checks were not made, because the school directory is not loaded: SENR0002, SENR0269\.\nThis rule was not applied, because the school directory is not loaded: juvenileCourt of field 38\.\nin \d+\.\d s\n$/,
  );
  t.same(
    readdirSync(dir).sort(),
    ['cenr.txt', 'cenr.txt.manifest.json', 'cenr.txt.secret', 'records.txt'],
    'nothing else is left behind',
  );

  const shorter = await cenrProcess('extract', input, '--lea', LEA, ...YEAR, ...RUN, '--columns', '48', '--out', '-');
  t.equal(shorter.code, 0);
  t.equal(shorter.out, `${COPIED}^${DERIVED}\r\n`, '48 columns, on the standard output, with nothing else there');

  const [year, , ...fields] = read(out).trimEnd().split('^');
  t.same([year, fields.length + 2], ['CENR-R', 50]);
});

t.test('extract: each kind of request', async (t) => {
  const { input } = tiny(t);
  const rows = async (...request: string[]): Promise<number> => {
    const { code, out, err } = await cenr('extract', input, ...RUN, ...request, '--out', '-');
    t.equal(code, err.includes('\nwarning: ') ? 1 : 0, request.join(' '));
    return out.split('\r\n').length - 1;
  };
  const lea = ['--lea', LEA];
  const cases: [string[], number][] = [
    [[...lea, '--as-of', '2024-06-06'], 1],
    [[...lea, '--as-of', '20240607'], 0],
    [[...lea, '--from', '2023-01-01', '--through', '20230814'], 0],
    [[...lea, ...YEAR, '--adjusted'], 1],
    [['--lea', '9900002,9900001', ...YEAR], 1],
    [[...lea, ...YEAR, '--school', '9900012', '--school', '9900011'], 1],
    [[...lea, ...YEAR, '--grade', '04,05'], 1],
    [[...lea, ...YEAR, '--status', '20'], 0],
  ];
  const found = await Promise.all(cases.map(([request]) => rows(...request)));
  for (const [i, [request, expected]] of cases.entries())
    t.equal(found[i], expected, `${request.join(' ')}: ${expected}`);
});

t.test('files without a record never look like success', async (t) => {
  const dir = folder(t);
  const [empty, blank] = [join(dir, 'empty.txt'), join(dir, 'blank.txt')];
  writeFileSync(empty, '');
  writeFileSync(blank, '  \r\n\r\n\u001a');
  for (const path of [empty, blank])
    for (const words of [
      ['check', path, '--lea', '9900001'],
      ['load', path, '--lea', '9900001', '--store', join(dir, 'store')],
      ['extract', path, '--lea', '9900001', '--academic-year', '2023-2024', '--out', join(dir, 'cenr.txt')],
    ])
      t.match(await cenr(...words), { code: 1, err: /\n {2}there is no record in what was read\n/ }, words.join(' '));
});

t.test('extract: of an LEA without enrollments an empty file, and a sentence that says who has some', async (t) => {
  const { dir, input } = tiny(t);
  const out = join(dir, 'cenr.txt');
  const wrong = ['--lea', '9900002', ...YEAR, '--out', out];
  const { code, err } = await cenr('extract', input, ...wrong);
  t.equal(code, 1);
  t.equal(read(out), '');
  t.match(err, /^rows {10}0 of 1 students\n/);
  t.match(err, /\nwarning: Found no enrollment of 9900002\. .*\nthe files hold enrollments of 9900001\n$/);
  const store = join(dir, 'store');
  await cenr('load', input, '--lea', LEA, '--store', store);
  t.match(await cenr('extract', '--store', store, ...wrong), {
    code: 1,
    err: /\nwarning: Found no enrollment of 9900002\. .*\nthe store holds enrollments of 9900001\n$/,
  });
});

t.test('extract: what no records can meet is refused, with the nearest code', async (t) => {
  const { input } = tiny(t);
  const ask = (...request: string[]) => cenr('extract', input, '--lea', LEA, ...request, '--out', '-');
  t.match(await ask(...YEAR, '--grade', '5'), { code: 2, err: /Grade Level Code\. Did you mean "05"\?/ });
  t.match(await ask(...YEAR, '--status', '11'), { code: 2, err: /Enrollment Status Code\. Did you mean "10"\?/ });
  t.match(await ask('--academic-year', '2023-24'), { code: 2, err: /Did you mean "2023-2024"\?/ });
});

t.test('extract: when reading fails, no output stays behind, and a former one is as it was', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'in');
  mkdirSync(input);
  writeFileSync(join(input, 'a.txt'), ALL);
  writeFileSync(join(input, 'b.txt.gz'), gzipSync(ALL.repeat(50)).subarray(0, 200));
  const out = join(dir, 'cenr.txt');
  const failed = await cenrProcess('extract', input, '--lea', LEA, ...YEAR, '--out', out);
  t.equal(failed.code, 2);
  t.match(failed.err, /cenr: "b\.txt\.gz" begins like a gzip file, but cannot be decompressed; send it again\n/);
  t.same(readdirSync(dir), ['in']);
  writeFileSync(out, 'the former extract');
  t.equal((await cenr('extract', input, '--lea', LEA, ...YEAR, '--out', out)).code, 2);
  t.equal(read(out), 'the former extract');
  t.same(readdirSync(dir).sort(), ['cenr.txt', 'in']);
});

t.test('extract: another program code in rules/ changes field 40, and needs no other change', async (t) => {
  const { dir, input } = tiny(t);
  const rules = join(dir, 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const codes = join(rules, 'parameters', 'program-codes.json');
  const homeless = '"values": [ { "value": "191", "source": "cenr-40" } ]';
  t.ok(read(codes).includes(homeless));
  writeFileSync(codes, read(codes).replace(homeless, '"values": [ { "value": "193" } ]'));
  const row = async (...args: string[]) =>
    (await cenr('extract', input, '--lea', LEA, ...YEAR, ...RUN, ...args, '--out', '-')).out.trimEnd().split('^');
  const [shipped, changed] = await Promise.all([row(), row('--rules', rules)]);
  t.equal(shipped[39], 'Y');
  t.same(changed, shipped.with(39, 'N'), 'field 40, and only field 40');
});

t.test('sample, then extract: the same seed gives the same bytes, plain or packed', async (t) => {
  const dir = folder(t);
  const made = await Promise.all(
    [cenr, cenrProcess].map((run, i) =>
      run('sample', '--students', '40', '--seed', '5', '--out', join(dir, i === 0 ? 'a' : 'b')),
    ),
  );
  t.same(
    made.map(({ code }) => code),
    [0, 0],
  );
  t.match(made[0]?.err, /^40 students, [\d,]+ records in /);
  t.same(readdirSync(join(dir, 'a')), ['MEPS.txt', 'SELA.txt', 'SENR.txt', 'SINF.txt', 'SPRG.txt', 'SWDS.txt']);
  for (const name of readdirSync(join(dir, 'a'))) t.equal(read(join(dir, 'a', name)), read(join(dir, 'b', name)), name);
  const packed = join(dir, 'packed');
  mkdirSync(packed);
  for (const name of readdirSync(join(dir, 'b')))
    writeFileSync(join(packed, name), gzipSync(read(join(dir, 'b', name))));
  const [plain, unpacked] = await Promise.all(
    [join(dir, 'a'), packed].map((input) => cenr('extract', input, '--lea', 'all', ...YEAR, ...RUN, '--out', '-')),
  );
  t.ok((plain?.out.split('\r\n').length ?? 0) > 10);
  t.equal(unpacked?.out, plain?.out);
  t.match(plain?.out.split('\r\n')[0], /^CENR-R\^\^[^^]*\^99\d{5}\^/);
});

const PROBLEM_KEYS = ['file', 'line', 'recordType', 'field', 'fieldName', 'value', 'code', 'severity', 'message'];

t.test('check: problems, and exit code 1 when a record is rejected', async (t) => {
  const wrong = SENR.replace('20240606', '20230601').replace('9900000001', '9900000002').replace('^Ana^', '^Ana A.^');
  const short = SENR.replace('^10^05^20240606', '^30^05^20240606').replace('9900000001', '9900000003');
  const { dir, input } = tiny(t, lines(SENR, wrong, short));
  const ndjson = join(dir, 'problems.ndjson');
  const csv = join(dir, 'problems.csv');
  const [asJson, asCsv, shown, clean] = await Promise.all([
    cenr('check', input, '--lea', LEA, '--problems', ndjson),
    cenr('check', input, '--lea', LEA, '--problems', csv),
    cenrProcess('check', input, '--lea', LEA),
    cenrProcess('check', tiny(t).input, '--lea', LEA),
  ]);
  t.same([asJson.code, asCsv.code, shown.code, clean.code], [1, 1, 1, 0]);
  t.match(
    asJson.err,
    /^lines read {4}3\n {2}accepted 2, rejected 1\n {2}rejected for: SENR0018 1\n {2}warnings: {5}SENR0187 1\nCALPADS posts a file only if nothing in it is rejected\.\nIt would post no record of .*records\.txt \(1 rejected record\)\.\nThese checks were not made, because the school directory is not loaded: SENR0002, SENR0269\.\nin /,
  );
  t.match(
    clean.err,
    /^lines read {4}6\n {2}accepted 6, rejected 0\nThese checks were not made, because the school directory is not loaded: SENR0002, SENR0269\.\nin /,
  );
  t.equal(clean.out, '');

  const problems = read(ndjson)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.same(
    problems.map((p) => Object.keys(p)),
    [PROBLEM_KEYS, PROBLEM_KEYS],
  );
  t.same(problems[0], {
    file: input,
    line: 2,
    recordType: 'SENR',
    field: '1.25',
    fieldName: 'Enrollment Exit Date',
    value: '20230601',
    code: 'SENR0018',
    severity: 'reject',
    message:
      'Enrollment Exit Date 20230601 does not fit Enrollment Start Date 20230815: an exit cannot be before the start, and a no-show exits on the start date or the day before. Correct one of the two dates. For a student who never came (N470), the exit date is the start date or the day before.',
  });
  t.match(problems[1], { line: 3, code: 'SENR0187', severity: 'warn' });

  const table = read(csv).split('\r\n');
  t.equal(table[0], PROBLEM_KEYS.join(','));
  t.equal(
    table[1],
    `${input},2,SENR,1.25,Enrollment Exit Date,20230601,SENR0018,reject,"${String(problems[0]?.['message'])}"`,
  );
  t.same([table.length, table[3]], [4, ''], 'a line for each, CR LF behind the last one');

  t.match(
    shown.out,
    new RegExp(
      `^${input}:2: reject SENR0018 field 1\\.25 Enrollment Exit Date: Enrollment Exit Date 20230601 does not fit`,
    ),
  );
  t.equal(shown.out.split('\n').length, 3);
  t.notMatch(shown.out + shown.err, /990000000|Núñez|Ana/, 'no student is named on the screen');
});

t.test('check: of very many problems some are shown', async (t) => {
  const { input } = tiny(t, `${SENR}\n${'ABCD^\n'.repeat(30)}`);
  const { code, out } = await cenr('check', input, '--lea', LEA);
  t.equal(code, 1);
  t.equal(out.trimEnd().split('\n').length, 21);
  t.match(out, /\n… and 10 more; use --problems FILE to write all of them\n$/);
});

t.test('check: for one sender, or for all', async (t) => {
  const { input } = tiny(t);
  const [other, all] = await Promise.all([
    cenr('check', input, '--lea', '9900002'),
    cenr('check', input, '--lea', 'all'),
  ]);
  t.match(other, { code: 1, err: /rejected for: IVR0001 6\n/ });
  t.equal(all.code, 0);
});

t.test('a value that a spreadsheet would run is made harmless in CSV', async (t) => {
  const { dir, input } = tiny(t, lines(SENR.replace('20230815', '=1+1')));
  const csv = join(dir, 'problems.csv');
  await cenr('check', input, '--lea', LEA, '--problems', csv);
  t.match(read(csv), /,'=1\+1,FRMT0002,/);
});

t.test('load twice, then extract: the same bytes as straight from files, the two dates aside', async (t) => {
  const { dir, input } = tiny(t);
  const store = join(dir, 'store');
  const problems = join(dir, 'problems.ndjson');
  const first = await cenrProcess('load', input, '--lea', LEA, '--store', store, '--load-date', '2023-08-16');
  t.equal(first.code, 0);
  t.match(
    first.err,
    /^upload {8}upload_\w+\nlines read {4}6\n {2}added 6, replaced 0, deleted 0, rejected 0\n {2}problems: none\nThese checks were not made, because the school directory is not loaded: SENR0002, SENR0269\.\nin /,
  );
  writeFileSync(input, ALL + lines('SIAD^', '', 'ABCD^'));
  const second = await cenr(
    'load',
    input,
    '--lea',
    LEA,
    '--store',
    store,
    '--load-date',
    '20240610',
    '--problems',
    problems,
  );
  t.equal(second.code, 0);
  t.match(
    second.err,
    /\nlines read {4}9, of which 1 blank\n {2}added 0, replaced 6, deleted 0, not used 1, rejected 1\n {2}problems: FRMT0008 1\n/,
  );
  t.match(JSON.parse(read(problems)), { line: 9, recordType: 'ABCD', code: 'FRMT0008' });
  const extract = (...args: string[]) => cenr('extract', '--store', store, ...YEAR, ...RUN, ...args, '--out', '-');
  const [ours, theirs, everyone, narrow] = await Promise.all([
    extract('--lea', LEA),
    extract('--lea', '9900002'),
    extract('--lea', 'all'),
    extract('--lea', LEA, '--columns', '48'),
  ]);
  t.equal(ours.out, `${COPIED}^${DERIVED}^20230816^20240610\r\n`, 'first loaded then, changed later');
  t.match(theirs, { code: 1, out: '', err: /\nthe store holds enrollments of 9900001\n/ });
  t.equal(everyone.out, ours.out);
  t.equal(narrow.out, `${COPIED}^${DERIVED}\r\n`);
});

t.test('what is no caret file: exit code 2, once by name, and nothing is stored or written', async (t) => {
  const { dir, input } = tiny(t);
  const store = join(dir, 'store');
  const commas = join(dir, 'SENR.csv');
  writeFileSync(commas, ALL.replaceAll('^', ','));
  const problems = join(dir, 'problems.csv');
  const to = join(dir, 'cenr.txt');
  const sentence =
    'cenr: "SENR.csv" is not a caret-delimited file: it has commas between its fields. Export the records again, with carets (^) between the fields. Nothing was loaded.\n';
  for (const args of [
    ['check', input, commas, '--lea', LEA, '--problems', problems],
    ['load', input, commas, '--lea', LEA, '--store', store, '--problems', problems],
    ['extract', input, commas, '--lea', LEA, ...YEAR, '--out', to, '--problems', problems],
    ['explain', input, commas, '--lea', LEA, ...YEAR, '--ssid', '9900000001'],
  ])
    t.match(await cenr(...args), { code: 2, out: '', err: sentence }, args.join(' '));
  for (const path of [store, problems, to]) t.notOk(existsSync(path), path);
  const inFolder = await cenr('load', dir, '--lea', LEA, '--store', store);
  t.match(inFolder, { code: 0, err: /^passed over: "SENR.csv" is not a caret-delimited file: it has commas/ });
  t.match(inFolder.err, /added 6, replaced 0/);
});

t.test('records of which none can be used never look like success', async (t) => {
  const { dir, input } = tiny(t, lines(SENR.replace('20230815', '20230231'), 'SIAD^', ''));
  const out = join(dir, 'cenr.txt');
  for (const args of [
    ['check', input, '--lea', LEA],
    ['load', input, '--lea', LEA, '--store', join(dir, 'store')],
    ['extract', input, '--lea', LEA, ...YEAR, '--out', out],
  ]) {
    const { code, err } = await cenr(...args);
    t.equal(code, 1, args.join(' '));
    t.match(
      err,
      /lines read {4}3, of which 1 blank\n.*not used 1, rejected 1\n {2}none of the records could be used\n/,
      args.join(' '),
    );
  }
  writeFileSync(input, lines('SIAD^'));
  t.match(await cenr('check', input, '--lea', LEA), {
    code: 1,
    err: /not used 1, rejected 0\n {2}none of the records/,
  });
});

t.test('load: what cannot be read leaves the store as it was', async (t) => {
  const { dir, input } = tiny(t);
  const store = join(dir, 'store');
  const damaged = join(dir, 'damaged.gz');
  // It can be read for a while.
  writeFileSync(damaged, gzipSync(ALL.repeat(2_000)).subarray(0, -20));
  const { code, err } = await cenr('load', input, damaged, '--lea', LEA, '--store', store);
  t.equal(code, 2);
  t.match(err, /cenr: "damaged\.gz" begins like a gzip file, but cannot be decompressed; send it again\n/);
  t.match(await cenr('extract', '--store', store, '--lea', 'all', ...YEAR, '--out', '-'), {
    code: 1,
    out: '',
    err: /\nthe store holds no enrollments\n/,
  });
});

t.test('rules check, test and list', async (t) => {
  const dir = folder(t);
  const broken = join(dir, 'rules');
  cpSync(SHIPPED_RULES, broken, { recursive: true });
  const field = join(broken, 'fields', '40-homeless-program-eligible.json');
  writeFileSync(field, read(field).replace('"programAtSchool"', '"programAtScool"'));
  const wrongExample = join(dir, 'other', 'rules');
  cpSync(SHIPPED_RULES, wrongExample, { recursive: true });
  const otherwise = join(wrongExample, 'fields', '40-homeless-program-eligible.json');
  writeFileSync(otherwise, read(otherwise).replace('"value": "N"', '"value": "X"'));
  const { input } = tiny(t);
  const [good, bad, extract, tested, failed, list] = await Promise.all([
    cenr('rules', 'check'),
    cenrProcess('rules', 'check', '--rules', broken),
    cenr('extract', input, '--lea', LEA, ...YEAR, '--rules', broken, '--out', join(dir, 'cenr.txt')),
    cenr('rules', 'test'),
    cenrProcess('rules', 'test', '--rules', wrongExample),
    cenr('rules', 'list'),
  ]);
  t.equal(good.code, 0);
  t.match(
    good.out,
    /^The rulebook can be used: 13 fields, 61 checks, \d+ facts, \d+ parameters\.\nSHA-256 [0-9a-f]{64}\nno errors, /m,
  );
  const sentence =
    'rules/fields/40-homeless-program-eligible.json:8:31 /rules/0/conditions/fact: asks for the fact "programAtScool", which does not exist. Did you mean "programAtSchool"? Declare it in rules/facts, or correct the name';
  t.match(bad, { code: 2, out: '', err: `cenr: the rulebook cannot be used (1 finding):\n${sentence}\n` });
  t.match(extract, { code: 2, err: bad.err });
  t.notOk(readdirSync(dir).includes('cenr.txt'));
  t.equal(tested.code, 0);
  t.match(
    tested.out,
    /^\d+ examples passed, 0 failed\n(\d+) of \1 rules and outcomes of conditions reached.*\n(\d+) of \2 mutants noticed.*\n$/,
  );
  t.equal(failed.code, 1);
  t.match(
    failed.out,
    /rules\/examples\/40-homeless-program-eligible\.json \/\S+\n {4}40: .+\n {4}expected "N" by rule "otherwise", found "X" by rule "otherwise"\n/,
  );
  t.equal(list.code, 0);
  for (const part of [
    '  42  Transitional Kindergarten: retired, eligible, otherwise',
    '  SENR0018  reject  Exit before start',
    '  transitionalKindergartenProgram: 185 through 2023-06-30',
  ])
    t.ok(list.out.includes(`${part}\n`), part);
});

t.test('key add, list and revoke: a key is shown once', async (t) => {
  const { dir, input } = tiny(t);
  const store = join(dir, 'store');
  await cenr('load', input, '--lea', LEA, '--store', store);
  const added = await cenrProcess(
    'key',
    'add',
    '--name',
    'Valley SIS',
    '--role',
    'vendor',
    '--lea',
    LEA,
    '--lea',
    '9900002',
    '--store',
    store,
  );
  t.equal(added.code, 0);
  const key = added.out.trimEnd();
  t.match(added.out, /^\S{30,}\n$/, 'the key alone on the standard output');
  const id =
    /^key (key_\w+) for Valley SIS \(vendor, LEAs 9900001,9900002\); it is not shown again\n$/.exec(added.err)?.[1] ??
    '';
  t.ok(id);
  const listed = await cenrProcess('key', 'list', '--store', store);
  t.match(listed.out, new RegExp(`^${id}  vendor   LEAs 9900001,9900002  Valley SIS  made \\S+\\n$`));
  t.notOk(listed.out.includes(key));
  for (const name of readdirSync(store))
    t.notOk(readFileSync(join(store, name)).includes(key), `${name} does not hold the key itself`);
  t.match(await cenrProcess('key', 'revoke', id, '--store', store), {
    code: 0,
    out: '',
    err: `key ${id} is revoked\n`,
  });
  t.match((await cenr('key', 'list', '--store', store)).out, /, revoked \S+\n$/);
  const again = await cenr('key', 'revoke', id, '--store', store);
  t.match(again, { code: 2, err: `cenr: there is no active key "${id}"; cenr key list shows the keys\n` });
});
