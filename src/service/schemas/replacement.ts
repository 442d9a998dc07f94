/** Numbers that replace others, as they are asked for and answered. */
import { Type } from 'typebox';
import { closed, moment } from '#base/shape';
import { Part, PersonShown } from './matching.ts';
import { Next } from './page.ts';

const text = Type.String();
export const SSIDText = (description: string) => Type.String({ pattern: '^[0-9]{10}$', description });

const Why = Type.String({ minLength: 1, maxLength: 500, description: 'Why, for whoever asks later' });

export const UndoBody = Type.Object({ why: Why }, closed);

export const ReplacementBody = Type.Object(
  {
    retired: SSIDText('The SSID that is not used any more'),
    replacement: SSIDText('The SSID that replaces it'),
    why: Why,
    day: Type.Optional(
      Type.String({ maxLength: 10, description: 'From which day the replacement is used (default: today)' }),
    ),
  },
  closed,
);

const Double = Type.Object(
  { recordType: text, holds: text, replaced: text },
  { ...closed, description: 'Two records that have one key now: the one loaded last holds; file and line of both' },
);
export const Done = Type.Object(
  {
    retired: Type.Integer({ description: 'Numbers that were retired' }),
    knownBefore: Type.Integer({ description: 'Numbers that were retired so before' }),
    moved: Type.Integer({ description: 'Records that joined another history' }),
    doubles: Type.Array(Double),
  },
  closed,
);

const Replacement = Type.Object(
  {
    retired: text,
    replacement: text,
    active: Type.String({ description: 'The number that stands for it now' }),
    day: Type.String({ description: 'CCYYMMDD' }),
    why: text,
    by: text,
    at: moment('When it was retired'),
    moved: Type.Optional(
      Type.Integer({ description: 'Records that joined the other history; absent where it was not kept yet' }),
    ),
    doubles: Type.Optional(Type.Array(Double, { description: 'Absent when there are none' })),
  },
  closed,
);
const Undone = Type.Object(
  { retired: text, replacement: text, why: text, by: text, at: moment('When it was undone') },
  closed,
);

export const ReplacementList = Type.Object(
  {
    replacements: Type.Array(Replacement),
    undone: Type.Array(Undone, { description: 'Retirements that were undone, latest first, 100 at most' }),
    next: Next,
  },
  { ...closed, description: 'In ascending order of the retired number' },
);

const Side = Type.Object(
  {
    ssid: text,
    records: Type.Integer({ description: 'How many records it has' }),
    leas: Type.Array(text, { description: 'LEAs with an enrollment' }),
    replacedBy: Type.Optional(Type.String({ description: 'Of a retired number: the one that stands for it' })),
    person: Type.Optional(PersonShown),
    lastLEA: Type.Optional(text),
    lastSchool: Type.Optional(text),
    lastGrade: Type.Optional(text),
    localStudentID: Type.Optional(text),
    lastStartDate: Type.Optional(text),
    lastExitDate: Type.Optional(text),
  },
  closed,
);
export const Comparison = Type.Object(
  {
    retired: Side,
    replacement: Side,
    score: Type.Number({ description: 'How alike the two are, 0 to 100' }),
    reason: text,
    parts: Type.Array(Part),
  },
  closed,
);
