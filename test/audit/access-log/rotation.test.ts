/** A log that is put aside goes on with its chain in a new file, whatever moment the process dies at. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openAccessLog, rotateAccessLog } from '#audit/access-log/access-log';
import type { Access } from '#audit/access-log/chain';
import { ACCESS_LOG, NEXT_LOG, openLogFile } from '#audit/access-log/log-file';
import { verifyAccessLog } from '#audit/access-log/read';
import { folder } from '../../support/folders.ts';

const clock = () => new Date('2024-07-15T19:00:00Z');
const access = (n: number): Access => ({
  time: clock().toISOString(),
  requestId: `request-${n}`,
  method: 'GET',
  route: '/v1/extracts',
  status: 200,
});

const logs = (dir: string): string[] => readdirSync(dir).filter((name) => /^access\.log(\.\d|$)/.test(name));
const first = (dir: string, name = ACCESS_LOG): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, name), 'utf8').split('\n')[0] as string);

/** A folder with a log of ten entries that is put aside every 600 bytes. */
async function rotated(t: Test): Promise<string> {
  const dir = folder(t);
  const log = await openAccessLog(dir, { clock, mostBytes: 600 });
  for (let n = 1; n <= 10; n++) await log.enter(access(n));
  await log.close();
  return dir;
}

t.test('a log that is full is put aside under the numbers of its entries', async (t) => {
  const dir = await rotated(t);
  const [current, ...aside] = logs(dir);
  t.equal(current, ACCESS_LOG);
  t.ok(aside.length > 1, aside.join(' '));
  t.equal(aside[0], 'access.log.1-3');
  for (const name of aside) t.equal(statSync(join(dir, name)).mode & 0o777, 0o600);
  const { event, previous, number } = first(dir, 'access.log.4-6');
  const last = readFileSync(join(dir, 'access.log.1-3'), 'utf8').trimEnd().split('\n').at(-1) as string;
  t.same(
    [event, number, previous],
    ['rotated', 4, JSON.parse(last).hash],
    'the new file begins with the hash of the old',
  );
  const requests: string[] = [];
  const { end, fault } = await verifyAccessLog(dir, ({ entry }) => {
    if (entry && 'requestId' in entry) requests.push(entry.requestId);
  });
  t.equal(fault, undefined);
  t.same(
    requests,
    Array.from({ length: 10 }, (_, i) => `request-${i + 1}`),
  );
  t.equal(end.number, 10 + aside.length);

  const log = await openAccessLog(dir, { clock });
  await log.enter(access(11));
  await log.close();
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: end.number + 1 } }, 'and it goes on');
});

t.test('a file that is changed, removed or moved is noticed', async (t) => {
  const dir = await rotated(t);
  const path = join(dir, 'access.log.4-6');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('request-4', 'request-5'));
  t.match(await verifyAccessLog(dir), { fault: { entry: 5, reason: /changed/ } });
  writeFileSync(path, text.split('\n').slice(0, -2).join('\n').concat('\n'));
  t.match(await verifyAccessLog(dir), { fault: { entry: 6, reason: /removed/ } }, 'its last entry');
  writeFileSync(path, text);

  const archive = join(dir, 'archive');
  mkdirSync(archive);
  for (const name of ['access.log.1-3', 'access.log.4-6']) renameSync(join(dir, name), join(archive, name));
  t.match(await verifyAccessLog(dir), { fault: { entry: 1, reason: /log entries 1 to 6 are missing.*--archive/ } });
  t.equal((await verifyAccessLog(dir, undefined, { archive })).fault, undefined);
  t.equal((await verifyAccessLog(dir, undefined, { beginsAnywhere: true })).fault, undefined);
  renameSync(join(archive, 'access.log.4-6'), join(archive, 'x'));
  t.match(await verifyAccessLog(dir, undefined, { archive }), {
    fault: { entry: 4, reason: /log entries 4 to 6 are missing/ },
    end: { number: 3 },
  });
});

t.test('a process that dies while it puts the log aside loses nothing', async (t) => {
  const write = async (dir: string): Promise<void> => {
    const log = await openAccessLog(dir, { clock });
    for (let n = 1; n <= 3; n++) await log.enter(access(n));
    await log.close();
  };
  // Before the log was put aside.
  const before = folder(t);
  await write(before);
  writeFileSync(join(before, NEXT_LOG), 'half an entr');
  await write(before);
  t.notOk(existsSync(join(before, NEXT_LOG)));
  t.match(await verifyAccessLog(before), { fault: undefined, end: { number: 6 } });

  // After it was put aside, and before the new file was there.
  const between = folder(t);
  await write(between);
  await rotateAccessLog(between, clock);
  renameSync(join(between, ACCESS_LOG), join(between, NEXT_LOG));
  await write(between);
  t.same(logs(between), [ACCESS_LOG, 'access.log.1-3']);
  t.match(await verifyAccessLog(between), { fault: undefined, end: { number: 7 } });
});

t.test('a disk that is full while the log is put aside loses nothing', async (t) => {
  const dir = folder(t);
  const disk = { isFull: false };
  const log = await openAccessLog(dir, {
    clock,
    mostBytes: 600,
    openFile: async (path) => {
      const file = await openLogFile(path);
      const full = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      return { ...file, write: (at, bytes) => (disk.isFull ? full() : file.write(at, bytes)) };
    },
  });
  for (let n = 1; n <= 3; n++) await log.enter(access(n));
  disk.isFull = true;
  for (let n = 4; n <= 6; n++) await t.rejects(log.enter(access(n)), { code: 'ENOSPC' });
  disk.isFull = false;
  for (let n = 7; n <= 9; n++) await log.enter(access(n));
  await log.close();
  t.match(await verifyAccessLog(dir), { fault: undefined });
  t.ok(logs(dir).length > 1);
});

t.test('it is put aside on request, while no service writes it', async (t) => {
  const dir = folder(t);
  const log = await openAccessLog(dir, { clock });
  await log.enter(access(1));
  await t.rejects(rotateAccessLog(dir, clock), { message: /CENR_ACCESS_LOG_BYTES/ });
  await log.close();
  await rotateAccessLog(dir, clock);
  t.same(logs(dir), [ACCESS_LOG, 'access.log.1-1']);
  await rotateAccessLog(dir, clock);
  t.same(logs(dir), [ACCESS_LOG, 'access.log.1-1', 'access.log.2-2']);
  t.match(await verifyAccessLog(dir), { fault: undefined, end: { number: 3 } });
});
