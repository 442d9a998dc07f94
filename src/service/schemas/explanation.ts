/** Explanations as they are answered: the shapes of src/explain/explanation.ts, for the API document. */
import { Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = Type.String();
const day = Type.String({ description: 'CCYYMMDD' });

const Shown = Type.Union(
  [
    Type.String(),
    Type.Number(),
    Type.Boolean(),
    Type.Null(),
    Type.Array(Type.String()),
    Type.Object({ start: text, end: Type.String({ description: 'Blank: open' }) }, closed),
  ],
  { description: 'A value; null for what is absent' },
);

const Side = Type.Object({ says: Type.String({ description: 'What it is, in words' }), value: Shown }, closed);

export const ShownRecord = Type.Object(
  {
    recordType: text,
    sent: Type.Optional(
      Type.Object(
        { upload: Type.Optional(text), file: text, line: Type.Integer() },
        { ...closed, description: 'Where it was sent; absent for a record of another LEA' },
      ),
    ),
    values: Type.Record(Type.String(), Type.String(), {
      description: 'Column key to value: key columns, and what the rules at hand look at',
    }),
  },
  {
    $id: 'ShownRecord',
    ...closed,
    description: "A source record. Of another LEA's record only its days, its codes and its LEA are shown",
  },
);

const outcome = {
  outcome: Type.String({ enum: ['true', 'false', 'notReached', 'absent'] }),
  holds: Type.Optional(Type.Boolean({ description: 'Absent when it was not reached' })),
  pointer: Type.String({ description: 'JSON pointer within the file of the rule' }),
};

export const ShownCondition = Type.Union(
  [
    Type.Object(
      { ...outcome, kind: Type.String({ enum: ['all', 'any'] }), of: Type.Array(Type.Ref('ShownCondition')) },
      closed,
    ),
    Type.Object({ ...outcome, kind: Type.Literal('not'), of: Type.Ref('ShownCondition') }, closed),
    Type.Object(
      {
        ...outcome,
        kind: Type.Literal('leaf'),
        says: text,
        operator: text,
        left: Side,
        right: Side,
        facts: Type.Array(Type.String(), { description: 'Ids of facts' }),
      },
      closed,
    ),
  ],
  { $id: 'ShownCondition', description: 'A condition and what it came to' },
);

export const ShownEnrollment = Type.Object(
  {
    record: Type.Ref('ShownRecord'),
    inExtract: Type.Boolean(),
    sentence: text,
    conditions: Type.Ref('ShownCondition'),
  },
  {
    $id: 'ShownEnrollment',
    ...closed,
    description: 'An enrollment of the student, and why it is in the extract or is not',
  },
);

const Fact = Type.Object(
  {
    id: text,
    fact: text,
    params: Type.Record(Type.String(), Type.String()),
    says: text,
    file: text,
    pointer: text,
    value: Shown,
    from: Type.Optional(Type.String({ description: 'The record type it looks among' })),
    candidates: Type.Optional(
      Type.Array(
        Type.Object(
          {
            record: Type.Ref('ShownRecord'),
            taken: Type.Boolean(),
            passedOver: Type.Optional(
              Type.Object(
                { sentence: text, pointer: text },
                { ...closed, description: 'The first condition that passed it over' },
              ),
            ),
          },
          closed,
        ),
      ),
    ),
    operands: Type.Optional(Type.Array(Side)),
  },
  closed,
);

const Source = Type.Object(
  { page: text, updated: Type.Optional(text), element: text, lastCompared: text },
  { ...closed, description: 'Where the rule is published' },
);

export const FieldExplanation = Type.Object(
  {
    field: text,
    name: text,
    value: text,
    sentence: Type.String({ description: 'The value and why it is so, in one sentence' }),
    copied: Type.Optional(
      Type.Object(
        {
          from: Type.String({ enum: ['layout', 'record', 'loading'] }),
          literal: Type.Optional(text),
          column: Type.Optional(text),
          columnName: Type.Optional(text),
          columnNumber: Type.Optional(text),
          day: Type.Optional(Type.String({ enum: ['uploaded', 'lastUpdated'] })),
        },
        { ...closed, description: 'Where a value that no rule makes comes from' },
      ),
    ),
    rule: Type.Optional(
      Type.Object(
        { name: text, file: text, pointer: text, source: Source },
        { ...closed, description: 'The rule that decided' },
      ),
    ),
    rules: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: text,
            pointer: text,
            came: Type.String({ enum: ['decided', 'passed', 'notReached'] }),
            conditions: Type.Optional(Type.Ref('ShownCondition')),
          },
          closed,
        ),
        { description: 'All rules of the field, in their order' },
      ),
    ),
    facts: Type.Optional(Type.Array(Fact)),
    parameters: Type.Optional(
      Type.Array(
        Type.Object(
          { parameter: text, says: text, file: text, pointer: text, on: Type.Optional(text), value: Shown },
          closed,
        ),
      ),
    ),
    whyNot: Type.Optional(
      Type.Array(
        Type.Object(
          {
            value: Type.Union([Type.String(), Type.Null()]),
            rule: text,
            sentence: text,
            inTheWay: Type.Array(Type.Object({ says: text, file: text, pointer: text }, closed)),
          },
          closed,
        ),
        { description: 'For each other value: the smallest set of conditions that stand in the way' },
      ),
    ),
    whatWouldChangeIt: Type.Optional(
      Type.Object(
        {
          sentence: text,
          tried: Type.Integer({ description: 'How many changes were tried' }),
          change: Type.Optional(
            Type.Object(
              {
                sentence: text,
                kind: Type.String({ enum: ['change', 'add', 'remove'] }),
                recordType: text,
                record: Type.Optional(Type.Ref('ShownRecord')),
                columns: Type.Array(Type.Object({ key: text, name: text, from: text, to: text }, closed)),
                value: Type.String({ description: 'What the value would be' }),
              },
              closed,
            ),
          ),
        },
        {
          ...closed,
          description: 'The smallest change to one source record that changes the value, found by trying it',
        },
      ),
    ),
  },
  { $id: 'FieldExplanation', ...closed },
);

const opinion = Type.Object({ engine: text, version: text }, closed);

export const SecondOpinion = Type.Object(
  {
    first: opinion,
    second: opinion,
    agree: Type.Boolean(),
    rulesEvaluated: Type.Integer(),
    rulesInFiles: Type.Integer(),
    differences: Type.Array(
      Type.Object({ field: text, first: text, second: text, firstRule: text, secondRule: text }, closed),
    ),
  },
  { $id: 'SecondOpinion', ...closed, description: 'The same row worked out by json-rules-engine' },
);

const head = {
  ssid: text,
  runDate: day,
  window: Type.Object({ start: day, end: day }, closed),
  rulebook: Type.Object({ name: text, version: text, sha256: text }, closed),
};

export const RowExplanation = Type.Object(
  {
    ...head,
    reportingLEA: text,
    school: text,
    grade: text,
    qualification: Type.Ref('ShownEnrollment'),
    otherEnrollments: Type.Array(Type.Ref('ShownEnrollment')),
    fields: Type.Array(Type.Ref('FieldExplanation')),
    secondOpinion: Type.Optional(Type.Ref('SecondOpinion')),
  },
  { $id: 'RowExplanation', ...closed, description: 'Why a row is what it is' },
);

export const MissingExplanation = Type.Object(
  {
    ...head,
    missing: Type.Boolean({ description: 'False: the student has rows after all' }),
    sentence: text,
    enrollments: Type.Array(Type.Ref('ShownEnrollment')),
  },
  { $id: 'MissingExplanation', ...closed, description: 'Why a student has no row' },
);

/** All of them, for the API document and for references. */
export const EXPLANATIONS = [
  ShownRecord,
  ShownCondition,
  ShownEnrollment,
  FieldExplanation,
  SecondOpinion,
  RowExplanation,
  MissingExplanation,
];
