/** Worked examples: a student, a change, and the sentence that says why a value is another. */
import t from 'tap';
import { Comparison } from '#authoring/impact/compare';
import { differencesOf } from '#authoring/impact/declared';
import { Counter, type Sample, tellings } from '#authoring/impact/report';
import { TextHistory } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { shippedTexts } from '../../rulebook/texts.ts';
import { bodyFrom, type TestRecord } from '../../support/histories.ts';
import { CHANGES, changed, from } from './changes.ts';

const SSID = '9900000001';
const REQUEST = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;
const record = (recordType: TestRecord['recordType'], values: Record<string, string>): TestRecord => ({
  recordType,
  ssid: SSID,
  values: { ssid: SSID, reportingLEA: '1000001', schoolOfAttendance: '2000001', ...values },
  uploaded: '20240101',
  lastUpdated: '20240101',
  short: false,
  ods: false,
});
const enrollment = (values: Record<string, string> = {}): TestRecord =>
  record('SENR', {
    enrollmentStatusCode: '10',
    gradeLevelCode: '05',
    enrollmentStartDate: '20230815',
    enrollmentExitDate: '20240607',
    ...values,
  });
const program = (code: string): TestRecord =>
  record('SPRG', {
    educationProgramCode: code,
    educationProgramMembershipStartDate: '20230815',
    educationProgramMembershipEndDate: '',
  });

function changes(to: Rulebook, records: readonly TestRecord[], samples = 0): Sample[] {
  const found: Sample[] = [];
  const comparison = new Comparison({ from, to, request: REQUEST, runDate: '20240715', samples });
  comparison.student(new TextHistory(SSID, bodyFrom(records)), (sample) => found.push(sample));
  return found;
}
const known = (...titles: readonly string[]): Rulebook =>
  changed({ patches: titles.flatMap((title) => CHANGES.find((c) => c.title === title)?.patches ?? []) });

t.test('a parameter', async (t) => {
  const [change, ...others] = changes(known('a program retires'), [enrollment(), program('127')], 1);
  t.same(others, []);
  t.match(change, {
    field: '43',
    old: 'Y',
    new: 'N',
    ruleBefore: 'eligible',
    ruleNow: 'otherwise',
    because: ['parameter giftedAndTalentedProgram'],
  });
  t.equal(
    change?.sentence,
    'N instead of Y, because the parameter `giftedAndTalentedProgram` changed: 127 now holds through 2023-06-30; before it had no last day. Before, the rule "eligible" decided; now "otherwise" does.',
  );
  t.match(change?.before, /^Y, because the student has a Student Program record/);
  t.match(change?.now, /code 127 for the Gifted and Talented Education program ended on 2023-06-30/);
});

t.test('of two differences, the one that does it', async (t) => {
  const to = known('a program retires', 'a fact that several fields ask');
  const elsewhere = { ...program('191'), values: { ...program('191').values, schoolOfAttendance: '2000002' } };
  const found = changes(to, [enrollment(), elsewhere]);
  t.same(
    found.map(({ field, old, new: now, because }) => [field, old, now, because]),
    [['40', 'N', 'Y', ['fact programAtSchool']]],
  );
});

t.test('of two that concern a field, the one that does it', async (t) => {
  const to = known('a program retires', 'a fact that several fields ask');
  t.same(
    changes(to, [enrollment(), program('127')]).map(({ field, because }) => [field, because]),
    [['43', ['parameter giftedAndTalentedProgram']]],
  );
});

t.test('rules in another order', async (t) => {
  const files = Object.fromEntries(shippedTexts.map(({ path, text }) => [path, text]));
  const file = Object.keys(files).find((path) => path.startsWith('rules/fields/42-')) as string;
  const json = JSON.parse(files[file] as string) as { rules: unknown[] };
  const [first, second, ...rest] = json.rules;
  const to = changed({ patches: [{ file, text: JSON.stringify({ ...json, rules: [second, first, ...rest] }) }] });
  t.same(
    differencesOf(from, to).map(({ id }) => id),
    ['ruleOrder 42'],
  );
  // The membership counts on the day of the enrollment, on which the program is retired: only the order of an
  // enrollment before that day could matter.
  const before = { enrollmentStartDate: '20230601', enrollmentExitDate: '20230801' };
  t.same(changes(to, [enrollment(before), program('185')]), []);
  const reordered = changed({
    patches: [
      { file, text: JSON.stringify({ ...json, rules: [...rest.slice(0, -1), always(first), second, rest.at(-1)] }) },
    ],
  });
  const turned = changed({
    patches: [{ file, text: JSON.stringify({ ...json, rules: [second, always(first), ...rest] }) }],
  });
  const found: Sample[] = [];
  const member = {
    ...program('185'),
    values: { ...program('185').values, educationProgramMembershipStartDate: '20230601' },
  };
  new Comparison({ from: reordered, to: turned, request: REQUEST, runDate: '20240715', samples: 0 }).student(
    new TextHistory(SSID, bodyFrom([enrollment(before), member])),
    (sample) => found.push(sample),
  );
  t.match(found, [{ field: '42', old: '', new: 'Y', because: ['ruleOrder 42'] }]);
});

/** A rule that always holds. */
const always = (rule: unknown): unknown => ({
  ...(rule as object),
  conditions: { fact: 'enrollment', path: '$.enrollmentStartDate', operator: 'present', value: true },
});

t.test('two differences that do it only together', async (t) => {
  const to = known('eight years instead of seven, from another day');
  const status = record('SELA', {
    englishLanguageAcquisitionStatusCode: 'EL',
    englishLanguageAcquisitionStatusStartDate: '20150815',
  });
  const found = changes(to, [enrollment(), status]).filter(({ field }) => field === '45');
  t.match(found, [
    { old: '20220815', new: '20310815', because: ['parameter yearsToLongTerm', 'parameter provisionalLTELBasis'] },
  ]);
  t.match(
    found[0]?.sentence,
    /^2031-08-15 instead of 2022-08-15, because of these together: the parameter `yearsToLongTerm` changed: it is now 8; before it was 7; the parameter/,
  );
});

t.test('a third difference that has no part in it is not named', async (t) => {
  const to = known(
    'eight years instead of seven, from another day',
    'a status that starts a field and selects nothing',
  );
  const status = record('SELA', {
    englishLanguageAcquisitionStatusCode: 'EL',
    englishLanguageAcquisitionStatusStartDate: '20150815',
  });
  t.same(
    changes(to, [enrollment(), status])
      .filter(({ field }) => field === '45')
      .map(({ new: now, because }) => [now, because.toSorted()]),
    [['20310815', ['parameter provisionalLTELBasis', 'parameter yearsToLongTerm']]],
  );
});

t.test('a row that disappears, and one that appears', async (t) => {
  const to = known('the selection asks for more');
  const [gone, ...others] = changes(to, [enrollment({ enrollmentStatusCode: '30' })], 1);
  t.same(others, []);
  t.match(gone, {
    change: 'disappears',
    field: '',
    because: ['selection where +4'],
    row: { ssid: SSID, gradeLevelCode: '05' },
  });
  t.equal(
    gone?.sentence,
    'This row is gone, because the selection now also asks that the enrollment\'s Enrollment Status Code is one of "10", "20".',
  );
  t.match(gone?.before, /^This enrollment is in the extract/);
  t.match(gone?.now, /^This enrollment is not in the extract/);
  const back: Sample[] = [];
  new Comparison({ from: to, to: from, request: REQUEST, runDate: '20240715', samples: 0 }).student(
    new TextHistory(SSID, bodyFrom([enrollment({ enrollmentStatusCode: '30' })])),
    (sample) => back.push(sample),
  );
  t.match(back, [{ change: 'appears', because: ['selection where -4'] }]);
});

t.test('a row made from another enrollment', async (t) => {
  const to = known('the enrollment that starts first makes the row');
  const found = changes(to, [enrollment(), enrollment({ enrollmentStartDate: '20240610', enrollmentExitDate: '' })]);
  t.same(
    found.map(({ field, because }) => [field, because]),
    [
      ['22', ['selection order']],
      ['25', ['selection order']],
    ],
  );
  t.match(found[0]?.sentence, /The row is now made from another enrollment\.$/);
});

t.test('a new field', async (t) => {
  const found = changes(known('a field is new'), [enrollment(), program('190')], 1);
  t.match(found, [
    {
      field: '51',
      name: 'Foster Youth',
      old: null,
      new: 'Y',
      because: ['field 51', 'column 51'],
      sentence: 'The field is new: Y, by the rule "eligible".',
    },
  ]);
  t.equal(found[0]?.before, undefined);
  t.match(found[0]?.now, /^Y, because/);
});

t.test('words reach nothing', async (t) => {
  const to = known('words only');
  const comparison = new Comparison({ from, to, request: REQUEST, runDate: '20240715', samples: 1 });
  t.equal(comparison.isNothing, true);
  t.same(changes(to, [enrollment(), program('135')]), []);
});

t.test('a report tells no names and numbers of students but in samples', async (t) => {
  const counter = new Counter(tellings(from, from), 0, String);
  const change = {
    change: 'value',
    name: 'x',
    ruleBefore: '',
    ruleNow: '',
    because: [],
    sentence: '',
    row: { ssid: SSID },
  } as const;
  counter.add({ ...change, field: '7', old: 'L1', new: 'L2' });
  counter.add({ ...change, field: '7', old: '', new: 'L2' });
  for (let i = 0; i < 1_200; i++) counter.add({ ...change, field: '36', old: String(i), new: '' });
  const { fields, samples } = counter.result();
  t.same(fields[0]?.values, [
    { old: '', new: 'a value', rows: 1 },
    { old: 'a value', new: 'another value', rows: 1 },
  ]);
  t.same(fields[1]?.values[0], { old: 'any other value', new: 'any other value', rows: 200 });
  t.same(samples, []);
});

t.test('days are not told apart in a report, and samples are few', async (t) => {
  const counter = new Counter(tellings(from, from), 1, (key) => `the ${key}`);
  const change = {
    change: 'value',
    field: '45',
    name: 'x',
    ruleBefore: '',
    ruleNow: '',
    because: [],
    sentence: '',
  } as const;
  for (const [i, [old, now]] of [
    ['20220815', '20230815'],
    ['20210815', '20220815'],
    ['20220815', ''],
  ].entries())
    counter.add({
      ...change,
      row: { ssid: `990000000${i}`, reportingLEA: '1000001' },
      old: old as string,
      new: now as string,
    });
  const { fields, samples, places, rows } = counter.result();
  t.same(fields[0]?.values, [
    { old: 'a day', new: 'a later day', rows: 2 },
    { old: 'a day', new: '', rows: 1 },
  ]);
  t.equal(samples.length, 2);
  t.same(places, [
    {
      column: 'reportingLEA',
      name: 'the reportingLEA',
      places: [{ value: '1000001', rows: 3, appeared: 0, disappeared: 0, changed: 3 }],
    },
  ]);
  t.same(rows, { appeared: 0, disappeared: 0, changed: 3 });
});
