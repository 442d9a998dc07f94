/** Exceptions of an extract as they are answered. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';
import { ROW_EXCEPTIONS } from '#explain/exceptions';
import { Next } from './page.ts';

const text = Type.String();

/** Those of rows, and `rejected`: a student without a row, of whom a record was rejected. */
export const EXCEPTION_KINDS = [...ROW_EXCEPTIONS, 'rejected'] as const;
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

export const EXCEPTION_WORDS: Readonly<Record<ExceptionKind, string>> = {
  warned: 'Rows that rest on a record that a check warned of',
  tie: 'Rows that rest on one of several records told apart by nothing but the order of loading',
  otherLEA: 'Rows that rest on a record of another LEA',
  afterWindow: 'Rows that rest on a record that begins after the window',
  rejected: 'Students without a row, of whom a record was rejected',
};

const Exception = Type.Object(
  {
    kind: oneOf(EXCEPTION_KINDS),
    sentence: text,
    recordType: text,
    checks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            code: text,
            title: Type.Optional(
              Type.String({ description: 'What it is about; absent where the rules of the extract do not have it' }),
            ),
          },
          closed,
        ),
        { description: 'The checks that warned of the record, or rejected it' },
      ),
    ),
    sent: Type.Optional(
      Type.Object(
        { upload: text, file: text, line: Type.Integer() },
        { ...closed, description: 'Where the record was sent; absent for a record of another LEA' },
      ),
    ),
  },
  closed,
);

const Exceptional = Type.Object(
  {
    ssid: text,
    row: Type.Optional(
      Type.Object(
        { reportingLEA: text, school: text, grade: text },
        { ...closed, description: 'Absent for a student without a row' },
      ),
    ),
    exceptions: Type.Array(Exception),
    links: Type.Object({ explanation: Type.Optional(text), missing: Type.Optional(text) }, closed),
  },
  closed,
);
export type Exceptional = Shape<typeof Exceptional>;

export const Exceptions = Type.Object(
  {
    status: oneOf(['Complete'], { description: 'While it is being worked out, another answer says Processing' }),
    progress: Type.Integer({ description: 'In percent' }),
    counts: Type.Array(Type.Object({ kind: oneOf(EXCEPTION_KINDS), says: text, count: Type.Integer() }, closed), {
      description: 'How many rows or students of each kind',
    }),
    exceptions: Type.Array(Exceptional, { description: 'Rows in the order of the extract, then students without one' }),
    next: Next,
  },
  closed,
);
export type Exceptions = Shape<typeof Exceptions>;
