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
import type { Span } from '#intake/partition';
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
  const { rulebook, checks } = compileRulebook(shipped, { recording: false, reading: true });
  for (const sender of [undefined, '9900001', '9900001,9900002']) {
    const checker = lineChecker(rulebook, checks, sender, '20240715');
    const { quick } = checker;
    let passed = 0;
    const differ: string[] = [];
    for (const path of ['plain', 'ods'].flatMap((part) =>
      readdirSync(join(dir, part)).map((name) => join(part, name)),
    )) {
      const bytes = new Uint8Array(readFileSync(join(dir, path)));
      quick.take(bytes);
      for (let at = 0; at < bytes.length; at = quick.next) {
        if (!quick.passes(at)) continue;
        passed++;
        const { ssid, kept, uploaded, lastUpdated } = quick;
        const found = { ssid: textIn(ssid), text: textIn(kept), uploaded, lastUpdated };
        const line = textIn({ bytes, from: at, to: quick.to });
        const { fate, problems, onceAFile, ...checked } = checker.check(line, 'sent', 2);
        if (fate !== 'kept' || problems.length + onceAFile.length > 0 || !same(found, checked)) differ.push(line);
      }
    }
    t.same(differ, [], `sent by ${sender}`);
    t.ok(passed > 500, `${passed} lines`);
  }
});

const textIn = ({ bytes, from, to }: Span): string => Buffer.from(bytes.subarray(from, to)).toString();
const same = (a: object, b: object): boolean => isDeepStrictEqual(a, b);
