/** What is said to be there is there, for any student; and each reason for which something may not be. */
import fc from 'fast-check';
import t from 'tap';
import { compileRulebook, Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { TextHistory } from '#records/record';
import type { Calculation } from '#rulebook/calculations/calculation';
import { CALCULATIONS } from '#rulebook/calculations/index';
import { OUTCOME } from '#rulebook/compile/evaluation';
import type { ParameterJson } from '#rulebook/load/declarations';
import { type Known, mayBeAbsent, mayBeBlank } from '#rulebook/tree/absence';
import type { CalculationNode, Condition, Expression, LookNode } from '#rulebook/tree/nodes';
import { bodyFrom, history, holds, request, runDate, SSID, shipped } from '../../support/histories.ts';
import { assembled, generatedFiles } from '../../support/rulebooks.ts';

/** How often something was asked that may not be absent, or not be blank. */
const asked = { absent: 0, blank: 0 };

function observe(node: Condition, outcome: number): void {
  if (node.kind !== 'leaf') return;
  const { left, operator, right } = node;
  const isAbsent = outcome === OUTCOME.absentTrue || outcome === OUTCOME.absentFalse;
  const where = `${node.file} ${node.pointer}`;
  if (!mayBeAbsent(left)) asked.absent++;
  if (isAbsent && !mayBeAbsent(left)) throw new Error(`${where} was absent`);
  if (isAbsent || operator.name !== 'present' || right.kind !== 'literal' || mayBeBlank(left)) return;
  asked.blank++;
  if ((outcome === OUTCOME.true) !== right.value) throw new Error(`${where} was blank`);
}

t.test('nothing is absent or blank of which that is ruled out', async (t) => {
  const situations = fc.array(fc.tuple(history, request, runDate), { minLength: 3, maxLength: 3 });
  await holds(
    t,
    'for any rules and any student',
    150,
    fc.property(generatedFiles, situations, (files, students) => {
      const rulebook = assembled(files);
      const compiled = compileRulebook(rulebook, {
        recording: false,
        observer: { condition: observe },
      });
      for (const [records, wanted, day] of students)
        new Extractor(compiled, requestFacts(wanted, rulebook), day).rowsOf(
          new TextHistory(SSID, bodyFrom(records)),
          () => undefined,
        );
    }),
  );
  t.ok(asked.absent > 0 && asked.blank > 0, JSON.stringify(asked));
});

const place = { file: 'f.json', pointer: '' };
const look: LookNode = {
  ...place,
  kind: 'look',
  index: 0,
  name: 'look',
  params: {},
  says: 'look',
  type: 'record',
  from: 'SPRG',
  order: [{ kind: 'loaded', last: true }],
  gives: 'record',
};
const column = (record: 'enrollment' | LookNode, key: string): Expression => ({
  kind: 'column',
  type: 'day',
  record,
  recordType: record === 'enrollment' ? 'SENR' : 'SPRG',
  key,
});
const [start, exit] = [column('enrollment', 'enrollmentStartDate'), column('enrollment', 'enrollmentExitDate')];
const ofLook = column(look, 'educationProgramMembershipStartDate');
const runDay: Expression = { kind: 'context', type: 'day', fact: 'runDate', part: '' };
const parameter = (values: ParameterJson['values'], more: Partial<ParameterJson> = {}): Expression => {
  const json: ParameterJson = { name: 'p', says: 'p', type: 'text', values, ...more };
  return { kind: 'parameter', type: json.type === 'list' ? 'list' : 'text', parameter: json, on: start };
};
const calculation = (
  calculate: string,
  operands: readonly Expression[],
  { type = 'day', part, ...more }: Partial<CalculationNode> & { readonly part?: 'end' } = {},
): Expression => ({
  kind: 'fact',
  type,
  node: {
    ...place,
    kind: 'calculation',
    index: 1,
    name: 'calculation',
    params: {},
    says: 'calculation',
    type,
    calculation: CALCULATIONS.get(calculate) as Calculation,
    operands,
    perRecord: false,
    ...more,
  },
  ...(part && { part }),
});
const years: Expression = { kind: 'literal', type: 'number', value: 5 };
const monthDay: Expression = { kind: 'literal', type: 'text', value: '07-01' };
const window: Expression = { kind: 'context', type: 'interval', fact: 'window', part: '' };
const interval: Expression = {
  kind: 'interval',
  type: 'interval',
  record: look,
  interval: { name: 'days', of: 'SPRG', start: 'educationProgramMembershipStartDate', blankEnd: 'open' },
};
const end = (...of: readonly Expression[]): Expression => calculation('intersection', of, { part: 'end' });
const labels = (values: readonly string[]): Expression =>
  calculation('labels', [start], {
    type: 'list',
    by: {
      kind: 'parameter',
      type: 'table',
      parameter: { name: 't', says: 't', type: 'table', values: values.map((value) => ({ key: value, value })) },
    },
  });
const cautiously: Known = { cautiously: true };
const letIn: Known = { schemas: shipped.schemas };
const choice = parameter([{ value: 'a' }], { type: 'choice', choices: ['a', 'b'] });
const cases = ['a', 'b'];

const ABSENT: readonly (readonly [string, Expression, boolean, Known?])[] = [
  ['a column of the enrollment', start, false],
  ['a column of a record that is looked for', ofLook, true],
  ['one that is known to be found', ofLook, false, { found: new Set([look]) }],
  ['a field', { kind: 'field', type: 'text', number: '36' }, true],
  ['the run date', runDay, false],
  ['the academic year of a request', { kind: 'context', type: 'text', fact: 'request', part: 'academicYear' }, true],
  ['whether a request is adjusted', { kind: 'context', type: 'flag', fact: 'request', part: 'adjusted' }, false],
  ['who sent a record', { kind: 'context', type: 'text', fact: 'sender', part: 'reportingLEA' }, true],
  ['a parameter', parameter([{ value: 'a' }]), false],
  ['a parameter with days', parameter([{ value: 'a', from: '2023-07-01' }]), true],
  ['a parameter without values', parameter([]), true],
  ['a parameter, cautiously', parameter([{ value: 'a' }]), true, cautiously],
  ['a list with days', parameter([{ value: 'a', from: '2023-07-01' }], { type: 'list' }), false],
  ['labels', calculation('labels', [ofLook], { type: 'list' }), false],
  ['labels, cautiously', calculation('labels', [ofLook], { type: 'list' }), true, cautiously],
  ['how many labels there are', calculation('countOf', [calculation('labels', [ofLook], { type: 'list' })]), false],
  ['the first of labels', calculation('firstOf', [calculation('labels', [ofLook], { type: 'list' })]), true],
  ...['earliest', 'latest', 'firstPresent'].flatMap((name): (readonly [string, Expression, boolean])[] => [
    [`${name} of days that may all be blank`, calculation(name, [exit, ofLook]), true],
    [`${name} of days of which one is there`, calculation(name, [exit, runDay]), false],
  ]),
  ['years after a day that may be blank', calculation('addYears', [exit, years]), true],
  ['years after a day that is there', calculation('addYears', [runDay, years]), false],
  ['the academic year of a day that may be blank', calculation('academicYear', [exit, monthDay]), true],
  ['a day of the academic year of the run date', calculation('dayOfAcademicYear', [runDay, monthDay]), false],
  ['a day of the academic year of a day that may be blank', calculation('dayOfAcademicYear', [exit, monthDay]), true],
  ['the days that two intervals share', calculation('intersection', [window, window]), false],
  ['the days that an interval shares with a record', calculation('intersection', [window, interval]), true],
  ['the day before a day that may be blank', calculation('dayBefore', [start]), true],
  ['the day before a day of a required column', calculation('dayBefore', [start]), false, letIn],
  ['the day before a day of a column that is not required', calculation('dayBefore', [exit]), true, letIn],
  ['a calculation of a calculation', calculation('dayBefore', [calculation('earliest', [exit, runDay])]), false],
  ['days counted', calculation('daysCounted', [runDay], { type: 'number' }), true],
  ['the case of a choice', calculation('choose', [choice, start, runDay], { cases }), false],
  ['the case of a choice that may be absent', calculation('choose', [choice, start, ofLook], { cases }), true],
  ['the case of any text', calculation('choose', [start, start, runDay], { cases }), true],
];

const BLANK: readonly (readonly [string, Expression, boolean, Known?])[] = [
  ['a column', start, true],
  ['a required column of a record that was let in', start, false, letIn],
  ['a column that is not required', exit, true, letIn],
  ['a text written out', { kind: 'literal', type: 'text', value: 'a' }, false],
  ['a blank written out', { kind: 'literal', type: 'text', value: '' }, true],
  ['the value at hand', { kind: 'context', type: 'text', fact: 'value', part: '' }, true],
  ['the run date', runDay, false],
  ['the schools of a request', { kind: 'context', type: 'list', fact: 'request', part: 'schools' }, true],
  ['a parameter', parameter([{ value: 'a' }]), false],
  ['a parameter with a blank value', parameter([{ value: 'a' }, { value: '' }]), true],
  ['a parameter, cautiously', parameter([{ value: 'a' }]), true, cautiously],
  ['labels', calculation('labels', [start], { type: 'list' }), true],
  ['the earliest of days that may be blank', calculation('earliest', [exit]), false],
  ['the end of what two intervals share that may be open', end(interval, interval), true],
  ['the end of what an interval shares with the window', end(interval, window), false],
  ['the end of what an interval shares with the window, cautiously', end(interval, window), true, cautiously],
  ['the first label', calculation('firstOf', [labels(['Asian'])], { type: 'text' }), false],
  ['the first label of which one is blank', calculation('firstOf', [labels(['Asian', ''])], { type: 'text' }), true],
  ['the first label, cautiously', calculation('firstOf', [labels(['Asian'])], { type: 'text' }), true, cautiously],
  ['a case that may be blank', calculation('choose', [choice, runDay, exit], { cases }), true],
  ['cases, cautiously', calculation('choose', [choice, runDay, runDay], { cases }), true, cautiously],
  ['cases of which none may be blank', calculation('choose', [choice, runDay, runDay], { cases }), false],
];

t.test('what may be absent', async (t) => {
  for (const [title, expression, expected, known] of ABSENT) t.equal(mayBeAbsent(expression, known), expected, title);
});

t.test('what may be blank', async (t) => {
  for (const [title, expression, expected, known] of BLANK) t.equal(mayBeBlank(expression, known), expected, title);
});
