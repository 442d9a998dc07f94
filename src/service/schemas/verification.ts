/** Whether a finished extract can be proved, as it is answered. */
import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';

const Finding = Type.Object(
  {
    what: oneOf(['extract', 'manifest', 'signature', 'file', 'madeAgain']),
    outcome: oneOf(['holds', 'differs', 'unknown']),
    sentence: Type.String(),
  },
  closed,
);
export type Finding = Shape<typeof Finding>;

export const Verification = Type.Object(
  {
    status: oneOf(['None', 'Processing', 'Complete'], { description: 'None: nobody asked lately' }),
    progress: Type.Integer({ description: 'In percent' }),
    verifiedAt: Type.Optional(moment('When it was complete')),
    findings: Type.Array(Finding, { description: 'What holds, what differs, and what nobody can tell any more' }),
  },
  closed,
);
export type Verification = Shape<typeof Verification>;
