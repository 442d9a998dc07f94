/** Anomalies as they are asked for and answered. */
import { type Static, Type } from 'typebox';
import { closed, moment } from '#base/shape';
import { ANOMALY_STATES } from '#store/anomalies';
import { Next, pageProperties } from './page.ts';

const text = Type.String();
const State = Type.String({ enum: [...ANOMALY_STATES], description: 'open, resolved, or reviewed as correct' });

const Side = Type.Object(
  {
    ssid: Type.String({ description: "Blank for another LEA's student" }),
    lea: text,
    school: text,
    localStudentID: text,
    start: Type.String({ description: 'CCYYMMDD' }),
    exit: Type.String({ description: 'CCYYMMDD; blank while open' }),
    exitReason: text,
    todo: Type.String({ description: 'What this side can do' }),
  },
  { ...closed, description: "Of another LEA's side only its code and the days are shown" },
);

const Entry = Type.Object({ at: moment('When'), by: text, state: State, why: text }, closed);

export const AnomalyView = Type.Object(
  {
    id: text,
    kind: text,
    code: text,
    title: text,
    says: text,
    state: State,
    sides: Type.Array(Side),
    score: Type.Optional(Type.Number({ description: 'Of several numbers: the greatest score of two of them' })),
    entries: Type.Array(Entry, { description: 'What became of it, oldest first' }),
  },
  closed,
);
export type AnomalyView = Static<typeof AnomalyView>;

export const AnomalyList = Type.Object({ anomalies: Type.Array(AnomalyView), next: Next }, closed);

export const AnomalyQuery = Type.Object(
  {
    kind: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$', description: 'Such as MID' })),
    state: Type.Optional(State),
    lea: Type.Optional(Type.String({ pattern: '^[0-9]{7}$', description: 'Of a side' })),
    school: Type.Optional(Type.String({ pattern: '^[0-9]{7}$', description: 'Of a side' })),
    ...pageProperties,
  },
  closed,
);

export const AnomalyCounts = Type.Object(
  {
    searched: Type.Optional(
      Type.Object(
        {
          at: moment('When'),
          day: text,
          crowded: Type.Optional(
            Type.Integer({
              description:
                'How many students have a name or birth date that more than 500 share: each was compared with the 50 whose names come next',
            }),
          ),
        },
        closed,
      ),
    ),
    kinds: Type.Array(Type.Object({ kind: text, title: text, state: State, count: Type.Integer() }, closed), {
      description: 'By kind, what is wrong, and state; each counts once',
    }),
    counts: Type.Array(
      Type.Object({ kind: text, lea: text, school: text, state: State, count: Type.Integer() }, closed),
      { description: 'By kind, LEA, school and state; one at two schools counts for both' },
    ),
  },
  closed,
);

export const AnomalyChange = Type.Object(
  {
    becomes: Type.String({
      enum: ['reviewed', 'resolved', 'combined'],
      description:
        'reviewed: correct as it is, until its records change. resolved: settled, and how. combined: all its numbers but the one with the oldest enrollment are retired.',
    }),
    why: Type.String({ minLength: 1, maxLength: 500, description: 'Why, or how, for whoever asks later' }),
  },
  closed,
);
