/**
 * What files look like: the layouts and code sets of `schemas/records` and `schemas/codesets`, as read, and the few
 * questions asked of them. The keys `recordTypeCode` and `ssid` stand in every input layout, `reportingLEA` and
 * `transactionTypeCode` in most; nothing else about a column is known to code.
 */
import { UserError } from '#base/user-error';

export interface Column {
  readonly no: string;
  readonly key: string;
  readonly name: string;
  /** `CS` characters, `DT` a day. */
  readonly type: 'CS' | 'DT';
  readonly max: number;
  readonly lengthKnown: boolean;
  readonly required: boolean;
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
  /** How its files look, where they are no caret files. */
  readonly file?: FileLooks;
  readonly columns: readonly Column[];
  /**
   * Upload Date and Last Date Updated, the last two fields of a line of an ODS extract; absent where such a line has
   * the columns of the layout only.
   */
  readonly odsColumns?: readonly Column[];
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
  /** Named selections of columns, first and last column number. */
  readonly columnSets: Readonly<Record<string, readonly [string, string]>>;
  readonly defaultColumnSet: string;
  readonly columns: readonly OutputColumn[];
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

/** The layout for a record type, by its plain name (`SENR`, not `SENR-R`). */
export const layoutOf = (schemas: Schemas, recordType: string): Layout | undefined =>
  schemas.layouts.find((l) => l.recordType === recordType);

/** The code set of that name, when `schemas/codesets` has it. */
export const codeSetOf = (schemas: Schemas, name: string): CodeSet | undefined =>
  schemas.codeSets.find((c) => c.codeSet === name);

/** The output columns of a column set, in order. */
export function outputColumns(output: OutputLayout, set: string): readonly OutputColumn[] {
  const range = output.columnSets[set];
  if (!range) throw new UserError(`no column set "${set}"; there are ${Object.keys(output.columnSets).join(', ')}`);
  const [first, last] = range.map((no) => output.columns.findIndex((c) => c.no === no));
  return output.columns.slice(first, (last as number) + 1);
}
