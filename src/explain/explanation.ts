/**
 * What an explanation says: plain data, the same over REST, on the command line and in tests. Days are CCYYMMDD, as
 * everywhere; `null` stands for what is absent. Sentences are made from the rules themselves and belong to whoever
 * reads English; everything else belongs to programs.
 */
import { type TObject, Type } from 'typebox';
import { closed, named, oneOf, type Shape } from '#base/shape';

const text = Type.String();
const day = Type.String({ description: 'CCYYMMDD' });

const short = Type.String({ description: 'The same in one sentence of at most 30 words, true on its own' });

const OutcomeWord = oneOf(['true', 'false', 'notReached', 'absent']);
/** What a condition came to: it held, it did not, nobody asked it, or what it asks about is not there. */
export type OutcomeWord = Shape<typeof OutcomeWord>;

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
/** A value as JSON has it; an interval is `{ start, end }`, a blank end is open. */
export type Shown = Shape<typeof Shown>;

const isDay = Type.Optional(
  Type.Literal(true, { description: 'The value is a day, CCYYMMDD; absent for every other' }),
);

const ShownSide = Type.Object(
  {
    /** "the enrollment's Student Exit Reason Code" */
    says: Type.String({ description: 'What it is, in words' }),
    value: Shown,
    isDay,
  },
  closed,
);
/** One side of a comparison. */
export type ShownSide = Shape<typeof ShownSide>;

const sent = Type.Object(
  {
    upload: Type.Optional(Type.String({ description: 'Absent when there was none' })),
    file: text,
    line: Type.Integer(),
    ssid: Type.Optional(
      Type.String({
        description:
          'The SSID that it was sent with; absent when the student still has it, and empty when it was sent without one',
      }),
    ),
  },
  { ...closed, description: 'Where it was sent' },
);

export const ShownRecord = Type.Object(
  {
    recordType: text,
    sent: Type.Optional({ ...sent, description: 'Where it was sent; absent for a record of another LEA' }),
    /** Blanks are `''`. */
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
/**
 * A source record. One of an LEA the reader may not see has its dates, its codes and its LEA, and neither local
 * identifiers and names nor a place.
 */
export type ShownRecord = Shape<typeof ShownRecord>;

const outcome = {
  outcome: OutcomeWord,
  /** An absent value can make a condition hold. */
  holds: Type.Optional(Type.Boolean({ description: 'Absent when it was not reached' })),
  pointer: Type.String({ description: 'JSON pointer within the file of the rule' }),
};

const ShownLeaf = Type.Object(
  {
    ...outcome,
    kind: Type.Literal('leaf'),
    /** The whole comparison in words. */
    says: text,
    operator: text,
    left: ShownSide,
    right: ShownSide,
    facts: Type.Array(Type.String(), { description: 'Ids of facts' }),
  },
  closed,
);

/** A condition and what it came to. Those that hold others are written out: a type cannot follow from itself. */
export type ShownCondition =
  | Shape<typeof ShownLeaf>
  | (Shape<TObject<typeof outcome>> &
      (
        | { readonly kind: 'all' | 'any'; readonly of: readonly ShownCondition[] }
        | { readonly kind: 'not'; readonly of: ShownCondition }
      ));

export const ShownCondition = Type.Unsafe<ShownCondition>(
  Type.Union(
    [
      Type.Object({ ...outcome, kind: oneOf(['all', 'any']), of: Type.Array(Type.Ref('ShownCondition')) }, closed),
      Type.Object({ ...outcome, kind: Type.Literal('not'), of: Type.Ref('ShownCondition') }, closed),
      ShownLeaf,
    ],
    { $id: 'ShownCondition', description: 'A condition and what it came to' },
  ),
);

export const ShownEnrollment = Type.Object(
  {
    record: named(ShownRecord),
    inExtract: Type.Boolean(),
    /** "Not in the extract, because …" */
    short,
    sentence: text,
    /**
     * The selection's conditions as they came out for this enrollment; of one that is not asked about, without those
     * that were not reached.
     */
    conditions: named(ShownCondition),
  },
  {
    $id: 'ShownEnrollment',
    ...closed,
    description: 'An enrollment of the student, and why it is in the extract or is not',
  },
);
export type ShownEnrollment = Shape<typeof ShownEnrollment>;

const ShownCandidate = Type.Object(
  {
    record: named(ShownRecord),
    taken: Type.Boolean(),
    /** Or the record that came before it, in words: "its Exit Date 20230531 is before the enrollment began". */
    passedOver: Type.Optional(
      Type.Object(
        { sentence: text, pointer: text },
        { ...closed, description: 'The first condition that passed it over' },
      ),
    ),
  },
  closed,
);
/** A record that a look considered. */
export type ShownCandidate = Shape<typeof ShownCandidate>;

const ShownFact = Type.Object(
  {
    /** Name and params, unique in one explanation: `programAtSchool(program=homelessProgram)`. */
    id: text,
    fact: text,
    params: Type.Record(Type.String(), Type.String()),
    says: text,
    file: text,
    pointer: text,
    value: Shown,
    isDay,
    /** Looks only. */
    from: Type.Optional(Type.String({ description: 'The record type it looks among' })),
    /** Looks only: every record of its type, in the order of loading. */
    candidates: Type.Optional(Type.Array(ShownCandidate)),
    /** Calculations only. */
    operands: Type.Optional(Type.Array(ShownSide)),
  },
  closed,
);
/** A fact that was read. */
export type ShownFact = Shape<typeof ShownFact>;

const ShownParameter = Type.Object(
  {
    parameter: text,
    says: text,
    file: text,
    pointer: text,
    /** The day it was asked for; absent when it has no days. */
    on: Type.Optional(text),
    /** The LEA, county, school or grade it was asked for; absent when it is the same for all. */
    for: Type.Optional(text),
    value: Shown,
    isDay,
  },
  closed,
);
/** A parameter that was read: what it says, and its value on the day it was asked for. */
export type ShownParameter = Shape<typeof ShownParameter>;

const ShownRule = Type.Object(
  {
    name: text,
    pointer: text,
    /**
     * `decided` it was, `passed` over because its conditions did not hold, or `notReached` because an earlier one
     * decided.
     */
    came: oneOf(['decided', 'passed', 'notReached']),
    conditions: Type.Optional(named(ShownCondition)),
  },
  closed,
);
/** One rule of a field, in the order of the file. */
export type ShownRule = Shape<typeof ShownRule>;

const WhyNot = Type.Object(
  {
    /** The other value; `null` when the rule takes it from a record that is not there. */
    value: Type.Union([Type.String(), Type.Null()]),
    rule: text,
    sentence: text,
    /** Each comparison that would have to come out otherwise, in words, with its place. */
    inTheWay: Type.Array(Type.Object({ says: text, file: text, pointer: text }, closed)),
  },
  closed,
);
/** Why a value is not another: the smallest set of conditions that stand in the way. */
export type WhyNot = Shape<typeof WhyNot>;

const WhatWouldChangeIt = Type.Object(
  {
    sentence: text,
    kind: oneOf(['change', 'add', 'remove']),
    recordType: text,
    /** The record that changes or goes; absent for one that is added. */
    record: Type.Optional(named(ShownRecord)),
    /** Columns that differ, or those of the record that is added. */
    columns: Type.Array(Type.Object({ key: text, name: text, from: text, to: text }, closed)),
    value: Type.String({ description: 'What the value would be' }),
  },
  closed,
);
/** The smallest change to one source record that changes the value, found by trying it. */
export type WhatWouldChangeIt = Shape<typeof WhatWouldChangeIt>;

/** Where a value that no rule makes comes from. The API document has these three as one object. */
export type Copied =
  | { readonly from: 'layout'; readonly literal: string }
  | { readonly from: 'record'; readonly column: string; readonly columnName: string; readonly columnNumber: string }
  | { readonly from: 'loading'; readonly day: 'uploaded' | 'lastUpdated' };

const Copied = Type.Unsafe<Copied>(
  Type.Object(
    {
      from: oneOf(['layout', 'record', 'loading']),
      literal: Type.Optional(text),
      column: Type.Optional(text),
      columnName: Type.Optional(text),
      columnNumber: Type.Optional(text),
      day: Type.Optional(oneOf(['uploaded', 'lastUpdated'])),
    },
    { ...closed, description: 'Where a value that no rule makes comes from' },
  ),
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
    meaning: Type.Optional(Type.String({ description: 'What the code means, where a code set says it' })),
    /** "Y: the student has …" */
    short,
    /** "Y, because …" */
    sentence: Type.String({ description: 'The value and why it is so, in one or several sentences' }),
    /** Fields that no rule makes. */
    copied: Type.Optional(Copied),
    /** Derived fields only, as what follows. */
    rule: Type.Optional(
      Type.Object(
        { name: text, file: text, pointer: text, source: Source },
        { ...closed, description: 'The rule that decided' },
      ),
    ),
    rules: Type.Optional(Type.Array(ShownRule, { description: 'All rules of the field, in their order' })),
    facts: Type.Optional(Type.Array(ShownFact)),
    parameters: Type.Optional(Type.Array(ShownParameter)),
    whyNot: Type.Optional(
      Type.Array(WhyNot, {
        description: 'For each other value: the smallest set of conditions that stand in the way',
      }),
    ),
    whatWouldChangeIt: Type.Optional(
      Type.Object(
        {
          sentence: text,
          tried: Type.Integer({ description: 'How many changes were tried' }),
          /** Absent when none was found; the sentence says so, and how many were tried. */
          change: Type.Optional(WhatWouldChangeIt),
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
export type FieldExplanation = Shape<typeof FieldExplanation>;

const Opinion = Type.Object({ engine: text, version: text }, closed);

const bothOpinions = {
  first: Opinion,
  second: Opinion,
  agree: Type.Boolean({
    description: 'Whether both have the same rows, from the same enrollments, and the same values',
  }),
  rows: Type.Object(
    { first: Type.Integer(), second: Type.Integer() },
    { ...closed, description: 'How many rows of the student each selects' },
  ),
};

const SelectionOpinion = Type.Object(bothOpinions, {
  $id: 'SelectionOpinion',
  ...closed,
  description: 'The rows of the student selected by json-rules-engine',
});
/** What both engines say of a student: which enrollments are rows. */
export type SelectionOpinion = Shape<typeof SelectionOpinion>;

export const SecondOpinionShown = Type.Object(
  {
    ...bothOpinions,
    /** Rules that the second engine evaluated; always as many as the files have. */
    rulesEvaluated: Type.Integer(),
    rulesInFiles: Type.Integer(),
    /** Absent when both find the same laws broken. */
    laws: Type.Optional(
      Type.Object(
        { first: Type.Array(Type.String()), second: Type.Array(Type.String()) },
        { ...closed, description: 'Laws that each finds broken; absent when they find the same' },
      ),
    ),
    /** Empty when they agree. */
    differences: Type.Array(
      Type.Object({ field: text, first: text, second: text, firstRule: text, secondRule: text }, closed),
    ),
  },
  { $id: 'SecondOpinion', ...closed, description: 'The same rows and fields worked out by json-rules-engine' },
);
export type SecondOpinionShown = Shape<typeof SecondOpinionShown>;

export const formerly = Type.Optional(
  Type.Array(Type.Object({ ssid: text, until: day }, closed), {
    description: 'Retired SSIDs that this one replaces, and until when the student had them; absent if there are none',
  }),
);

const head = {
  ssid: text,
  runDate: day,
  formerly,
  asOfUpload: Type.Optional(Type.String({ description: 'The id of the upload as of which the records are' })),
  window: Type.Object({ start: day, end: day }, closed),
  rulebook: Type.Object({ name: text, version: text, sha256: text }, closed),
  passedOver: Type.Optional(
    Type.Record(Type.String(), Type.Integer(), {
      description:
        'Records of the student of types that this version of the rules does not know, by type; absent if there are none',
    }),
  ),
};
/** What every explanation says of itself. */
export type ExplanationHead = Shape<TObject<typeof head>>;

const BrokenLaw = Type.Object(
  {
    law: Type.String({ description: 'The name of the law in rules/laws.json' }),
    says: Type.String({ description: 'What must be true of every row' }),
    file: text,
    pointer: text,
    fields: Type.Array(Type.Object({ field: text, name: text, value: text }, closed), {
      description: 'The fields that the law is about',
    }),
    sentence: text,
  },
  closed,
);
/** A law that a row breaks. */
export type BrokenLaw = Shape<typeof BrokenLaw>;

export const EvaluationLaw = Type.Object(
  { row: Type.Integer({ minimum: 0, description: 'The place of the row in `rows`, from 0' }), ...BrokenLaw.properties },
  closed,
);
/** A law that one of the rows of an evaluation breaks. */
export type EvaluationLaw = Shape<typeof EvaluationLaw>;

export const RowExplanation = Type.Object(
  {
    ...head,
    reportingLEA: text,
    school: text,
    grade: text,
    laws: Type.Optional(
      Type.Array(BrokenLaw, {
        description:
          'Laws of the rules that the row breaks: then the rules contradict each other. Absent when it breaks none',
      }),
    ),
    /** Why this enrollment is in the extract. */
    qualification: named(ShownEnrollment),
    /** The student's other enrollments. */
    otherEnrollments: Type.Array(named(ShownEnrollment)),
    fields: Type.Array(named(FieldExplanation)),
    secondOpinion: Type.Optional(named(SecondOpinionShown)),
  },
  { $id: 'RowExplanation', ...closed, description: 'Why a row is what it is' },
);
export type RowExplanation = Shape<typeof RowExplanation>;

const ShownRejection = Type.Object(
  {
    recordType: Type.String({ description: 'As it was sent' }),
    sent,
    code: Type.String({ description: 'The check that rejected it' }),
    message: Type.String({ description: 'What was found, what was expected and how to fix it' }),
  },
  { ...closed, description: 'A record of the student that a check rejected: no row can come from it' },
);
/** A record of the student that a check rejected. */
export type ShownRejection = Shape<typeof ShownRejection>;

export const MissingExplanation = Type.Object(
  {
    ...head,
    /** `enrollments` says which then. */
    missing: Type.Boolean({ description: 'False: the student has rows after all' }),
    short,
    sentence: text,
    enrollments: Type.Array(named(ShownEnrollment)),
    rejections: Type.Array(ShownRejection, { description: 'Those of the newest uploads first' }),
    secondOpinion: Type.Optional(named(SelectionOpinion)),
  },
  { $id: 'MissingExplanation', ...closed, description: 'Why a student has no row' },
);
export type MissingExplanation = Shape<typeof MissingExplanation>;

export const StudentRecord = Type.Object(
  {
    record: named(ShownRecord),
    name: Type.String({ description: 'What records of its type are called' }),
    line: Type.Optional(Type.String({ description: "As it was sent; absent for another LEA's record" })),
    says: Type.String({ description: 'What it is, in words, with its days' }),
    days: Type.Optional(
      Type.Object(
        {
          lane: Type.String({ description: 'What it shares a line with' }),
          label: Type.String({ description: 'The values that it is known by; may be blank' }),
          first: day,
          last: Type.String({ description: 'CCYYMMDD; blank: it goes on' }),
        },
        { ...closed, description: 'Its place on the line of time; absent for a record without days' },
      ),
    ),
  },
  { $id: 'StudentRecord', ...closed },
);
/** A record of a student, and the days that it is about. */
export type StudentRecord = Shape<typeof StudentRecord>;

export const StudentHistory = Type.Object(
  {
    ...head,
    lanes: Type.Array(Type.String(), { description: 'What lines of time there are, in the order of the layouts' }),
    records: Type.Array(named(StudentRecord), {
      description: 'By type, in the order of the layouts; each in the order of loading',
    }),
  },
  { $id: 'StudentHistory', ...closed, description: 'All records of a student as an extract saw them' },
);
export type StudentHistory = Shape<typeof StudentHistory>;

/** All that have a name, for the API document and for references. */
export const EXPLANATIONS = [
  ShownRecord,
  ShownCondition,
  ShownEnrollment,
  FieldExplanation,
  SelectionOpinion,
  SecondOpinionShown,
  RowExplanation,
  MissingExplanation,
  StudentRecord,
  StudentHistory,
];
