/** What two sides say of one student: rows by key, and everything in them that is not the same. */

import type { CompiledRulebook } from '#extract/extractor';
import type { OutputColumn } from '#records/layout';
import { historyOf, readRecords, type SourceRecord } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';

/** The values of a row by key of the column. */
export type Values = Readonly<Record<string, string>>;
/** The rows of a student, by what tells them apart. */
export type Rows = ReadonlyMap<string, Values>;

/** Something that is not the same: a value of a row, or, with column `''`, that the row is there at all. */
export type Item = `${string}\t${string}`;

export const itemOf = (row: string, column: string): Item => `${row}\t${column}`;

export function placeOfItem(item: Item): { readonly row: string; readonly column: string } {
  const tab = item.indexOf('\t');
  return { row: item.slice(0, tab), column: item.slice(tab + 1) };
}

/** How rows are compared. */
export interface Comparison {
  /** The columns that both sides have and that are compared. */
  readonly columns: readonly OutputColumn[];
  /** By key: the places, from 0, of the columns that tell rows apart. */
  readonly keys: readonly string[];
  /** Columns whose leading zeros their side may have lost. */
  readonly withoutZeros: ReadonlySet<string>;
}

const plainNumber = (text: string): string => (/^\d+$/.test(text) ? text.replace(/^0+/, '') : text);

export const isSame = (theirs: string, ours: string, column: string, { withoutZeros }: Comparison): boolean =>
  theirs === ours || (withoutZeros.has(column) && plainNumber(theirs) === plainNumber(ours));

export const rowKey = (values: Values, { keys }: Comparison): string => keys.map((key) => values[key]).join('^');

/** Everything that is not the same. Of a row that only they have, each of its values counts too. */
export function differing(theirs: Rows, ours: Rows, comparison: Comparison): Set<Item> {
  const items = new Set<Item>();
  for (const [key, row] of theirs) {
    const own = ours.get(key);
    if (!own) items.add(itemOf(key, ''));
    for (const { key: column } of comparison.columns) {
      const value = row[column] ?? '';
      if (own ? !isSame(value, own[column] ?? '', column, comparison) : value !== '') items.add(itemOf(key, column));
    }
  }
  for (const key of ours.keys()) if (!theirs.has(key)) items.add(itemOf(key, ''));
  return items;
}

/** What only the first has. */
export const without = (a: ReadonlySet<Item>, b: ReadonlySet<Item>): Set<Item> =>
  new Set([...a].filter((item) => !b.has(item)));

/** What both have. */
export const common = (a: ReadonlySet<Item>, b: ReadonlySet<Item>): Set<Item> =>
  new Set([...a].filter((item) => b.has(item)));

export const isWithin = (a: ReadonlySet<Item>, b: ReadonlySet<Item>): boolean => [...a].every((item) => b.has(item));

/** A rulebook, a request and a run date: under them a history has rows. */
export class World {
  readonly compiled: CompiledRulebook;
  readonly request: RequestFacts;
  readonly runDate: string;
  readonly comparison: Comparison;
  readonly #x;
  /** The row that was made last from an enrollment: most changes of other records leave it as it was. */
  readonly #made = new WeakMap<SourceRecord, { fields: readonly string[]; key: string; values: Values }>();

  constructor(compiled: CompiledRulebook, request: RequestFacts, runDate: string, comparison: Comparison) {
    this.compiled = compiled;
    this.request = request;
    this.runDate = runDate;
    this.comparison = comparison;
    this.#x = compiled.program.newEvaluation();
    compiled.program.begin(this.#x, request, runDate);
  }

  rowsOfBody(ssid: string, body: string): Rows {
    return this.rows(ssid, readRecords(body, this.compiled.plan));
  }

  /** @param each is told of every row and the enrollment that it is made from */
  rows(ssid: string, records: readonly SourceRecord[], each?: (key: string, enrollment: SourceRecord) => void): Rows {
    const { program, plan, rows } = this.compiled;
    const made = new Map<string, Values>();
    for (const enrollment of program.select(this.#x, historyOf(ssid, records, plan))) {
      program.evaluate(this.#x, enrollment);
      const { fields } = this.#x;
      let row = this.#made.get(enrollment);
      if (!row?.fields.every((value, i) => value === fields[i])) {
        const values = rows.named(this.#x, enrollment);
        row = { fields: [...fields], key: rowKey(values, this.comparison), values };
        this.#made.set(enrollment, row);
      }
      made.set(row.key, row.values);
      each?.(row.key, enrollment);
    }
    return made;
  }
}
