/**
 * What is proven must be so: on generated rulebooks and histories a rule reported as never deciding never decides, and
 * a condition reported as always or never holding does so wherever it is tried. And single proofs, one for each thing
 * that the prover knows.
 */
import fc from 'fast-check';
import t from 'tap';
import { conditionNotes } from '#authoring/check/conditions';
import { newBudget, Prover } from '#authoring/check/prover';
import { RowsOfExamples } from '#authoring/check/witness';
import { compileRulebook, Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { historyOf as readHistory, readRecords } from '#records/record';
import { OUTCOME } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ConditionJson, LeafJson, Reference, SourceFile } from '#rulebook/load/declarations';
import { Identities } from '#rulebook/tree/identity';
import type { Condition } from '#rulebook/tree/nodes';
import { bodyFrom, history, holds, request, runDate, SSID, type TestRecord } from '../../support/histories.ts';
import { assembled, generatedFiles } from '../../support/rulebooks.ts';

const isTrue = (outcome: number): boolean => outcome === OUTCOME.true || outcome === OUTCOME.absentTrue;

/** Places of conditions with all that they came to, and of rules that decided, while the rows of a history are made. */
function observed(
  rulebook: Rulebook,
  records: readonly TestRecord[],
  asked: Parameters<typeof requestFacts>[0],
  day: string,
): Map<string, Set<boolean>> {
  const seen = new Map<string, Set<boolean>>();
  const see = (place: string, outcome: boolean): void =>
    void seen.set(place, (seen.get(place) ?? new Set()).add(outcome));
  const compiled = compileRulebook(rulebook, {
    recording: false,
    reading: false,
    observer: { condition: (node, outcome) => see(`${node.file} ${node.pointer}`, isTrue(outcome)) },
  });
  const history = readHistory(SSID, readRecords(bodyFrom(records), compiled.plan), compiled.plan);
  new Extractor(compiled, requestFacts(asked, rulebook), day).rows(history, (x) => {
    for (const { number, rules } of rulebook.extract.fields) {
      const decided = rules[x.decided[compiled.program.fieldNumbers.indexOf(number)] as number];
      if (decided) see(`${decided.file} ${decided.pointer} decides`, true);
    }
  });
  return seen;
}

t.test('generated rules', async (t) => {
  const proven = new Map<string, number>();
  await holds(
    t,
    'what is reported is so',
    120,
    fc.property(
      generatedFiles,
      fc.array(fc.tuple(history, request, runDate), { minLength: 6, maxLength: 6 }),
      (files, situations) => {
        const rulebook = assembled(files);
        const notes = conditionNotes(rulebook, new RowsOfExamples(rulebook));
        for (const [records, asked, day] of situations) {
          const seen = observed(rulebook, records, asked, day);
          for (const { kind, file, pointer, message } of notes) {
            const outcomes = seen.get(`${file} ${pointer}`) ?? new Set();
            const rule = `${file} ${pointer.replace(/\/conditions$/, '')} decides`;
            const isWrong =
              (kind === 'condition-always-true' && outcomes.has(false)) ||
              // A condition that cannot hold beside others may hold where these do not.
              (kind === 'condition-always-false' && !message.includes('beside it') && outcomes.has(true)) ||
              (kind === 'rule-never-decides' && seen.has(rule));
            if (isWrong) throw new Error(`${file} ${pointer}: ${kind}: ${message}`);
            proven.set(kind, (proven.get(kind) ?? 0) + outcomes.size);
          }
        }
      },
    ),
  );
  for (const kind of ['condition-always-true', 'condition-always-false'])
    t.ok((proven.get(kind) ?? 0) > 0, `${kind} was tried: ${proven.get(kind)} times`);
});

/** What a condition of field 36 is proven to come to, beside conditions that are given to hold. */
function provenOf(json: ConditionJson, given: readonly ConditionJson[] = []): boolean | undefined {
  const event = { type: 'value', params: { value: 'x' } } as const;
  const [sample] = fc.sample(generatedFiles, { numRuns: 1, seed: 1 }) as [SourceFile[]];
  const files = sample.map((file) => {
    const field = file.json as { field?: string };
    if (!file.path.startsWith('rules/fields/')) return file;
    const rules = [
      ...(field.field === '36'
        ? [json, ...given].map((conditions, i) => ({ name: `rule${i}`, conditions, event }))
        : []),
      { name: 'otherwise', event },
    ];
    return { ...file, json: { ...field, rules } };
  });
  const rulebook = assembled(files);
  const fields = new Map(rulebook.extract.fields.map((field) => [field.number, field]));
  const [first, ...others] = (fields.get('36')?.rules ?? []).flatMap(({ condition }) => condition ?? []) as [
    Condition,
    ...Condition[],
  ];
  return new Prover([first, ...others], new Identities(), { fields, budget: newBudget() }).constant(first, others);
}

const enrollment = (column: string, operator: LeafJson['operator'], value: LeafJson['value']): ConditionJson => ({
  fact: 'enrollment',
  path: `$.${column}`,
  operator,
  value,
});
const ofLook = (column: string, operator: LeafJson['operator'], value: LeafJson['value']): ConditionJson => ({
  fact: 'latestStatus',
  path: `$.${column}`,
  operator,
  value,
});
const parameter = (name: string, on?: Reference): Reference => ({
  fact: 'parameter',
  params: { name, ...(on && { on }) },
});
const start = { fact: 'enrollment', path: '$.enrollmentStartDate' };
const exit = { fact: 'enrollment', path: '$.enrollmentExitDate' };
const code = 'enrollmentStatusCode';
const status = 'englishLanguageAcquisitionStatusCode';

const proofs: readonly [name: string, ConditionJson, boolean | undefined, ...given: ConditionJson[]][] = [
  ['two codes are not one', enrollment(code, 'equal', '10'), false, enrollment(code, 'equal', '20')],
  ['one code is not another', enrollment(code, 'notEqual', '10'), true, enrollment(code, 'equal', '20')],
  [
    'a code of a list may be one of it',
    enrollment(code, 'equal', '10'),
    undefined,
    enrollment(code, 'in', ['10', '20']),
  ],
  ['a code of a list is no other', enrollment(code, 'equal', '30'), false, enrollment(code, 'in', ['10', '20'])],
  ['a list within a list', enrollment(code, 'in', ['10', '20', '30']), true, enrollment(code, 'in', ['10', '20'])],
  [
    'the codes of a parameter',
    enrollment(code, 'in', parameter('earliestEnrollmentStatuses')),
    true,
    enrollment(code, 'equal', '10'),
  ],
  ['what differs may be blank', enrollment(code, 'present', true), undefined, enrollment(code, 'notEqual', '10')],
  ['what is equal is there', enrollment(code, 'present', true), true, enrollment(code, 'equal', '10')],
  ['blank is not there', enrollment(code, 'present', true), false, enrollment(code, 'equal', '')],
  ['a record at hand is there', enrollment('enrolled', 'present', true), true],
  ['a look may find none', ofLook(status, 'notEqual', 'EL'), undefined],
  [
    'what a look does not find differs',
    ofLook(status, 'notEqual', 'EL'),
    true,
    { fact: 'latestStatus', operator: 'present', value: false },
  ],
  [
    'a column that equals something is of a record',
    { fact: 'latestStatus', operator: 'present', value: true },
    true,
    ofLook(status, 'equal', 'EL'),
  ],
  [
    'columns of one look are absent together',
    ofLook('reportingLEA', 'equal', ''),
    undefined,
    ofLook(status, 'equal', 'EL'),
  ],
  [
    'a day before one is not after a later one',
    enrollment('enrollmentStartDate', 'after', '2024-01-01'),
    false,
    enrollment('enrollmentStartDate', 'before', '2023-07-01'),
  ],
  [
    'there is no day between two days',
    enrollment('enrollmentStartDate', 'onOrAfter', '2023-07-01'),
    true,
    enrollment('enrollmentStartDate', 'after', '2023-06-30'),
  ],
  [
    'a blank day is later than every day',
    enrollment('enrollmentExitDate', 'after', '2023-06-30'),
    true,
    enrollment('enrollmentExitDate', 'present', false),
  ],
  [
    'before and not before',
    enrollment('enrollmentExitDate', 'before', start),
    false,
    enrollment('enrollmentExitDate', 'onOrAfter', start),
  ],
  [
    'before, the other way round',
    enrollment('enrollmentExitDate', 'before', start),
    true,
    enrollment('enrollmentStartDate', 'after', exit),
  ],
  [
    'equal days are not before',
    enrollment('enrollmentExitDate', 'before', start),
    false,
    enrollment('enrollmentExitDate', 'equal', start),
  ],
  [
    'on or before may be equal',
    enrollment('enrollmentExitDate', 'equal', start),
    undefined,
    enrollment('enrollmentExitDate', 'onOrBefore', start),
  ],
  [
    'overlaps either way round',
    { fact: 'window', operator: 'overlaps', value: { fact: 'enrollment', path: '$.enrolled' } },
    true,
    enrollment('enrolled', 'overlaps', { fact: 'window' }),
  ],
  [
    'an interval need not overlap itself',
    enrollment('enrolled', 'overlaps', { fact: 'enrollment', path: '$.enrolled' }),
    undefined,
  ],
  ['a form and its opposite', enrollment(code, 'lacksForm', '99'), false, enrollment(code, 'hasForm', '99')],
  [
    'a blank has no form and lacks none',
    enrollment(code, 'lacksForm', '99'),
    undefined,
    { not: enrollment(code, 'hasForm', '99') },
  ],
  ['a count is not below none', { fact: 'raceCategoryCount', operator: 'lessThan', value: 0 }, false],
  ['a count may be absent', { fact: 'raceCategoryCount', operator: 'greaterThanInclusive', value: 0 }, undefined],
  [
    'a whole number between two next to each other',
    { fact: 'raceCategoryCount', operator: 'equal', value: 2 },
    true,
    { fact: 'raceCategoryCount', operator: 'greaterThan', value: 1 },
    { fact: 'raceCategoryCount', operator: 'lessThan', value: 3 },
  ],
  [
    'an interval that was worked out may be open',
    { fact: 'enrolledInWindow', path: '$.end', operator: 'present', value: true },
    undefined,
    { fact: 'enrolledInWindow', path: '$.end', operator: 'after', value: '2023-07-01' },
  ],
  [
    'a dated parameter has its values only',
    { fact: 'parameter', params: { name: 'testProgram', on: start }, operator: 'equal', value: '185' },
    false,
  ],
  [
    'and one of them on some day',
    { fact: 'parameter', params: { name: 'testProgram', on: start }, operator: 'equal', value: '135' },
    undefined,
  ],
  [
    'a choice may be set otherwise',
    { fact: 'parameter', params: { name: 'testChoice' }, operator: 'equal', value: 'left' },
    undefined,
  ],
  [
    'but only to one of its words',
    { fact: 'parameter', params: { name: 'testChoice' }, operator: 'equal', value: 'middle' },
    false,
  ],
  ['a list with a reading may be set otherwise', enrollment(code, 'in', parameter('countedStatuses')), undefined],
  [
    'a field has the values of its rules',
    { fact: 'field', params: { number: '37' }, operator: 'equal', value: 'y' },
    false,
  ],
  ['either way', { any: [enrollment(code, 'equal', '10'), { not: enrollment(code, 'equal', '10') }] }, true],
  ['not both', { all: [enrollment(code, 'in', ['10']), enrollment(code, 'notIn', ['10', '20'])] }, false],
  [
    'what is given is not questioned',
    enrollment(code, 'equal', '10'),
    undefined,
    enrollment(code, 'equal', '10'),
    enrollment(code, 'equal', '20'),
  ],
];

t.test('single proofs', (t) => {
  for (const [name, condition, comesTo, ...given] of proofs) t.equal(provenOf(condition, given), comesTo, name);
  t.end();
});
