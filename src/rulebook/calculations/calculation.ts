import type { CalculationJson } from '../load/declarations.ts';
import type { Dialect, Term } from '../sql/dialect.ts';
import { isPresent, type Value, type ValueType } from '../tree/values.ts';

/**
 * What a calculation is written with, in the order in which its operands are handed to it.
 *
 * * `operand`: one value under this key, of one of these types; `isMonthAndDay` when it must be one, MM-DD;
 *   `isPlace` when it is a place in a text, and no policy; `isOptional` when it may be left out, which only the last one
 *   can be; `isWrittenOut` when it is never a reference
 * * `list`: every value of the list under this key; `isOfOneType` when they must be alike
 * * `cases`: a value for each word of the operand before it
 * * `rules`: conditions (`holds`), and for each a value (`gives`); the conditions are no operands
 * * `condition`: a condition under this key; it is no operand
 * * `table`: the name of a parameter of type table; it is no operand, `compute` is handed the table
 * * `row`: the name of a reference file, and the column that is given of its row; they are no operands, `compute` is
 *   handed the values of the column by the key of their rows
 * * `parameter`: a parameter that the calculation always reads, under no key
 */
export type Part =
  | {
      readonly kind: 'operand';
      readonly key: string;
      readonly takes: readonly ValueType[];
      readonly isMonthAndDay?: true;
      readonly isPlace?: true;
      readonly isOptional?: true;
      readonly isWrittenOut?: true;
    }
  | {
      readonly kind: 'list';
      readonly key: string;
      readonly takes: readonly ValueType[];
      readonly isOfOneType?: true;
    }
  | { readonly kind: 'cases'; readonly key: string; readonly takes: readonly ValueType[] }
  | { readonly kind: 'rules'; readonly key: string; readonly takes: readonly ValueType[] }
  | { readonly kind: 'condition'; readonly key: string }
  | { readonly kind: 'table'; readonly key: string }
  | { readonly kind: 'row'; readonly key: string; readonly column: string }
  | { readonly kind: 'parameter'; readonly name: string };

/** What stands beside the operands: the name of the table or of the column that is looked up, the words of the cases, conditions in words. */
export interface Beside {
  readonly table?: string;
  readonly cases?: readonly string[];
  readonly conditions?: readonly string[];
}

/** A mistake that a person could make in writing a calculation. Pointers begin at the calculation. */
export interface Mistake {
  /** What was written wrong, as a reader is shown it. */
  readonly pointer: string;
  /** What is replaced, when that is the list around it. */
  readonly at?: string;
  readonly to: unknown;
  /** What became of it, without a full stop. */
  readonly says: string;
}

/** A calculation as a rule file has it, known to be one of this name. */
export type Written = Readonly<Record<string, unknown>>;

/** One calculation that a fact can be. The closed list is in `index.ts`. */
export interface Calculation {
  /** As rule files write it. */
  readonly name: CalculationJson['calculate'];
  readonly parts: readonly Part[];
  /** The type of its value; `same` means that of the first one of its list or cases, or of the column it gives. */
  readonly gives: ValueType | 'same';
  /**
   * When its value may be absent: if all operands are missing (absent or blank), if one is missing, if the first one is,
   * if one is absent, or whatever the operands are.
   */
  readonly absentIf: 'never' | 'allMissing' | 'anyMissing' | 'firstMissing' | 'anyAbsent' | 'whatever';
  /** Its value may be blank. */
  readonly mayBeBlank?: true;
  /** Of a number: it is always a whole one, and when it counts something, never less than 0. */
  readonly number?: 'whole' | 'count';
  /** Of a text: it has as many characters as its last operand says. */
  readonly isOfLength?: true;
  /** It gives its first operand, a day, as many of these later as its second says: who looks for the day goes back. */
  readonly later?: Later['unit'];
  /** It gives an interval from its first operand through its second: who needs the two days alone asks these. */
  readonly isOfTwoDays?: true;
  /** It is a condition with a name, and nothing else. */
  readonly isCondition?: true;
  /** What it does, in words, from those of its operands: a line, and perhaps list items below. */
  readonly lines: (operands: readonly string[], beside: Beside) => readonly string[];
  /**
   * How a value of one student is told: by words around the first operand and where it comes from, with the values of
   * the others; by the operand it gives on (`chosen`); by where its one list comes from (`list`); by the codes that
   * are there (`codes`); or by all its operands with their values.
   */
  readonly toldBy:
    | ((first: string, second: string, third: string) => string)
    | 'chosen'
    | 'list'
    | 'codes'
    | 'operands';
  /**
   * The value, from those of the operands. What gives on a case, or goes by conditions, has none: the compiler asks for
   * that case alone.
   * @param table the labels of the table, by key; or the values of a column of a reference file, by the key of the row
   */
  readonly compute?: (operands: readonly Value[], table: ReadonlyMap<string, Value>) => Value;
  /**
   * The value in SQL, from those of the operands; NULL when it is absent. Left out where SQL has no words for it; `rules
   * sql` then says so.
   * @param beside the words of the cases, the labels of the table or the values of the column by key, the conditions, and
   *   the type of what it gives
   */
  readonly sql?: (
    operands: TermsOfOperands,
    dialect: Dialect,
    beside: {
      readonly cases: readonly string[];
      readonly table: ReadonlyMap<string, Value>;
      readonly type: ValueType;
      readonly conditions: readonly string[];
    },
  ) => Pick<Term, 'sql' | 'end'>;
  /** What hardly anybody means it to give; the check of rules looks for a student of whom it does. */
  readonly doubt?: {
    readonly isSo: (operands: readonly Value[], value: Value) => boolean;
    /** Goes on from what the calculation is called, and says what to do. */
    readonly says: string;
  };
  /** Mistakes for examples to notice, beside those in its references. */
  mistakes?(json: Written): readonly Mistake[];
  /** Operands, value, and what stands beside them: run as tests. `null` is absent. */
  readonly examples: readonly (readonly [operands: readonly unknown[], gives: unknown, beside?: ExampleBeside])[];
}

export interface ExampleBeside {
  readonly table?: Readonly<Record<string, string | readonly string[]>>;
  readonly cases?: readonly string[];
  /** What its conditions come to. */
  readonly conditions?: readonly boolean[];
}

/** So many days, months or years. */
export interface Later {
  readonly unit: 'days' | 'months' | 'years';
  readonly count: number;
}

/** As many as its parts say. */
type TermsOfOperands = readonly [Term, Term, Term, ...Term[]];

/** Nothing comes of a first operand that is absent or blank. */
export const ofDay =
  (calculate: (day: string, second: Value, third: Value) => Value): NonNullable<Calculation['compute']> =>
  (operands) => {
    const first = operands[0] as string | undefined;
    return first ? calculate(first, operands[1], operands[2]) : undefined;
  };

/** A text in SQL, or absent when it is blank. */
export const presentInSQL = ({ sql, is }: Term): string =>
  is !== undefined && isPresent(is.value) ? sql : `NULLIF(${sql}, '')`;

/** A line and each operand as a list item below. */
export const listed = (head: string, operands: readonly string[]): string[] => [
  head,
  ...operands.map((text) => `  * ${text}`),
];

/** One after the other of the operands is forgotten. */
export const eachLeftOut = (of: readonly unknown[]): Mistake[] =>
  of.map((_, i) => ({
    pointer: `/of/${i}`,
    at: '/of',
    to: of.toSpliced(i, 1),
    says: `Number ${i + 1} was left out`,
  }));

/** `31 days after 2023-08-17`, `1 day before …`. */
export const shifted =
  (unit: 'day' | 'month' | 'year') =>
  (day: string, count: string): string => {
    const [number, side] = count.startsWith('-') ? [count.slice(1), 'before'] : [count, 'after'];
    return `${number} ${unit}${number === '1' ? '' : 's'} ${side} ${day}`;
  };

/** A number that the file writes out was one less, or one more. */
export const numberMistakes = (pointer: string, number: unknown): Mistake[] =>
  typeof number === 'number'
    ? [number - 1, number + 1].map((to) => ({ pointer, to, says: `${number} became ${to}` }))
    : [];
