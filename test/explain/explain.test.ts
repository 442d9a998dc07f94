/** Explanations say what was evaluated: values, rules, outcomes, records and the reasons for them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { ExampleRecord } from '#authoring/examples/cases';
import { runExamples } from '#authoring/examples/run';
import { asking, shownCondition } from '#explain/condition-tree';
import { Explainer, type Subject } from '#explain/explain';
import type { FieldExplanation, ShownCondition, ShownFact } from '#explain/explanation';
import { compileForExplanations, Inspector } from '#explain/inspector';
import { RecordReader, RecordView } from '#explain/record-view';
import { Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { outputColumns, usualColumnSet } from '#records/layout';
import { TextHistory } from '#records/record';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { type SecondOpinion, secondOpinion } from '#rulebook/second-opinion/second-opinion';
import { glossaryOf } from '#rulebook/words/words';
import { compiled, readHistory } from '../support/extracts.ts';
import { bodyFrom, history, holds, request, runDate, SSID, shipped } from '../support/histories.ts';
import { assembled, generatedFiles } from '../support/rulebooks.ts';
import { explainer, explainerOf, fieldCases, student, subjectsOf } from './subjects.ts';

const FAST = { whyNot: false, changes: false } as const;

const only = (subject: Subject, field: string, by: Explainer = explainer): FieldExplanation => {
  const [key] = by.rows(subject);
  return by.row(subject, key as NonNullable<typeof key>, { ...FAST, fields: [field] })?.fields[0] as FieldExplanation;
};

/** Whether every node follows from those below it, and nothing is asked that is settled. */
function follows(condition: ShownCondition): boolean {
  if ((condition.outcome === 'notReached') !== (condition.holds === undefined)) return false;
  if (condition.kind === 'leaf') return true;
  if (condition.kind === 'not')
    return (
      follows(condition.of) &&
      (condition.holds === undefined ? condition.of.holds === undefined : condition.holds === !condition.of.holds)
    );
  const reached = condition.of.filter((child) => child.holds !== undefined);
  const settles = condition.kind === 'any';
  const first = condition.of.findIndex((child) => child.holds === settles);
  const expected = condition.holds === undefined ? 0 : first < 0 ? condition.of.length : first + 1;
  const isRight = condition.holds === undefined || condition.holds === (settles ? first >= 0 : first < 0);
  return (
    isRight &&
    reached.length === expected &&
    condition.of.slice(0, expected).every((c) => c.holds !== undefined) &&
    condition.of.every(follows)
  );
}

function leavesOf(condition: ShownCondition): Extract<ShownCondition, { kind: 'leaf' }>[] {
  if (condition.kind === 'leaf') return [condition];
  return condition.kind === 'not' ? leavesOf(condition.of) : condition.of.flatMap(leavesOf);
}

/**
 * What is wrong with an explanation of a derived field, whatever the field.
 * @param adding facts that give something of all records they take, which may be nothing or 0 although they take some
 */
function faults(field: FieldExplanation, adding: ReadonlySet<string> = new Set()): string[] {
  const found: string[] = [];
  const say = (ok: boolean, what: string): void => {
    if (!ok) found.push(`field ${field.field}: ${what}`);
  };
  const { rules = [], facts = [], rule } = field;
  const decided = rules.findIndex((r) => r.came === 'decided');
  say(rules[decided]?.name === rule?.name, 'the rule that decided is the one named');
  say(
    rules.every((r, i) => r.came === (i < decided ? 'passed' : i === decided ? 'decided' : 'notReached')),
    'rules come in order',
  );
  for (const { came, conditions } of rules) {
    if (!conditions) continue;
    say(conditions.holds === { decided: true, passed: false, notReached: undefined }[came], 'conditions of a rule');
    say(follows(conditions), 'a node follows from those below it');
    for (const leaf of leavesOf(conditions))
      for (const id of leaf.facts)
        say(
          facts.some((fact) => fact.id === id),
          `fact ${id} is listed`,
        );
  }
  say(new Set(facts.map((f) => f.id)).size === facts.length, 'facts are listed once');
  for (const { id, fact, candidates, value } of facts) {
    if (!candidates) continue;
    const taken = candidates.filter((c) => c.taken).length;
    const isSomething = value !== null && value !== false && value !== 0;
    say(isSomething ? taken > 0 : taken === 0 || adding.has(fact), `${id}: a record is taken when the fact says so`);
    say(
      candidates.every((c) => c.taken === (c.passedOver === undefined)),
      `${id}: what is passed over says why`,
    );
  }
  say(!/undefined|NaN|\[object| {2}/.test(field.sentence) && field.sentence.endsWith('.'), `"${field.sentence}"`);
  return found;
}

t.test('the examples of every field and rule: value, rule and tree are those of the evaluation', async (t) => {
  const results = new Map(runExamples(shipped).map((r) => [`${r.file}${r.pointer}`, r]));
  const explained = new Set<string>();
  for (const example of fieldCases) {
    const { found } = results.get(`${example.file}${example.pointer}`) ?? {};
    if (found?.kind !== 'field') throw new Error(example.title);
    const row = 'row' in example.expect ? (example.expect.row ?? {}) : {};
    const by = explainerOf(example);
    const rows = subjectsOf(example).flatMap((subject) =>
      by.rows(subject).flatMap((key) => by.row(subject, key, FAST) ?? []),
    );
    const values = (fields: readonly FieldExplanation[], key: string) =>
      fields.find((f) => f.field === shipped.schemas.output.columns.find((c) => c.key === key)?.no)?.value;
    const [chosen, ...others] = rows.filter(({ fields }) =>
      Object.entries(row).every(([key, value]) => values(fields, key) === value),
    );
    const field = chosen?.fields.find((f) => f.field === example.of);
    t.equal(others.length, 0, example.title);
    t.same([field?.value, field?.rule?.name], [found.value, found.rule], example.title);
    explained.add(`${example.of} ${field?.rule?.name}`);
    t.same(
      rows.flatMap(({ fields }) => fields.filter((f) => f.rule).flatMap((field) => faults(field))),
      [],
      example.title,
    );
  }
  for (const { number, rules } of shipped.extract.fields)
    for (const { name } of rules) t.ok(explained.has(`${number} ${name}`), `rule ${name} of field ${number}`);
});

type ShownRow = NonNullable<ReturnType<Explainer['row']>>;

const nameOfRow = (...key: readonly (string | undefined)[]): string => JSON.stringify(key);

/** The rows of a student as the extract has them; `undefined` when it is made by other rules. */
function rowsOfExtract(rulebook: Rulebook, subject: Subject): Map<string, Record<string, string>> | undefined {
  if (compiled.rulebook !== rulebook) return undefined;
  const named = new Map<string, Record<string, string>>();
  const extractor = new Extractor(compiled, requestFacts(subject.request, rulebook), subject.runDate);
  extractor.rowsOf(new TextHistory(subject.ssid, subject.body), (x, enrollment) => {
    const row = compiled.rows.named(x, enrollment);
    named.set(nameOfRow(row['reportingLEA'], row['schoolOfAttendance'], row['gradeLevelCode']), row);
  });
  return named;
}

function compareFields(rulebook: Rulebook, { fields }: ShownRow, row: Record<string, string> | undefined): void {
  const adding = new Set(rulebook.extract.facts.flatMap((fact) => ('aggregate' in fact ? [fact.name] : [])));
  for (const field of fields) {
    const key = rulebook.schemas.output.columns.find((c) => c.no === field.field)?.key as string;
    if (row && row[key] !== field.value)
      throw new Error(`field ${field.field}: "${field.value}", in the extract "${row[key]}"`);
    const found = field.rule ? faults(field, adding) : [];
    if (found.length) throw new Error(found.join('\n'));
  }
}

function compareEnrollments({ qualification, otherEnrollments }: ShownRow, rows: number): void {
  if (!qualification.inExtract || qualification.conditions.holds !== true || !follows(qualification.conditions))
    throw new Error('the row qualifies');
  if (otherEnrollments.filter((e) => e.inExtract).length !== rows - 1)
    throw new Error('the other rows are in the extract');
}

/** The rows of a student as the extract has them, beside what explanations say of them. */
function compare(rulebook: Rulebook, by: Explainer, subject: Subject): void {
  const named = rowsOfExtract(rulebook, subject);
  const keys = by.rows(subject);
  if (named && keys.length !== named.size)
    throw new Error(`${keys.length} rows explained, ${named.size} in the extract`);
  for (const key of keys) {
    const explanation = by.row(subject, key, FAST);
    if (!explanation) throw new Error('no explanation of a row');
    compareFields(rulebook, explanation, named?.get(nameOfRow(key.reportingLEA, key.school, key.grade)));
    compareEnrollments(explanation, keys.length);
  }
  const missing = by.missing(subject);
  if (missing.missing !== (keys.length === 0)) throw new Error('missing only without rows');
  for (const { inExtract, conditions, sentence } of missing.enrollments)
    if (
      (inExtract && conditions.holds !== true) ||
      !follows(conditions) ||
      /undefined|although it qualifies/.test(sentence)
    )
      throw new Error(sentence);
}

t.test('any student and request: all fields as in the extract, all trees sound', async (t) => {
  await holds(
    t,
    'explanations agree with the extract',
    150,
    fc.property(history, request, runDate, (records, asked, day) => {
      compare(shipped, explainer, {
        ssid: SSID,
        body: bodyFrom(records),
        request: asked,
        runDate: day,
        visible: 'all',
        placeOf: () => ({ file: 'sent.txt' }),
      });
    }),
  );
});

t.test('any rulebook: whatever can be written can be explained', async (t) => {
  await holds(
    t,
    'generated rulebooks are explained',
    25,
    fc.property(
      generatedFiles,
      fc.array(history, { minLength: 3, maxLength: 3 }),
      request,
      runDate,
      (files, histories, asked, day) => {
        const rulebook = assembled(files);
        const by = new Explainer(rulebook, '0');
        for (const records of histories)
          compare(rulebook, by, {
            ssid: SSID,
            body: bodyFrom(records),
            request: { ...asked, reportingLEAs: 'all' },
            runDate: day,
            visible: ['1000001'],
            placeOf: () => undefined,
          });
      },
    ),
  );
});

t.test('a condition asked anew comes to what was recorded', async (t) => {
  const glossary = glossaryOf(shipped);
  const view = new RecordView(new RecordReader(shipped.schemas), 'all', () => undefined);
  const forExplanations = compileForExplanations(shipped);
  await holds(
    t,
    'recorded and asked anew are the same',
    60,
    fc.property(history, request, runDate, (records, asked, day) => {
      const inspector = new Inspector(forExplanations, requestFacts(asked, shipped), day);
      const context = { inspector, glossary, view };
      for (const row of inspector.select(readHistory(SSID, records, forExplanations))) {
        inspector.evaluate(row);
        for (const { number, rules } of shipped.extract.fields)
          for (const { condition } of rules.slice(0, inspector.field(number).decided + 1)) {
            if (!condition) continue;
            const recorded = shownCondition(condition, (c) => inspector.recorded(c), context);
            assert.deepEqual(shownCondition(condition, asking(inspector), context), recorded);
          }
      }
    }),
  );
});

t.test('decisions are those that the evaluation records', async (t) => {
  const subject = student([{ recordType: 'SENR' }, { recordType: 'SPRG', educationProgramCode: '191' }]);
  const kept: { decided: number[]; outcomes: Uint8Array }[] = [];
  const extractor = new Extractor(compiled, requestFacts(subject.request, shipped), subject.runDate);
  extractor.rowsOf(new TextHistory(subject.ssid, subject.body), (x) =>
    kept.push({ decided: [...x.decided], outcomes: x.outcomes.slice() }),
  );
  const [key] = explainer.rows(subject);
  t.same(explainer.decisions(subject, key as NonNullable<typeof key>), kept[0]);
  t.equal(explainer.decisions(subject, { school: '1', grade: '05' }), undefined);
});

t.test('copied fields say where from', async (t) => {
  const subject = student([
    { recordType: 'SENR', studentLegalLastName: 'PADILLA', uploaded: '20230901', lastUpdated: '20240105' },
  ]);
  t.match(only(subject, '12'), {
    value: 'PADILLA',
    sentence:
      'PADILLA, copied from Student Legal Last Name (field 1.12) of the Student Enrollment record of 2023-08-15 (LEA 1234567, sent.txt, line 1).',
    short: 'PADILLA: copied from field 1.12 of the enrollment of 2023-08-15.',
    copied: {
      from: 'record',
      column: 'studentLegalLastName',
      columnName: 'Student Legal Last Name',
      columnNumber: '1.12',
    },
  });
  t.match(only(subject, '22'), { value: '20230815', sentence: /^2023-08-15, copied from Enrollment Start Date / });
  t.match(only(subject, '1'), { value: 'CENR-R', copied: { from: 'layout', literal: 'CENR-R' } });
  t.match(only(subject, '49'), {
    value: '20230901',
    copied: { from: 'loading', day: 'uploaded' },
    sentence: /^2023-09-01, copied from Upload Date of /,
  });
  t.match(only(subject, '50'), { value: '20240105', copied: { from: 'loading', day: 'lastUpdated' } });
  t.equal(only(subject, '12').rule, undefined);
});

const programs: readonly ExampleRecord[] = [
  { recordType: 'SENR', enrollmentExitDate: '20240607' },
  { recordType: 'SPRG', educationProgramCode: '135' },
  { recordType: 'SPRG', educationProgramCode: '191', schoolOfAttendance: '7654322' },
  {
    recordType: 'SPRG',
    educationProgramCode: '191',
    educationProgramMembershipStartDate: '20220901',
    educationProgramMembershipEndDate: '20230531',
  },
  { recordType: 'SPRG', educationProgramCode: '191', educationProgramMembershipStartDate: '20231001' },
  { recordType: 'SPRG', educationProgramCode: '191', educationProgramMembershipStartDate: '20240608' },
];

const seen = (fact: ShownFact | undefined) =>
  fact?.candidates?.map(({ record, taken, passedOver }) => [
    record.sent?.line,
    taken,
    passedOver?.sentence,
    passedOver?.pointer,
  ]);

t.test(
  'each record that a look considers is taken, or passed over for the first condition that it fails',
  async (t) => {
    const field = only(student(programs), '40');
    t.equal(
      field.sentence,
      "Y, because the student has a Student Program record with the Homeless Program (191) at the school of attendance during the enrollment: the one of 2023-10-01 (LEA 1234567, sent.txt, line 5). Its School of Attendance is 7654321, the same as the enrollment's School of Attendance; its Reporting LEA is 1234567, the same as the enrollment's Reporting LEA; and it is still open and overlaps the enrollment (2023-08-15 to 2024-06-07).",
    );
    t.equal(
      field.short,
      'Y: the student has a Student Program record with the Homeless Program (191) at the school of attendance during the enrollment: the one of 2023-10-01.',
    );
    t.same(seen(field.facts?.find((f) => f.id === 'programAtSchool(program=homelessProgram)')), [
      [
        2,
        false,
        'its Education Program Code is 135 (Title I Part C Migrant), not 191 (the Homeless Program on 2023-08-15)',
        '/facts/0/where/all/0',
      ],
      [
        3,
        false,
        "its School of Attendance is 7654322, not 7654321 (the enrollment's School of Attendance)",
        '/facts/0/where/all/1',
      ],
      [
        4,
        false,
        'its Education Program Membership End Date is 2023-05-31, before the enrollment starts on 2023-08-15',
        '/facts/0/where/all/3',
      ],
      [5, true, undefined, undefined],
      [
        6,
        false,
        'its Education Program Membership Start Date is 2024-06-08, after the enrollment ends on 2024-06-07',
        '/facts/0/where/all/3',
      ],
    ]);
    t.same(field.parameters, [
      {
        parameter: 'homelessProgram',
        says: 'the Homeless Program',
        file: 'rules/parameters/program-codes.json',
        pointer: '/parameters/0',
        on: '20230815',
        value: '191',
      },
    ]);
  },
);

t.test('of several records that a look could give, the others say which comes first and why', async (t) => {
  const field = only(
    student([
      { recordType: 'SENR' },
      { recordType: 'SINF', reportingLEA: '2345678' },
      { recordType: 'SINF', studentRace1Code: '700' },
      { recordType: 'SINF', effectiveStartDate: '20220815', effectiveEndDate: '20240101' },
      { recordType: 'SINF', effectiveStartDate: '20210815', effectiveEndDate: '20220814' },
    ]),
    '36',
  );
  const winner =
    'another record comes first: the Student Information record of 2023-08-15 (LEA 1234567, sent.txt, line 3), because';
  t.same(seen(field.facts?.find((f) => f.id === 'studentInformation')), [
    [
      2,
      false,
      `${winner} its Reporting LEA is 1234567, the same as the enrollment's Reporting LEA`,
      '/facts/0/order/1',
    ],
    [3, true, undefined, undefined],
    [4, false, `${winner} its Effective Start Date is 2023-08-15, later than 2022-08-15`, '/facts/0/order/0'],
    [5, false, 'its Effective End Date is 2022-08-14, before the enrollment starts on 2023-08-15', '/facts/0/where'],
  ]);
});

t.test('facts of facts and dated parameters are listed with what they came to', async (t) => {
  const field = only(
    student([
      { recordType: 'SENR' },
      {
        recordType: 'SELA',
        englishLanguageAcquisitionStatusCode: 'EL',
        englishLanguageAcquisitionStatusStartDate: '20160815',
      },
    ]),
    '45',
  );
  t.same(
    field.facts?.map((f) => [f.id, f.value]),
    [
      ['latestStatus', true],
      ['firstEL', true],
      ['provisionalLTELStart', '20230815'],
      ['provisionalLTELBasisDay', '20160815'],
    ],
  );
  // Of the bases that could have been chosen only the one in effect was read.
  t.same(
    field.facts?.at(-1)?.operands?.map((o) => o.value),
    ['firstEL', '20160815'],
  );
  t.same(
    field.parameters?.map((p) => [p.parameter, p.value]),
    [
      ['provisionalLTELStatuses', ['EL', 'RFEP', 'ADEL']],
      ['englishLearnerStatus', 'EL'],
      ['statusesAfterEnglishLearner', ['RFEP', 'ADEL']],
      ['provisionalLTELBasis', 'firstEL'],
      ['yearsToLongTerm', 7],
    ],
  );
  const scoped = only(
    student([
      { recordType: 'SENR' },
      { recordType: 'SPRG', educationProgramCode: '175' },
      { recordType: 'SPRG', educationProgramCode: '175', educationProgramMembershipStartDate: '20110815' },
    ]),
    '38',
  );
  t.same(
    scoped.parameters
      ?.filter((p) => p.parameter === 'disadvantagedPrograms')
      .map((p) => [p.on, (p.value as string[]).includes('175')]),
    [
      ['20230815', false],
      ['20110815', true],
    ],
  );
});

t.test('what is absent is told from what is false', async (t) => {
  const leaf = (subject: Subject, field: string, rule: number) =>
    leavesOf(only(subject, field).rules?.[rule]?.conditions as ShownCondition)[0];
  t.match(leaf(student([{ recordType: 'SENR' }]), '36', 0), { outcome: 'absent', holds: true, left: { value: null } });
  const parents = only(student([{ recordType: 'SENR' }]), '38').rules?.[0]?.conditions as ShownCondition;
  t.same(
    leavesOf(parents).map((l) => l.outcome),
    ['true', 'absent', 'notReached', 'notReached', 'absent', 'notReached'],
  );
  t.match(leaf(student([{ recordType: 'SENR' }, { recordType: 'SINF' }]), '38', 0), { outcome: 'true' });
  t.match(leaf(student([{ recordType: 'SENR' }]), '42', 0), { outcome: 'absent', holds: true });
});

/** Texts that stand in no record but those that nobody of LEA 1234567 may read. */
const SECRETS = ['Hidden', 'S3CRET', 'elsewhere.txt', 'upload-99'];

t.test("another LEA's records have days, codes and LEA, and neither names, local identifiers nor places", async (t) => {
  const hidden = {
    reportingLEA: '2345678',
    studentLegalFirstName: 'HiddenFirst',
    studentLegalLastName: 'HiddenLast',
    localStudentID: 'S3CRET1',
    localRecordID: 'S3CRET2',
  };
  const subject = student(
    [
      { recordType: 'SENR' },
      { recordType: 'SENR', ...hidden, enrollmentStartDate: '20160815', enrollmentExitDate: '20170615' },
      {
        recordType: 'SELA',
        ...hidden,
        englishLanguageAcquisitionStatusCode: 'EL',
        englishLanguageAcquisitionStatusStartDate: '20160815',
      },
      { recordType: 'SINF', ...hidden, effectiveStartDate: '20160815', residentialAddressLine1: 'Hidden Street' },
      { recordType: 'SPRG', ...hidden, educationProgramCode: '191' },
      {
        recordType: 'SWDS',
        reportingLEA: '2345678',
        localStudentID: 'S3CRET3',
        localSpecialEducationStudentID: 'S3CRET4',
      },
    ],
    { visible: ['1234567'] },
  );
  // Only the first line was sent by the reader's own LEA.
  const lines = subject.body.split('\n');
  const body = lines.map((line, i) => `000000${i === 0 ? 1 : 2}${line.slice(7)}`).join('\n');
  const asked: Subject = {
    ...subject,
    body,
    placeOf: (source) => (source === 1 ? { file: 'own.txt' } : { upload: 'upload-99', file: 'elsewhere.txt' }),
  };
  const [key] = explainer.rows(asked);
  const explanation = explainer.row(asked, key as NonNullable<typeof key>);
  const missing = explainer.missing(asked);
  for (const text of SECRETS) {
    t.notOk(JSON.stringify(explanation).includes(text), text);
    t.notOk(JSON.stringify(missing).includes(text), text);
  }
  const all = JSON.stringify(explainer.row({ ...asked, visible: 'all' }, key as NonNullable<typeof key>));
  t.ok(all.includes('elsewhere.txt') && all.includes('upload-99'), 'who may see everything sees places');
  const first = explanation?.fields.find((f) => f.field === '47')?.facts?.find((f) => f.id === 'firstEnrollment')
    ?.candidates?.[1]?.record;
  t.same(first, {
    recordType: 'SENR',
    values: {
      reportingLEA: '2345678',
      schoolOfAttendance: '7654321',
      enrollmentStartDate: '20160815',
      enrollmentStatusCode: '10',
      studentExitReasonCode: '',
    },
  });
  t.same(explanation?.otherEnrollments[0]?.record.sent, undefined);
});

/** The shipped rulebook with other rules for a field. */
function rulebookWith(field: string, rules: readonly object[]): Rulebook {
  return assemble({
    hash: 'changed',
    files: shipped.files.map((file) =>
      (file.json as { field?: string }).field === field ? { ...file, json: { ...(file.json as object), rules } } : file,
    ),
  });
}

t.test('rules that look at names and local identifiers of other LEAs do not tell them', async (t) => {
  const otherwise = { name: 'otherwise', event: { type: 'value', params: { value: 'N' } } };
  const leaf = (path: string, value: unknown) => ({ fact: 'latestStatus', path, operator: 'equal', value });
  const rules = (conditions: object) => [
    { name: 'asks', conditions, event: { type: 'value', params: { value: 'Y' } } },
    otherwise,
  ];
  const subject = student(
    [
      { recordType: 'SENR' },
      { recordType: 'SELA', reportingLEA: '2345678', localStudentID: 'S3CRET1', studentLegalLastName: 'HiddenLast' },
    ],
    { visible: ['1234567'] },
  );
  for (const conditions of [
    leaf('$.localStudentID', 'L1'),
    leaf('$.studentLegalLastName', { fact: 'enrollment', path: '$.studentLegalLastName' }),
  ]) {
    const by = new Explainer(rulebookWith('40', rules(conditions)), '0');
    const field = only(subject, '40', by);
    t.notMatch(JSON.stringify(field), /S3CRET|Hidden/);
    t.match(field.sentence, / \(withheld\) is not what the condition asks for\.$/);
    t.match(field.rules?.[0]?.conditions, { left: { value: '(withheld)' } });
    t.match(JSON.stringify(only({ ...subject, visible: 'all' }, '40', by)), /S3CRET|Hidden/);
  }
});

t.test('missing: every enrollment says why it has no row', async (t) => {
  const said = (records: readonly { recordType: string }[], more: Partial<Subject> = {}) => {
    const { missing, sentence, enrollments } = explainer.missing(student(records, more));
    return [missing, sentence, ...enrollments.map((e) => e.sentence)];
  };
  t.same(said([]), [true, 'The student is not in the extract, because there is no record of this student.']);
  t.same(said([{ recordType: 'SPRG' }, { recordType: 'SELA' }]), [
    true,
    'The student is not in the extract, because this student has no Student Enrollment record, only 2 records of other types.',
  ]);
  const noShow =
    'in the extract, because its Student Exit Reason Code is N470 (No-show, other), one of the exit reasons of a no show.';
  t.same(said([{ recordType: 'SENR', studentExitReasonCode: 'N470' } as never]), [
    true,
    `The student's only enrollment is not ${noShow}`,
    `This enrollment is not ${noShow}`,
  ]);
  t.same(
    said([
      { recordType: 'SENR', reportingLEA: '2345678' },
      { recordType: 'SENR', enrollmentExitDate: '20230630', enrollmentStartDate: '20220815' },
    ] as never),
    [
      true,
      "The last of the student's 2 enrollments is not in the extract, because its Reporting LEA is 2345678, not one of the reporting LEAs of the request (1234567). The other one does not qualify either.",
      'This enrollment is not in the extract, because its Reporting LEA is 2345678, not one of the reporting LEAs of the request (1234567).',
      'This enrollment is not in the extract, because its Enrollment Exit Date is 2023-06-30, before the window starts on 2023-07-01.',
    ],
  );
  t.same(said([{ recordType: 'SENR' }])[1], 'The student is not missing: the extract has 1 row of this student.');
});

t.test('an enrollment that another one wins over says which and by what', async (t) => {
  const subject = student([
    { recordType: 'SENR', enrollmentExitDate: '20231215' },
    { recordType: 'SENR', enrollmentStartDate: '20240108' },
  ]);
  const [key, ...more] = explainer.rows(subject);
  const explanation = explainer.row(subject, key as NonNullable<typeof key>, { ...FAST, fields: [] });
  t.same(more, []);
  t.equal(
    explanation?.otherEnrollments[0]?.sentence,
    'This enrollment is not in the extract, because another enrollment with the same Reporting LEA, School of Attendance and Grade Level Code comes first: the Student Enrollment record of 2024-01-08 (LEA 1234567, sent.txt, line 2). Its Enrollment Start Date is 2024-01-08, later than 2023-08-15.',
  );
  t.match(
    explanation?.qualification.sentence,
    / It comes before another enrollment with the same Reporting LEA, School of Attendance and Grade Level Code\.$/,
  );
  t.equal(explanation?.qualification.record.sent?.line, 2);
});

t.test('rows are asked for by school and grade, and by reporting LEA where these do not say which', async (t) => {
  const subject = student(
    [{ recordType: 'SENR' }, { recordType: 'SENR', reportingLEA: '2345678', enrollmentStartDate: '20240108' }],
    {
      request: { reportingLEAs: 'all', academicYear: '2023-2024' },
    },
  );
  t.same(explainer.rows(subject), [
    { reportingLEA: '1234567', school: '7654321', grade: '05' },
    { reportingLEA: '2345678', school: '7654321', grade: '05' },
  ]);
  t.throws(() => explainer.row(subject, { school: '7654321', grade: '05' }), {
    message: /several reporting LEAs .*: 1234567, 2345678; say for which one/,
  });
  t.equal(
    explainer.row(subject, { reportingLEA: '2345678', school: '7654321', grade: '05' }, FAST)?.fields[3]?.value,
    '2345678',
  );
  t.equal(explainer.row(subject, { school: '7654321', grade: '06' }, FAST), undefined);
  t.equal(
    explainer.row(student([{ recordType: 'SENR' }]), { school: '7654321', grade: '05' }, FAST)?.reportingLEA,
    '1234567',
  );
});

t.test('fields are those of the column set', async (t) => {
  const subject = student([{ recordType: 'SENR' }]);
  const key = { school: '7654321', grade: '05' };
  const { output } = shipped.schemas;
  const numbers = (set: string) => outputColumns(output, set).map((c) => c.no);
  t.same(
    explainer.row(subject, key, FAST)?.fields.map((f) => f.field),
    numbers(usualColumnSet(output)),
  );
  t.same(
    explainer.row({ ...subject, columns: '48' }, key, FAST)?.fields.map((f) => f.field),
    numbers('48'),
  );
  t.same(
    explainer.row(subject, key, { ...FAST, fields: ['45', '3'] })?.fields.map((f) => f.field),
    ['45', '3'],
  );
  t.throws(() => explainer.row(subject, key, { fields: ['51'] }), {
    message: 'the extract has no field "51"; its fields are 1 to 50',
  });
  t.throws(() => explainer.row({ ...subject, columns: '48' }, key, { fields: ['50'] }), {
    message: 'the extract has no field "50"; its fields are 1 to 48',
  });
});

t.test('one request does not color the answers to another', async (t) => {
  const subject = student([
    { recordType: 'SENR' },
    { recordType: 'SELA', englishLanguageAcquisitionStatusStartDate: '20240701' },
  ]);
  const key = { school: '7654321', grade: '05' };
  const at = (day: string, year: string) => {
    const row = explainer.row({ ...subject, runDate: day, request: { ...subject.request, academicYear: year } }, key, {
      fields: ['37'],
    });
    return [row?.window.start, row?.runDate, row?.fields[0]?.value, row?.fields[0]?.whatWouldChangeIt?.change?.value];
  };
  const [first, second] = [at('20240715', '2023-2024'), at('20240630', '2024-2025')];
  t.same(first.slice(0, 3), ['20230701', '20240715', 'EO']);
  t.same(second.slice(0, 3), ['20240701', '20240630', '']);
  for (let year = 2000; year < 2030; year++) at('20240715', `${year}-${year + 1}`);
  t.same([at('20240715', '2023-2024'), at('20240630', '2024-2025')], [first, second]);
});

t.test('why not and what would change it come with derived fields, unless they are not asked for', async (t) => {
  const subject = student(programs);
  const [key] = explainer.rows(subject);
  const [field] = explainer.row(subject, key as NonNullable<typeof key>, { fields: ['40'] })?.fields ?? [];
  t.same(
    field?.whyNot?.map((w) => w.value),
    ['N'],
  );
  t.equal(field?.whatWouldChangeIt?.change?.value, 'N');
  const [bare] = explainer.row(subject, key as NonNullable<typeof key>, { ...FAST, fields: ['40'] })?.fields ?? [];
  t.same([bare?.whyNot, bare?.whatWouldChangeIt], [undefined, undefined]);
  t.equal(bare?.sentence, field?.sentence);
});

t.test('the second opinion: both engines, and whether they agree', async (t) => {
  const subject = student(programs);
  const key = { school: '7654321', grade: '05' };
  const rulesInFiles = shipped.extract.fields.flatMap((f) => f.rules).length;
  t.match(await explainer.secondOpinion(subject, key), {
    first: { engine: 'cenr', version: '1.2.3' },
    second: { engine: 'json-rules-engine', version: /^\d+\.\d+/ },
    agree: true,
    rulesEvaluated: rulesInFiles,
    rulesInFiles,
    differences: [],
  });
  const rulesOf = (...numbers: string[]): number =>
    shipped.extract.fields.filter((f) => numbers.includes(f.number)).flatMap((f) => f.rules).length;
  t.match(
    await explainer.secondOpinion(subject, key, ['40']),
    { agree: true, rulesEvaluated: rulesOf('40'), rulesInFiles: rulesOf('40') },
    'of one field',
  );
  t.match(
    await explainer.secondOpinion(subject, key, ['46', '8']),
    { agree: true, rulesEvaluated: rulesOf('45', '46') },
    'and of those that it reads',
  );
  t.match(
    await explainer.secondOpinion(subject, key, ['8']),
    { agree: true, rulesEvaluated: 0 },
    'no rule makes a copied column',
  );
  const own = secondOpinion(shipped);
  const contrary = (
    change: (opinion: Awaited<ReturnType<SecondOpinion['evaluate']>>) => typeof opinion,
  ): SecondOpinion => ({
    library: { name: 'contrary', version: '0' },
    select: own.select,
    evaluate: async (...args) => change(await own.evaluate(...args)),
  });
  const disagrees = new Explainer(
    shipped,
    '1.2.3',
    contrary((o) => ({ ...o, fields: new Map([...o.fields, ['40', { value: 'N', rule: 'otherwise' }]]) })),
  );
  t.match(await disagrees.secondOpinion(subject, key), {
    second: { engine: 'contrary', version: '0' },
    agree: false,
    differences: [{ field: '40', first: 'Y', second: 'N', firstRule: 'eligible', secondRule: 'otherwise' }],
  });
  const otherRule = new Explainer(
    shipped,
    '1.2.3',
    contrary((o) => ({ ...o, fields: new Map([...o.fields, ['40', { value: 'Y', rule: 'otherwise' }]]) })),
  );
  t.equal((await otherRule.secondOpinion(subject, key)).agree, false, 'the same value by another rule is no agreement');
  const lazy = new Explainer(
    shipped,
    '1.2.3',
    contrary((o) => ({ ...o, rulesEvaluated: o.rulesEvaluated - 1 })),
  );
  await t.rejects(lazy.secondOpinion(subject, key), {
    message: `contrary evaluated ${rulesInFiles - 1} of ${rulesInFiles} rules, so its opinion cannot be used`,
  });
  const forgetful = new Explainer(
    shipped,
    '1.2.3',
    contrary((o) => ({ ...o, fields: new Map([...o.fields].filter(([number]) => number !== '40')) })),
  );
  await t.rejects(forgetful.secondOpinion(subject, key, ['40']), {
    message: 'contrary left out field 40, so its opinion cannot be used',
  });
  await t.rejects(explainer.secondOpinion(subject, { school: '1', grade: '05' }), {
    message: 'student 9900000001 has no row for school 1 and grade 05',
  });
});
