/**
 * What operators, calculations and the walk say SQL with: the terms of a statement, and what a dialect of SQL says in its
 * own way. Standard SQL is written where it is meant; only what engines say differently is asked of a dialect.
 */
import type { Value, ValueType } from '../tree/values.ts';

/**
 * A value in SQL. Absent is NULL, blank is the empty text. A day is a text CCYYMMDD, a list an array of texts. Of a
 * record nothing is asked but whether it is there: its SQL is NULL when it is not.
 */
export interface Term {
  readonly type: ValueType;
  /** Of an interval: its first day. */
  readonly sql: string;
  /** The last day of an interval, blank when it is open. */
  readonly end?: string;
  readonly mayBeAbsent: boolean;
  /** What it is for every row, where that is known beforehand; absent included. */
  readonly is?: { readonly value: Value };
}

/** A key by which records are put in order. None of them is ever NULL. */
export interface SortKey {
  readonly sql: string;
  readonly type: ValueType;
  readonly descending: boolean;
}

/** A dialect of SQL. What it is given and what it gives are SQL. NULL gives NULL, unless something else is said. */
export interface Dialect {
  readonly name: string;
  /** The type of a list. */
  readonly typeOfList: string;
  /** A text that compares byte by byte with others that went through here. */
  readonly ordered: (text: string) => string;
  /** So many characters of a text, from one on; the first has the place 1. */
  readonly characters: (text: string, first: string, length: string) => string;
  readonly lengthOfList: (list: string) => string;
  readonly holds: (list: string, text: string) => string;
  readonly list: (texts: readonly string[]) => string;
  /** One of a list, by its place from 1. NULL when there is none. */
  readonly ofList: (list: string, place: number) => string;
  /** A list of those texts that are not NULL, each once, in their order. */
  readonly distinct: (texts: readonly string[]) => string;
  /** The day so many days after a day. */
  readonly daysLater: (day: string, days: string) => string;
  /** How many days after a day another one is. */
  readonly daysBetween: (day: string, later: string) => string;
  /**
   * An aggregate: how many days of an interval are covered by at least one of the candidates' intervals, of those for which
   * a condition holds. Both have their first and last day; a blank last day is open, and a blank first day is none.
   */
  readonly daysCovered: (
    interval: readonly [first: string, last: string],
    within: readonly [first: string, last: string],
    condition: string,
  ) => string;
  /** Whether a text fits a regular expression from its first to its last character. */
  readonly fits: (text: string, expression: string) => string;
  /** How a relation is worked out that several others read, and one that one other reads. */
  readonly once: { readonly readAgain: string; readonly other: string };
  /**
   * Whether looks are made for each row, by an index, rather than for all rows in one join: for engines that judge badly
   * how many rows there are.
   */
  readonly looksRowByRow: boolean;
  /** An aggregate: some texts of the first record in an order, of those for which a condition holds. */
  readonly firstRecord: (texts: readonly string[], order: readonly SortKey[], condition: string) => string;
  /** One of these texts, by its place from 1. NULL when there was no record. */
  readonly partOfRecord: (record: string, place: number) => string;
  /** A whole query, made of what the others give, as the engine takes it. */
  readonly query: (sql: string) => string;
  /** What a statement that makes a table ends with. */
  readonly afterTable: string;
  /**
   * Statements that fill a table from a CSV file with a line of column names, every value in quotation marks, and let the
   * engine count it.
   */
  readonly load: (table: string, path: string) => readonly string[];
}

/** Thrown for what cannot be said in SQL; the message goes on from what it is about. */
export class NotInSQL extends Error {}

/** A text as SQL writes it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as SQL writes it. */
export const named = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** How SQL calls a type. */
const SQL_TYPES: Readonly<Partial<Record<ValueType, string>>> = {
  text: 'TEXT',
  day: 'TEXT',
  number: 'BIGINT',
  flag: 'BOOLEAN',
};

/** Absence of a type. */
export const nothing = (type: ValueType, { typeOfList }: Dialect): string =>
  `CAST(NULL AS ${type === 'list' ? typeOfList : (SQL_TYPES[type] ?? 'TEXT')})`;

const WIDTH = 100;

/** Conditions in one, over several lines when they are long. */
export function joined(word: 'AND' | 'OR', conditions: readonly string[]): string {
  if (conditions.length === 1) return conditions[0] as string;
  const line = `(${conditions.join(` ${word} `)})`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `(${conditions.map((condition, i) => (i === 0 ? condition : `\n  ${word} ${condition}`).replaceAll('\n', '\n  ')).join('')})`;
}
