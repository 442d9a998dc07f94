/** A log of several chains: all of them are read, in the order of time, and what is missing of any is found. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { openAccessLog } from '#audit/access-log/access-log';
import { type ChainEnd, headText } from '#audit/access-log/chain';
import { type Anchors, CHAINS, chainFolder, chainsOf, OWN_CHAIN, verifyChains } from '#audit/access-log/chains';
import { ACCESS_LOG, ACCESS_LOG_HEAD } from '#audit/access-log/log-file';
import {
  chainLinesBack,
  cursorsText,
  type LogCursors,
  readCursors,
  UnknownCursorError,
} from '#audit/access-log/search';
import { folder } from '../../support/folders.ts';

const at = (second: number): string => new Date(Date.UTC(2024, 6, 15, 19, 0, second)).toISOString();
const clock = () => new Date(at(0));

/** Enters requests at seconds of a minute, in a chain. */
async function write(dir: string, chain: string, seconds: readonly number[], mostBytes?: number): Promise<void> {
  mkdirSync(chainFolder(dir, chain), { recursive: true });
  const log = await openAccessLog(chainFolder(dir, chain), { clock, mostBytes });
  const entered: Promise<void>[] = [];
  for (const second of seconds) {
    entered.push(
      log.enter({ time: at(second), requestId: `${second}`, method: 'GET', route: '/v1/extracts', status: 200 }),
    );
    // What comes together is written to one file.
    if (mostBytes !== undefined) await entered.at(-1);
  }
  await Promise.all(entered);
  await log.close();
}

/** A log as services leave it that share a folder: one from before, and two chains. */
async function written(t: Test): Promise<string> {
  const dir = folder(t);
  await write(dir, OWN_CHAIN, [1, 2]);
  await write(dir, '1', [3, 6, 7, 12]);
  await write(dir, '10', [4, 5, 8, 9, 10, 11]);
  return dir;
}

async function anchorsOf(dir: string): Promise<Map<string, ChainEnd>> {
  const verdicts = await verifyChains(dir);
  return new Map(verdicts.flatMap(({ chain, end }) => (chain === OWN_CHAIN ? [] : [[chain, end] as const])));
}

const faults = async (dir: string, anchors?: Anchors, archive?: string): Promise<unknown[]> =>
  (await verifyChains(dir, undefined, { anchors, archive })).flatMap(({ chain, fault }) =>
    fault ? [[chain, fault.entry, fault.reason]] : [],
  );

t.test('the chains of a folder', async (t) => {
  const dir = await written(t);
  mkdirSync(join(dir, CHAINS, 'elsewhere'));
  mkdirSync(join(dir, CHAINS, '2'));
  t.same(await chainsOf(dir), [OWN_CHAIN, '1', '10'], 'by number, and none that holds nothing');
  t.same(await chainsOf(folder(t)), [OWN_CHAIN], 'where nothing is, there is one log that is missing');
  for (const name of [ACCESS_LOG, ACCESS_LOG_HEAD]) rmSync(join(dir, name));
  t.same(await chainsOf(dir), ['1', '10']);
});

t.test('lines are told in the order of time, whichever chain they are of', async (t) => {
  const dir = await written(t);
  const told: (readonly [string, string])[] = [];
  const verdicts = await verifyChains(dir, async ({ entry }, chain) => {
    await null;
    if (entry && 'requestId' in entry) told.push([entry.requestId, chain]);
  });
  t.same(
    told.map(([id]) => Number(id)),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  t.same(
    told.filter(([, chain]) => chain === '1').map(([id]) => id),
    ['3', '6', '7', '12'],
  );
  t.same(
    verdicts.map(({ chain, end, fault }) => [chain, end.number, fault]),
    [
      [OWN_CHAIN, 2, undefined],
      ['1', 4, undefined],
      ['10', 6, undefined],
    ],
  );
  await t.rejects(
    verifyChains(dir, () => Promise.reject(new Error('the printer is on fire'))),
    { message: 'the printer is on fire' },
  );
});

t.test('searched from its end, page by page', async (t) => {
  const dir = await written(t);
  const found: (readonly [string, string])[] = [];
  let next: LogCursors | undefined;
  for (;;) {
    let lines = 0;
    for await (const line of chainLinesBack(dir, next)) {
      const { entry } = line;
      found.push([entry && 'requestId' in entry ? entry.requestId : '', line.chain]);
      next = readCursors(cursorsText(line.next));
      if (++lines === 5) break;
    }
    if (lines < 5) break;
    // What is entered between two pages is newer than both.
    await write(dir, '1', [20]);
    await write(dir, '11', [21]);
  }
  t.same(
    found.map(([id]) => Number(id)),
    Array.from({ length: 12 }, (_, i) => 12 - i),
  );
  t.same(found[0], ['12', '1']);
  const other = new Map([['7', { first: 1, at: 0 }]]);
  await t.rejects(chainLinesBack(dir, other).next(), UnknownCursorError);
  for (const text of ['1_', '1_5', '5-4.', 'x']) t.equal(readCursors(text), undefined, text);
});

t.test('what was changed or removed of one chain is found, and the chain is named', async (t) => {
  const dir = await written(t);
  const anchors = await anchorsOf(dir);
  t.same(await faults(dir, anchors), []);
  const log = join(chainFolder(dir, '10'), ACCESS_LOG);
  const head = join(dirname(log), ACCESS_LOG_HEAD);
  const [text, noted] = [readFileSync(log, 'utf8'), readFileSync(head, 'utf8')];
  const lines = text.split('\n');
  const restored = (): void => {
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, text);
    writeFileSync(head, noted);
  };

  writeFileSync(log, text.replace('"requestId":"8"', '"requestId":"9"'));
  t.match(await faults(dir, anchors), [['10', 3, /changed/]]);
  writeFileSync(log, lines.toSpliced(2, 1).join('\n'));
  t.match(await faults(dir, anchors), [['10', 3, /removed/]]);
  restored();

  // The head made fit: only the database knows better.
  const last = JSON.parse(lines[2] as string) as ChainEnd;
  writeFileSync(log, `${lines.slice(0, 3).join('\n')}\n`);
  writeFileSync(head, headText(last));
  t.same(await faults(dir), [], 'the folder alone does not tell');
  t.match(await faults(dir, anchors), [['10', 4, /ends before it, and the database names log entry 6/]]);
  t.match(await faults(dir, new Map([['10', { number: 2, hash: last.hash }]])), [
    ['10', 2, /not the one that the database names/],
  ]);
  restored();

  rmSync(dirname(log), { recursive: true });
  t.same(await faults(dir), []);
  t.match(await faults(dir, anchors), [['10', 1, /access-logs\/10 holds no log.*names log entry 6/]]);
  t.same(await faults(dir, new Map([['10', { number: 0, hash: '' }]])), [], 'nothing was ever written to it');
  restored();
  t.same(await faults(dir, anchors), []);
});

t.test('files that were put aside', async (t) => {
  const dir = folder(t);
  await write(dir, '1', [1, 2, 3, 4, 5, 6, 7, 8], 600);
  await write(dir, '2', [9, 10, 11, 12, 13, 14, 15], 600);
  const anchors = await anchorsOf(dir);
  const [own, archive] = [chainFolder(dir, '2'), join(dir, 'archive')];
  mkdirSync(chainFolder(archive, '2'), { recursive: true });
  const aside = readdirSync(own).filter((name) => /^access\.log\.\d/.test(name));
  t.ok(aside.length > 1);
  for (const name of aside) renameSync(join(own, name), join(chainFolder(archive, '2'), name));
  t.match(await faults(dir, anchors), [['2', 1, /--archive/]]);
  t.same(await faults(dir, anchors, archive), []);
  rmSync(join(chainFolder(archive, '2'), aside[1] as string));
  t.match(await faults(dir, anchors, archive), [['2', 4, /are missing/]], 'a gap between them');
  for (const name of [ACCESS_LOG, ACCESS_LOG_HEAD]) rmSync(join(chainFolder(dir, '1'), name));
  t.match(await faults(dir, undefined, archive), [['1'], ['2']], 'a chain of which only these are left');
});

t.test('how far all of them are', async (t) => {
  const dir = folder(t);
  await write(dir, '1', Array(1_000).fill(1));
  await write(dir, '2', Array(1_000).fill(2));
  const told: (readonly number[])[] = [];
  await verifyChains(dir, undefined, {
    anchors: await anchorsOf(dir),
    onProgress: (entry, last) => told.push([entry, last]),
  });
  t.same(told, [
    [1_000, 2_000],
    [2_000, 2_000],
  ]);
});
