/** Small changes of the shipped rulebook, as policy staff would make them, and what each of them is known to reach. */
import { verify } from '#rulebook/load/load';
import { type Patch, patched, shippedTexts } from '../../rulebook/texts.ts';

export interface KnownChange {
  readonly title: string;
  readonly patches: readonly Patch[];
  /** Ids of the declared differences, in order. */
  readonly differences: readonly string[];
  /** Fields whose values can differ, added ones among them; the selection as `rows`. */
  readonly reaches: readonly string[];
}

const PROGRAMS = 'rules/parameters/program-codes.json';
const SELECTION = 'rules/selection.json';
const field = (number: string): string =>
  shippedTexts.find(({ path }) => path.startsWith(`rules/fields/${number}-`))?.path as string;
const NO_SHOWS = '"params": { "name": "noShowExitReasons" } } },';

const OUTPUT = 'schemas/records/CENR.json';

/** A column put in front of field 36: everything behind it moves by one, rules and the fields they ask included. */
function columnInBetween(): Patch[] {
  const output = JSON.parse(shippedTexts.find(({ path }) => path === OUTPUT)?.text as string);
  const place = output.columns.findIndex(({ no }: { no: string }) => no === '36');
  const moved = output.columns.slice(place).map((c: { no: string }) => ({ ...c, no: String(Number(c.no) + 1) }));
  const inBetween = {
    ...{ no: '36', key: 'localStudentIDAgain', name: 'Local Student ID Again', type: 'CS', max: 16 },
    ...{ lengthKnown: true, copyOf: 'localStudentID' },
  };
  const columns = [...output.columns.slice(0, place), inBetween, ...moved];
  const layout = { ...output, columns, columnSets: { 51: ['1', '51'], 49: ['1', '49'] }, defaultColumnSet: '51' };
  const fields = shippedTexts.filter(({ path }) => path.startsWith('rules/fields/'));
  return [
    { file: OUTPUT, text: JSON.stringify(layout) },
    ...fields.map(({ path }): Patch => ({ file: path, remove: true })),
    ...fields.map(({ path, text }): Patch => {
      const no = Number(/\/(\d+)-/.exec(path)?.[1]);
      return {
        file: path.replace(String(no), String(no + 1)),
        text: text.replace(`"field": "${no}"`, `"field": "${no + 1}"`),
      };
    }),
  ];
}

export const CHANGES: readonly KnownChange[] = [
  {
    title: 'a program retires',
    patches: [
      {
        file: PROGRAMS,
        replace: [
          '{ "value": "127", "source": "cenr-43" }',
          '{ "value": "127", "through": "2023-06-30", "source": "cenr-43" }',
        ],
      },
    ],
    differences: ['parameter giftedAndTalentedProgram'],
    reaches: ['43'],
  },
  {
    title: 'a code leaves a list',
    patches: [{ file: PROGRAMS, replace: ['{ "value": "191", "source": "cenr-38" },', ''] }],
    differences: ['parameter disadvantagedPrograms'],
    reaches: ['38'],
  },
  {
    title: 'a rule gives another value',
    patches: [{ file: field('40'), replace: ['"value": "N"', '"value": ""'] }],
    differences: ['rule 40 otherwise'],
    reaches: ['40'],
  },
  {
    title: 'a rule is new',
    patches: [
      {
        file: field('43'),
        replace: [
          '"rules": [',
          '"rules": [ { "name": "short", "conditions": { "fact": "enrollment", "path": "$.enrollmentStatusCode", "operator": "equal", "value": "30" }, "event": { "type": "value", "params": { "value": "S" } } },',
        ],
      },
    ],
    differences: ['rule 43 short'],
    reaches: ['43'],
  },
  {
    title: 'a rule is gone',
    patches: [
      { file: field('42'), replace: ['"operator": "present", "value": false', '"operator": "present", "value": true'] },
    ],
    differences: ['rule 42 retired'],
    reaches: ['42'],
  },
  {
    title: 'rules in another order',
    patches: [
      { file: field('42'), replace: ['"name": "retired"', '"name": "later"'] },
      { file: field('42'), replace: ['"name": "eligible"', '"name": "retired"'] },
      { file: field('42'), replace: ['"name": "later"', '"name": "eligible"'] },
      {
        file: field('42'),
        replace: [
          '"event": { "type": "value", "params": { "value": "" } }',
          '"event": { "type": "value", "params": { "value": "R" } }',
        ],
      },
    ],
    differences: ['rule 42 eligible', 'rule 42 retired', 'ruleOrder 42'],
    reaches: ['42'],
  },
  {
    title: 'a parameter is asked for another day',
    patches: [
      {
        file: 'rules/facts/programs.json',
        replace: [
          '"path": "$.program" }, "on": { "fact": "enrollment", "path": "$.enrollmentStartDate" }',
          '"path": "$.program" }, "on": { "fact": "runDate" }',
        ],
      },
    ],
    differences: ['fact programAtSchool'],
    reaches: ['40', '41', '42', '43'],
  },
  {
    title: 'a fact that several fields ask',
    patches: [
      {
        file: 'rules/facts/programs.json',
        replace: [
          '        { "fact": "record", "path": "$.schoolOfAttendance", "operator": "equal", "value": { "fact": "enrollment", "path": "$.schoolOfAttendance" } },\n',
          '',
        ],
      },
    ],
    differences: ['fact programAtSchool'],
    reaches: ['40', '41', '42', '43'],
  },
  {
    title: 'eight years instead of seven, from another day',
    patches: [
      { file: 'rules/parameters/english-learner.json', replace: ['{ "value": 7,', '{ "value": 8,'] },
      {
        file: 'rules/parameters/readings.json',
        replace: ['"value": "firstEL"', '"value": "laterOfFirstELAndEarlierOf46And47"'],
      },
    ],
    differences: ['parameter yearsToLongTerm', 'parameter provisionalLTELBasis'],
    reaches: ['45', '46', '47', '48'],
  },
  {
    title: 'a status that starts a field and selects nothing',
    patches: [
      {
        file: 'rules/parameters/enrollment.json',
        replace: ['{ "value": "30", "source": "cenr-47" }', '{ "value": "20", "source": "cenr-47" }'],
      },
    ],
    differences: ['parameter earliestEnrollmentStatuses'],
    reaches: ['45', '46', '47', '48'],
  },
  {
    title: 'another exit reason is a no show',
    patches: [
      {
        file: 'rules/parameters/enrollment.json',
        replace: ['{ "value": "N470", "source": "cenr-47" }', '{ "value": "N470" }, { "value": "E150" }'],
      },
    ],
    differences: ['parameter noShowExitReasons'],
    reaches: ['45', '46', '47', '48', 'rows'],
  },
  {
    title: 'the selection asks for more',
    patches: [
      {
        file: SELECTION,
        replace: [
          NO_SHOWS,
          `${NO_SHOWS}\n    { "fact": "enrollment", "path": "$.enrollmentStatusCode", "operator": "in", "value": ["10", "20"] },`,
        ],
      },
    ],
    differences: ['selection where +4'],
    reaches: ['rows'],
  },
  {
    title: 'the selection asks for less, and one field changes with it',
    patches: [
      {
        file: SELECTION,
        replace: [
          '    { "fact": "enrollment", "path": "$.enrollmentExitDate", "operator": "onOrAfter", "value": { "fact": "enrollment", "path": "$.enrollmentStartDate" } },\n',
          '',
        ],
      },
      { file: field('40'), replace: ['"value": "N"', '"value": ""'] },
    ],
    differences: ['selection where -2', 'rule 40 otherwise'],
    reaches: ['40', 'rows'],
  },
  {
    title: 'the enrollment that starts first makes the row',
    patches: [
      {
        file: SELECTION,
        replace: [
          '"order": [ { "greatest": "$.enrollmentStartDate" }',
          '"order": [ { "least": "$.enrollmentStartDate" }',
        ],
      },
    ],
    differences: ['selection order'],
    reaches: ['rows'],
  },
  {
    title: 'one row for each school, whatever the grade',
    patches: [
      {
        file: SELECTION,
        replace: ['"schoolOfAttendance", "gradeLevelCode"],\n  "order"', '"schoolOfAttendance"],\n  "order"'],
      },
    ],
    differences: ['selection onePer'],
    reaches: ['rows'],
  },
  {
    title: 'academic years begin on another day',
    patches: [{ file: 'rules/parameters/calendar.json', replace: ['"value": "07-01"', '"value": "08-15"'] }],
    differences: ['parameter academicYearFirstDay'],
    reaches: ['38', '39', 'rows'],
  },
  {
    title: 'a field is new',
    patches: [
      {
        file: PROGRAMS,
        replace: [
          '{ "name": "giftedAndTalentedProgram"',
          '{ "name": "fosterYouthProgram", "says": "the Foster Youth Program", "type": "text", "codeSet": "EducationProgram", "values": [ { "value": "190" } ] },\n    { "name": "giftedAndTalentedProgram"',
        ],
      },
      {
        file: 'schemas/records/CENR.json',
        replace: [
          '"name": "Last Date Updated", "type": "DT", "max": 8, "lengthKnown": false, "day": "lastUpdated" }',
          '"name": "Last Date Updated", "type": "DT", "max": 8, "lengthKnown": false, "day": "lastUpdated" },\n    { "no": "51", "key": "fosterYouth", "name": "Foster Youth", "type": "CS", "max": 1, "lengthKnown": false, "rule": true }',
        ],
      },
      { file: 'schemas/records/CENR.json', replace: ['"columnSets": {', '"columnSets": {"51": ["1", "51"], '] },
      {
        file: 'rules/fields/51-foster-youth.json',
        text: JSON.stringify({
          $schema: '../../schemas/grammar/field.schema.json',
          field: '51',
          name: 'Foster Youth',
          source: { page: 'none', updated: '2025-04-22', element: '51', lastCompared: '2026-11-21' },
          rules: [
            {
              name: 'eligible',
              conditions: {
                fact: 'programAtSchool',
                params: { program: 'fosterYouthProgram' },
                operator: 'equal',
                value: true,
              },
              event: { type: 'value', params: { value: 'Y' } },
            },
            { name: 'otherwise', event: { type: 'value', params: { value: 'N' } } },
          ],
        }),
      },
    ],
    differences: ['parameter fosterYouthProgram', 'field 51', 'column 51', 'layout CENR'],
    reaches: ['51'],
  },
  {
    title: 'a column in between',
    patches: columnInBetween(),
    differences: ['column 36', 'moved columns', 'layout CENR'],
    reaches: ['36'],
  },
  {
    title: 'words only',
    patches: [
      { file: PROGRAMS, replace: ['"says": "the Homeless Program"', '"says": "the program for homeless students"'] },
      { file: field('42'), replace: ['"name": "retired"', '"name": "over"'] },
    ],
    differences: ['rule 42 over', 'rule 42 retired', `words ${PROGRAMS}`],
    reaches: [],
  },
];

export const from = verify(shippedTexts);

export const changed = ({ patches }: Pick<KnownChange, 'patches'>) => verify(patched(patches));
