/**
 * What the checks find in a sample is there on purpose: each code stands with the shape that brings it. A code that is
 * not here would be one that nobody intended, and would hide the intended ones from whoever practices with a sample.
 */
import { join } from 'node:path';
import t from 'tap';
import { writeSample } from '#sample/write';
import { sendPaths } from '../intake/uploads.ts';
import { folder } from '../support/folders.ts';

/** By code: what `schemas/sample.json` has for it. */
const INTENDED: Readonly<Record<string, string>> = {
  DUPL0001: 'records that are sent again with another local record id',
  GERR0002: 'blemishes: codes that this project does not know',
  GERR0007:
    'retired programs, grades and exit reasons; gender X before it was a code; ADEL before adult learners had one',
  IVR0007: 'students without an enrollment, and enrollments that were rejected',
  SELA0275: 'sequences: reclassified without being an English learner, and what follows a reclassification',
  SELA0280: 'the primary language is chosen apart from the status',
  SELA0281: 'sequence: to be determined after English learner',
  SELA0283: 'sequences: the same status from another LEA',
  SELA0326: 'sequences: two statuses on one day',
  SENR0027: 'years with two primary enrollments at a time in one LEA',
  SENR0028: 'the same in two LEAs',
  SENR0178: 'two enrollments at one school that overlap',
  SENR0187: 'short-term enrollments that are none',
  SENR0286: 'years in which the next enrollment at the school starts some days late',
  SENR0302: 'blemish: a secondary enrollment with another exit reason',
  SENR0317: 'enrollments that were never ended',
  SENR0522: 'blemish: a non-ADA enrollment with another exit reason',
  SENR0523: 'blemish: the exit from a non-primary enrollment of a primary one',
  SENR0632: 'graduates whose exemption indicator is blank, as older systems leave it',
  SENR0742: 'blemish: an academic year that does not hold the start',
  SINF0045: 'blemishes: ethnicity given and missing, or neither',
  SINF0046: 'blemishes: race given and missing, or neither',
  SINF0453: 'mistake: an unknown parent level, of a parent without a name',
  SPRG0249: 'programs that overlap each other',
  SWDS0594: 'sequence: participates with a reason not to',
  SWDS0618: 'sequence: the same status again',
};
/** Mistakes are rejected, or of a record type that is not used; they are counted apart. */
const isWarning = ({ severity }: { readonly severity: string }): boolean => severity === 'warn';

t.test('a sample has the warnings that are intended, and no others', async (t) => {
  const dir = folder(t);
  await writeSample({ students: 1_500, seed: 1, leas: 3, style: 'plain' }, dir);
  const files = ['SENR', 'SINF', 'SPRG', 'SELA', 'SWDS', 'MEPS'].map((type) => ({
    name: `${type}.txt`,
    path: join(dir, `${type}.txt`),
  }));
  const { problems, tally } = await sendPaths(files, { runDate: '20250701' });
  const found = [...new Set(problems.filter(isWarning).map(({ code }) => code))].sort();
  t.same(
    found.filter((code) => !(code in INTENDED)),
    [],
    'a warning that nobody intended',
  );
  const lines = tally.linesRead;
  const often = found.filter((code) => (tally.problems[code] ?? 0) > lines / 50);
  t.same(often, [], 'none is on every page of a report');
});
