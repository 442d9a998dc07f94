/**
 * Reads and writes histories for one upload, block after block: quick when students come in ascending order of SSID,
 * right in any order. What it changes for the first time is put aside as it was, for the snapshots before.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { UserError } from '#base/user-error';
import type { Form, OftenRead } from '#records/block/form';
import { type KeptRecord, type StudentToWrite, writeBlock } from '#records/block/write';
import type { KeptHistory } from '#records/record';
import { ssidNumber, ssidText, WITHOUT_SSID } from '#records/ssid';
import type { HistoryPutter } from '../store.ts';
import type { Write } from './changes.ts';
import { changedAt, historyAt, type Place, Shelf, type ShelfRow, studentAt } from './shelf.ts';

/** A block holds at most so many students, and so many records unless one student has more. */
const MOST_STUDENTS = 256;
const MOST_RECORDS = 16_384;
/** With fewer, it is joined with the next one. */
const FEW_STUDENTS = 64;
/** Where more change, what is known of the others is read at once. */
const FEW_CHANGES = 8;
/** So many changed students are kept in memory. */
const MOST_WAITING = 1_024;
/** Up to this share of its students may have changed before a block is written anew. */
const MOST_FRESH = 1 / 8;

interface OpenShelf {
  readonly first: number;
  /** The first of the next one. */
  readonly end: number;
  /** Absent where no block is yet. */
  readonly shelf: Shelf | undefined;
  readonly changes: Map<number, StudentToWrite>;
  /** Students with smaller numbers were written already; absent before any was. */
  from?: number;
  /** By student, the LEAs where it was enrolled before; absent while few students change. */
  leas?: Map<number, string[]>;
}

/** What a writer of histories works with. */
export interface HistoryWriting {
  readonly upload: number;
  /** Columns that are read often. */
  readonly often: OftenRead | undefined;
  /** The number under which a form is kept. */
  readonly numberOf: (form: Form) => number;
  readonly write: Write;
  /** Where what is written cannot be read before all of it is: students come in ascending order of SSID then. */
  readonly ahead?: { readonly from: number; readonly below: number };
}

export class HistoryWriter implements HistoryPutter {
  readonly #db: DatabaseSync;
  readonly #with: HistoryWriting;
  readonly #reads: Readonly<Record<keyof typeof READS, StatementSync>>;
  #open: OpenShelf | undefined;

  constructor(db: DatabaseSync, writing: HistoryWriting) {
    this.#db = db;
    this.#with = writing;
    this.#reads = Object.fromEntries(Object.entries(READS).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
      keyof typeof READS,
      StatementSync
    >;
  }

  /** A block is read when one of its students is asked for. */
  async fetch(): Promise<void> {}

  history(ssid: string): KeptHistory | undefined {
    const number = ssidNumber(ssid);
    const found = current(this.#shelfOf(number), number);
    if (!found) return undefined;
    if ('block' in found) return historyAt(found);
    // Who was put in this upload is asked for again only where two of its parts name one student.
    this.finish();
    return historyAt(current(this.#shelfOf(number), number) as Place);
  }

  put(ssid: string, records: readonly KeptRecord[], leas: ReadonlySet<string>): void {
    const number = ssidNumber(ssid);
    if (ssidText(number) !== ssid)
      throw new UserError('found an SSID that is not ten digits; a store keeps students whose SSID is ten digits');
    const { upload, write, ahead } = this.#with;
    const shelf = this.#shelfOf(number);
    const before = current(shelf, number);
    const isNameless = number === WITHOUT_SSID;
    const left = new Set(before && !isNameless ? this.#leasOf(shelf, number) : []);
    const joined = isNameless || records.length === 0 ? [] : [...leas].filter((lea) => !left.delete(lea));
    if (joined.length === 0 && left.size === 0 && isSame(before, records)) return;
    const changed = before && ('block' in before ? changedAt(before) : before.changed);
    if (changed !== undefined && changed < upload && !isNameless) write('keepLEAs', number, upload, changed);
    shelf.changes.set(number, { ssid, changed: upload, records });
    for (const lea of joined) write('enroll', lea, number);
    for (const lea of left) write('unenroll', lea, number);
    if (shelf.changes.size < MOST_WAITING) return;
    if (ahead) this.#write(shelf, number + 1);
    else this.finish();
  }

  /** Writes what is still in memory. */
  finish(): void {
    if (this.#open && this.#open.changes.size > 0) this.#write(this.#open);
    else if (this.#open) this.#writeRest(this.#open);
    this.#open = undefined;
  }

  /** Writes every block anew that still has what students were before they changed. */
  tidy(): void {
    this.finish();
    const stale = this.#db.prepare('SELECT first FROM block WHERE fresh IS NOT NULL').all() as { first: number }[];
    for (const { first } of stale) this.#rewrite(this.#read(first), []);
  }

  /** The LEAs where a student is enrolled that is put for the first time. */
  #leasOf(of: OpenShelf, number: number): readonly string[] {
    const { leasOf, leasIn } = this.#reads;
    if (of.changes.size < FEW_CHANGES || of.changes.has(number))
      return leasOf.all(number).map((row) => row['lea'] as string);
    if (!of.leas) {
      of.leas = new Map();
      for (const row of leasIn.all(of.first, of.shelf?.last ?? number)) {
        const known = of.leas.get(row['ssid'] as number);
        if (known) known.push(row['lea'] as string);
        else of.leas.set(row['ssid'] as number, [row['lea'] as string]);
      }
    }
    return of.leas.get(number) ?? [];
  }

  #shelfOf(number: number): OpenShelf {
    const open = this.#open;
    if (open && number >= open.first && number < open.end) return open;
    this.finish();
    this.#open = this.#read(number);
    return this.#open;
  }

  #read(number: number): OpenShelf {
    const { find, lowest, coldOf } = this.#reads;
    const { ahead } = this.#with;
    const least = number === WITHOUT_SSID ? WITHOUT_SSID : Math.max(0, ahead?.from ?? 0);
    const row = find.get(number === WITHOUT_SSID ? WITHOUT_SSID : 0, number) as
      | (ShelfRow & { next: number | null })
      | undefined;
    const next = row ? row.next : (lowest.get()?.['next'] as number | null);
    const end =
      number === WITHOUT_SSID
        ? 0
        : Math.min(next ?? Number.POSITIVE_INFINITY, ahead?.below ?? Number.POSITIVE_INFINITY);
    const cold = () => (coldOf.get(row?.first ?? 0)?.['cold'] as Uint8Array | null) ?? null;
    return { first: row?.first ?? least, end, shelf: row && new Shelf(this.#db, row, cold), changes: new Map() };
  }

  /** Writes changes; whoever is written ahead goes on with the students from `below` on. */
  #write(of: OpenShelf, below = Number.POSITIVE_INFINITY): void {
    const { shelf, changes } = of;
    const numbers = [...changes.keys()].sort((a, b) => a - b);
    this.#putAside(numbers.flatMap((number) => shelf?.find(number) ?? []));
    const isAll = of.from === undefined && below === Number.POSITIVE_INFINITY;
    if (isAll && shelf && this.#refreshed(of, shelf, numbers)) return;
    const half = MOST_STUDENTS / 2;
    const isBehind = shelf && shelf.size >= half && numbers.length >= half && (numbers[0] as number) > shelf.last;
    // Students who follow all that are there: these stay as they are.
    if (isBehind) this.#addBlocks(numbers.map((number) => changes.get(number) as StudentToWrite).filter(isThere));
    else {
      this.#rewrite(of, numbers, below);
      of.from = below;
    }
    changes.clear();
  }

  /** Of a block that was written in part, whoever stands behind the last student that changed. */
  #writeRest(of: OpenShelf): void {
    if (of.from !== undefined && of.shelf && of.shelf.last >= of.from) this.#rewrite(of, []);
  }

  /** Puts few changes beside the block; gives whether they are few. */
  #refreshed({ first, changes }: OpenShelf, shelf: Shelf, numbers: readonly number[]): boolean {
    const stale = new Map(shelf.fresh().map((place) => [place.number, place]));
    const fresh = [...new Set([...stale.keys(), ...numbers])].sort((a, b) => a - b);
    if (fresh.length > shelf.size * MOST_FRESH) return false;
    const students = fresh.flatMap((number) => {
      const student = changes.get(number) ?? studentAt(stale.get(number) as Place);
      // Who is gone is named only as long as the block still has that student.
      return isThere(student) || shelf.holds(number) ? student : [];
    });
    const bytes = students.length > 0 ? writeBlock(students, this.#with.numberOf).hot : null;
    this.#with.write('refresh', first, bytes);
    return true;
  }

  #rewrite(
    { first, end, shelf, changes, from }: OpenShelf,
    numbers: readonly number[],
    below = Number.POSITIVE_INFINITY,
  ): void {
    const { write, ahead } = this.#with;
    const students = numbers.map((number) => changes.get(number) as StudentToWrite).filter(isThere);
    for (const place of everyone(shelf))
      if (place.number >= (from ?? WITHOUT_SSID) && place.number < below && !changes.has(place.number))
        students.push(studentAt(place));
    // What is written is read from it only then.
    shelf?.fetch();
    if (shelf && from === undefined) write('drop', first);
    const isFew = students.length > 0 && students.length < FEW_STUDENTS;
    // The next block may be changed too, and cannot be read again then.
    if (isFew && !ahead && Number.isFinite(end) && first !== WITHOUT_SSID) {
      const next = this.#read(end).shelf;
      next?.fetch();
      for (const place of everyone(next)) students.push(studentAt(place));
      write('drop', end);
    }
    students.sort((a, b) => ssidNumber(a.ssid) - ssidNumber(b.ssid));
    this.#addBlocks(students, from === undefined ? first : undefined);
  }

  #addBlocks(students: readonly StudentToWrite[], least?: number): void {
    addBlocks(this.#with, students, least);
  }

  // Records without an SSID are in no extract, so nobody asks what they were.
  #putAside(places: readonly Place[]): void {
    const { upload } = this.#with;
    const former = places.filter((place) => place.number !== WITHOUT_SSID && changedAt(place) < upload);
    if (former.length > 0) addFormer(this.#with, former.map(studentAt), upload);
  }
}

const READS = {
  find: `SELECT first, hot, fresh, (SELECT min(next.first) FROM block AS next WHERE next.first > block.first) AS next
         FROM block WHERE first = (SELECT max(first) FROM block WHERE first BETWEEN ? AND ?)`,
  lowest: 'SELECT min(first) AS next FROM block WHERE first >= 0',
  coldOf: 'SELECT cold FROM block WHERE first = ?',
  leasOf: 'SELECT lea FROM enrolled WHERE ssid = ?',
  leasIn: 'SELECT ssid, lea FROM enrolled WHERE ssid BETWEEN ? AND ?',
} as const;

const everyone = (shelf: Shelf | undefined): Iterable<Place> =>
  shelf?.students(WITHOUT_SSID, Number.POSITIVE_INFINITY) ?? [];

/** A student as it is after what was put. */
function current({ changes, shelf }: OpenShelf, number: number): Place | StudentToWrite | undefined {
  const change = changes.get(number);
  if (change) return isThere(change) ? change : undefined;
  return shelf?.find(number);
}

/**
 * Writes new blocks.
 * @param students in ascending order
 * @param least the first SSID of the first block, which is that of its first student when absent
 */
export function addBlocks(
  { numberOf, often, write }: Pick<HistoryWriting, 'numberOf' | 'often' | 'write'>,
  students: readonly StudentToWrite[],
  least?: number,
): void {
  for (const [i, piece] of pieces(students).entries()) {
    const first = i === 0 && least !== undefined ? least : ssidNumber((piece[0] as StudentToWrite).ssid);
    const { hot, cold } = writeBlock(piece, numberOf, often);
    write('add', first, piece.length, hot, cold ?? null);
  }
}

/** Writes students as they were up to before an upload, in ascending order. */
export function addFormer(
  { numberOf, write }: Pick<HistoryWriting, 'numberOf' | 'write'>,
  students: readonly StudentToWrite[],
  until: number,
): void {
  for (const piece of pieces(students)) {
    const [first, last] = [piece[0], piece.at(-1)].map((student) => ssidNumber((student as StudentToWrite).ssid));
    write('addFormer', first as number, last as number, until, piece.length, writeBlock(piece, numberOf).hot);
  }
}

const isThere = ({ records }: StudentToWrite): boolean => records.length > 0;

function isSame(before: Place | StudentToWrite | undefined, records: StudentToWrite['records']): boolean {
  if (!before) return records.length === 0;
  return 'block' in before && historyAt(before).isSame(records);
}

/** Students in pieces that become a block each, of about the same size. */
function pieces(students: readonly StudentToWrite[]): StudentToWrite[][] {
  const size = Math.ceil(students.length / Math.ceil(students.length / MOST_STUDENTS));
  const all: StudentToWrite[][] = [];
  let piece: StudentToWrite[] = [];
  let count = 0;
  for (const student of students) {
    if (piece.length > 0 && (piece.length >= size || count + student.records.length > MOST_RECORDS)) {
      all.push(piece);
      piece = [];
      count = 0;
    }
    piece.push(student);
    count += student.records.length;
  }
  if (piece.length > 0) all.push(piece);
  return all;
}
