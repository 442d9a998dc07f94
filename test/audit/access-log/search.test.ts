/** The access log read from its end: every line once, from any place, whatever became of the files meanwhile. */
import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openAccessLog, rotateAccessLog } from '#audit/access-log/access-log';
import { ACTIONS, actionOf, doneWords, OTHERS } from '#audit/access-log/actions';
import type { Access } from '#audit/access-log/chain';
import { DISCLOSING, LOG_SEARCH } from '#audit/access-log/disclosed';
import { ACCESS_LOG } from '#audit/access-log/log-file';
import { cursorText, type LogCursor, linesBack, readCursor, UnknownCursorError } from '#audit/access-log/search';
import { folder } from '../../support/folders.ts';

const clock = () => new Date('2024-07-15T19:00:00Z');
const access = (n: number, more: Partial<Access> = {}): Access => ({
  time: clock().toISOString(),
  requestId: `request-${n}`,
  method: 'GET',
  route: '/v1/extracts',
  status: 200,
  ...more,
});

/** A folder with a log of so many entries, of which a file is put aside every so many bytes. */
async function logged(t: Test, entries: number, mostBytes: number, more: Partial<Access> = {}): Promise<string> {
  const dir = folder(t);
  const log = await openAccessLog(dir, { clock, mostBytes });
  for (let n = 1; n <= entries; n++) await log.enter(access(n, more));
  await log.close();
  return dir;
}

async function numbersOf(dir: string, from?: LogCursor, most = Number.POSITIVE_INFINITY) {
  const numbers: (number | undefined)[] = [];
  let next: LogCursor | undefined;
  for await (const line of linesBack(dir, from)) {
    numbers.push(line.entry?.number);
    next = line.next;
    if (numbers.length === most) break;
  }
  return { numbers, next };
}

const down = (from: number, to = 1): number[] => Array.from({ length: from - to + 1 }, (_, i) => from - i);

t.test('all files are read, the newest entry first, and from any place on', async (t) => {
  const dir = await logged(t, 10, 600);
  t.ok(readdirSync(dir).filter((name) => name.startsWith(`${ACCESS_LOG}.`)).length > 2);
  const { numbers } = await numbersOf(dir);
  const all = numbers.length;
  t.same(numbers, down(all));
  const paged: (number | undefined)[] = [];
  for (let next: LogCursor | undefined; ; ) {
    const page = await numbersOf(dir, next, 3);
    paged.push(...page.numbers);
    if (page.numbers.length < 3) break;
    next = readCursor(cursorText(page.next as LogCursor));
  }
  t.same(paged, numbers, 'page by page the same');
});

t.test('lines longer than what is read at a time, and a log that ends within one', async (t) => {
  const dir = await logged(t, 40, 1 << 30, { file: 'x'.repeat(20_000) });
  t.same((await numbersOf(dir)).numbers, down(40));
  appendFileSync(join(dir, ACCESS_LOG), '{"number":41,"ti');
  t.same((await numbersOf(dir)).numbers, down(40), 'what is being written is no line yet');
  appendFileSync(join(dir, ACCESS_LOG), `${'y'.repeat(1 << 20)}\n`);
  t.same(
    (await numbersOf(dir)).numbers,
    [undefined, ...down(40)],
    'a line that is no entry is told, and none is lost for it',
  );
});

t.test('a line that was changed is no entry any more', async (t) => {
  const dir = await logged(t, 5, 1 << 30);
  const path = join(dir, ACCESS_LOG);
  writeFileSync(path, readFileSync(path, 'utf8').replace('request-3', 'request-9'));
  t.same((await numbersOf(dir)).numbers, [5, 4, undefined, 2, 1]);
});

t.test('a place stays where it is when the log is put aside, and one that there is not is refused', async (t) => {
  const dir = await logged(t, 5, 1 << 30);
  const { next } = await numbersOf(dir, undefined, 2);
  await rotateAccessLog(dir, clock);
  t.same((await numbersOf(dir, next)).numbers, [3, 2, 1]);
  t.same((await numbersOf(dir)).numbers, down(6));
  const wrong: LogCursor[] = [
    { first: 1, at: (next as LogCursor).at + 1 },
    { first: 1, at: 1_000_000 },
    { first: 2, at: 0 },
    { first: 0, at: 0 },
  ];
  for (const place of wrong) await t.rejects(numbersOf(dir, place), UnknownCursorError, cursorText(place));
  t.same(
    (await numbersOf(dir, { first: 1, at: 0 })).numbers,
    [],
    'the beginning of the oldest file has nothing before it',
  );
  renameSync(join(dir, 'access.log.1-5'), join(dir, 'elsewhere'));
  await t.rejects(
    numbersOf(dir, next),
    UnknownCursorError,
    'a file that was moved meanwhile is not passed over in silence',
  );
  t.equal(readCursor('5'), undefined);
  t.same((await numbersOf(folder(t))).numbers, [], 'no log');
});

t.test('requests that show no student and have words are requests of the service', async (t) => {
  const { paths } = JSON.parse(readFileSync(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'));
  for (const request of Object.keys(OTHERS)) {
    const [method, route] = request.split(' ') as [string, string];
    t.ok(paths[route.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()], request);
    t.equal(doneWords({ method, route }), OTHERS[request], `${request} shows no student`);
  }
  t.equal(doneWords({ method: 'GET', route: '/v1/odd' }), 'GET /v1/odd');
});

t.test('every route that shows students has words and a kind', async (t) => {
  for (const route of Object.keys(DISCLOSING)) {
    const method = route === LOG_SEARCH ? 'POST' : 'GET';
    t.notMatch(doneWords({ method, route }), /\/v1\//, route);
    t.ok(['student', 'list', 'file', 'log'].includes(actionOf({ method, route })), route);
  }
  t.equal(doneWords({ method: 'POST', route: '/v1/extracts' }), 'requested an extract');
  t.equal(doneWords({ method: 'PUT', route: '/v1/extracts' }), 'PUT /v1/extracts', 'there are no words for it');
  const kinds = [
    ['POST', '/v1/uploads', 'upload'],
    ['POST', '/v1/extracts', 'extract'],
    ['GET', '/v1/rulebook/drafts/:id', 'rules'],
    ['GET', '/v1/keys', 'keys'],
    ['POST', '/v1/ssid/matches', 'ssid'],
    ['GET', '/v1/persons', 'keys'],
    ['GET', '/v1/access-log/verification', 'log'],
    ['GET', '/v1/uploadsome', 'other'],
    ['HEAD', '/v1/extracts/:id/file', 'extract'],
  ] as const;
  for (const [method, route, kind] of kinds) t.equal(actionOf({ method, route }), kind, `${method} ${route}`);
  t.same(
    new Set(kinds.map(([, , kind]) => kind).concat(['student', 'list', 'file', 'log'] as never[])).size,
    ACTIONS.length,
  );
});
