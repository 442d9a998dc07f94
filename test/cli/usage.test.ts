/**
 * How `cenr` is asked: help with an example at every level, and for everything that cannot be understood a sentence
 * that helps and exit code 2.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { cenr, cenrAfter, cenrIn, cenrProcess } from './cenr.ts';

// Some dozens of processes, which a busy machine starts slowly.
t.setTimeout(900_000);

const COMMANDS = [
  'sample',
  'check',
  'extract',
  'explain',
  'sample-rows',
  'verify',
  'load',
  'anomalies',
  'ssid',
  'ssid match',
  'ssid assign',
  'ssid extract',
  'ssid replacements',
  'ssid follow',
  'ssid retire',
  'ssid undo',
  'rules',
  'rules check',
  'rules test',
  'rules list',
  'rules sql',
  'rules draft',
  'rules draft create',
  'rules draft list',
  'rules draft show',
  'rules draft get',
  'rules draft put',
  'rules draft remove',
  'rules draft check',
  'rules draft impact',
  'rules draft submit',
  'rules draft approve',
  'rules draft reopen',
  'rules draft publish',
  'rules draft delete',
  'rules versions',
  'rules restore',
  'rules confirm',
  'rules withdraw',
  'serve',
  'key',
  'key add',
  'key list',
  'key revoke',
  'person',
  'person add',
  'person list',
  'person change',
  'person remove',
  'webhook',
  'webhook add',
  'webhook list',
  'webhook remove',
  'signing-key',
  'signing-key list',
  'signing-key rotate',
  'forget',
  'convert',
  'diff',
  'reconcile',
  'calibrate',
  'report',
  'horizon',
  'grounds',
  'records',
  'verify-store',
  'store',
  'store copy',
  'audit',
  'audit verify',
  'audit list',
];

t.test('--help at every level has an example that names the command', async (t) => {
  await Promise.all(
    ['', ...COMMANDS].map(async (command) => {
      const { code, out, err } = await cenr(...command.split(' ').filter(Boolean), '--help');
      t.equal(code, 0, `cenr ${command} --help`);
      t.match(out, new RegExp(`^Usage: cenr${command && ` ${command}`} `));
      t.match(out, new RegExp(`\\nExample:\\n  cenr ${command.split(' ')[0]}`), `cenr ${command}: an example to copy`);
      t.equal(err, '');
    }),
  );
  const { out } = await cenrProcess('--help');
  for (const command of COMMANDS.filter((v) => !v.includes(' ')))
    t.match(out, new RegExp(`\\n  ${command} `), `the list of commands has ${command}`);
  const listed = [...out.slice(out.indexOf('\nCommands:')).matchAll(/^ {2}([\w-]+) /gm)].map(([, name = '']) => name);
  t.same(
    listed.filter((name) => name !== 'help' && name !== 'cenr' && !COMMANDS.includes(name)),
    [],
    'COMMANDS has every command that the help lists',
  );
});

t.test('without a command the help is shown, and nothing was done', async (t) => {
  const { code, out, err } = await cenrProcess();
  t.equal(code, 2);
  t.equal(out, '');
  t.match(err, /^Usage: cenr /);
});

t.test('wrong usage', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'in');
  mkdirSync(input);
  writeFileSync(join(input, 'SENR.txt'), 'SENR^\r\n');
  const empty = join(dir, 'empty');
  mkdirSync(empty);
  const out = ['--out', join(dir, 'cenr.txt')];
  const year = ['--academic-year', '2023-2024'];
  const lea = ['--lea', '9900001'];
  const missing = join(dir, 'missing.txt');
  const cases: [string, string[], RegExp][] = [
    ['a command that does not exist', ['extrakt'], /unknown command 'extrakt'/],
    [
      'an option that does not exist',
      ['extract', input, ...lea, ...year, ...out, '--acadmic-year', '2023-2024'],
      /unknown option '--acadmic-year'/,
    ],
    ['no LEA', ['extract', input, ...year, ...out], /required option '--lea <LEA>' not specified/],
    [
      'an LEA that is none',
      ['extract', input, '--lea', '99', ...year, ...out],
      /"?99"?'? is invalid\. Expected a seven-digit LEA code or "all"\./,
    ],
    ['no output', ['extract', input, ...lea, ...year], /required option '--out <FILE>' not specified/],
    ['neither files nor a store', ['extract', ...lea, ...year, ...out], /give files or --store DIR, not both/],
    [
      'files and a store',
      ['extract', input, '--store', dir, ...lea, ...year, ...out],
      /give files or --store DIR, not both/,
    ],
    [
      'a folder without a store',
      ['extract', '--store', empty, ...lea, ...year, ...out],
      /there is no store in ".*empty"; make one with cenr load FILE --lea LEA --store DIR/,
    ],
    [
      '--problems of a store',
      ['extract', '--store', dir, ...lea, ...year, ...out, '--problems', join(dir, 'p.csv')],
      /--problems works with files only/,
    ],
    [
      'no kind of request',
      ['extract', input, ...lea, ...out],
      /exactly one of: an academic year, an as-of date, or a date range/,
    ],
    [
      'two kinds of request',
      ['extract', input, ...lea, ...year, '--as-of', '20240101', ...out],
      /exactly one of: an academic year, an as-of date, or a date range/,
    ],
    [
      'half a range',
      ['extract', input, ...lea, '--from', '20240101', ...out],
      /a date range needs both days, but "through" is missing/,
    ],
    [
      'a range backwards',
      ['extract', input, ...lea, '--from', '20240102', '--through', '20240101', ...out],
      /the range ends on 20240101, before it starts on 20240102/,
    ],
    [
      'an academic year that is none',
      ['extract', input, ...lea, '--academic-year', '2023-2025', ...out],
      /found "2023-2025", expected two consecutive years, such as 2023-2024\. Did you mean "2023-2024"\?/,
    ],
    [
      'adjusted without an academic year',
      ['extract', input, ...lea, '--as-of', '20240101', '--adjusted', ...out],
      /adjusted needs an academic year/,
    ],
    [
      'a date that does not exist',
      ['extract', input, ...lea, '--as-of', '2024-02-30', ...out],
      /2024-02-30' is invalid\. Expected a real date, written CCYYMMDD or CCYY-MM-DD\./,
    ],
    [
      'a run date that does not exist',
      ['extract', input, ...lea, ...year, '--run-date', 'today', ...out],
      /Expected a real date/,
    ],
    [
      '49 columns',
      ['extract', input, ...lea, ...year, '--columns', '49', ...out],
      /--columns 49: expected one of 48, 50/,
    ],
    [
      'an encoding that is not known',
      ['check', input, ...lea, '--encoding', 'latin1'],
      /Allowed choices are utf-8, windows-1252/,
    ],
    [
      'a missing file',
      ['extract', input, missing, ...lea, ...year, ...out],
      new RegExp(`there is no file or folder "${missing}"`),
    ],
    ['an empty folder', ['check', empty, ...lea], /the folder ".*empty" has no files/],
    ['no file at all', ['check', ...lea], /missing required argument 'FILE'/],
    [
      'an output in a folder that is not there',
      ['extract', input, ...lea, ...year, '--out', join(dir, 'no', 'cenr.txt')],
      /no such file or directory/,
    ],
    [
      'problems in a folder that is not there',
      ['check', input, ...lea, '--problems', join(dir, 'no', 'p.csv')],
      /no such file or directory/,
    ],
    [
      'rules that are not there',
      ['rules', 'check', '--rules', join(dir, 'no')],
      /is not a folder; give the folder with rulebook\.json/,
    ],
    [
      'a version without a store',
      ['extract', input, ...lea, ...year, ...out, '--rules', 'abcdef12'],
      /--rules abcdef12 is not a folder; .* give the store that keeps it with --store DIR/,
    ],
    ['a watch without a folder', ['serve', '--watch', '--store', empty], /--watch needs --rules DIR/],
    [
      'no students',
      ['sample', '--students', '0', '--out', join(dir, 'sample')],
      /Expected a whole number, 1 or more\./,
    ],
    [
      'a role that is none',
      ['key', 'add', '--name', 'x', '--role', 'root', ...lea, '--store', dir],
      /Allowed choices are vendor, auditor, policy, admin/,
    ],
    [
      'a name that would break a list',
      ['key', 'add', '--name', 'a\nb', '--role', 'vendor', ...lea, '--store', dir],
      /Expected letters, digits, punctuation and spaces, without line breaks or tabs\./,
    ],
    [
      'a key for a folder without a store',
      ['key', 'add', '--name', 'x', '--role', 'vendor', ...lea, '--store', empty],
      /there is no store in ".*empty"; cenr serve --store DIR or cenr load makes one/,
    ],
    ['keys of a folder without a store', ['key', 'list', '--store', empty], /there is no store in ".*empty"/],
    ['a key that is not there', ['key', 'revoke', 'key_1', '--store', empty], /there is no store in ".*empty"/],
  ];
  const results = await Promise.all(
    cases.map(async ([what, args, sentence]) => ({ what, sentence, ran: await cenr(...args) })),
  );
  for (const { what, sentence, ran } of results) {
    t.equal(ran.code, 2, what);
    t.match(ran.err, sentence, `${what}: a sentence`);
    t.notMatch(ran.err, /\n\s+at /, `${what}: no stack`);
    t.equal(ran.out, '', `${what}: nothing on the standard output`);
  }
  t.same(readdirSync(dir).sort(), ['empty', 'in'], 'and nothing was written');
  t.same(readdirSync(empty), []);
});

t.test('settings of the service that cannot be used', async (t) => {
  const dir = folder(t);
  const serve = ['serve', '--store', join(dir, 'data')];
  const cases: [Record<string, string>, string[], RegExp][] = [
    [{}, [...serve, '--port', '65536'], /^cenr: options\.port should be >= 0 and < 65536\. .*\n$/],
    [{ CENR_PORT: 'http' }, serve, /^cenr: CENR_PORT is "http"; expected a whole number\n$/],
    [
      { CENR_PROT: '80', CENR_PORT: 'http' },
      serve,
      /^warning: the environment variable CENR_PROT is unknown and changes nothing\. Did you mean "CENR_PORT"\?\ncenr: CENR_PORT/,
    ],
    [{ CENR_TIME_ZONE: 'Sunnydale' }, serve, /^cenr: Invalid time zone specified: Sunnydale\n$/],
    [{ CENR_TIME_ZONE: 'Sunnydale' }, ['rules', 'list'], /^cenr: Invalid time zone specified: Sunnydale\n$/],
  ];
  for (const [env, args, sentence] of cases) {
    const { code, err } = await cenrIn({ env }, ...args);
    t.equal(code, 2, args.join(' '));
    t.match(err, sentence);
  }
});

t.test('a mistake of the program is not blamed on whoever uses it, though it be a RangeError', async (t) => {
  const dir = folder(t);
  const bug = '() => new Array(-1)';
  const fails = (file: string, name: string): string =>
    `import file from '${file}'; import { syncBuiltinESMExports } from 'node:module'; file.${name} = ${bug}; syncBuiltinESMExports();`;
  const cases: [string, string[]][] = [
    [fails('node:fs/promises', 'mkdir'), ['sample', '--students', '1', '--out', join(dir, 'sample')]],
    [fails('node:fs', 'mkdirSync'), ['serve', '--port', '0', '--store', join(dir, 'data')]],
    [`process.stdout.write = ${bug};`, ['rules', 'list', '--field', '40']],
  ];
  for (const { args, ran } of await Promise.all(
    cases.map(async ([broken, args]) => ({ args, ran: await cenrAfter(broken, ...args) })),
  )) {
    t.equal(ran.code, 3, args.join(' '));
    t.match(ran.err, /^cenr: internal error; please report it\.\nRangeError: Invalid array length\n {4}at /);
  }
});

t.test('a store that cannot be used, and a full disk, are sentences', async (t) => {
  const store = folder(t);
  writeFileSync(join(store, 'students.db'), 'Dear all, '.repeat(1_000));
  writeFileSync(join(store, 'service.db'), '');
  const ran = await cenr('key', 'list', '--store', store);
  t.equal(ran.code, 2);
  t.match(ran.err, /^cenr: ".*students\.db" is damaged, or is no file of cenr; restore the whole folder from a backup/);
  const full = (fault: string): string =>
    `import file from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module'; file.mkdir = () => { throw Object.assign(new Error('full'), ${fault}); }; syncBuiltinESMExports();`;
  for (const fault of ['{ errcode: 13 }', "{ code: 'ENOSPC', syscall: 'write' }"]) {
    const { code, err } = await cenrAfter(full(fault), 'sample', '--students', '1', '--out', join(store, 'sample'));
    t.equal(code, 2);
    t.equal(err, 'cenr: the disk is full, and nothing of this was stored; make room, then do it again\n');
  }
});
