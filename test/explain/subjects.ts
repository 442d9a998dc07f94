/** Students to explain: those of the worked examples, and some of tests' own. */

import { casesOf, type ExampleCase, type ExampleRecord, lineWriter } from '#authoring/examples/cases';
import { otherwise } from '#authoring/examples/run';
import { Explainer, type Subject } from '#explain/explain';
import { compileRulebook } from '#extract/extractor';
import type { ExtractRequest } from '#extract/request';
import { lineChecker } from '#intake/check-lines';
import { StudentLines } from '#intake/student';
import { parseDay } from '#records/days';
import type { Rulebook } from '#rulebook/load/assemble';
import { NO_CHECKS } from '#rulebook/tree/nodes';
import { generateSample } from '#sample/generate';
import { readSampleLayouts, readSampleRecipe } from '#sample/write';
import { shipped } from '../support/histories.ts';

export const explainer = new Explainer(shipped, '1.2.3');

const explainers = new Map<string, Explainer>();

/** The explainer of a case: that of the shipped rulebook, or one with what the case sets otherwise. */
export function explainerOf(example: ExampleCase): Explainer {
  const { parameters = {}, references = {} } = example;
  const key = JSON.stringify([parameters, references]);
  const known = explainers.get(key) ?? new Explainer(casesRulebook(example), '1.2.3');
  explainers.set(key, known);
  return known;
}

/** The rulebook of a case: the shipped one, with the parameters and reference files that the case sets otherwise. */
export const casesRulebook = ({ parameters = {}, references = {} }: ExampleCase): Rulebook =>
  Object.keys({ ...parameters, ...references }).length === 0 ? shipped : otherwise(shipped, { parameters, references });

/** Every line of test students was sent in one file. */
const placeOf = () => ({ file: 'sent.txt' });

const unchecked = compileRulebook({ ...shipped, checks: NO_CHECKS });

/** The request and the students of a case, unchecked: bodies by SSID, in the order of loading. */
export function subjectsOf({
  request,
  runDate,
  given,
  records,
}: Pick<ExampleCase, 'request' | 'runDate' | 'given' | 'records'>): Subject[] {
  const day = parseDay(runDate ?? '') as string;
  const checker = lineChecker(shipped, unchecked.checks, undefined, day);
  const write = lineWriter(shipped);
  const { reportingLEA = 'all', ...rest } = request ?? {};
  const asked: ExtractRequest = { ...rest, reportingLEAs: reportingLEA === 'all' ? 'all' : [reportingLEA] };
  const lines = new StudentLines();
  for (const [i, record] of [...given, ...records].entries())
    lines.add(7, i + 1, checker.check(write(record), '', i + 1));
  lines.bodies.delete('');
  return [...lines.bodies].map(([ssid, body]) => ({
    ssid,
    body,
    request: asked,
    runDate: day,
    visible: 'all',
    placeOf,
  }));
}

/**
 * One student of the LEA 1234567 in 2023-2024, by records that name only what differs from the defaults of the
 * examples.
 */
export function student(records: readonly ExampleRecord[], more: Partial<Subject> = {}): Subject {
  const [subject] = subjectsOf({
    request: { reportingLEA: '1234567', academicYear: '2023-2024' },
    runDate: '2024-07-15',
    given: [],
    records,
  });
  return {
    ...(subject ?? {
      ssid: '9900000001',
      body: '',
      request: { reportingLEAs: ['1234567'], academicYear: '2023-2024' },
      runDate: '20240715',
      visible: 'all',
      placeOf,
    }),
    ...more,
  };
}

/** The worked examples of derived fields. */
export const fieldCases: readonly ExampleCase[] = casesOf(shipped).filter(({ of }) =>
  shipped.extract.fields.some((f) => f.number === of),
);
export const selectionCases: readonly ExampleCase[] = casesOf(shipped).filter(({ of }) => of === 'selection');

/** So many students as `cenr sample` makes them, asked for an academic year of all LEAs. */
export function sampleSubjects(students: number, leas = 2): Subject[] {
  const recipe = readSampleRecipe();
  const chunks = generateSample(recipe, readSampleLayouts(recipe), { students, seed: 1, leas, style: 'plain' });
  const runDate = '20240715';
  const checker = lineChecker(shipped, unchecked.checks, undefined, runDate);
  const kept = new StudentLines();
  let count = 0;
  for (const { bytes } of chunks)
    for (const line of new TextDecoder().decode(bytes).split(/\r?\n/))
      if (line !== '') kept.add(7, ++count, checker.check(line, '', count));
  kept.bodies.delete('');
  const request = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;
  return [...kept.bodies].map(([ssid, body]) => ({ ssid, body, request, runDate, visible: 'all', placeOf }));
}
