import type { Mistake } from '../calculations/calculation.ts';
import type { LookJson } from '../load/declarations.ts';
import type { Dialect, Term } from '../sql/dialect.ts';
import type { Interval, Value, ValueType } from '../tree/values.ts';

/** What a look can give of all records that it finds, by one value of each. The closed list is in `index.ts`. */
export interface Aggregate {
  /** As rule files write it in `gives`. */
  readonly name: Exclude<LookJson['gives'], 'any' | 'count' | 'record'>;
  /** What may be asked of each record. */
  readonly takes: readonly ValueType[];
  /** The type of what it gives; `same` means that of the values. */
  readonly gives: ValueType | 'same';
  /** Of a number: it counts something, so it is whole and never less than 0. */
  readonly isCount?: true;
  /** It counts different values. */
  readonly countsValues?: true;
  /** It counts days within another interval. */
  readonly isWithin?: true;
  /** What it gives when no record is found, or none with a value. */
  readonly ofNothing: Value;
  /** What it gives, in words, from those of the value and of the interval within which it counts. */
  readonly words: (value: string, within: string) => string;
  /** What it gives of these values: those of the records found, absent and blank ones among them. */
  readonly compute: (values: readonly Value[], within: Interval | undefined) => Value;
  /** The same as an aggregate in SQL, over the candidates for which a condition holds. */
  readonly sql: (value: Term, condition: string, dialect: Dialect, within: Term | undefined) => string;
  /** What is easily written for it. Pointers begin at the look. */
  readonly mistakes: (look: LookJson) => readonly Mistake[];
  /** Values, the interval within which it counts, and what it gives: run as tests. `null` is absent. */
  readonly examples: readonly (readonly [values: readonly unknown[], gives: unknown, within?: Interval])[];
}

/** Another aggregate was written. */
export const becameAnother =
  (of: Aggregate['name'], other: LookJson['gives'], says: string): Aggregate['mistakes'] =>
  (look) => {
    const { value: _, within: __, ...plain } = look;
    const to = other === 'count' ? { ...plain, gives: other } : { ...look, gives: other };
    return look.gives === of ? [{ pointer: '/gives', at: '', to, says }] : [];
  };
