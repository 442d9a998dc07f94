import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { subjectsOf } from '#authoring/examples/reads';
import { MUTANT_KINDS } from '#authoring/mutants/change';
import { mutantsOf } from '#authoring/mutants/mutants';
import { mutationReport } from '#authoring/mutants/mutation';
import { grammarOf } from '#rulebook/load/assemble';
import { mutationPage } from '../../../scripts/docs/mutation-page.ts';
import { wrapped } from '../../../scripts/docs/wrapped.ts';
import { EQUIVALENTS, shipped, withFile, withoutCase } from './rulebooks.ts';

// More than a thousand rulebooks are made and tried.
t.setTimeout(900_000);

const PROJECT = resolve(import.meta.dirname, '../../..');
const GRAMMAR = join(PROJECT, 'schemas/grammar');

/** Takes long to make, so once for all that is asked of it. */
const report = mutationReport(shipped);

t.test(
  'every mutant is noticed by the examples of its own field, of the selection or of its own check, or named as equivalent',
  async (t) => {
    const { scores, tried, stale } = report;
    t.same(
      scores.map(({ of }) => of),
      subjectsOf(shipped),
    );
    t.same(
      tried.filter(({ fate }) => fate === 'survived').map(({ mutant }) => mutant.id),
      [],
    );
    t.same(stale, []);
    for (const { of, failing, caught, survived } of scores) {
      t.equal(failing + survived, 0, of);
      t.ok(caught > 0, `${of} has mutants that are noticed`);
    }
  },
);

t.test('docs/mutation.md is what `npm run generate` writes', async (t) => {
  t.equal(
    mutationPage(shipped, ['40']),
    mutationPage(shipped, ['40']),
    'the same sources give the same text; of one field, since all take long',
  );
  t.ok(
    readFileSync(join(PROJECT, 'docs/mutation.md'), 'utf8') ===
      wrapped(mutationPage(shipped, subjectsOf(shipped), report)),
    'the committed file is up to date; if not: npm run generate',
  );
});

/** A mutant of each kind, as a person would have made the mistake. */
const KNOWN: readonly {
  readonly kind: string;
  readonly of: string;
  readonly file: string;
  readonly pointer: string;
  readonly says: RegExp;
}[] = [
  {
    kind: 'operator',
    of: '40',
    file: 'rules/facts/programs.json',
    pointer: '/facts/0/where/all/2',
    says: /^equal became notEqual: the record's Reporting LEA is /,
  },
  {
    kind: 'operator',
    of: '40',
    file: 'rules/facts/programs.json',
    pointer: '/facts/0/where/all/3',
    says: /^Became its opposite: .* overlaps /,
  },
  {
    kind: 'operator',
    of: 'selection',
    file: 'rules/selection.json',
    pointer: '/where/all/6/any/1/all/1',
    says: /^onOrAfter became after: /,
  },
  {
    kind: 'operator',
    of: 'selection',
    file: 'rules/selection.json',
    pointer: '/where/all/6/any/1/all/1',
    says: /^onOrAfter became before: /,
  },
  {
    kind: 'operator',
    of: 'SENR0187',
    file: 'rules/checks/SENR0187.json',
    pointer: '/conditions/all/1',
    says: /^greaterThan became greaterThanInclusive: /,
  },
  {
    kind: 'group',
    of: '38',
    file: 'rules/fields/38-socio-economically-disadvantaged.json',
    pointer: '/rules/0/conditions/all/1',
    says: /^"any" became "all": /,
  },
  {
    kind: 'dropped',
    of: '43',
    file: 'rules/facts/programs.json',
    pointer: '/facts/0/where/all/1',
    says: /^Left out: the record's School of Attendance is /,
  },
  {
    kind: 'dropped',
    of: '36',
    file: 'rules/facts/student-information.json',
    pointer: '/facts/0/where',
    says: /^Left out: the record's interval `effective` overlaps /,
  },
  {
    kind: 'dropped',
    of: '38',
    file: 'rules/parameters/program-codes.json',
    pointer: '/parameters/4/values/2',
    says: /^"190" was left out /,
  },
  {
    kind: 'code',
    of: '40',
    file: 'rules/parameters/program-codes.json',
    pointer: '/parameters/0/values/0',
    says: /^"191" became "192" in the parameter homelessProgram\.$/,
  },
  {
    kind: 'code',
    of: 'selection',
    file: 'rules/parameters/readings.json',
    pointer: '/parameters/1/values',
    says: /^"10" was added to the parameter countedStatuses\.$/,
  },
  {
    kind: 'day',
    of: '42',
    file: 'rules/parameters/program-codes.json',
    pointer: '/parameters/2/values/0/through',
    says: /through 2023-06-30 became 2023-07-01/,
  },
  {
    kind: 'day',
    of: '42',
    file: 'rules/parameters/program-codes.json',
    pointer: '/parameters/2/values/0/through',
    says: /through 2023-06-30 became 2023-06-29/,
  },
  {
    kind: 'day',
    of: '38',
    file: 'rules/parameters/parent-education.json',
    pointer: '/parameters/1/values/0',
    says: /^"2023-07-01" became "2023-06-30"/,
  },
  {
    kind: 'day',
    of: 'SENR0742',
    file: 'rules/parameters/calendar.json',
    pointer: '/parameters/0/values/0',
    says: /^"07-01" became "06-30"/,
  },
  {
    kind: 'day',
    of: '39',
    file: 'rules/parameters/calendar.json',
    pointer: '/parameters/0/values/0',
    says: /^"07-01" became "07-02"/,
  },
  {
    kind: 'number',
    of: '45',
    file: 'rules/parameters/english-learner.json',
    pointer: '/parameters/3/values/0',
    says: /^"7" became "8"/,
  },
  {
    kind: 'value',
    of: '40',
    file: 'rules/fields/40-homeless-program-eligible.json',
    pointer: '/rules/0/event/params/value',
    says: /gives: "N", instead of "Y"\.$/,
  },
  {
    kind: 'value',
    of: '45',
    file: 'rules/parameters/readings.json',
    pointer: '/parameters/7/values/0',
    says: /^"firstEL" became "latestOf46To48"/,
  },
  {
    kind: 'value',
    of: 'IVR0007',
    file: 'rules/checks/IVR0007.json',
    pointer: '/severity',
    says: /^"warn" became "reject"\.$/,
  },
  {
    kind: 'order',
    of: '37',
    file: 'rules/facts/english-learner.json',
    pointer: '/facts/1/order/1',
    says: /loaded last became the one loaded first\.$/,
  },
  {
    kind: 'order',
    of: 'selection',
    file: 'rules/selection.json',
    pointer: '/order/1',
    says: /^Left out of the order: the greatest enrollmentExitDate, a blank first\.$/,
  },
  {
    kind: 'order',
    of: 'selection',
    file: 'rules/selection.json',
    pointer: '/rowOrder/0',
    says: /^Rows were sorted by "schoolOfAttendance" before "reportingLEA"\.$/,
  },
  {
    kind: 'rule',
    of: '36',
    file: 'rules/fields/36-ethnicity-race.json',
    pointer: '/rules/1',
    says: /^Rule "hispanic" was tried after "multiple"\.$/,
  },
  {
    kind: 'rule',
    of: '36',
    file: 'rules/fields/36-ethnicity-race.json',
    pointer: '/rules/1',
    says: /^Rule "hispanic" was left out\.$/,
  },
  {
    kind: 'calculation',
    of: '45',
    file: 'rules/facts/english-learner.json',
    pointer: '/facts/7/calculate',
    says: /^The earliest became the latest /,
  },
  {
    kind: 'calculation',
    of: 'SENR0018',
    file: 'rules/facts/checks.json',
    pointer: '/facts/0',
    says: /^The day before became the day itself /,
  },
  {
    kind: 'column',
    of: '38',
    file: 'rules/facts/programs.json',
    pointer: '/facts/1/where/all/0/any/0/value/params/on/path',
    says: /^"educationProgramMembershipStartDate" became "educationProgramMembershipEndDate": /,
  },
  {
    kind: 'interval',
    of: '36',
    file: 'rules/facts/intervals.json',
    pointer: '/intervals/1/blankEnd',
    says: /the next record need not be alike in "reportingLEA"\.$/,
  },
  {
    kind: 'scope',
    of: 'IVR0007',
    file: 'rules/checks/IVR0007.json',
    pointer: '/recordTypes/2',
    says: /^Records of type SELA were not examined\.$/,
  },
  {
    kind: 'scope',
    of: 'selection',
    file: 'rules/selection.json',
    pointer: '/onePer/3',
    says: /^One row for each combination without "gradeLevelCode"\.$/,
  },
];

t.test('mutants of every kind are made where a mistake could be made', async (t) => {
  const mutants = mutantsOf(shipped);
  t.same(new Set(KNOWN.map(({ kind }) => kind)), new Set(MUTANT_KINDS), 'the table has every kind');
  for (const { says, ...place } of KNOWN) {
    const there = mutants.filter((mutant) =>
      Object.entries(place).every(([key, value]) => mutant[key as keyof typeof place] === value),
    );
    t.ok(
      there.some((mutant) => says.test(mutant.says)),
      `${place.of} ${place.pointer} ${says}`,
      { found: there.map((mutant) => mutant.says) },
    );
  }
});

t.test('a mutant is a file that a person could have typed: other than the file, and of the same grammar', async (t) => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  for (const name of readdirSync(GRAMMAR))
    ajv.addSchema(JSON.parse(readFileSync(join(GRAMMAR, name), 'utf8')) as object);
  const before = new Map(shipped.files.map(({ path, json }) => [path, JSON.stringify(json)]));
  const ids = new Set<string>();
  for (const { id, file, json } of mutantsOf(shipped)) {
    if (ids.has(id)) t.fail('two mutants have one id', { id });
    ids.add(id);
    const isValid = ajv.getSchema(`${grammarOf(file)}.schema.json`);
    if (!isValid?.(json)) t.fail(id, { errors: isValid?.errors });
    if (JSON.stringify(json) === before.get(file)) t.fail('nothing was changed', { id });
  }
  t.ok(ids.size > 1000, `${ids.size} mutants`);
});

t.test('what fields share gives a mutant for each of them, and what a field does not read gives it none', async (t) => {
  const of = (file: string, pointer: string): string[] => [
    ...new Set(
      mutantsOf(shipped).flatMap((mutant) => (mutant.file === file && mutant.pointer === pointer ? [mutant.of] : [])),
    ),
  ];
  t.same(of('rules/facts/programs.json', '/facts/0/where/all/2'), ['40', '41', '42', '43']);
  t.same(of('rules/parameters/program-codes.json', '/parameters/0/values/0'), ['40']);
  t.same(
    of('rules/fields/45-provisional-ltel-start-date.json', '/rules/0'),
    ['45'],
    'a field that reads field 45 answers for its own rules',
  );
});

/** An example, and the mistakes that nothing notices without it. */
const NEEDED: readonly (readonly [of: string, title: string, ...survivors: RegExp[]])[] = [
  ['40', 'A membership at a school with the same code at another LEA', /^Left out: the record's Reporting LEA is /],
  ['38', 'Program 193 with a membership that starts on 1 July 2020', /^"193": from 2020-07-01 became 2020-07-02 /],
  [
    '38',
    'An enrollment that starts on 1 July 2023 goes by both parents: only parent 2 with 14 is enough',
    /^onOrAfter became after: /,
  ],
  ['36', 'A Hispanic student of several races is Hispanic', /^Rule "hispanic" was tried after "multiple"\.$/],
  ['selection', 'Adjusted: the start is the first day of the year', /^onOrAfter became after: /],
  [
    'selection',
    'Two LEAs in one grade are two rows, when all are asked for',
    /^One row for each combination without "reportingLEA"\.$/,
  ],
  ['SENR0187', 'A primary enrollment may last', /^Left out: the Enrollment Status Code /],
];

t.test('an example that is missing lets mutants survive', async (t) => {
  for (const [of, title, ...expected] of NEEDED) {
    const { tried, scores } = mutationReport(withoutCase(of, title), { only: [of] });
    const survivors = tried.filter(({ fate }) => fate === 'survived').map(({ mutant }) => mutant.says);
    t.equal(scores[0]?.survived, survivors.length);
    t.equal(survivors.length, expected.length, title, { survivors });
    for (const says of expected)
      t.ok(
        survivors.some((each) => says.test(each)),
        `${title}: ${says}`,
      );
  }
});

t.test('a mutant that the loader refuses counts neither way', async (t) => {
  const { tried, scores } = mutationReport(shipped, { only: ['SENR0187'] });
  const refused = tried.filter(({ fate }) => fate === 'refused');
  t.equal(scores[0]?.refused, refused.length);
  // A check of single records cannot know the record that follows.
  t.match(refused, [
    { mutant: { file: 'rules/facts/intervals.json', says: /a blank end became the day before the next record/ } },
  ]);
});

t.test('reasons that are not true are reported', async (t) => {
  const caught = { of: ['40'], file: 'rules/facts/programs.json', pointer: '/facts/0/where/all/2' };
  const says = "Left out: the record's Reporting LEA is the enrollment's Reporting LEA.";
  const because = 'Schools have one LEA, so the school is enough.';
  const entries = [
    { ...caught, says, because },
    { ...caught, pointer: '/facts/0/where/all/7', says, because },
    { ...caught, of: ['40', '36'], says, because },
    { ...caught, of: ['99'], says, because },
  ];
  const nobodys = { ...caught, of: ['ABCD0001'], outcome: 'false', because };
  const { stale } = mutationReport(
    withFile(EQUIVALENTS, () => ({ mutants: entries, unreachable: [nobodys] })),
    { only: ['36', '40'] },
  );
  t.same(
    stale,
    [...entries, nobodys],
    'an example notices it; there is no such mutant; it is not a mutant of field 36; there is no such field or check',
  );
  const [first] = mutationReport(
    withFile(
      EQUIVALENTS,
      () => ({ mutants: entries }),
      withoutCase('40', 'A membership at a school with the same code at another LEA'),
    ),
    { only: ['40'] },
  ).tried.filter(({ fate }) => fate === 'equivalent');
  t.match(first, { mutant: { says }, because });
});

t.test('while examples fail, their mutants are not tried', async (t) => {
  const wrong = withFile('rules/examples/40-homeless-program-eligible.json', (json) => {
    const { cases, ...rest } = json as { cases: { expect: object }[] };
    return { ...rest, cases: cases.map((each, i) => (i === 0 ? { ...each, expect: { value: 'Y' } } : each)) };
  });
  const { scores, tried } = mutationReport(wrong, { only: ['40', '41'] });
  t.match(scores[0], { of: '40', failing: 1, caught: 0, survived: 0 });
  t.match(scores[1], { of: '41', failing: 0 });
  t.notOk(tried.some(({ mutant }) => mutant.of === '40'));
});
