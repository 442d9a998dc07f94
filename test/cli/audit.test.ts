/** `cenr audit` from end to end: what it says, and its exit code. */
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openAccessLog } from '#audit/access-log/access-log';
import type { Access } from '#audit/access-log/chain';
import { ACCESS_LOG, ACCESS_LOG_HEAD } from '#audit/access-log/log-file';
import { folder } from '../support/folders.ts';
import { cenr, cenrProcess } from './cenr.ts';

// A busy machine starts processes slowly.
t.setTimeout(900_000);

const SSID = '9900000001';

/** Noon or later in every time zone of the country. */
const noon = (day: number): string => new Date(Date.UTC(2024, 6, day, 20)).toISOString();

const request = (day: number, more: Partial<Access>): Access => ({
  time: noon(day),
  requestId: `r${day}`,
  method: 'GET',
  route: '/v1/uploads',
  status: 200,
  ...more,
});

/** A folder with a log of four requests and what was left behind by a crash. */
async function logged(t: Test): Promise<string> {
  const dir = folder(t);
  const open = () => openAccessLog(dir, { clock: () => new Date(noon(4)) });
  const before = await open();
  const auditor = { keyId: 'key_a', role: 'auditor' };
  await before.enter(
    request(1, {
      ...auditor,
      route: '/v1/extracts/:id/rows',
      extract: 'extract_1',
      ssid: SSID,
      purpose: 'the annual "audit"',
    }),
  );
  await before.enter(request(2, { status: 401, refusal: 'CENR_KEY_REQUIRED' }));
  await before.enter(request(3, { ...auditor, ssid: '\u001b[2J\u202e', status: 400, refusal: 'CENR_REQUEST_INVALID' }));
  await before.close();
  appendFileSync(join(dir, ACCESS_LOG), '{"number":4,');
  const after = await open();
  await after.enter(
    request(5, { keyId: 'key_b', role: 'vendor', route: '/v1/extracts/:id/file', extract: 'extract_1' }),
  );
  await after.close();
  return dir;
}

t.test('audit verify', async (t) => {
  const dir = await logged(t);
  const good = readFileSync(join(dir, ACCESS_LOG), 'utf8');
  const { hash } = JSON.parse(good.split('\n').at(-2) as string) as { hash: string };
  t.same(await cenrProcess('audit', 'verify', '--store', dir), {
    code: 0,
    out: `5 log entries are intact; the hash of the last one is ${hash}\n`,
    err: '',
  });

  writeFileSync(join(dir, ACCESS_LOG), good.replace(SSID, '9900000002'));
  t.same(await cenrProcess('audit', 'verify', '--store', dir), {
    code: 1,
    out: 'log entry 1 is not valid: its bytes do not have its hash: it was changed\n0 log entries are intact before it\n',
    err: '',
  });
  writeFileSync(join(dir, ACCESS_LOG), good.split('\n').slice(0, 3).join('\n').concat('\n'));
  t.match(await cenr('audit', 'verify', '--store', dir), {
    code: 1,
    out: /^log entry 4 is not valid: the log ends before it, .*\n3 log entries are intact before it\n$/,
  });
});

t.test('audit list', async (t) => {
  const dir = await logged(t);
  const list = (...more: string[]) => cenr('audit', 'list', '--store', dir, ...more);
  const { code, out, err } = await list();
  t.same([code, err], [0, '']);
  t.same(out.split('\n'), [
    `1  ${noon(1)}  key_a  auditor  GET /v1/extracts/:id/rows  extract=extract_1  ssid=${SSID}  purpose="the annual \\"audit\\""  200`,
    `2  ${noon(2)}  no key  GET /v1/uploads  401  CENR_KEY_REQUIRED`,
    `3  ${noon(3)}  key_a  auditor  GET /v1/uploads  ssid="\\u001b[2J\\u{202e}"  400  CENR_REQUEST_INVALID`,
    `4  ${noon(4)}  recovered: removed 12 bytes of an unfinished log entry`,
    `5  ${noon(5)}  key_b  vendor  GET /v1/extracts/:id/file  extract=extract_1  200`,
    '',
  ]);
  const numbers = async (...more: string[]): Promise<number[]> =>
    (await list(...more, '--json')).out
      .split('\n')
      .filter(Boolean)
      .map((one) => JSON.parse(one).number);
  const cases: [string[], number[]][] = [
    // Entry 5 read a file; without a store nobody can tell whose rows it had.
    [
      ['--ssid', SSID],
      [1, 5],
    ],
    [
      ['--extract', 'extract_1'],
      [1, 5],
    ],
    [['--extract', 'extract_1', '--key', 'key_b'], [5]],
    [
      ['--from', '2024-07-02', '--through', '20240704'],
      [2, 3, 4],
    ],
    [['--key', 'nobody'], []],
  ];
  await Promise.all(
    cases.map(async ([options, expected]) => t.same(await numbers(...options), expected, options.join(' '))),
  );
  const json = await cenrProcess('audit', 'list', '--store', dir, '--json');
  t.equal(json.out, readFileSync(join(dir, ACCESS_LOG), 'utf8'), '--json gives the entries as they stand in the log');

  writeFileSync(join(dir, ACCESS_LOG), json.out.replace('"status":401', '"status":200').replace('{"number":3', '{'));
  const faulty = await list('--json');
  t.match(faulty, {
    code: 1,
    err: /^cenr: the access log is damaged: log entry 2 is not valid: its bytes do not have its hash/,
  });
  t.equal(faulty.out.split('\n').length, 5, 'what can be read is listed all the same');
});

t.test('audit rotate', async (t) => {
  const dir = await logged(t);
  const before = (await cenr('audit', 'list', '--store', dir)).out;
  const entries = before.trimEnd().split('\n').length;
  t.match(await cenr('audit', 'rotate', '--store', dir), {
    code: 0,
    out: `the new access.log goes on with log entry ${entries + 1}\n`,
  });
  const { out } = await cenr('audit', 'list', '--store', dir);
  t.ok(out.startsWith(before));
  t.match(out, /rotated: the log goes on in a new file/);
  const archive = folder(t);
  renameSync(join(dir, `access.log.1-${entries}`), join(archive, `access.log.1-${entries}`));
  t.match(await cenr('audit', 'verify', '--store', dir), { code: 1, out: /--archive/ });
  t.match(await cenr('audit', 'verify', '--store', dir, '--archive', archive), {
    code: 0,
    out: new RegExp(`^${entries + 1} log entries are intact`),
  });
});

t.test('how audit is asked', async (t) => {
  for (const command of [['audit'], ['audit', 'verify'], ['audit', 'list'], ['audit', 'rotate']])
    t.match(await cenr(...command, '--help'), {
      code: 0,
      out: new RegExp(`^Usage: cenr ${command.join(' ')} [\\s\\S]*\\nExample:\\n  cenr audit `),
    });
  const empty = folder(t);
  for (const command of ['verify', 'list']) {
    t.match(
      await cenr('audit', command, '--store', empty),
      { code: 2, out: '', err: /^cenr: there is no access log in ".*"; cenr serve writes one/ },
      command,
    );
    t.match(await cenr('audit', command), { code: 2, err: /required option '--store <DIR>' not specified/ }, command);
  }
  t.match(await cenr('audit', 'list', '--store', empty, '--from', '2024-02-30'), {
    code: 2,
    err: /Expected a real date/,
  });
});

t.test('serve does not start beside another, nor with a log that was cut', async (t) => {
  const dir = await logged(t);
  const other = await openAccessLog(dir, { clock: () => new Date() });
  t.match(await cenrProcess('serve', '--store', dir, '--port', '0'), {
    code: 2,
    out: '',
    err: /^cenr: another process writes the access log in ".*"; one service can use a store/,
  });
  await other.close();
  rmSync(join(dir, ACCESS_LOG_HEAD));
  t.match(await cenr('serve', '--store', dir, '--port', '0'), {
    code: 2,
    err: /^cenr: ".*access\.log\.head" is missing or empty, and the access log has 5 log entries\. Restore the file/,
  });
});
