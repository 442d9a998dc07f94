/**
 * Why a field has not another value: the commonest cases of each field, word for word, and what holds for every
 * student.
 */

import fc from 'fast-check';
import t from 'tap';
import { compileForExplanations, Inspector } from '#explain/inspector';
import { whyNot } from '#explain/why-not';
import { requestFacts } from '#extract/request';
import { historyOf, readRecords } from '#records/record';
import { assemble } from '#rulebook/load/assemble';
import { glossaryOf } from '#rulebook/words/words';
import { bodyFrom, history, holds, request, runDate, SSID, shipped } from '../support/histories.ts';
import { assembled, generatedFiles } from '../support/rulebooks.ts';
import { bodyOf, compiled, fieldExamples, fieldOf, glossary, RUN_DATE, student, YEAR } from './examples.ts';
import { SENR, sela, sinf, sprg, swds } from './records.ts';

const SELA = 'the Student English Language Acquisition record';
const EDUCATION = '(the education level of a parent who is not a high school graduate)';
const LTEL = '(the most recent statuses with which a Provisional LTEL Start Date is given)';

const CASES = [
  {
    field: '36',
    title: 'a Hispanic student',
    records: [sinf({ studentHispanicEthnicityIndicator: 'Y', studentRace1Code: '700' })],
    says: [
      'Not blank, because the Student Information record from 2023-08-15, still open, is the Student Information record in effect during the enrollment.',
      'Not White, because the Student Information record from 2023-08-15, still open, has Student Hispanic Ethnicity Indicator Y.',
      'Not Multiple, because the Student Information record from 2023-08-15, still open, has Student Hispanic Ethnicity Indicator Y, and the number of race categories of the student is 1, not more than 1.',
      'Not Missing, because the Student Information record from 2023-08-15, still open, has Student Hispanic Ethnicity Indicator Y, and the number of race categories of the student is 1.',
    ],
  },
  {
    field: '36',
    title: 'information that ended before the enrollment',
    records: [sinf({ effectiveStartDate: '20220815', effectiveEndDate: '20230630', studentRace1Code: '700' })],
    says: [
      'Not Missing, because the Student Information record of 2022-08-15 to 2023-06-30 has Effective End Date 2023-06-30, before the enrollment began on 2023-08-15.',
      'Not Hispanic, because the Student Information record of 2022-08-15 to 2023-06-30 has Effective End Date 2023-06-30, before the enrollment began on 2023-08-15.',
      'Not Multiple, because the Student Information record of 2022-08-15 to 2023-06-30 has Effective End Date 2023-06-30, before the enrollment began on 2023-08-15, and the number of race categories of the student is 0, not more than 1.',
      'No value by rule "single", because the Student Information record of 2022-08-15 to 2023-06-30 has Effective End Date 2023-06-30, before the enrollment began on 2023-08-15, and the number of race categories of the student is 0, not 1.',
    ],
  },
  {
    field: '37',
    title: 'no status',
    records: [],
    says: ['No value by rule "mostRecent", because there is no Student English Language Acquisition record.'],
  },
  {
    field: '37',
    title: 'a status that starts after the exit',
    records: [sela('EL', '20240613')],
    says: [
      `No value by rule "mostRecent", because ${SELA} from 2024-06-13 has English Language Acquisition Status Start Date 2024-06-13, after the exit date of the enrollment, or the run date while it is open (2024-06-12).`,
    ],
  },
  {
    field: '37',
    title: 'two statuses: without the one the other would be the most recent',
    records: [sela('EL', '20170815'), sela('RFEP', '20230901')],
    says: [
      `Not blank, because ${SELA} from 2023-09-01 is the most recent English Language Acquisition record by the end of the enrollment, of any LEA, and ${SELA} from 2017-08-15 would take its place.`,
    ],
  },
  {
    field: '38',
    title: 'one parent is no high school graduate, the other went to college',
    records: [sinf({ parentGuardian1HighestEducationLevelCode: '14', parentGuardian2HighestEducationLevelCode: '11' })],
    says: [
      `Not Y, because the Student Information record from 2023-08-15, still open, has Parent Guardian 2 Highest Education Level Code 11, not 14 ${EDUCATION}.`,
    ],
  },
  {
    field: '38',
    title: 'both a parent and a program make it Y',
    records: [sinf({ parentGuardian1HighestEducationLevelCode: '14' }), sprg({ educationProgramCode: '181' })],
    says: [
      `Not N, because the Student Information record from 2023-08-15, still open, has Parent Guardian 1 Highest Education Level Code 14 ${EDUCATION}, and the Student Program record from 2023-08-15, still open, is a Student Program record with a program for the socio-economically disadvantaged, during the enrollment.`,
    ],
  },
  {
    field: '39',
    title: 'a status that ended with the next one',
    records: [swds('1', '20200815'), swds('4', '20230601')],
    says: [
      'Not Y, because the Students with Disabilities Status record from 2020-08-15 ends on 2023-05-31 (the day before the next one starts), before the days of the enrollment within the window of the request began on 2023-08-15.',
    ],
  },
  {
    field: '40',
    title: 'no program record',
    records: [],
    says: ['Not Y, because there is no Student Program record.'],
  },
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
    says: [
      'Not Y, because the Student Program record of 2022-09-01 to 2023-05-31 has Education Program Membership End Date 2023-05-31, before the enrollment began on 2023-08-15.',
    ],
  },
  {
    field: '40',
    title: 'two memberships that count',
    records: [
      sprg({ educationProgramCode: '191', educationProgramMembershipStartDate: '20231001' }),
      sprg({ educationProgramCode: '191', educationProgramMembershipEndDate: '20230901' }),
    ],
    says: [
      'Not N, because the Student Program record from 2023-10-01, still open, is a Student Program record with the Homeless Program at the school of attendance, during the enrollment, and the Student Program record of 2023-08-15 to 2023-09-01 is a Student Program record with the Homeless Program at the school of attendance, during the enrollment.',
    ],
  },
  {
    field: '41',
    title: 'a membership at another school of another LEA',
    records: [sprg({ educationProgramCode: '135', reportingLEA: '2345678', schoolOfAttendance: '8765432' })],
    says: [
      "Not Y, because the Student Program record from 2023-08-15, still open, has School of Attendance 8765432, not the enrollment's School of Attendance (7654321), and has Reporting LEA 2345678, not the enrollment's Reporting LEA (1234567).",
    ],
  },
  {
    field: '42',
    title: 'an enrollment after the program was retired',
    records: [],
    says: [
      'Not N, because the Transitional Kindergarten program on 2023-08-15 is absent.',
      'Not Y, because the Transitional Kindergarten program on 2023-08-15 is absent and there is no Student Program record.',
    ],
  },
  {
    field: '43',
    title: 'a membership in another program',
    records: [sprg({ educationProgramCode: '122' })],
    says: [
      'Not Y, because the Student Program record from 2023-08-15, still open, has Education Program Code 122, not 127 (the Gifted and Talented Education program).',
    ],
  },
  {
    field: '44',
    title: 'a status',
    records: [sela('EL', '20170815')],
    says: [
      `Not blank, because ${SELA} from 2017-08-15 is the most recent English Language Acquisition record by the end of the enrollment, of any LEA.`,
    ],
  },
  {
    field: '45',
    title: 'the most recent status is English only',
    records: [sela('EL', '20160815'), sela('EO', '20200815')],
    says: [
      `Not 2023-08-15, because ${SELA} from 2020-08-15 has English Language Acquisition Status Code EO, none of EL, RFEP, ADEL ${LTEL}.`,
    ],
  },
  {
    field: '45',
    title: 'reclassified within the seven years',
    records: [sela('EL', '20160815'), sela('RFEP', '20200815')],
    says: [
      `Not 2023-08-15, because the day the years to long-term English Learner are over is 2023-08-15, on or after the English Language Acquisition Status Start Date of ${SELA} from 2020-08-15 (2020-08-15).`,
    ],
  },
  {
    field: '46',
    title: 'field 45 is blank, because there is no status',
    records: [sinf({ studentInitialUSSchoolEnrollmentDateK12: '20180820' })],
    says: [
      'Not 2018-08-20, because the Provisional LTEL Start Date (field 45) is blank and there is no Student English Language Acquisition record.',
    ],
  },
  {
    field: '46',
    title: 'the record has no day',
    records: [sela('EL', '20160815'), sinf()],
    says: [
      'No value by rule "provisional", because the Student Information record from 2023-08-15, still open, has no Student Initial US School Enrollment Date K-12.',
    ],
  },
  {
    field: '47',
    title: 'field 45 is blank, because the student was never an English learner',
    records: [sela('EO', '20160815')],
    says: [
      `Not 2023-08-15, because the Provisional LTEL Start Date (field 45) is blank, and ${SELA} from 2016-08-15 has English Language Acquisition Status Code EO, none of EL, RFEP, ADEL ${LTEL}, and has English Language Acquisition Status Code EO, not EL (the status of an English Learner).`,
    ],
  },
  {
    field: '48',
    title: 'an English learner',
    records: [sela('EL', '20160815')],
    says: [
      `Not blank, because the Provisional LTEL Start Date (field 45) is 2023-08-15, and ${SELA} from 2016-08-15 is the student's earliest English Learner record, of any LEA.`,
    ],
  },
];

for (const { field, title, records, says } of CASES)
  t.test(`field ${field}: ${title}`, async (t) => {
    const { inspector } = student([SENR, ...records]);
    t.same(
      whyNot(inspector, fieldOf(field), glossary).map((w) => w.sentence),
      says,
    );
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
  const [found] = whyNot(inspector, fieldOf('41'), glossary);
  t.match(found, { value: 'Y', rule: 'eligible' });
  t.same(
    found?.inTheWay.map(({ file, pointer }) => `${file} ${pointer}`),
    ['rules/facts/programs.json /facts/0/where/all/1', 'rules/facts/programs.json /facts/0/where/all/2'],
  );
  t.match(found?.inTheWay[1]?.says, 'has Reporting LEA 2345678');
  const [unknown] = whyNot(student([SENR]).inspector, fieldOf('37'), glossary);
  t.equal(unknown?.value, null, 'a value that only a record could give');
});

/** What must hold of every answer, whatever the rules and the student; '' when it does. */
function fault(inspector: Inspector, files: ReadonlyMap<string, unknown>, wordsOf = glossary): string {
  for (const field of inspector.fields) {
    const { value } = inspector.field(field.number);
    const found = whyNot(inspector, field, wordsOf);
    const values = found.map((w) => w.value);
    if (values.includes(value)) return `field ${field.number} has ${value}, and is told why not`;
    if (new Set(values).size < values.length) return `field ${field.number} is told twice why not ${values}`;
    for (const { sentence, inTheWay } of found) {
      if (!/^(Not|No value by rule) .+, because .+\.$/.test(sentence)) return `no sentence: ${sentence}`;
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

t.test('every field of every worked example has another value, and is told why it has not', async (t) => {
  t.ok(fieldExamples.length > 300, `${fieldExamples.length} examples`);
  const faults = fieldExamples.flatMap(({ example, made: { inspector } }) => {
    const silent = inspector.fields
      .filter((f) => whyNot(inspector, f, glossary).length === 0)
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
          if (whyNot(inspector, field, glossary).length === 0) throw new Error(`field ${field.number} is told nothing`);
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
        const found = fault(inspector, filesOf(rulebook), glossaryOf(rulebook));
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
      { fact: 'studentInformation', path: '$.studentBirthDate', operator: 'before', value: '20100101' },
      { fact: 'studentInformation', path: '$.studentGenderCode', operator: 'equal', value: 'X' },
    ],
  };
  const field = fieldOf('43').json;
  const rules = [{ ...field.rules[0], conditions }, field.rules[1]];
  const files = shipped.files.map((f) => (f.json === field ? { ...f, json: { ...field, rules } } : f));
  const rulebook = assemble({ hash: 'changed', files });
  const own = compileForExplanations(rulebook);
  const inspector = new Inspector(own, YEAR, RUN_DATE);
  const [row] = inspector.select(
    historyOf(SSID, readRecords(bodyOf([SENR, sinf({ reportingLEA: '2345678' })], RUN_DATE), own.plan), own.plan),
  );
  if (!row) throw new Error('the records make no row');
  inspector.evaluate(row);
  const changed = inspector.fields.find((f) => f.number === field.field);
  if (!changed) throw new Error('the field is gone');
  const rest =
    'has Reporting LEA 2345678, not 1234567, has Student Birth Date 2013-04-01, on or after 2010-01-01, and has Student Gender Code F, not X';
  const says = (mayQuote: () => boolean) => whyNot(inspector, changed, glossary, mayQuote)[0]?.sentence;
  const subject = 'Not Y, because the Student Information record from 2023-08-15, still open,';
  t.equal(
    says(() => true),
    `${subject} has Student Legal First Name Sample, not Zoe, ${rest}.`,
  );
  t.equal(
    says(() => false),
    `${subject} has a Student Legal First Name other than Zoe, ${rest}.`,
  );
});
