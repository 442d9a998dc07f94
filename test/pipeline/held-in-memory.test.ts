/**
 * What a check holds in memory does not grow with what is wrong: problems go to the disk as they are found, and nobody
 * has those of a block, or of a student, in one piece. Bytes are counted here; `npm run bench mutations` measures the
 * memory of whole checks.
 */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RunFile } from '#base/run-file';
import { compileRulebook } from '#extract/extractor';
import { partOfNewStudent } from '#intake/keys';
import { SortedReader } from '#intake/partition';
import type { Setup } from '#pipeline/setup';
import { Steps } from '#pipeline/steps';
import { PackedLayouts } from '#records/packed-lines';
import { file, line } from '../intake/uploads.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';

const SETUP: Setup = {
  rulebook: { hash: shipped.hash, files: shipped.files },
  intake: {
    sender: undefined,
    loadDay: '20240715',
    encoding: undefined,
    fileNames: ['sent.txt'],
    recordTypes: [undefined],
    sources: [1],
    wantProblems: true,
  },
};
/** Characters of what a step hands over, but for the texts of rows. */
const handedOver = (result: object): number => JSON.stringify(result).length;
const LITTLE = 5_000;
const ALL = { from: -1, below: Number.POSITIVE_INFINITY };

function steps(t: Test) {
  const dir = folder(t);
  const problems = new RunFile(join(dir, 'problems'));
  t.teardown(() => problems.close());
  return new Steps(SETUP, problems);
}

t.test('of a block whose every value is wrong, what is handed over is where its problems stand', async (t) => {
  const wrong = line('SENR').replaceAll(/(?<=\^)[^^]+/g, '?~');
  for (const lines of [10, 1_000]) {
    const bytes = new Uint8Array(Buffer.from(file(...Array.from({ length: lines }, () => wrong))));
    const own = steps(t);
    const result = own.lines({ file: 0, firstLine: 1, bytes }, own.partition(undefined, 0));
    t.equal(result.tally.counts.rejected, lines);
    t.ok(handedOver(result) < LITTLE, `${handedOver(result)} characters of ${lines} lines`);
    const { from, to } = result.problems as { readonly from: number; readonly to: number };
    t.ok(to - from > lines * 1_000, 'the problems are on the disk');
  }
});

t.test('the problems of a student with thousands of records are runs of bounded length', async (t) => {
  const records = 3_000;
  const own = steps(t);
  const partition = own.partition(undefined, 0);
  // Every one warns of all the others that it overlaps.
  const day = (i: number): string =>
    `${2000 + (i % 24)}${String((i % 12) + 1).padStart(2, '0')}${String((i % 28) + 1).padStart(2, '0')}`;
  const lines = Array.from({ length: records }, (_, i) =>
    line('SENR', { enrollmentStartDate: day(i), schoolOfAttendance: String(9900000 + i) }),
  );
  const bytes = new Uint8Array(Buffer.from(file(...lines)));
  own.lines({ file: 0, firstLine: 1, bytes }, partition);
  own.endLines([partition.close()]);
  const { problems, tally } = own.incoming(ALL);
  const runs = problems as readonly { readonly from: number; readonly to: number }[];
  t.equal(tally.counts.added, records);
  t.ok(runs.length > 3, `${runs.length} runs`);
  for (const { from, to } of runs) t.ok(to - from < 300_000, `a run of ${to - from} bytes`);
  t.ok(handedOver(runs) < LITTLE);
});

t.test('records without an SSID are put together some at a time, those of one new student together', async (t) => {
  const students = 2_000;
  const own = steps(t);
  const partition = own.partition(undefined, 0);
  const waiting = (i: number, changes = {}): string => line('SENR', { ssid: '', localStudentID: `S${i}`, ...changes });
  const lines = Array.from({ length: students }, (_, i) => [
    waiting(i),
    // The same key again, with another grade, and taken back.
    waiting(i, { gradeLevelCode: '06' }),
    ...(i % 2 === 0 ? [waiting(i, { transactionTypeCode: 'D' })] : []),
  ]).flat();
  const bytes = new Uint8Array(Buffer.from(file(...lines)));
  own.lines({ file: 0, firstLine: 1, bytes }, partition);
  const sorted = [partition.close()];
  const { plan, keys, rulebook } = compileRulebook(shipped, { recording: false, reading: true });
  let most = 0;
  let all = 0;
  const reader = new SortedReader(sorted, new PackedLayouts(rulebook.schemas.layouts));
  for (const { ssid, records } of reader.students(ALL, plan, (record) => partOfNewStudent(record, keys))) {
    t.equal(ssid, '');
    most = Math.max(most, records.length);
    all += records.length;
  }
  t.equal(all, lines.length);
  t.ok(most < lines.length / 50, `at most ${most} of ${all} at a time`);
  own.endLines(sorted);
  t.match(own.incoming(ALL).tally.counts, { added: students, replaced: students, deleted: students / 2, rejected: 0 });
});
