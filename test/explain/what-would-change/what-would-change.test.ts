/**
 * What would change a field: the smallest change in the commonest cases, word for word; and every change that is
 * reported, made here once more by hand.
 */
import fc from 'fast-check';
import t from 'tap';
import type { ExampleRecord } from '#authoring/examples/cases';
import type { WhatWouldChangeIt } from '#explain/explanation';
import { compileForExplanations } from '#explain/inspector';
import { around, columnValue, daysBetween, withColumns } from '#explain/what-would-change/edits';
import { Resender } from '#explain/what-would-change/resending';
import { type ChangeQuestion, whatWouldChangeIt } from '#explain/what-would-change/try';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { lineChecker } from '#intake/check-lines';
import { dayAfter } from '#records/days';
import { type Layout, layoutOf } from '#records/layout';
import { asSent, historyOf, keepLine, lineOf, readRecords, type SourceRecord, TextHistory } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import { assemble } from '#rulebook/load/assemble';
import type { Field } from '#rulebook/tree/nodes';
import { rowsOf } from '../../support/extracts.ts';
import { bodyFrom, history, holds, request, runDate, SSID, shipped } from '../../support/histories.ts';
import { assembled, generatedFiles } from '../../support/rulebooks.ts';
import {
  bodyOf,
  compiled,
  fieldExamples,
  fieldOf,
  glossary,
  type InHand,
  inHand,
  RUN_DATE,
  student,
  YEAR,
} from '../examples.ts';
import { SENR, sela, sinf, sprg, swds } from '../records.ts';

const typeOf = (record: SourceRecord): string => compiled.plan.types[record.type] as string;
/** A record is known by its place in the body, as the line of a file. */
const shown: ChangeQuestion['shown'] = (record) => ({
  recordType: typeOf(record),
  sent: { file: `${typeOf(record)}.txt`, line: record.loaded + 1 },
  values: {},
});
const resender = new Resender(shipped);
const ask = (made: InHand, field: string, more: Partial<ChangeQuestion> = {}) =>
  whatWouldChangeIt({ ...made, compiled, resender, field: fieldOf(field), glossary, shown, ...more });

const CASES = [
  {
    field: '36',
    title: 'information that ended before the enrollment',
    records: [sinf({ effectiveStartDate: '20220815', effectiveEndDate: '20230630', studentRace1Code: '700' })],
    says: 'Blank would become White if the Effective End Date of the Student Information record at line 2 of SINF.txt were 2023-08-15 instead of 2023-06-30.',
  },
  {
    field: '36',
    title: 'no information',
    records: [],
    says: 'Blank would become Missing if there were a Student Information record with Effective Start Date 2023-08-15 and Reporting LEA 1234567.',
  },
  {
    field: '37',
    title: 'a status that starts the day after the exit',
    records: [sela('EL', '20240613')],
    says: 'Blank would become EL if the English Language Acquisition Status Start Date of the Student English Language Acquisition record at line 2 of SELA.txt were 2024-06-12 instead of 2024-06-13.',
  },
  {
    field: '37',
    title: 'no status',
    records: [],
    says: 'Blank would become EO if there were a Student English Language Acquisition record with Reporting LEA 1234567, English Language Acquisition Status Code EO and English Language Acquisition Status Start Date 2024-06-12.',
  },
  {
    field: '38',
    title: 'two parents whose education is not known',
    records: [sinf()],
    says: 'N would become Y if the Parent Guardian 1 Highest Education Level Code of the Student Information record at line 2 of SINF.txt were 14 instead of blank.',
  },
  {
    field: '38',
    title: 'a parent and a program: no one record makes it N',
    records: [sinf({ parentGuardian1HighestEducationLevelCode: '14' }), sprg({ educationProgramCode: '181' })],
    says: /^None of the \d+ changes that were tried, each to one record, changes the value\.$/,
  },
  {
    field: '39',
    title: 'a status that ended with the next one',
    records: [swds('1', '20200815'), swds('4', '20230601')],
    says: 'N would become Y if the Special Education Status Effective Start Date of the Students with Disabilities Status record at line 3 of SWDS.txt were 2023-08-16 instead of 2023-06-01.',
  },
  {
    field: '39',
    title: 'not eligible',
    records: [swds('3', '20200815')],
    says: 'N would become Y if the Special Education Status Code of the Students with Disabilities Status record at line 2 of SWDS.txt were 1 instead of 3.',
  },
  {
    field: '40',
    title: 'a membership that ended before the enrollment',
    records: [
      sprg({
        educationProgramCode: '191',
        educationProgramMembershipStartDate: '20220901',
        educationProgramMembershipEndDate: '20230531',
      }),
    ],
    says: 'N would become Y if the Education Program Membership End Date of the Student Program record at line 2 of SPRG.txt were 2023-08-15 instead of 2023-05-31.',
  },
  {
    field: '40',
    title: 'no membership',
    records: [],
    says: 'N would become Y if there were a Student Program record with Reporting LEA 1234567, School of Attendance 7654321, Education Program Code 191 and Education Program Membership Start Date 2023-08-15.',
  },
  {
    field: '41',
    title: 'a membership at another school',
    records: [sprg({ educationProgramCode: '135', schoolOfAttendance: '7654322' })],
    says: 'N would become Y if the School of Attendance of the Student Program record at line 2 of SPRG.txt were 7654321 instead of 7654322.',
  },
  {
    field: '42',
    title: 'an enrollment after the program was retired',
    records: [],
    says: 'Blank would become N if the Enrollment Start Date of the Student Enrollment record at line 1 of SENR.txt were 2023-06-30 instead of 2023-08-15.',
  },
  {
    field: '43',
    title: 'a membership in another program',
    records: [sprg({ educationProgramCode: '122' })],
    says: 'N would become Y if the Education Program Code of the Student Program record at line 2 of SPRG.txt were 127 instead of 122.',
  },
  {
    field: '44',
    title: 'a status',
    records: [sela('EL', '20170815')],
    says: '2017-08-15 would become 2017-08-14 if the English Language Acquisition Status Start Date of the Student English Language Acquisition record at line 2 of SELA.txt were 2017-08-14 instead of 2017-08-15.',
  },
  {
    field: '45',
    title: 'reclassified within the seven years',
    records: [sela('EL', '20160815'), sela('RFEP', '20200815')],
    says: 'Blank would become 2023-08-15 if the English Language Acquisition Status Start Date of the Student English Language Acquisition record at line 3 of SELA.txt were 2023-08-16 instead of 2020-08-15.',
  },
  {
    field: '46',
    title: 'the record has no day',
    records: [sela('EL', '20160815'), sinf()],
    says: 'Blank would become 2023-08-15 if the Student Initial US School Enrollment Date K-12 of the Student Information record at line 3 of SINF.txt were 2023-08-15 instead of blank.',
  },
  {
    field: '47',
    title: 'never an English learner',
    records: [sela('EO', '20160815')],
    says: 'Blank would become 2023-08-15 if the English Language Acquisition Status Code of the Student English Language Acquisition record at line 2 of SELA.txt were EL instead of EO.',
  },
  {
    field: '48',
    title: 'no status',
    records: [],
    says: 'Blank would become 2023-08-15 if there were a Student English Language Acquisition record with Reporting LEA 1234567, English Language Acquisition Status Code EL and English Language Acquisition Status Start Date 2023-08-15.',
  },
];

for (const { field, title, records, says } of CASES)
  t.test(`field ${field}: ${title}`, async (t) => {
    const { sentence, change } = ask(student([SENR, ...records]), field);
    if (typeof says === 'string') t.equal(sentence, says);
    else {
      t.match(sentence, says);
      t.equal(change, undefined);
    }
  });

t.test('every field has a case', async (t) => {
  t.same(
    shipped.extract.fields.map((f) => f.number).filter((no) => !CASES.some((c) => c.field === no)),
    [],
  );
});

t.test('a record gone, where no day and no code matters', async (t) => {
  const field = fieldOf('43').json;
  const conditions = { fact: 'anyProgram', operator: 'equal', value: true };
  const facts = {
    $schema: '../../schemas/grammar/facts.schema.json',
    facts: [{ name: 'anyProgram', says: 'any program', from: 'SPRG', gives: 'any' }],
  };
  const files = shipped.files.map((f) =>
    f.json === field ? { ...f, json: { ...field, rules: [{ ...field.rules[0], conditions }, field.rules[1]] } } : f,
  );
  const rulebook = assemble({ hash: 'changed', files: [...files, { path: 'rules/facts/test.json', json: facts }] });
  const own = compileForExplanations(rulebook);
  const answer = (
    records: readonly ExampleRecord[],
    mayChange = (_: SourceRecord) => true,
    all = [SENR, ...records],
  ) => {
    const made = inHand(bodyOf(all, RUN_DATE), YEAR, RUN_DATE, () => true, own) as InHand;
    const changed = made.inspector.fields.find((f) => f.number === field.field) as Field;
    return whatWouldChangeIt({
      ...made,
      compiled: own,
      resender: new Resender(rulebook),
      field: changed,
      glossary,
      shown,
      mayChange,
    });
  };
  const gone = answer([sprg({ educationProgramCode: '190' })]);
  t.equal(gone.sentence, 'Y would become N if the Student Program record at line 2 of SPRG.txt were not there.');
  t.match(gone.change, { kind: 'remove', recordType: 'SPRG', record: { sent: { line: 2 } }, columns: [], value: 'N' });
  t.equal(
    answer([sprg({ educationProgramCode: '190' }), sprg({ educationProgramCode: '191' })]).change,
    undefined,
    'one of two is not enough',
  );
  t.equal(
    answer([sprg({ educationProgramCode: '190' })], () => false).change,
    undefined,
    'a record that may not be changed may not go either',
  );
  t.equal(
    answer([], undefined, [sprg({ educationProgramCode: '190' }), SENR]).change?.kind,
    'remove',
    'one that was loaded before the enrollment',
  );
  t.equal(answer([]).change?.kind, 'add');
});

t.test('an edited line of a file lets an earlier line of its key hold again', async (t) => {
  const program = sprg({ educationProgramCode: '191', educationProgramMembershipStartDate: '20230801' });
  const sent = bodyOf([SENR, program, program], RUN_DATE);
  const made = inHand(sent.split('\n').toSpliced(1, 1).join('\n'), YEAR, RUN_DATE) as InHand;
  const columns = (more?: Partial<ChangeQuestion>) => ask(made, '40', more).change?.columns.map(({ key }) => key);
  t.same(
    columns(),
    ['educationProgramMembershipStartDate'],
    'in a store, the record with another start is all there is',
  );
  t.same(columns({ sent }), ['educationProgramMembershipEndDate'], 'in a file, line 2 would still hold');
});

t.test('a change that a check would reject names what has to change with it', async (t) => {
  const records = [
    { ...SENR, enrollmentExitDate: '', studentExitReasonCode: '' },
    sinf({ effectiveStartDate: '20240110' }),
  ];
  const { change } = ask(student(records), '36');
  t.same(
    change?.columns.map(({ key, from }) => [key, from]),
    [
      ['enrollmentExitDate', ''],
      ['studentExitReasonCode', ''],
    ],
  );
  t.match(
    change?.sentence,
    /Enrollment Exit Date .* were 2024-01-09 instead of blank, and its Student Exit Reason Code/,
  );
});

t.test('only records that may be changed are', async (t) => {
  const made = student([SENR, sela('EL', '20160815'), sela('EO', '20200815', { reportingLEA: '2345678' })]);
  const isEL = (record: SourceRecord): boolean => lineOf(record).includes('^EL^');
  t.equal(ask(made, '45').change?.record?.sent?.line, 3);
  t.equal(ask(made, '37', { mayChange: isEL }).change?.record?.sent?.line, 2);
  t.notOk(ask(made, '37', { mayChange: () => false }).change?.record);
});

t.test('a record that is added comes before the one that a fact takes now', async (t) => {
  const made = student([SENR, sinf({ effectiveStartDate: '20240101', studentRace1Code: '700' })]);
  const mayChange = (): boolean => false;
  t.equal(
    ask(made, '36', { mayChange }).sentence,
    'White would become Missing if there were a Student Information record with Effective Start Date 2024-01-02 and Reporting LEA 1234567.',
  );
});

t.test('a record that is added has the codes that no record is without', async (t) => {
  const made = student([SENR, sela('EL', '20160815')]);
  t.equal(
    ask(made, '48', { mayChange: () => false }).sentence,
    '2016-08-15 would become blank if there were a Student English Language Acquisition record with Reporting LEA 1234567, English Language Acquisition Status Code EO and English Language Acquisition Status Start Date 2024-07-15.',
  );
});

t.test('no more histories are tried than was allowed, and the larger kinds of change have their share', async (t) => {
  const records = Array.from({ length: 12 }, (_, i) =>
    sprg({ educationProgramCode: '191', educationProgramMembershipStartDate: `202310${10 + i}` }),
  );
  const made = student([SENR, ...records]);
  t.same(ask(made, '40').change, undefined);
  t.ok(ask(made, '40').tried <= 60, 'sixty');
  t.ok(ask(made, '40', { mostTried: 7 }).tried <= 7);
  t.equal(ask(made, '40', { mostTried: 1 }).sentence, 'The one change that was tried does not change the value.');
  const own = student([SENR, sprg({ educationProgramCode: '190', schoolOfAttendance: '7654322' })]);
  t.equal(ask(own, '40', { mostTried: 12 }).change?.kind, 'add');
});

t.test('the student in hand stays in hand', async (t) => {
  const made = student([SENR, sprg({ educationProgramCode: '190' })]);
  const before = [...made.inspector.x.fields];
  const { history: inHandBefore, enrollment, stamp } = made.inspector.x;
  for (const { number } of made.inspector.fields) ask(made, number);
  t.same(made.inspector.x.fields, before);
  t.equal(made.inspector.x.history, inHandBefore);
  t.equal(made.inspector.x.enrollment, enrollment);
  t.equal(made.inspector.x.stamp, stamp);
});

const COLUMNS = shipped.schemas.output.columns;
const outputAt = (key: string): number => COLUMNS.findIndex((c) => c.key === key);
const ROW = ['reportingLEA', 'schoolOfAttendance', 'gradeLevelCode'].map(outputAt);

/**
 * The body after a change that was reported, made from what the report says and nothing else; a record that is added is
 * loaded on the run date.
 */
function changedBody(body: string, day: string, { kind, recordType, record, columns }: WhatWouldChangeIt): string {
  const lines = body.split('\n');
  const layout = layoutOf(shipped.schemas, recordType) as Layout;
  const place = (key: string): number => layout.columns.findIndex((c) => c.key === key);
  if (kind === 'add') {
    const fields = layout.columns.map((c) => columns.find(({ key }) => key === c.key)?.to ?? '');
    fields[0] = recordType;
    return [...lines, keepLine({ source: 0, line: 0, uploaded: day, lastUpdated: day }, fields.join('^'))].join('\n');
  }
  const at = (record?.sent?.line ?? 0) - 1;
  if (kind === 'remove') return lines.filter((_, i) => i !== at).join('\n');
  const fields = (lines[at] as string).split('^');
  for (const { key, from, to } of columns) {
    if ((fields[place(key)] ?? '') !== from)
      throw new Error(`${key} at line ${at + 1} is "${fields[place(key)]}", not "${from}"`);
    for (let i = fields.length; i < place(key); i++) fields[i] = '';
    fields[place(key)] = to;
  }
  return lines.with(at, fields.join('^')).join('\n');
}

/** What a store would not hold of the record that changed or was added; '' for nothing. */
function impossible(body: string, { recordType, record, columns }: WhatWouldChangeIt): string {
  const layout = layoutOf(shipped.schemas, recordType) as Layout;
  const records = body.split('\n').map((line) => line.slice(32).split('^'));
  const changed = records[record?.sent ? record.sent.line - 1 : records.length - 1] as string[];
  const value = (fields: readonly string[], key: string): string =>
    fields[layout.columns.findIndex((c) => c.key === key)] ?? '';
  const key = (fields: readonly string[]): string => layout.keyColumns.map((k) => value(fields, k)).join('^');
  const keysChanged = columns.some((c) => layout.keyColumns.includes(c.key));
  if (
    keysChanged &&
    records.some(
      (fields) => fields !== changed && fields[0]?.slice(0, 4) === recordType && key(fields) === key(changed),
    )
  )
    return 'two have one key';
  for (const { json } of shipped.declared.intervals) {
    if (
      json.of !== recordType ||
      json.end === undefined ||
      !columns.some((c) => c.key === json.start || c.key === json.end)
    )
      continue;
    const [start, end] = [value(changed, json.start), value(changed, json.end)];
    if (end !== '' && end < start) return `it ends on ${end}, before it starts on ${start}`;
  }
  for (const { key: changedKey, to } of columns) {
    const column = layout.columns.find((c) => c.key === changedKey);
    const set = shipped.schemas.codeSets.find((s) => s.codeSet === column?.codeSet);
    const day = value(changed, (column?.codeDay ?? layout.codeDay) as string);
    const plain = (limit = day): string => limit.replaceAll('-', '');
    if (
      set?.closed &&
      to !== '' &&
      !set.codes.some((c) => c.code === to && plain(c.from) <= day && day <= plain(c.through))
    )
      return `${to} is no code on ${day}`;
  }
  return '';
}

/** The rows of a body, by LEA, school and grade. */
function rows(extracts: CompiledRulebook, body: string, asked: RequestFacts, day: string): Map<string, string[]> {
  const text = new Extractor(extracts, asked, day).linesOf(new TextHistory(SSID, body));
  return new Map(rowsOf(text).map((fields) => [ROW.map((i) => fields[i]).join(), fields]));
}

const isRejection = ({ severity }: { readonly severity: string }): boolean => severity === 'reject';

/** What is wrong with the changes reported for every field of a row; '' for nothing. */
function fault(made: InHand, own: CompiledRulebook, extracts: CompiledRulebook, most: number): string {
  const { body, request: asked, runDate: day, enrollment, inspector } = made;
  const layout = layoutOf(own.rulebook.schemas, own.plan.types[enrollment.type] as string) as Layout;
  const checking = { resender: new Resender(own.rulebook), checks: compileRulebook(own.rulebook).checks };
  const checker = lineChecker(own.rulebook, checking.checks, undefined, day);
  const id = ROW.map((i) => columnValue(enrollment, COLUMNS[i]?.key as string, own.plan, layout)).join();
  for (const field of inspector.fields) {
    const { value } = inspector.field(field.number);
    const { change, sentence, tried } = whatWouldChangeIt({
      ...made,
      compiled: own,
      resender: checking.resender,
      field,
      glossary,
      shown,
    });
    if (tried > most) return `${tried} were tried: ${sentence}`;
    if (!change) continue;
    if (change.value === value) return `the value stays what it is: ${sentence}`;
    const after = changedBody(body, day, change);
    const fault = change.kind === 'remove' ? '' : impossible(after, change);
    if (fault) return `${fault}: ${sentence}`;
    const typed =
      change.kind === 'remove' ? '' : (after.split('\n').at((change.record?.sent?.line ?? 0) - 1) as string);
    const rejections = typed === '' ? [] : checker.check(asSent(typed), '', 1).problems.filter(isRejection);
    // What every record of the type has, and the change does not name, is for the sender to fill in.
    const rejection = rejections.find(({ code }) => !(change.kind === 'add' && code === 'GERR0001'));
    if (rejection) return `${rejection.code} ${rejection.message}: ${sentence}`;
    const row = rows(extracts, after, asked, day).get(id);
    const found = row?.[COLUMNS.findIndex((c) => c.no === field.number)];
    if (found !== change.value) return `field ${field.number} would be "${found}": ${sentence}`;
  }
  return '';
}

const shippedExtracts = compileRulebook(shipped, { recording: false, reading: false });

t.test('every change reported for the worked examples gives the value reported', async (t) => {
  const faults = fieldExamples
    .map(({ made }) => fault(made, compiled, shippedExtracts, 60))
    .filter((text) => text !== '');
  t.same(faults, []);
  const kinds = new Set(fieldExamples.flatMap(({ example, made }) => ask(made, example.of).change?.kind ?? 'none'));
  t.ok(kinds.has('change') && kinds.has('add'), [...kinds].join());
});

t.test('any student', (t) =>
  holds(
    t,
    'every change reported gives the value reported',
    150,
    fc.property(history, request, runDate, (records, asked, day) => {
      const body = bodyFrom(records);
      const facts = requestFacts(asked, shipped);
      const count = rows(shippedExtracts, body, facts, day).size;
      for (let i = 0; i < count; i++) {
        let n = 0;
        const made = inHand(body, facts, day, () => n++ === i);
        const found = made ? fault(made, compiled, shippedExtracts, 60) : 'there is no such row';
        if (found) throw new Error(found);
      }
    }),
  ),
);

t.test('any rules', (t) =>
  holds(
    t,
    'every change reported gives the value reported',
    40,
    fc.property(generatedFiles, history, request, runDate, (generated, records, asked, day) => {
      const rulebook = assembled(generated);
      const own = compileForExplanations(rulebook);
      const made = inHand(bodyFrom(records), requestFacts(asked, rulebook), day, () => true, own);
      const found = made ? fault(made, own, compileRulebook(rulebook, { recording: false, reading: false }), 60) : '';
      if (found) throw new Error(found);
    }),
  ),
);

t.test('days and kept lines are changed as they should be', async (t) => {
  t.equal(dayAfter('20240228'), '20240229');
  t.equal(dayAfter('20230228'), '20230301');
  t.equal(dayAfter('20231231'), '20240101');
  t.equal(daysBetween('20240301', '20240228'), 2);
  t.same(around('20240101'), ['20240101', '20231231', '20240102']);
  t.same(around('20240230'), []);
  const layout = layoutOf(shipped.schemas, 'SPRG') as Layout;
  const body = keepLine({ source: 1, line: 7, uploaded: '20240101', lastUpdated: '' }, 'SPRG^^^1234567');
  const [record] =
    historyOf(SSID, readRecords(body, compiled.plan), compiled.plan).byType[
      compiled.plan.typeIndex.get('SPRG') as number
    ] ?? [];
  if (!record) throw new Error('the line was not read');
  t.equal(
    withColumns(record, layout, new Map([['academicYearID', '2023-2024']])),
    `${body}^^2023-2024`,
    'a short line is filled up',
  );
  t.equal(
    withColumns(record, layout, new Map([['reportingLEA', '7654321']])),
    body.replace('1234567', '7654321'),
    'the margin stays',
  );
});
