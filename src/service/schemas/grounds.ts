/** What is behind a value of a field, in counts. */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** What is asked for below `grounds`. */
export const GroundsParams = Type.Object(
  {
    id: Type.String({ maxLength: 128 }),
    field: Type.String({ maxLength: 4, description: 'The number of a derived field' }),
  },
  closed,
);
export const GroundsQuery = Type.Object(
  { value: Type.String({ maxLength: 100, description: 'The value of the field; empty for blank' }) },
  closed,
);

const Ground = Type.Object(
  {
    rule: Type.String({ description: 'The rule that gives the value' }),
    codes: Type.Array(Type.String(), {
      description: 'Of the record it rests on; none where it rests on no such record',
    }),
    meanings: Type.Array(Type.String(), { description: 'What the codes mean' }),
    students: Type.Integer({ description: 'Each once, however many schools they are in' }),
    alone: Type.Integer({ description: 'Of these, students who have no other ground' }),
    rows: Type.Integer(),
    schools: Type.Array(
      Type.Object({ reportingLEA: Type.String(), school: Type.String(), students: Type.Integer() }, closed),
      { description: 'In ascending order; a student counts at each school' },
    ),
  },
  closed,
);

export const GroundCounts = Type.Object(
  {
    field: Type.String(),
    name: Type.String({ description: 'The name of the field' }),
    value: Type.String(),
    students: Type.Integer({ description: 'Students with the value, each once' }),
    rows: Type.Integer({ description: 'Their rows with it' }),
    grounds: Type.Array(Ground, { description: 'Those with most students first; a student counts in each of several' }),
  },
  closed,
);
export type GroundCounts = Static<typeof GroundCounts>;

export const ValuesWithGrounds = Type.Object(
  {
    grounds: Type.Array(
      Type.Object(
        {
          field: Type.String({ description: 'The number of a derived field' }),
          name: Type.String({ description: 'Its name' }),
          value: Type.String(),
          links: Type.Object(
            { counts: Type.String({ description: 'Address of the counts' }) },
            { ...closed, description: 'Where to go on' },
          ),
        },
        closed,
      ),
      { description: 'In the order of the fields; none where each value has one rule' },
    ),
  },
  closed,
);
export type ValuesWithGrounds = Static<typeof ValuesWithGrounds>;
