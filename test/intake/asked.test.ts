/**
 * How often checks are asked: once for each value and combination of values, not once for each line. Time says the same
 * less surely, and only on a quiet machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { compileRulebook } from '#extract/extractor';
import { lineChecker } from '#intake/check-lines';
import { PartitionWriter, rangesOf, type SortedLines, SortedReader } from '#intake/partition';
import type { Layout } from '#records/layout';
import { PackedLayouts } from '#records/packed-lines';
import { daysOf, lineOf, placeOf, type ReadPlan } from '#records/record';
import { writeSample } from '#sample/write';
import { writeMutatedLines } from '../../bench/mutated-lines.ts';
import { shipped } from '../support/histories.ts';

const STUDENTS = 1_000;
/** For each line of these students, values and records together. To be lowered when it becomes less. */
const ASKED = 1.46;
/** Of all lines, those of which something must be said. */
const SAID = 0.013;
/** More than this, as a part of it, is a loss to be explained. */
const SLACK = 1.1;

t.test('checks are asked once for each value, whatever the number of lines', async (t) => {
  const dir = t.testdir();
  await writeSample({ students: STUDENTS, seed: 1, leas: 5, style: 'plain' }, dir);
  const { rulebook, checks } = compileRulebook(shipped, { recording: false, reading: true });
  const { quick } = lineChecker(rulebook, checks, undefined, '20240715');
  let lines = 0;
  let passed = 0;
  for (const name of readdirSync(dir)) {
    const bytes = new Uint8Array(readFileSync(join(dir, name)));
    quick.take(bytes);
    for (let at = 0; at < bytes.length; at = quick.next) {
      lines++;
      if (quick.passes(at)) passed++;
    }
  }
  const asked = quick.asked / lines;
  t.comment(
    `${asked.toFixed(2)} a line of ${lines}; ${((1 - passed / lines) * 100).toFixed(1)} % are said something of`,
  );
  t.ok(asked <= ASKED * SLACK, `${asked.toFixed(2)} checks a line, at most a tenth more than ${ASKED}`);
  t.ok(1 - passed / lines <= SAID * SLACK, 'most lines need no text');
});

t.test('what passes over its bytes is kept in the ordinary way too, as the same line and without a word', async (t) => {
  const dir = t.testdir();
  await writeSample({ students: 100, seed: 2, leas: 3, style: 'plain' }, join(dir, 'plain'));
  await writeSample({ students: 100, seed: 3, leas: 3, style: 'ods' }, join(dir, 'ods'));
  await writeMutatedLines(join(dir, 'plain', 'spoiled.txt'), 8_000, 4);
  const { rulebook, checks, plan } = compileRulebook(shipped, { recording: false, reading: true });
  const { layouts } = rulebook.schemas;
  for (const sender of [undefined, '9900001', '9900001,9900002']) {
    const checker = lineChecker(rulebook, checks, sender, '20240715');
    const { quick } = checker;
    const partition = new PartitionWriter(layouts, undefined, 0);
    const expected: object[] = [];
    const differ: string[] = [];
    for (const path of ['plain', 'ods'].flatMap((part) =>
      readdirSync(join(dir, part)).map((name) => join(part, name)),
    )) {
      const bytes = new Uint8Array(readFileSync(join(dir, path)));
      quick.take(bytes);
      for (let at = 0; at < bytes.length; at = quick.next) {
        if (!quick.passes(at)) continue;
        const line = Buffer.from(bytes.subarray(at, quick.to)).toString();
        partition.addPassed(quick, 7, expected.length);
        const { fate, problems, onceAFile, ...checked } = checker.check(line, 'sent', 2);
        const isSame = fate === 'kept' && isDeepStrictEqual(quick.kept(), checked);
        if (!isSame || problems.length + onceAFile.length > 0) differ.push(line);
        expected.push(checked);
        // Beside them stand lines that went the ordinary way.
        partition.add(quick, { ...checked, source: 8, line: expected.length - 1 }, checked.text as string);
      }
    }
    const found = linesOf([partition.close()], layouts, plan);
    t.same(differ, [], `sent by ${sender}`);
    for (const source of [7, 8]) {
      const kept = expected.map((_, i) => found.get(`${source} ${i}`));
      t.ok(isDeepStrictEqual(kept, expected), `from file ${source}`);
    }
    t.ok(expected.length > 500, `${expected.length} lines`);
  }
});

/** What was kept of each line, by its file and number. */
function linesOf(sorted: readonly SortedLines[], layouts: readonly Layout[], plan: ReadPlan): Map<string, object> {
  const found = new Map<string, object>();
  const reader = new SortedReader(sorted, new PackedLayouts(layouts));
  for (const range of rangesOf(sorted))
    for (const { ssid, records } of reader.students(range, plan))
      for (const record of records) {
        const { source, line } = placeOf(record);
        found.set(`${source} ${line}`, { ssid, text: lineOf(record), ...daysOf(record) });
      }
  return found;
}
