/** Workpapers of a sample as they are answered; the workbook and the page are made from the same. */
import { Type } from 'typebox';
import { SampleMethod } from '#audit/sample-method';
import { closed, type Shape } from '#base/shape';
import { formerly } from '#explain/explanation';
import { Proof } from './proof.ts';
import { DRAWN, lineNumber } from './sample.ts';

const text = Type.String();

const SourceLine = Type.Object(
  {
    recordType: text,
    sent: Type.Optional(
      Type.Object(
        {
          ...{ upload: Type.Optional(text), file: text, line: Type.Integer() },
          ssid: Type.Optional(
            Type.String({
              description:
                'The SSID that it was sent with, where it is retired now; empty where it was sent without one',
            }),
          ),
        },
        { ...closed, description: 'Absent for a record of another LEA' },
      ),
    ),
    text: Type.String({
      description: "The line as it was sent; of another LEA's record only what may be told of it, column by column",
    }),
    usedFor: Type.Array(Type.String(), { description: 'Fields that rest on it; none for the enrollment of the row' }),
  },
  closed,
);

const TestedField = Type.Object(
  {
    field: text,
    name: text,
    value: text,
    short: Type.String({ description: 'The value and why it is so, in one sentence' }),
    rule: Type.Optional(Type.String({ description: 'The rule that decided; absent for a field that is copied' })),
    published: Type.Optional(
      Type.Object(
        { page: text, element: text, updated: Type.Optional(text), lastCompared: text },
        { ...closed, description: 'The published sentence that the rule is from' },
      ),
    ),
  },
  closed,
);

const RowPaper = Type.Object(
  {
    number: lineNumber,
    ...DRAWN,
    ssid: text,
    formerly,
    reportingLEA: text,
    school: text,
    grade: text,
    qualification: Type.String({ description: 'Why the enrollment is in the extract' }),
    fields: Type.Array(TestedField),
    lines: Type.Array(SourceLine),
    proof: Proof,
  },
  closed,
);

const StudentPaper = Type.Object(
  {
    hash: DRAWN.hash,
    ssid: text,
    formerly,
    short: Type.String({ description: 'Why the student has no row' }),
    enrollments: Type.Array(Type.Object({ says: text, line: SourceLine }, closed)),
    rejections: Type.Array(Type.Object({ file: text, line: Type.Integer(), code: text, message: text }, closed)),
  },
  closed,
);

export const Workpapers = Type.Object(
  {
    extract: Type.Object(
      {
        id: text,
        sha256: text,
        runDate: text,
        manifestSha256: text,
        merkleRoot: text,
        rulebook: Type.Object({ name: text, version: text, sha256: text }, closed),
      },
      closed,
    ),
    sample: SampleMethod,
    rows: Type.Array(RowPaper, { description: 'In the order of the extract' }),
    students: Type.Array(StudentPaper, { description: 'With of=missing, in place of rows' }),
  },
  closed,
);
export type Workpapers = Shape<typeof Workpapers>;
export type RowPaper = Workpapers['rows'][number];
export type StudentPaper = Workpapers['students'][number];
export type SourceLine = RowPaper['lines'][number];
