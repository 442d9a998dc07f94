/**
 * Three ways, one result: a large input worked on in threads, the same in the calling thread, and the same from a
 * store. Not a byte and not a problem may differ. The input is larger than what is always worked on here
 * (src/pipeline/part-files.ts) and has more students than what is always read here (from-store.ts).
 */
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { fileOutput } from '#base/output';
import type { ExtractRequest } from '#extract/request';
import { inputFiles } from '#intake/input-files';
import type { Problem } from '#intake/problem';
import { RecordTypes } from '#intake/record-types';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import { loadUpload } from '#pipeline/load-upload';
import { writeSample } from '#sample/write';
import { openSqliteStore } from '#store/sqlite';
import { accountedFor, line, send } from '../intake/uploads.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const RUN = '20240715';
const request: ExtractRequest = { reportingLEAs: 'all', academicYear: '2023-2024' };

t.test('the same from files in threads, from files without, and from a store', async (t) => {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  await writeSample({ students: 3_300, seed: 7, leas: 3, style: 'plain' }, sample);
  // Lines with problems of every stage: of the line, of its values, of the transaction, of the history; and of two
  // stages at once.
  const retired = { educationProgramCode: '131', ssid: '9900000001' };
  const overlapping = { ssid: '9900000005', studentExitReasonCode: 'T999', enrollmentExitDate: '20240601' };
  appendFileSync(
    join(sample, 'SPRG.txt'),
    [
      line('SPRG', retired),
      line('SPRG', { ...retired, educationProgramMembershipStartDate: '20230816' }),
      line('SPRG', { ssid: 'X' }),
      'SIAD^',
      line('SPRG', { ...retired, transactionTypeCode: 'D', educationServiceCode: '99' }),
      '',
    ].join('\r\n'),
  );
  appendFileSync(
    join(sample, 'SENR.txt'),
    [
      '',
      line('SENR', overlapping),
      line('SENR', { ...overlapping, schoolOfAttendance: '7654322', academicYearID: '2022-2023' }),
      line('SENR', { ssid: '' }),
    ].join('\r\n'),
  );
  const files = (await inputFiles([sample], new RecordTypes(shipped))).files;
  const bytes = files.reduce((sum, { path }) => sum + statSync(path).size, 0);
  t.ok(bytes > 6_000_000, `${bytes} bytes of input`);

  const fromFiles = async (name: string, threads: number) => {
    const problems: Problem[] = [];
    const path = join(dir, name);
    const temporaryDir = folder(t);
    const done = await extractFromFiles({
      rulebook: shipped,
      files,
      threads,
      temporaryDir,
      request,
      runDate: RUN,
      output: await fileOutput(path),
      onProblem: (problem) => void problems.push(problem),
    });
    t.same(readdirSync(temporaryDir), [], `${name}: no temporary file is left`);
    return { ...done, text: readFileSync(path, 'utf8'), problems };
  };
  const inThreads = await fromFiles('threads.txt', 2);
  const here = await fromFiles('here.txt', 0);
  t.ok(inThreads.rows > 2_000, `${inThreads.rows} rows`);
  t.ok(inThreads.text === here.text, 'the same bytes in threads and here');
  t.equal(inThreads.sha256, here.sha256);
  t.same({ ...inThreads.tally }, { ...here.tally }, 'the same counts');
  t.ok(accountedFor(here.tally));
  t.ok(
    JSON.stringify(inThreads.problems) === JSON.stringify(here.problems),
    `the same ${here.problems.length} problems in the same order`,
  );
  // A line's own problems, then those of its transaction and of the history it is now part of: of equal places the
  // order is settled too.
  const isOfLine = (code: string): boolean =>
    ['lines', 'values', 'records'].includes(
      shipped.declared.checks.find(({ json }) => json.code === code)?.json.examines ?? '',
    );
  const pairs = here.problems.slice(1).flatMap((p, i) => {
    const before = here.problems[i] as Problem;
    return before.file === p.file && before.line === p.line && isOfLine(before.code) !== isOfLine(p.code)
      ? [[before.code, p.code] as const]
      : [];
  });
  t.ok(pairs.length > 0, `${pairs.length} lines have problems of both kinds`);
  t.same(
    pairs.filter(([before]) => !isOfLine(before)),
    [],
  );
  const three = await fromFiles('three.txt', 3);
  t.equal(three.sha256, here.sha256, 'however many threads');

  const storeDir = join(dir, 'store');
  const upload = await loadUpload({
    storeDir,
    id: 'up_1',
    sender: 'all',
    files,
    receivedAt: '2024-07-15T08:00:00.000Z',
    loadDay: RUN,
    rulebook: shipped,
  });
  t.same(upload.counts, here.tally.counts, 'loading counts as extracting does');
  t.match(upload, {
    linesRead: here.tally.linesRead,
    blankLines: here.tally.blankLines,
    problemCounts: here.tally.problems,
  });
  for (const workers of [2, 0]) {
    const out = join(dir, `store-${workers}.txt`);
    const done = await extractFromStore({ storeDir, rulebook: shipped, request, runDate: RUN, out, workers });
    t.equal(done.rows, here.rows);
    t.ok(readFileSync(out, 'utf8') === here.text, `the same bytes from the store, ${workers ? 'in threads' : 'here'}`);
  }
  const store = openSqliteStore(storeDir);
  const kept = (await Array.fromAsync(store.forLEAs('all').problems('up_1'))).flat().map(([, problem]) => problem);
  await store.close();
  const withoutSchool = kept.map(({ school: _, ...problem }) => problem);
  t.ok(
    JSON.stringify(withoutSchool) === JSON.stringify(here.problems),
    'the store keeps the same problems in the same order',
  );
  t.ok(kept.filter(({ school }) => school !== undefined).length > kept.length / 2, 'and most have a school');
});

t.test('an upload in parts is the same as in one', async (t) => {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  await writeSample({ students: 60, seed: 3, leas: 2, style: 'ods' }, sample);
  const files = (await inputFiles([sample], new RecordTypes(shipped))).files;
  const whole = Object.fromEntries(files.map(({ path }) => [path.slice(sample.length + 1), readFileSync(path)]));
  const expected = await send(t, whole, { request, runDate: RUN });
  t.ok(expected.rows.length > 10);
  const storeDir = join(dir, 'store');
  for (const [i, file] of files.entries())
    await loadUpload({
      storeDir,
      id: `up_${i}`,
      sender: 'all',
      files: [file],
      receivedAt: '2024-07-15T08:00:00.000Z',
      loadDay: RUN,
      rulebook: shipped,
    });
  const out = join(dir, 'cenr.txt');
  await extractFromStore({ storeDir, rulebook: shipped, request, runDate: RUN, out, workers: 0 });
  t.equal(readFileSync(out, 'utf8'), expected.text);
});

t.test(
  'a file that cannot be read in the middle of a large input leaves neither threads nor temporary files',
  async (t) => {
    const dir = folder(t);
    const sample = join(dir, 'sample');
    await writeSample({ students: 3_000, seed: 7, leas: 1, style: 'plain' }, sample);
    // It can be read for a while.
    const packed = gzipSync(`${line('SENR')}\r\n`.repeat(20_000));
    appendFileSync(join(sample, 'ZZZZ.txt'), packed.subarray(0, -100));
    const temporaryDir = folder(t);
    const path = join(dir, 'cenr.txt');
    const files = (await inputFiles([sample], new RecordTypes(shipped))).files;
    for (const threads of [2, 0])
      await t.rejects(
        fileOutput(path).then((output) =>
          extractFromFiles({ rulebook: shipped, files, threads, temporaryDir, request, runDate: RUN, output }),
        ),
        { name: 'UnreadableInputError' },
      );
    t.same(readdirSync(temporaryDir), []);
    t.same(readdirSync(dir).sort(), ['sample'], 'and no output, not even a part of it');
  },
);
