import type { LeafJson } from '../load/declarations.ts';
import type { Dialect, Term } from '../sql/dialect.ts';
import type { Value, ValueType } from '../tree/values.ts';

/**
 * What a comparison asks of its sides. Whoever reasons about conditions goes by this and not by names, so a new
 * operator that asks one of these is known everywhere.
 *
 * * `sameness`: whether the two are the same; `membership`: whether the left is one of the right; `containment`:
 *   whether the left holds the right
 * * `order`: how the two stand to each other; `overlap`: whether they have a day in common
 * * `presence`: whether the left is there
 * * `form`, `length`: how the text on the left looks
 * * `calendar`, `characters`: whether the left is a real day, holds characters that cannot be printed
 * * `letters`: whether the text on the left is made of the characters on the right
 * * `other`: something that only trying out can tell
 */
export type Asks =
  | 'sameness'
  | 'membership'
  | 'containment'
  | 'order'
  | 'overlap'
  | 'presence'
  | 'form'
  | 'length'
  | 'calendar'
  | 'characters'
  | 'letters'
  | 'other';

/**
 * One comparison that a condition can make. The closed list is in `index.ts`; docs/operators.md is printed from these
 * objects.
 */
export interface Operator {
  /** As rule files write it: by the grammar. */
  readonly name: LeafJson['operator'];
  readonly asks: Asks;
  /** It holds when what it asks is not so. */
  readonly isNegated?: true;
  /** What may stand on the left. */
  readonly left: readonly ValueType[];
  /** What may stand on the right; `same` means the left one's type. */
  readonly right: readonly ValueType[] | 'same';
  /** What the comparison gives when the left side is absent. */
  readonly absent: boolean | 'compares';
  /** The name of the operator that holds exactly when this one does not, as long as both sides are there. */
  readonly opposite?: LeafJson['operator'];
  /** Names of others, beside its opposite, that are easily written for it: those that differ on the boundary. */
  readonly mistakenFor?: readonly LeafJson['operator'][];
  /**
   * The words between the two sides, when it holds and when it does not: of a question, whose right side says which
   * answer is wanted, the words behind the left side.
   */
  readonly phrases: readonly [holds: string, fails: string];
  /** Whether it holds. Sides are of the declared types, or absent. */
  readonly holds: (left: Value, right: Value) => boolean;
  /** The same for a right side that never changes: made once, called for every record. */
  readonly bind?: (right: Value) => (left: Value) => boolean;
  /**
   * The same in SQL, of two sides that are there: what it gives when one of them is NULL does not matter, unless `absent`
   * says that it compares. It may stand beside AND without parentheses. Left out where SQL has no words for it; `rules sql` then says so.
   * @throws NotInSQL for sides of which SQL has no words for it
   */
  readonly sql?: (left: Term, right: Term, dialect: Dialect) => string;
  /** Left, right, outcome: run as tests and printed in the manual. `null` is absent. */
  readonly examples: readonly (readonly [unknown, unknown, boolean])[];
}

/** Whether it holds when the two sides are the same. */
export const isEquality = ({ asks, isNegated }: Operator): boolean => asks === 'sameness' && !isNegated;

/** Whether it holds only of what stands on the right: of that value, or of those in that list. */
export const namesValues = ({ asks, isNegated }: Operator): boolean =>
  (asks === 'sameness' || asks === 'membership') && !isNegated;

/** Whether the right side says which answer is wanted, `true` or `false`. */
export const isQuestion = ({ right }: Operator): boolean => right !== 'same' && right.every((type) => type === 'flag');
