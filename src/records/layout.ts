/**
 * What files look like: the layouts and code sets of `schemas/records` and `schemas/codesets`, as read, and the few
 * questions asked of them. The keys `recordTypeCode` and `ssid` stand in every input layout, `reportingLEA` and
 * `transactionTypeCode` in most; nothing else about a column is known to code.
 */
import { UserError } from '#base/user-error';
import { areConsecutiveYears } from './days.ts';

export interface Column {
  readonly no: string;
  readonly key: string;
  readonly name: string;
  /** `CS` characters, `DT` a day. */
  readonly type: 'CS' | 'DT';
  readonly max: number;
  readonly lengthKnown: boolean;
  readonly required: boolean;
  /** The academic year from which lines have it; absent for all years. */
  readonly from?: string;
  readonly codeSet?: string;
  /** What the first line of a file calls it; its name when absent. */
  readonly heading?: string;
  /** Column whose day decides whether a code is used within its days; the layout's own `codeDay` when absent. */
  readonly codeDay?: string;
}

export interface Layout {
  readonly recordType: string;
  readonly name: string;
  /** What identifies a record when it is sent again (records.md section 2); all columns where the file says none. */
  readonly keyColumns: readonly string[];
  /** What else identifies it while it has no SSID, so that two new students of one school are not taken for one. */
  readonly keyColumnsWithoutSSID?: readonly string[];
  /** What transaction `replace` replaces: the record with its key, unless this says `latestAlike`. */
  readonly replaces?: {
    readonly by: 'key' | 'latestAlike';
    readonly sameColumns: readonly string[];
    readonly latestBy: string;
  };
  /** Column with the day from which a record speaks, on which its codes must be in use; absent when it has no day. */
  readonly codeDay?: string;
  /** Column with the academic year of a record, which says what columns with a `from` its line has. */
  readonly academicYear?: string;
  /** How its records stand on a student's line of time; absent where they have no days. */
  readonly drawn?: Drawn;
  /** How its files look, where they are no caret files. */
  readonly file?: FileLooks;
  readonly columns: readonly Column[];
  /**
   * Upload Date and Last Date Updated, the last two fields of a line of an ODS extract; absent where such a line has
   * the columns of the layout only.
   */
  readonly odsColumns?: readonly Column[];
}

/** What records are called on a line of time. */
export interface Drawn {
  /** What stands before the line that they share. */
  readonly lane: string;
  /** What one of them is called. */
  readonly record: string;
  /** Columns whose values name a record, and what stands before a value. */
  readonly names: readonly { readonly column: string; readonly says?: string }[];
}

/** A file of records of one type, one a line, that do not say their record type. */
export interface FileLooks {
  readonly separator: 'comma' | 'tab' | 'bar' | 'semicolon' | 'caret';
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** Columns that are not read, as the first line names them. */
  readonly ignored?: readonly string[];
}

export interface OutputColumn {
  readonly no: string;
  readonly key: string;
  readonly name: string;
  readonly type: 'CS' | 'DT';
  readonly max: number;
  readonly lengthKnown: boolean;
  /** Exactly one of the next four says where the value comes from. */
  readonly literal?: string;
  readonly copyOf?: string;
  readonly rule?: true;
  readonly day?: 'uploaded' | 'lastUpdated';
}

export interface OutputLayout {
  readonly recordType: string;
  readonly name: string;
  readonly copiesFrom: string;
  /** Columns that have the name of the student, in the order in which it is said. */
  readonly names?: readonly string[];
  /** Named selections of columns, in the order of the file. */
  readonly columnSets: Readonly<Record<string, readonly ColumnSetItem[]>>;
  /** The choice when none is asked for; several where it depends on the academic year, in ascending order of years. */
  readonly defaultColumnSet: string | readonly YearOfColumnSet[];
  readonly columns: readonly OutputColumn[];
}

/** The key of a column, or of the first and the last of several; two numbers are those of the first and the last. */
export type ColumnSetItem = string | { readonly from: string; readonly through: string };

export interface YearOfColumnSet {
  readonly columnSet: string;
  /** The first academic year for which it is made; absent for the first choice. */
  readonly from?: string;
}

export interface Code {
  readonly code: string;
  readonly meaning: string;
  /** First and last day on which the code may be used, `CCYY-MM-DD`; absent: open. */
  readonly from?: string;
  readonly through?: string;
  /** Transaction types only. */
  readonly does?: 'put' | 'delete' | 'replace';
}

export interface CodeSet {
  readonly codeSet: string;
  /** False: the list is known to be incomplete, so a value is checked only for its form. */
  readonly closed: boolean;
  /** False: newer codes may exist, so a value that has the form of these is only warned of. Absent: true. */
  readonly complete?: boolean;
  readonly codes: readonly Code[];
}

/** Everything under `schemas/records` and `schemas/codesets`, plain data that can be sent to a worker. */
export interface Schemas {
  readonly layouts: readonly Layout[];
  readonly output: OutputLayout;
  readonly codeSets: readonly CodeSet[];
}

/** What the first line of a file calls a column. */
export const headingOf = ({ heading, name }: Column): string => heading ?? name;

/** A layout as its file has it: what it may leave out is filled in. */
export function layoutFrom(json: Omit<Layout, 'keyColumns'> & Partial<Pick<Layout, 'keyColumns'>>): Layout {
  const { keyColumns = json.columns.slice(1).map(({ key }) => key), ...rest } = json;
  return { ...rest, keyColumns };
}

/** The place of column `key` in `layout`, counted from 0; -1 when it has none. */
export function columnIndex(layout: Layout, key: string): number {
  let places = PLACES.get(layout);
  if (!places) {
    places = new Map(layout.columns.map((c, i) => [c.key, i]));
    PLACES.set(layout, places);
  }
  return places.get(key) ?? -1;
}

const PLACES = new WeakMap<Layout, ReadonlyMap<string, number>>();

/**
 * All columns of a line as it comes in: those of the layout, then the two dates of an ODS extract, where the record type
 * has them (blank for a plain file).
 */
export const incomingColumns = ({ columns, odsColumns = [] }: Layout): readonly Column[] => [...columns, ...odsColumns];

/** The place of the academic year that decides which columns a line has; absent where all lines have all columns. */
export const placeOfYear = ({ academicYear, columns }: Layout): number | undefined =>
  columns.at(-1)?.from === undefined ? undefined : columns.findIndex(({ key }) => key === academicYear);

/** How many columns a line of an academic year has; all when that is not one. Those of later years are the last ones. */
export function columnsIn(columns: readonly Column[], year: string): number {
  if (!areConsecutiveYears(year)) return columns.length;
  const later = columns.findIndex(({ from = '' }) => from > year);
  return later < 0 ? columns.length : later;
}

/**
 * The values of a line by column of its layout, without those of columns that a line of its year does not have: they are
 * left out unless one of them has a value.
 */
export function ofItsYear(layout: Layout, values: readonly string[]): readonly string[] {
  const year = placeOfYear(layout);
  if (year === undefined) return values;
  const own = columnsIn(layout.columns, values[year] as string);
  return values.slice(own).some((value) => value !== '') ? values : values.slice(0, own);
}

/** The layout for a record type, by its plain name (`SENR`, not `SENR-R`). */
export const layoutOf = (schemas: Schemas, recordType: string): Layout | undefined =>
  schemas.layouts.find((l) => l.recordType === recordType);

/** The code set of that name, when `schemas/codesets` has it. */
export const codeSetOf = (schemas: Schemas, name: string): CodeSet | undefined =>
  schemas.codeSets.find((c) => c.codeSet === name);

/** The output columns of a column set, in order. */
export function outputColumns(output: OutputLayout, set: string): readonly OutputColumn[] {
  const items = output.columnSets[set];
  if (!items) throw new UserError(`no column set "${set}"; there are ${Object.keys(output.columnSets).join(', ')}`);
  const { columns } = output;
  const place = (name: string): number => columns.findIndex(({ key, no }) => key === name || no === name);
  const run = (from: string, through: string) => columns.slice(place(from), place(through) + 1);
  const [first = '', last = ''] = items;
  if (typeof first === 'string' && typeof last === 'string' && isNumbered(items)) return run(first, last);
  return items.flatMap((item) =>
    typeof item === 'string' ? columns.filter(({ key }) => key === item) : run(item.from, item.through),
  );
}

/** Whether a column set is a run of columns by their numbers. */
export const isNumbered = (items: readonly ColumnSetItem[]): boolean =>
  items.length === 2 && items.every((item) => typeof item === 'string' && /^[0-9]+$/.test(item));

/**
 * The column set that is written when none is asked for.
 * @param year the academic year of the request; the newest set when absent
 */
export function usualColumnSet({ defaultColumnSet: choice }: OutputLayout, year?: string): string {
  if (typeof choice === 'string') return choice;
  const choices = year === undefined ? choice : choice.filter(({ from = '' }) => from <= year);
  return (choices.at(-1) ?? (choice[0] as YearOfColumnSet)).columnSet;
}
