/**
 * Why a field has not another value: the commonest cases of each field, word for word (why-not.json, which
 * `CENR_UPDATE=1 node test/explain/why-not.test.ts` writes anew), and what holds for every student.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { ExampleRecord } from '#authoring/examples/cases';
import type { WhyNot } from '#explain/explanation';
import { compileForExplanations, Inspector } from '#explain/inspector';
import { Lookups } from '#explain/lookups';
import { RecordReader, RecordView } from '#explain/record-view';
import { whyNot } from '#explain/why-not';
import { requestFacts } from '#extract/request';
import { historyOf, readRecords } from '#records/record';
import type { LEAScope } from '#records/scope';
import { assemble } from '#rulebook/load/assemble';
import type { SourceFile } from '#rulebook/load/declarations';
import type { Field } from '#rulebook/tree/nodes';
import { glossaryOf } from '#rulebook/words/words';
import { bodyFrom, history, holds, request, runDate, SSID, shipped } from '../support/histories.ts';
import { assembled, generatedFiles } from '../support/rulebooks.ts';
import { bodyOf, compiled, fieldExamples, fieldOf, RUN_DATE, student, YEAR } from './examples.ts';
import { SENR, sela, sinf, sprg, swds } from './records.ts';

const FILE = join(import.meta.dirname, 'why-not.json');
const UPDATE = process.env['CENR_UPDATE'] === '1';

interface Case {
  readonly field: string;
  readonly title: string;
  readonly records: readonly ExampleRecord[];
}

const CASES: readonly Case[] = [
  {
    field: '36',
    title: 'a Hispanic student',
    records: [sinf({ studentHispanicEthnicityIndicator: 'Y', studentRace1Code: '700' })],
  },
  {
    field: '36',
    title: 'information that ended before the enrollment',
    records: [sinf({ effectiveStartDate: '20220815', effectiveEndDate: '20230630', studentRace1Code: '700' })],
  },
  { field: '37', title: 'no status', records: [] },
  { field: '37', title: 'a status that starts after the exit', records: [sela('EL', '20240613')] },
  {
    field: '37',
    title: 'two statuses: without the one the other would be the most recent',
    records: [sela('EL', '20170815'), sela('RFEP', '20230901')],
  },
  {
    field: '38',
    title: 'one parent is no high school graduate, the other went to college',
    records: [sinf({ parentGuardian1HighestEducationLevelCode: '14', parentGuardian2HighestEducationLevelCode: '11' })],
  },
  {
    field: '38',
    title: 'both a parent and a program make it Y',
    records: [sinf({ parentGuardian1HighestEducationLevelCode: '14' }), sprg({ educationProgramCode: '181' })],
  },
  {
    field: '39',
    title: 'a status that ended with the next one',
    records: [swds('1', '20200815'), swds('4', '20230601')],
  },
  { field: '40', title: 'no program record', records: [] },
  {
    field: '40',
    title: 'a membership that ended before the enrollment is nearer than one in another program or at another school',
    records: [
      sprg({ educationProgramCode: '190' }),
      sprg({
        educationProgramCode: '191',
        educationProgramMembershipStartDate: '20220901',
        educationProgramMembershipEndDate: '20230531',
      }),
      sprg({ educationProgramCode: '191', schoolOfAttendance: '7654322' }),
    ],
  },
  {
    field: '40',
    title: 'two memberships that count',
    records: [
      sprg({ educationProgramCode: '191', educationProgramMembershipStartDate: '20231001' }),
      sprg({ educationProgramCode: '191', educationProgramMembershipEndDate: '20230901' }),
    ],
  },
  {
    field: '41',
    title: 'a membership at another school of another LEA',
    records: [sprg({ educationProgramCode: '135', reportingLEA: '2345678', schoolOfAttendance: '8765432' })],
  },
  { field: '42', title: 'an enrollment after the program was retired', records: [] },
  { field: '43', title: 'a membership in another program', records: [sprg({ educationProgramCode: '122' })] },
  { field: '44', title: 'a status', records: [sela('EL', '20170815')] },
  {
    field: '45',
    title: 'the most recent status is English only',
    records: [sela('EL', '20160815'), sela('EO', '20200815')],
  },
  {
    field: '45',
    title: 'reclassified within the seven years',
    records: [sela('EL', '20160815'), sela('RFEP', '20200815')],
  },
  {
    field: '46',
    title: 'field 45 is blank, because there is no status',
    records: [sinf({ studentInitialUSSchoolEnrollmentDateK12: '20180820' })],
  },
  { field: '46', title: 'the record has no day', records: [sela('EL', '20160815'), sinf()] },
  {
    field: '47',
    title: 'field 45 is blank, because the student was never an English learner',
    records: [sela('EO', '20160815')],
  },
  { field: '48', title: 'an English learner', records: [sela('EL', '20160815')] },
];

/** What is told of a field of the student in hand. */
function told(field: Field, inspector: Inspector, visible: LEAScope = 'all'): WhyNot[] {
  const { rulebook } = inspector.compiled;
  const own = glossaryOf(rulebook);
  const view = new RecordView(new RecordReader(rulebook.schemas), visible, () => undefined);
  return whyNot(field, { inspector, glossary: own, view }, new Lookups(inspector, own, view).sentences);
}

const said = Object.fromEntries(
  CASES.map(({ field, title, records }) => [
    `${field}: ${title}`,
    told(fieldOf(field), student([SENR, ...records]).inspector).map(({ sentence }) => sentence),
  ]),
);
if (UPDATE) writeFileSync(FILE, `${JSON.stringify(said, null, 2)}\n`);

t.test('every sentence is the one agreed on', async (t) => {
  const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, readonly string[]>>;
  t.same(Object.keys(golden), Object.keys(said));
  for (const [of, sentences] of Object.entries(said)) t.same(sentences, golden[of], of);
});

t.test('every field has a case', async (t) => {
  t.same(
    shipped.extract.fields.map((f) => f.number).filter((no) => !CASES.some((c) => c.field === no)),
    [],
    'CASES has one of each field',
  );
});

t.test('the data beside a sentence: value, rule, and each comparison with its place', async (t) => {
  const { inspector } = student([
    SENR,
    sprg({ educationProgramCode: '135', reportingLEA: '2345678', schoolOfAttendance: '8765432' }),
  ]);
  const [found] = told(fieldOf('41'), inspector);
  t.match(found, { value: 'Y', rule: 'eligible' });
  t.same(
    found?.inTheWay.map(({ file, pointer }) => `${file} ${pointer}`),
    ['rules/facts/programs.json /facts/0/where/all/1', 'rules/facts/programs.json /facts/0/where/all/2'],
  );
  t.match(found?.inTheWay[1]?.says, 'the Reporting LEA is 2345678 on the Student Program record');
  const [unknown] = told(fieldOf('37'), student([SENR]).inspector);
  t.equal(unknown?.value, null, 'a value that only a record could give');
});

/** What must hold of every answer, whatever the rules and the student; '' when it does. */
function fault(inspector: Inspector, files: ReadonlyMap<string, unknown>): string {
  for (const field of inspector.fields) {
    const { value } = inspector.field(field.number);
    const found = told(field, inspector);
    const values = found.map((w) => w.value);
    if (values.includes(value)) return `field ${field.number} has ${value}, and is told why not`;
    if (new Set(values).size < values.length) return `field ${field.number} is told twice why not ${values}`;
    for (const { sentence, inTheWay } of found) {
      if (!/^(Not|No value from) .+, because .+\.$/.test(sentence)) return `no sentence: ${sentence}`;
      if (inTheWay.length === 0) return `nothing in the way: ${sentence}`;
      for (const { file, pointer } of inTheWay) {
        let at: unknown = files.get(file);
        for (const part of pointer.split('/').slice(1)) at = (at as Record<string, unknown> | undefined)?.[part];
        if (at === undefined) return `${file} has nothing at ${pointer}: ${sentence}`;
      }
    }
  }
  return '';
}

const filesOf = ({ files }: typeof shipped) => new Map(files.map(({ path, json }) => [path, json]));
const shippedFiles = filesOf(shipped);

/**
 * A student of whom a field is worked out under other conditions of its first rule.
 * @param more files of the rulebook
 */
function underConditions(
  number: string,
  conditions: object,
  records: readonly ExampleRecord[],
  more: readonly SourceFile[] = [],
): { readonly field: Field; readonly inspector: Inspector } {
  const { json } = fieldOf(number);
  const rules = [{ ...json.rules[0], conditions }, ...json.rules.slice(1)];
  const files = shipped.files.map((f) => (f.json === json ? { ...f, json: { ...json, rules } } : f));
  const own = compileForExplanations(assemble({ hash: 'changed', files: [...files, ...more] }));
  const inspector = new Inspector(own, YEAR, RUN_DATE);
  const [row] = inspector.select(historyOf(SSID, readRecords(bodyOf(records, RUN_DATE), own.plan), own.plan));
  if (!row) throw new Error('the records make no row');
  inspector.evaluate(row);
  const field = inspector.fields.find((f) => f.number === number);
  if (!field) throw new Error('the field is gone');
  return { field, inspector };
}

t.test('records are found, and none of them has a value to give', async (t) => {
  const facts = [
    {
      name: 'leastLocalRecordID',
      says: 'the least Local Record ID of the English Language Acquisition records',
      from: 'SELA',
      where: { fact: 'record', path: '$.reportingLEA', operator: 'equal', value: '1234567' },
      gives: 'least',
      value: { fact: 'record', path: '$.localRecordID' },
    },
  ];
  const conditions = {
    all: [
      {
        fact: 'enrollment',
        path: '$.schoolOfAttendance',
        operator: 'equal',
        value: { fact: 'leastLocalRecordID' },
      },
    ],
  };
  const more = { path: 'rules/facts/least.json', json: { facts }, sha256: '' };
  const { field, inspector } = underConditions('43', conditions, [SENR, sela('EL', '20170815')], [more]);
  const [found] = told(field, inspector);
  t.equal(
    found?.sentence,
    'Not Y, because there is no least Local Record ID of the English Language Acquisition records.',
  );
  t.equal(found?.inTheWay.length, 1);
});

t.test('every field of every worked example has another value, and is told why it has not', async (t) => {
  t.ok(fieldExamples.length > 300, `${fieldExamples.length} examples`);
  const faults = fieldExamples.flatMap(({ example, made: { inspector } }) => {
    const silent = inspector.fields
      .filter((f) => told(f, inspector).length === 0)
      .map((f) => `${example.title}: field ${f.number} is told nothing`);
    return [...silent, fault(inspector, shippedFiles)].filter((text) => text !== '');
  });
  t.same(faults, []);
});

t.test('any student', (t) =>
  holds(
    t,
    'no field is without an answer',
    150,
    fc.property(history, request, runDate, (records, asked, day) => {
      const inspector = new Inspector(compiled, requestFacts(asked, shipped), day);
      for (const enrollment of inspector.select(
        historyOf(SSID, readRecords(bodyFrom(records), compiled.plan), compiled.plan),
      )) {
        inspector.evaluate(enrollment);
        for (const field of inspector.fields)
          if (told(field, inspector).length === 0) throw new Error(`field ${field.number} is told nothing`);
        const found = fault(inspector, shippedFiles);
        if (found) throw new Error(found);
      }
    }),
  ),
);

t.test('any rules', (t) =>
  holds(
    t,
    'answers are well-formed',
    40,
    fc.property(generatedFiles, history, request, runDate, (generated, records, asked, day) => {
      const rulebook = assembled(generated);
      const own = compileForExplanations(rulebook);
      const inspector = new Inspector(own, requestFacts(asked, rulebook), day);
      for (const enrollment of inspector.select(historyOf(SSID, readRecords(bodyFrom(records), own.plan), own.plan))) {
        inspector.evaluate(enrollment);
        const found = fault(inspector, filesOf(rulebook));
        if (found) throw new Error(found);
      }
    }),
  ),
);

t.test('of a record that may not be quoted only days, codes and the LEA are said', async (t) => {
  const conditions = {
    all: [
      { fact: 'studentInformation', path: '$.studentLegalFirstName', operator: 'equal', value: 'Zoe' },
      { fact: 'studentInformation', path: '$.reportingLEA', operator: 'equal', value: '1234567' },
      { fact: 'studentInformation', path: '$.studentBirthDate', operator: 'before', value: '2010-01-01' },
      { fact: 'studentInformation', path: '$.studentGenderCode', operator: 'equal', value: 'X' },
    ],
  };
  const { field, inspector } = underConditions('43', conditions, [SENR, sinf({ reportingLEA: '2345678' })]);
  const says = (visible: LEAScope) => told(field, inspector, visible)[0]?.sentence ?? '';
  t.match(says('all'), /Student Legal First Name is Sample on the .*, not Zoe\./);
  const hidden = says(['1234567']);
  t.match(hidden, 'Student Legal First Name');
  t.notMatch(hidden, /Sample|Zoe/);
  for (const told of [says('all'), hidden]) {
    t.match(told, 'Reporting LEA is 2345678, not 1234567');
    t.match(told, 'Student Birth Date is 2013-04-01, on or after 2010-01-01');
    t.match(told, 'Student Gender Code is F');
  }
});
