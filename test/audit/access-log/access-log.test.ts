import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type AccessLog, openAccessLog } from '#audit/access-log/access-log';
import { AccessLogError } from '#audit/access-log/access-log-error';
import { type Access, type ChainEnd, headText, nextLine, readHead } from '#audit/access-log/chain';
import {
  ACCESS_LOG,
  ACCESS_LOG_HEAD,
  ACCESS_LOG_LOCK,
  type LogFile,
  type OpenLogFile,
  openLogFile,
} from '#audit/access-log/log-file';
import { holdsAccessLog, verifyAccessLog } from '#audit/access-log/read';
import { folder } from '../../support/folders.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const clock = () => new Date('2024-07-15T19:00:00Z');

const access = (n: number, more: Partial<Access> = {}): Access => ({
  time: clock().toISOString(),
  requestId: `request-${n}`,
  keyId: 'key_1',
  role: 'auditor',
  method: 'GET',
  route: '/v1/extracts/:id/file',
  extract: `extract_${n}`,
  status: 200,
  ...more,
});

const logOf = (dir: string): string => join(dir, ACCESS_LOG);
const headOf = (dir: string): string => join(dir, ACCESS_LOG_HEAD);
const linesOf = (dir: string): string[] => readFileSync(logOf(dir), 'utf8').split('\n').slice(0, -1);
const entriesOf = (dir: string): Record<string, unknown>[] => linesOf(dir).map((line) => JSON.parse(line));

/** A folder with a closed log of so many entries. */
async function written(t: Test, entries: number): Promise<string> {
  const dir = folder(t);
  const log = await openAccessLog(dir, { clock });
  for (let n = 1; n <= entries; n++) await log.enter(access(n));
  await log.close();
  return dir;
}

/** Opens a log that is closed when the test ends. */
async function opened(t: Test, dir: string, openFile?: OpenLogFile): Promise<AccessLog> {
  const log = await openAccessLog(dir, { clock, ...(openFile && { openFile }) });
  t.teardown(() => log.close());
  return log;
}

/** The real files, but what the log itself does to them may be replaced. */
const diskWith =
  (changes: (file: LogFile) => Partial<LogFile>, name = ACCESS_LOG): OpenLogFile =>
  async (path) => {
    const file = await openLogFile(path);
    return path.endsWith(name) ? { ...file, ...changes(file) } : file;
  };

const full = (): Error => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

t.test('an entry: its keys in a fixed order, and hashes that anybody can work out', async (t) => {
  const dir = folder(t);
  const log = await opened(t, dir);
  await log.enter(access(1, { ssid: '9900000001', purpose: 'Prüfung "2024"' }));
  await log.enter({
    status: 401,
    route: 'unknown',
    method: 'GET',
    requestId: 'r',
    time: 'now',
    refusal: 'CENR_KEY_REQUIRED',
  });
  const [first, second] = linesOf(dir) as [string, string];
  const hashes = [first, second].map((line) =>
    createHash('sha256')
      .update(line.slice(0, line.lastIndexOf(',"hash"')))
      .digest('hex'),
  );
  t.equal(
    first,
    `{"number":1,"time":"2024-07-15T19:00:00.000Z","requestId":"request-1","keyId":"key_1","role":"auditor","method":"GET","route":"/v1/extracts/:id/file","extract":"extract_1","ssid":"9900000001","purpose":"Prüfung \\"2024\\"","status":200,"previous":"${'0'.repeat(64)}","hash":"${hashes[0]}"}`,
  );
  t.equal(
    second,
    `{"number":2,"time":"now","requestId":"r","method":"GET","route":"unknown","status":401,"refusal":"CENR_KEY_REQUIRED","previous":"${hashes[0]}","hash":"${hashes[1]}"}`,
  );
  t.same(readHead(readFileSync(headOf(dir), 'utf8')), { number: 2, hash: hashes[1] });
  t.same(await verifyAccessLog(dir), { end: { number: 2, hash: hashes[1] } });
  for (const file of [ACCESS_LOG, ACCESS_LOG_HEAD, ACCESS_LOG_LOCK])
    t.equal(statSync(join(dir, file)).mode & 0o777, 0o600, `${file} is its owner's only`);
});

t.test('every flipped byte is found, and at which entry', async (t) => {
  const dir = await written(t, 3);
  const good = readFileSync(logOf(dir));
  const missed: string[] = [];
  let entry = 1;
  for (let at = 0; at < good.length; at++) {
    for (const bit of [1, 0x20]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ bit;
      writeFileSync(logOf(dir), bad);
      const { fault, end } = await verifyAccessLog(dir);
      if (fault?.entry !== entry || end.number !== entry - 1)
        missed.push(`byte ${at} bit ${bit}: ${JSON.stringify(fault)}`);
    }
    if (good[at] === 10) entry++;
  }
  t.equal(entry, 4);
  t.same(missed, []);
  writeFileSync(logOf(dir), good);

  const head = readFileSync(headOf(dir));
  for (let at = 0; at < head.length; at++) {
    const bad = Buffer.from(head);
    bad[at] = (bad[at] as number) ^ 1;
    writeFileSync(headOf(dir), bad);
    if (!(await verifyAccessLog(dir)).fault) missed.push(`head, byte ${at}`);
  }
  t.same(missed, []);
  writeFileSync(headOf(dir), head);
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 3 } });
});

t.test('a log that is cut anywhere', async (t) => {
  const dir = await written(t, 3);
  const good = readFileSync(logOf(dir));
  const missed: number[] = [];
  for (let size = good.length - 1; size >= 0; size--) {
    truncateSync(logOf(dir), size);
    const { fault, end } = await verifyAccessLog(dir);
    if (fault?.entry !== end.number + 1 || end.number !== good.subarray(0, size).toString().split('\n').length - 1)
      missed.push(size);
  }
  t.same(missed, []);
});

t.test('entries removed, added, moved and replaced', async (t) => {
  const dir = await written(t, 4);
  const good = linesOf(dir) as [string, string, string, string];
  const [a, b, c, d] = good;
  const head = readFileSync(headOf(dir), 'utf8');
  const endOf = (line: string): ChainEnd => JSON.parse(line);
  const forged = (before: string, n: number): string =>
    nextLine(endOf(before), access(n, { keyId: 'key_2' })).line.trimEnd();
  const stranger = (await written(t, 1).then(linesOf))[0] as string;
  const cases: [string, string[], number, RegExp][] = [
    ['the first removed', [b, c, d], 1, /found log entry 2 instead: this one was removed/],
    ['one in the middle removed', [a, b, d], 3, /found log entry 4 instead: this one was removed/],
    ['the last removed', [a, b, c], 4, /the log ends before it, and access\.log\.head names log entry 4/],
    ['all removed', [], 1, /the log ends before it, and access\.log\.head names log entry 4/],
    ['one twice', [a, b, b, c, d], 3, /found log entry 2 instead, repeated or moved/],
    ['the last twice', [a, b, c, d, d], 5, /found log entry 4 instead, repeated or moved/],
    ['two in another order', [a, c, b, d], 2, /found log entry 3 instead: .* were moved/],
    [
      'one replaced by another with a hash of its own',
      [a, forged(a, 2), c, d],
      3,
      /does not have the hash of the log entry before it/,
    ],
    [
      'the last replaced by another with a hash of its own',
      [a, b, c, forged(c, 4)],
      4,
      /hash is not the one in access\.log\.head/,
    ],
    ['an entry of another log', [stranger.replace('request-1', 'request-9'), b, c, d], 1, /do not have its hash/],
    ['an empty line', [a, '', b, c, d], 2, /not a log entry/],
    ['a line that is none', [a, b, c, d, 'hello'], 5, /not a log entry/],
  ];
  for (const [what, lines, entry, reason] of cases) {
    writeFileSync(logOf(dir), lines.map((line) => `${line}\n`).join(''));
    t.match(await verifyAccessLog(dir), { fault: { entry, reason }, end: { number: entry - 1 } }, what);
  }
  writeFileSync(logOf(dir), good.map((line) => `${line}\n`).join(''));
  t.equal((await verifyAccessLog(dir)).fault, undefined);

  const heads: [string, string | undefined, number, RegExp][] = [
    ['the head is gone', undefined, 5, /access\.log\.head, .* is missing/],
    ['the head is empty', '', 5, /access\.log\.head, .* is damaged/],
    [
      'the head names another hash',
      headText({ number: 2, hash: 'f'.repeat(64) }),
      2,
      /hash is not the one in access\.log\.head/,
    ],
  ];
  for (const [what, text, entry, reason] of heads) {
    rmSync(headOf(dir), { force: true });
    if (text !== undefined) writeFileSync(headOf(dir), text);
    t.match(await verifyAccessLog(dir), { fault: { entry, reason } }, what);
  }
  writeFileSync(headOf(dir), headText(endOf(b)));
  t.equal((await verifyAccessLog(dir)).fault, undefined, 'a head that is behind is what a power cut leaves');
  writeFileSync(headOf(dir), head);
  rmSync(logOf(dir));
  t.equal(await holdsAccessLog(dir), true);
  t.match(
    await verifyAccessLog(dir),
    { fault: { entry: 1, reason: /names log entry 4/ } },
    'the log is gone and its head is there',
  );
});

t.test('a hundred at once: one chain, flushed in groups, none done before its flush', async (t) => {
  const dir = folder(t);
  const flushes: PromiseWithResolvers<void>[] = [];
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const log = await opened(
    t,
    dir,
    diskWith((file) => ({
      async sync() {
        const flush = Promise.withResolvers<void>();
        begun[flushes.push(flush) - 1]?.resolve();
        await flush.promise;
        await file.sync();
      },
    })),
  );
  const done: number[] = [];
  const all = Array.from({ length: 100 }, (_, n) => log.enter(access(n)).then(() => done.push(n)));
  await begun[0]?.promise;
  for (let i = 0; i < 10; i++) await immediate();
  t.equal(linesOf(dir).length, 1, 'the first is written');
  t.same(done, [], 'but not done, as long as it is not flushed');
  flushes[0]?.resolve();
  await begun[1]?.promise;
  for (let i = 0; i < 10; i++) await immediate();
  t.same(done, [0]);
  t.equal(linesOf(dir).length, 100, 'those that came meanwhile are written together');
  flushes[1]?.resolve();
  await Promise.all(all);
  t.equal(flushes.length, 2);
  t.same(
    done,
    Array.from({ length: 100 }, (_, n) => n),
  );
  t.same(
    entriesOf(dir).map(({ requestId }) => requestId),
    Array.from({ length: 100 }, (_, n) => `request-${n}`),
  );
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 100 } });
});

t.test(
  'a disk that fails: what was not entered says so, is not in the log, and the log goes on when it can',
  async (t) => {
    const half = (file: LogFile): Partial<LogFile> => ({
      async write(at, bytes) {
        await file.write(at, bytes.subarray(0, 100));
        throw full();
      },
    });
    const unflushed = (file: LogFile): Partial<LogFile> => ({
      async sync() {
        await file.sync();
        throw full();
      },
    });
    const unwritten = (): Partial<LogFile> => ({ write: () => Promise.reject(full()) });
    const wholeLine = (bytes: number) => bytes > 300;
    const cases: [string, (file: LogFile) => Partial<LogFile>, string, (cutBytes: number) => boolean][] = [
      ['full after half an entry', half, ACCESS_LOG, (bytes) => bytes === 100],
      ['a flush that fails', unflushed, ACCESS_LOG, wholeLine],
      ['a head that cannot be written', unwritten, ACCESS_LOG_HEAD, wholeLine],
    ];
    for (const [what, trouble, name, isCut] of cases) {
      const dir = folder(t);
      let failing = false;
      const log = await opened(
        t,
        dir,
        diskWith((file) => {
          const troubled = trouble(file);
          const either = (method: 'write' | 'sync') =>
            ((...args: never[]) =>
              ((failing && troubled[method]) || file[method])(...(args as [never, never]))) as never;
          return { write: either('write'), sync: either('sync') };
        }, name),
      );
      await log.enter(access(1));
      failing = true;
      await t.rejects(log.enter(access(2)), { code: 'ENOSPC' }, what);
      failing = false;
      if (name === ACCESS_LOG_HEAD) await t.resolves(log.ready(), 'asking whether it is ready takes it up again');
      await log.enter(access(3));
      await log.enter(access(4));
      t.match(
        entriesOf(dir),
        [
          { requestId: 'request-1' },
          { number: 2, event: 'recovered', unentered: 1 },
          { requestId: 'request-3', number: 3 },
          { requestId: 'request-4' },
        ],
        what,
      );
      t.ok(
        isCut(Number(entriesOf(dir)[1]?.['cutBytes'])),
        `${what}: ${entriesOf(dir)[1]?.['cutBytes']} bytes were cut`,
      );
      t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 4 } }, what);
    }
  },
);

t.test('a disk that keeps failing', async (t) => {
  const dir = folder(t);
  let failing = false;
  const log = await opened(t, dir, async (path) => {
    if (failing) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    return diskWith((file) => ({ write: (at, bytes) => (failing ? Promise.reject(full()) : file.write(at, bytes)) }))(
      path,
    );
  });
  failing = true;
  await t.rejects(log.enter(access(1)), { code: 'ENOSPC' });
  await t.rejects(log.enter(access(2)), { code: 'EIO' }, 'it is opened anew, which fails as well');
  const [third, fourth] = await Promise.allSettled([log.enter(access(3)), log.enter(access(4))]);
  t.same([third.status, fourth.status], ['rejected', 'rejected']);
  await t.rejects(log.ready(), { code: 'EIO' });
  failing = false;
  await t.resolves(log.ready());
  await log.enter(access(5));
  t.match(entriesOf(dir), [{ event: 'recovered', cutBytes: 0, unentered: 4 }, { requestId: 'request-5' }]);
  await log.close();
  await t.rejects(log.enter(access(6)), AccessLogError, 'a closed log takes nothing');
  await t.rejects(log.ready(), AccessLogError);
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 2 } });
});

t.test('a file that another hand changes while it is written', async (t) => {
  const dir = folder(t);
  const log = await opened(t, dir);
  await log.enter(access(1));
  appendFileSync(logOf(dir), 'hello\n');
  await t.rejects(log.enter(access(2)), AccessLogError);
  await log.enter(access(3));
  t.match(
    entriesOf(dir),
    [{}, { event: 'recovered', cutBytes: 6, unentered: 1 }, { requestId: 'request-3' }],
    'what does not belong there is cut off, and that is entered',
  );

  renameSync(logOf(dir), `${logOf(dir)}.1`);
  await t.rejects(log.enter(access(4)), { code: 'ENOENT' }, 'nothing is written to a file that has lost its name');
  await t.rejects(log.enter(access(5)), AccessLogError, 'nor to an empty one');
  renameSync(`${logOf(dir)}.1`, logOf(dir));
  await log.enter(access(6));
  t.match(entriesOf(dir).slice(3), [{ event: 'recovered', unentered: 2 }, { requestId: 'request-6' }]);

  copyFileSync(logOf(dir), `${logOf(dir)}.1`);
  renameSync(`${logOf(dir)}.1`, logOf(dir));
  await t.rejects(log.enter(access(7)), { code: 'ESTALE' }, 'nor to a file whose name a copy has taken');
  await log.enter(access(8));
  t.match(entriesOf(dir).slice(5), [{ event: 'recovered', unentered: 1 }, { requestId: 'request-8' }]);
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 7 } });

  const lines = linesOf(dir);
  const forged = nextLine(JSON.parse(lines[5] as string), access(8, { keyId: 'key_2' })).line;
  writeFileSync(logOf(dir), `${[...lines.slice(0, 6), forged].join('\n')}more`);
  for (const n of [9, 9])
    await t.rejects(log.enter(access(n)), AccessLogError, 'nor behind an entry that was replaced');
  writeFileSync(logOf(dir), lines.slice(0, 2).join('\n'));
  for (const n of [9, 9]) await t.rejects(log.enter(access(n)), AccessLogError, 'nor behind entries that were removed');
  t.equal((await verifyAccessLog(dir)).fault?.entry, 2);
});

t.test('a restart takes up the chain', async (t) => {
  const dir = await written(t, 2);
  const log = await opened(t, dir);
  await log.enter(access(3));
  t.same(
    entriesOf(dir).map(({ number }) => number),
    [1, 2, 3],
  );
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 3 } });
});

t.test('what a crash left half-written is cut off, and that is entered', async (t) => {
  for (const entries of [0, 2]) {
    const dir = await written(t, entries);
    appendFileSync(logOf(dir), '{"number":3,"time":"20');
    t.match((await verifyAccessLog(dir)).fault, { entry: entries + 1, reason: /not finished, as after a crash/ });
    const log = await opened(t, dir);
    await log.enter(access(9));
    t.match(entriesOf(dir).slice(entries), [
      { number: entries + 1, event: 'recovered', cutBytes: 22, unentered: undefined },
      { requestId: 'request-9' },
    ]);
    t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: entries + 2 } });
  }
});

t.test('a start with a log that is not as it was left is refused', async (t) => {
  const cases: [string, (dir: string) => void, RegExp][] = [
    [
      'the last entry removed',
      (dir) => writeFileSync(logOf(dir), `${linesOf(dir).slice(0, 2).join('\n')}\n`),
      /ended with log entry 3 and now ends with log entry 2/,
    ],
    [
      'the last line feed removed',
      (dir) => truncateSync(logOf(dir), statSync(logOf(dir)).size - 1),
      /ended with log entry 3 and now ends with log entry 2/,
    ],
    ['the log removed', (dir) => rmSync(logOf(dir)), /ended with log entry 3 and now ends with log entry 0/],
    [
      'the last entry changed',
      (dir) => writeFileSync(logOf(dir), readFileSync(logOf(dir), 'utf8').replace('request-3', 'request-4')),
      /the last log entry .* is damaged/,
    ],
    [
      'the head removed',
      (dir) => rmSync(headOf(dir)),
      /access\.log\.head" is missing or empty, and the access log has 3 log entries/,
    ],
    ['the head damaged', (dir) => truncateSync(headOf(dir), 50), /access\.log\.head" is damaged/],
    [
      'the head of another log',
      (dir) => writeFileSync(headOf(dir), headText({ number: 3, hash: 'f'.repeat(64) })),
      /now ends with another one of that number/,
    ],
  ];
  for (const [what, change, message] of cases) {
    const dir = await written(t, 3);
    change(dir);
    const before = existsSync(logOf(dir)) ? readFileSync(logOf(dir), 'utf8') : '';
    for (const time of ['at once', 'again: the lock was given back'])
      await t.rejects(openAccessLog(dir, { clock }), { name: 'AccessLogError', message }, `${what}, ${time}`);
    t.equal(readFileSync(logOf(dir), 'utf8'), before, `${what}: nothing is changed`);
  }
});

t.test('an end that is longer than what is read at a time', async (t) => {
  const dir = await written(t, 2);
  appendFileSync(logOf(dir), Buffer.alloc(200_000));
  const log = await opened(t, dir);
  await log.enter(access(3, { purpose: 'x'.repeat(100_000) }));
  await log.close();
  await (await openAccessLog(dir, { clock })).close();
  t.match(entriesOf(dir), [{}, {}, { cutBytes: 200_000 }, { requestId: 'request-3' }]);
  appendFileSync(logOf(dir), Buffer.alloc(1_000_000));
  let longest = 0;
  const { fault } = await verifyAccessLog(dir, ({ text }) => {
    longest = Math.max(longest, text.length);
  });
  t.match(fault, { entry: 5, reason: /not finished/ });
  t.ok(longest < 1_000_000, 'a line without end is not read to its end');
});

t.test('one process writes', async (t) => {
  const dir = await written(t, 1);
  const log = await opened(t, dir);
  await t.rejects(openAccessLog(dir, { clock }), {
    name: 'AccessLogError',
    message: /another process writes the access log .* stop the other/,
  });
  await log.enter(access(2));
  await log.close();

  const lock = new URL('../../../src/audit/access-log/lock.ts', import.meta.url).href;
  const hold = `import { takeLock } from ${JSON.stringify(lock)}; takeLock(process.argv[1]); console.log('taken'); setInterval(() => {}, 1e6);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', hold, join(dir, ACCESS_LOG_LOCK)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  await t.rejects(openAccessLog(dir, { clock }), AccessLogError, 'another process has it');
  other.kill('SIGKILL');
  await once(other, 'exit');
  await opened(t, dir);
  t.pass('nothing is left of a process that was killed');
});

t.test('verified while it is written', async (t) => {
  const dir = folder(t);
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let slow = false;
  const log = await opened(
    t,
    dir,
    diskWith((file) => ({
      async write(at, bytes) {
        if (slow) {
          await file.write(at, bytes.subarray(0, 50));
          begun.resolve();
          await gate.promise;
        }
        await file.write(at, bytes);
      },
    })),
  );
  await log.enter(access(1));
  slow = true;
  const entered = log.enter(access(2));
  await begun.promise;
  t.match(
    await verifyAccessLog(dir),
    { fault: undefined, end: { number: 1 } },
    'an entry that is being written is no fault',
  );
  gate.resolve();
  await entered;
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 2 } });
  truncateSync(logOf(dir), statSync(logOf(dir)).size - 1);
  t.match((await verifyAccessLog(dir)).fault, { entry: 2 }, 'one that was flushed and is not whole is one');
});
