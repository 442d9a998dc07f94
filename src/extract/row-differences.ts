/**
 * What differs between two extracts, row by row: both are read once, side by side, in ascending order of SSID, and no
 * more of them is kept than the rows of one student. Rows of a student are known by their key, whatever their order.
 */
import { UserError } from '#base/user-error';
import type { OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { keyColumns, linesOf, valuesOf } from './file-rows.ts';
import { LINE_END } from './row.ts';

/** An extract as it is compared. */
export interface ComparedExtract {
  /** What messages call it. */
  readonly name: string;
  /** Of the text file, from its beginning. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of its column set. */
  readonly columns: readonly OutputColumn[];
}

/** A row, and where it stands. */
export interface PlacedRow {
  readonly values: readonly string[];
  /** Bytes of the file before it. */
  readonly place: number;
}

/** A row that only one extract has, or that has other values. */
export type RowDifference = { readonly ssid: string } & (
  | {
      readonly kind: 'new' | 'gone';
      readonly row: PlacedRow;
      /** The student has no row in the other extract. */
      readonly isStudent: boolean;
    }
  | {
      readonly kind: 'changed';
      readonly before: PlacedRow;
      readonly after: PlacedRow;
      /** The columns that both extracts have, and whose values differ. */
      readonly columns: readonly OutputColumn[];
    }
);

/** Rows that were compared. */
export interface ComparedRows {
  readonly before: number;
  readonly after: number;
}

/** Columns that both extracts have. */
export interface CommonColumn {
  readonly column: OutputColumn;
  readonly before: number;
  readonly after: number;
}

const CARET = '^';
const SSID = 'ssid';

/**
 * The differences, in ascending order of SSID.
 * @param rulebook says which columns tell rows apart
 * @returns how many rows there are
 * @throws UserError for files that are no extracts with these columns, that lack a column which tells rows apart, that
 * are in another order, or have a row twice; messages name lines, and no student
 */
export async function* rowDifferences(
  before: ComparedExtract,
  after: ComparedExtract,
  rulebook: Pick<Rulebook, 'extract'>,
): AsyncGenerator<RowDifference, ComparedRows> {
  const [old, now] = [new Rows(before, rulebook), new Rows(after, rulebook)];
  const common = commonColumns(before.columns, after.columns);
  const isAlike = common.length === before.columns.length && common.length === after.columns.length;
  /** The SSID of the last rows that were the same, to the character. */
  let same = '';
  await Promise.all([old.fill(), now.fill()]);
  while (!old.isAtEnd || !now.isAtEnd) {
    if (isAlike && old.line !== undefined && old.line === now.line) {
      same = old.ssid;
      old.pass(same);
      now.pass(same);
    } else {
      const [first, second] = [old.isAtEnd ? now.ssid : old.ssid, now.isAtEnd ? old.ssid : now.ssid];
      const ssid = first < second ? first : second;
      const [was, is] = [await old.take(ssid), await now.take(ssid)];
      yield* ofStudent(ssid, was, is, common, ssid === same);
    }
    if (old.isEmpty) await old.fill();
    if (now.isEmpty) await now.fill();
  }
  return { before: old.count, after: now.count };
}

/** What differs in the rows of one student. */
function* ofStudent(
  ssid: string,
  was: ReadonlyMap<string, PlacedRow>,
  is: ReadonlyMap<string, PlacedRow>,
  common: readonly CommonColumn[],
  hasSame: boolean,
): Generator<RowDifference> {
  const isStudent = (others: ReadonlyMap<string, PlacedRow>): boolean => others.size === 0 && !hasSame;
  for (const [key, row] of was) if (!is.has(key)) yield { ssid, kind: 'gone', row, isStudent: isStudent(is) };
  for (const [key, after] of is) {
    const before = was.get(key);
    if (!before) yield { ssid, kind: 'new', row: after, isStudent: isStudent(was) };
    else {
      const columns = changedColumns(before.values, after.values, common);
      if (columns.length > 0) yield { ssid, kind: 'changed', before, after, columns };
    }
  }
}

/** The columns whose values differ in two rows. */
export const changedColumns = (
  before: readonly string[],
  after: readonly string[],
  common: readonly CommonColumn[],
): OutputColumn[] => common.filter((place) => before[place.before] !== after[place.after]).map(({ column }) => column);

export const commonColumns = (before: readonly OutputColumn[], after: readonly OutputColumn[]): CommonColumn[] =>
  after.flatMap((column, place) => {
    const there = before.findIndex(({ key }) => key === column.key);
    return there < 0 ? [] : [{ column, before: there, after: place }];
  });

/** The rows of one extract, as far as they were read. */
class Rows {
  readonly #name: string;
  readonly #columns: number;
  readonly #keys: readonly number[];
  readonly #ssid: number;
  readonly #source: AsyncGenerator<readonly string[]>;
  #lines: readonly string[] = [];
  #at = 0;
  #place = 0;
  #last = '';
  isAtEnd = false;
  count = 0;

  constructor({ name, bytes, columns }: ComparedExtract, rulebook: Pick<Rulebook, 'extract'>) {
    this.#name = name;
    this.#columns = columns.length;
    this.#source = linesOf(bytes);
    this.#keys = keyColumns(columns, rulebook);
    this.#ssid = columns.findIndex(({ copyOf }) => copyOf === SSID);
    const { onePer } = rulebook.extract.selection.json;
    if (this.#keys.length < onePer.length || this.#ssid < 0)
      throw new UserError(
        `the column set of ${name} lacks a column that tells rows apart (${onePer.join(', ')}); compare extracts whose column sets have them`,
      );
  }

  /** Whether the next line has to be read first. */
  get isEmpty(): boolean {
    return this.#at >= this.#lines.length && !this.isAtEnd;
  }

  /** The next line; `undefined` at the end. */
  get line(): string | undefined {
    return this.#lines[this.#at];
  }

  /** The SSID of the next row; most rows are the same in both extracts, and nothing else is read of them. */
  get ssid(): string {
    const line = this.line as string;
    let start = 0;
    for (let i = 0; i < this.#ssid; i++) start = line.indexOf(CARET, start) + 1;
    return line.slice(start, line.indexOf(CARET, start));
  }

  async fill(): Promise<void> {
    while (this.isEmpty) {
      const next = await this.#source.next();
      this.#at = 0;
      this.#lines = next.done ? [] : next.value;
      this.isAtEnd = next.done === true;
    }
  }

  /** Goes by a row of this student. */
  pass(ssid: string): void {
    if (ssid < this.#last) throw this.#refusal('has an SSID that comes before the one above it');
    this.#last = ssid;
    this.#place += Buffer.byteLength(this.line as string) + LINE_END.length;
    this.#at++;
    this.count++;
  }

  /** All rows from here on that are this student's, by their key. */
  async take(ssid: string): Promise<Map<string, PlacedRow>> {
    const taken = new Map<string, PlacedRow>();
    while (!this.isAtEnd) {
      if (this.ssid !== ssid) break;
      const values = valuesOf(this.line as string, this.count + 1, this.#columns, this.#name);
      const key = this.#keys.map((place) => values[place]).join(CARET);
      if (taken.has(key)) throw this.#refusal('is a second row for the same student, school and grade');
      taken.set(key, { values, place: this.#place });
      this.pass(ssid);
      await this.fill();
    }
    return taken;
  }

  #refusal(what: string): UserError {
    return new UserError(`line ${this.count + 1} of ${this.#name} ${what}; give the text file as cenr made it`);
  }
}

/** Counts of what differs. */
export interface DifferenceCounts {
  new: number;
  /** Students who have no row in the earlier extract. */
  newStudents: number;
  gone: number;
  goneStudents: number;
  changed: number;
  /** By number of the column: rows in which its value changed. */
  readonly byField: Map<string, number>;
}

/** Counts differences as they are found, in their order. */
export class DifferenceCounter {
  readonly counts: DifferenceCounts = {
    new: 0,
    newStudents: 0,
    gone: 0,
    goneStudents: 0,
    changed: 0,
    byField: new Map(),
  };
  #student = '';

  add(difference: RowDifference): void {
    const { counts } = this;
    const { kind, ssid } = difference;
    counts[kind]++;
    if (kind === 'changed')
      for (const { no } of difference.columns) counts.byField.set(no, (counts.byField.get(no) ?? 0) + 1);
    else if (difference.isStudent && ssid !== this.#student) counts[`${kind}Students`]++;
    this.#student = ssid;
  }
}
