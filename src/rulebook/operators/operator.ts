import type { Value, ValueType } from '../tree/values.ts';

/**
 * One comparison that a condition can make. The closed list is in `index.ts`; docs/operators.md is printed from these
 * objects.
 */
export interface Operator {
  /** As rule files write it. */
  readonly name: string;
  /** What may stand on the left. */
  readonly left: readonly ValueType[];
  /** What may stand on the right; `same` means the left one's type. */
  readonly right: readonly ValueType[] | 'same';
  /** What the comparison gives when the left side is absent. */
  readonly absent: boolean | 'compares';
  /** The words between the two sides when a condition is read aloud. */
  readonly phrase: string;
  /** Whether it holds. Sides are of the declared types, or absent. */
  readonly holds: (left: Value, right: Value) => boolean;
  /** The same for a right side that never changes: made once, called for every record. */
  readonly bind?: (right: Value) => (left: Value) => boolean;
  /** Left, right, outcome: run as tests and printed in the manual. `null` is absent. */
  readonly examples: readonly (readonly [unknown, unknown, boolean])[];
}
