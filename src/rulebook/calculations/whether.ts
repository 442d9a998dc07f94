import type { Calculation } from './calculation.ts';

/** A condition with a name: many rules ask for it, and it is written once. */
export const whether: Calculation = {
  name: 'whether',
  parts: [{ kind: 'condition', key: 'holds' }],
  gives: 'flag',
  absentIf: 'never',
  isCondition: true,
  lines: (_, { conditions = [] }) => [`whether this holds: ${conditions[0]}`],
  toldBy: 'operands',
  sql: (_, __, { conditions }) => ({ sql: `(${conditions[0]})` }),
  examples: [
    [[], true, { conditions: [true] }],
    [[], false, { conditions: [false] }],
  ],
};
