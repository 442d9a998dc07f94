/** The tables that a statement reads, one for each record type: how they are made, and what is written into them. */
import type { Layout, Schemas } from '#records/layout';
import { type ReadPlan, Slots, type SourceRecord } from '#records/record';
import { type Dialect, named } from './dialect.ts';
import { LOADED } from './saying.ts';

const DAYS = ['uploaded', 'lastUpdated'] as const;

/** Statements that make the tables: the columns of each layout, the place in the order of loading, and the two days. */
export const createTables = ({ layouts }: Pick<Schemas, 'layouts'>, { afterTable }: Dialect): string =>
  layouts
    .map((layout) => {
      const columns = columnsOf(layout).map((key) => `  ${named(key)} TEXT NOT NULL`);
      return `CREATE TABLE ${named(layout.recordType)} (\n${[...columns, `  ${named(LOADED)} BIGINT NOT NULL`].join(',\n')}\n)${afterTable};\n`;
    })
    .join('');

/** The name of the file that a table is filled from. */
export const tableFile = ({ recordType }: Layout): string => `${recordType}.csv`;

/**
 * Statements that fill the tables.
 * @param folder with a file for each table
 */
export const loadTables = ({ layouts }: Pick<Schemas, 'layouts'>, dialect: Dialect, folder: string): string[] =>
  layouts.flatMap((layout) => dialect.load(named(layout.recordType), `${folder}/${tableFile(layout)}`));

const columnsOf = ({ columns }: Layout): string[] => [...columns.map(({ key }) => key), ...DAYS];

/** Writes records as lines of the files that fill the tables. */
export class TableLines {
  /** Reads records so that they can be written. */
  readonly plan: ReadPlan;
  readonly #layouts: readonly Layout[];
  readonly #slots: readonly (readonly number[])[];

  constructor({ layouts }: Pick<Schemas, 'layouts'>) {
    const slots = new Slots(layouts);
    this.#layouts = layouts;
    this.#slots = layouts.map((layout) => columnsOf(layout).map((key) => slots.column(layout.recordType, key)));
    this.plan = slots.plan();
  }

  /** The first line of the file of a type, by its index in the plan. */
  head(type: number): string {
    return line([...columnsOf(this.#layouts[type] as Layout), LOADED]);
  }

  /** A record, read with `plan`, as a line of the file of its type. */
  line({ type, values, loaded }: SourceRecord): string {
    const slots = this.#slots[type] as readonly number[];
    return line([...slots.map((slot) => values[slot] as string), String(loaded)]);
  }
}

// In quotation marks even when blank: without them it would be NULL.
const line = (values: readonly string[]): string =>
  `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`;
