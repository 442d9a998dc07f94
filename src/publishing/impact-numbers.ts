/**
 * What an impact report comes to, in a few numbers: they stand in approvals and in the history of versions
 * (`impact-words.ts` says them).
 */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';

export const ImpactNumbers = Type.Object(
  {
    students: Type.Integer({ description: 'How many students the report covers' }),
    hasRows: Type.Boolean({
      description: 'Whether any of them has a row; a report about nobody does not count as read',
    }),
    values: Type.Integer({ description: 'Changed values' }),
    changed: Type.Integer({ description: 'Rows with at least one changed value' }),
    appeared: Type.Integer({ description: 'New rows' }),
    disappeared: Type.Integer({ description: 'Rows that are gone' }),
    rejected: Type.Optional(
      Type.Object(
        { before: Type.Integer(), now: Type.Integer() },
        {
          ...closed,
          description: 'Stored records that would be rejected if they were sent again; absent if both check alike',
        },
      ),
    ),
    newestYear: Type.Optional(
      Type.String({ description: 'The newest academic year for which the store has rows; absent if it has none' }),
    ),
    coversNewestYear: Type.Boolean({
      description: 'Whether the report is about the whole of that year, without schools, grades or statuses left out',
    }),
  },
  closed,
);
export type ImpactNumbers = Shape<typeof ImpactNumbers>;

export const ApprovedOn = Type.Object(
  {
    impact: Type.String({ description: 'Id of the report' }),
    against: Type.String({ description: 'SHA-256 of the version that it compares with' }),
    numbers: ImpactNumbers,
  },
  { ...closed, description: 'The impact report that the approver had read' },
);
/** The impact report that an approval rests on. */
export type ApprovedOn = Shape<typeof ApprovedOn>;
