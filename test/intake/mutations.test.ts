/**
 * Lines spoiled in every way that files have been seen or feared to be spoiled: nothing crashes, every line is accounted
 * for, in threads or not, and memory stays within its bound. `npm run bench mutations` does it with ten times as many.
 */
import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkFiles } from '#pipeline/from-files';
import { writeMutatedLines } from '../../bench/mutated-lines.ts';
import { checkMutations } from '../../bench/mutations.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { accountedFor, file, line } from './uploads.ts';

const LINES = 10_000;
/** As many as are worth threads. */
const MANY_LINES = 25_000;
const WORTH_THREADS = 6_000_000;

// A busy machine is slow.
t.setTimeout(300_000);

t.test('every line is accounted for, and no problem shows one whole', async (t) => {
  for (const [seed, lines] of [
    [1, LINES],
    [417, MANY_LINES],
  ] as const) {
    const path = join(folder(t), 'lines.txt');
    await writeMutatedLines(path, lines, seed);
    if (lines === MANY_LINES) t.ok(statSync(path).size > WORTH_THREADS);
    const check = async (threads: number) => {
      const rejected = new Set<number>();
      let longest = 0;
      const problems = createHash('sha256');
      const files = [{ name: 'lines.txt', path }];
      const common = { rulebook: shipped, files, threads, loadDay: '20240715', temporaryDir: folder(t) };
      const tally = await checkFiles({
        ...common,
        onProblem(problem) {
          problems.update(JSON.stringify(problem));
          if (problem.severity === 'reject') rejected.add(problem.line);
          longest = Math.max(longest, problem.recordType.length);
        },
      });
      t.equal(tally.linesRead, lines);
      t.ok(accountedFor(tally), `seed ${seed}`);
      t.equal(rejected.size, tally.counts.rejected, 'each rejected line is reported');
      t.equal(tally.rejectedIn[0], tally.counts.rejected);
      t.ok(longest <= 6, 'a record type is a few letters');
      return { tally, problems: problems.digest('hex') };
    };
    t.same(await check(2), await check(0), 'the same in threads and without, in the same order');
  }
});

t.test('memory', async (t) => {
  const { code, accountedFor: counted, memory } = await checkMutations(LINES);
  t.equal(code, 1);
  t.equal(counted, LINES);
  t.ok(memory < 300e6, `${Math.round(memory / 1e6)} MB`);
});

t.test('rejected records are counted by file', async (t) => {
  const dir = folder(t);
  const texts = [
    file(line('SENR'), line('SENR', { gradeLevelCode: '5' })),
    file(line('SENR', { transactionTypeCode: 'D', ssid: '9900000002' }), line('SENR', { ssid: '99' })),
    file(line('SINF')),
  ];
  const files = texts.map((text, i) => {
    const path = join(dir, `${i}.txt`);
    writeFileSync(path, text);
    return { name: `${i}.txt`, path };
  });
  const tally = await checkFiles({ rulebook: shipped, files, threads: 0, loadDay: '20240715' });
  t.same(tally.rejectedIn, { 0: 1, 1: 2 });
});
