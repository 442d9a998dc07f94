/**
 * Reads and writes histories for one upload, block after block: quick when students come in ascending order of SSID,
 * right in any order. What it changes for the first time is put aside as it was, for the snapshots before.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { UserError } from '#base/user-error';
import type { OftenRead } from '#records/block/form';
import { type KeptRecord, type StudentToWrite, writeBlock } from '#records/block/write';
import type { KeptHistory } from '#records/record';
import { ssidNumber, ssidText, WITHOUT_SSID } from '#records/ssid';
import type { UploadWriter } from '../store.ts';
import { formsOf, oftenRead } from './forms.ts';
import { changedAt, historyAt, type Place, Shelf, type ShelfRow, studentAt } from './shelf.ts';

/** A block holds at most so many students, and so many records unless one student has more. */
const MOST_STUDENTS = 256;
const MOST_RECORDS = 16_384;
/** With fewer, it is joined with the next one. */
const FEW_STUDENTS = 64;
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
}

export class HistoryWriter implements Pick<UploadWriter, 'history' | 'put'> {
  readonly #db: DatabaseSync;
  readonly #upload: number;
  readonly #addBlocks: ReturnType<typeof blockAdder>;
  readonly #addFormer: ReturnType<typeof formerAdder>;
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  #open: OpenShelf | undefined;

  /** @param often columns that are read often; those of the upload before when absent */
  constructor(db: DatabaseSync, upload: number, often?: OftenRead) {
    this.#db = db;
    this.#upload = upload;
    this.#addBlocks = blockAdder(db, oftenRead(db, often));
    this.#addFormer = formerAdder(db);
    this.#statements = Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
      keyof typeof SQL,
      StatementSync
    >;
  }

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
    const { leasOf, enroll, unenroll, keepLEAs } = this.#statements;
    const shelf = this.#shelfOf(number);
    const before = current(shelf, number);
    const isNameless = number === WITHOUT_SSID;
    const left = new Set(before && !isNameless ? leasOf.all(number).map((row) => row['lea'] as string) : []);
    const joined = isNameless || records.length === 0 ? [] : [...leas].filter((lea) => !left.delete(lea));
    if (joined.length === 0 && left.size === 0 && isSame(before, records)) return;
    const changed = before && ('block' in before ? changedAt(before) : before.changed);
    if (changed !== undefined && changed < this.#upload && !isNameless) keepLEAs.run(number, this.#upload, changed);
    shelf.changes.set(number, { ssid, changed: this.#upload, records });
    for (const lea of joined) enroll.run(lea, number);
    for (const lea of left) unenroll.run(lea, number);
    if (shelf.changes.size >= MOST_WAITING) this.finish();
  }

  /** Writes what is still in memory. */
  finish(): void {
    if (this.#open && this.#open.changes.size > 0) this.#write(this.#open);
    this.#open = undefined;
  }

  /** Writes every block anew that still has what students were before they changed. */
  tidy(): void {
    this.finish();
    const stale = this.#db.prepare('SELECT first FROM block WHERE fresh IS NOT NULL').all() as { first: number }[];
    for (const { first } of stale) this.#rewrite(this.#read(first), []);
  }

  #shelfOf(number: number): OpenShelf {
    const open = this.#open;
    if (open && number >= open.first && number < open.end) return open;
    this.finish();
    this.#open = this.#read(number);
    return this.#open;
  }

  #read(number: number): OpenShelf {
    const { find, lowest, coldOf } = this.#statements;
    const least = number === WITHOUT_SSID ? WITHOUT_SSID : 0;
    const row = find.get(least, number) as (ShelfRow & { next: number | null }) | undefined;
    const next = row ? row.next : (lowest.get()?.['next'] as number | null);
    const end = number === WITHOUT_SSID ? 0 : (next ?? Number.POSITIVE_INFINITY);
    const cold = () => (coldOf.get(row?.first ?? 0)?.['cold'] as Uint8Array | null) ?? null;
    return { first: row?.first ?? least, end, shelf: row && new Shelf(this.#db, row, cold), changes: new Map() };
  }

  #write(of: OpenShelf): void {
    const { shelf, changes } = of;
    const numbers = [...changes.keys()].sort((a, b) => a - b);
    this.#putAside(numbers.flatMap((number) => shelf?.find(number) ?? []));
    if (shelf && this.#refreshed(of, shelf, numbers)) return;
    const half = MOST_STUDENTS / 2;
    const isBehind = shelf && shelf.size >= half && numbers.length >= half && (numbers[0] as number) > shelf.last;
    // Students who follow all that are there: these stay as they are.
    if (isBehind) this.#addBlocks(numbers.map((number) => changes.get(number) as StudentToWrite).filter(isThere));
    else this.#rewrite(of, numbers);
  }

  /** Puts few changes beside the block; gives whether they are few. */
  #refreshed({ first, changes }: OpenShelf, shelf: Shelf, numbers: readonly number[]): boolean {
    const stale = new Map(shelf.fresh().map((place) => [place.number, place]));
    const fresh = [...new Set([...stale.keys(), ...numbers])].sort((a, b) => a - b);
    if (fresh.length > shelf.size * MOST_FRESH) return false;
    const forms = formsOf(this.#db);
    const students = fresh.flatMap((number) => {
      const student = changes.get(number) ?? studentAt(stale.get(number) as Place);
      // Who is gone is named only as long as the block still has that student.
      return isThere(student) || shelf.holds(number) ? student : [];
    });
    const bytes = students.length > 0 ? writeBlock(students, (form) => forms.numberOf(form)).hot : null;
    this.#statements.refresh.run(first, bytes);
    return true;
  }

  #rewrite({ first, end, shelf, changes }: OpenShelf, numbers: readonly number[]): void {
    const { drop } = this.#statements;
    const students = numbers.map((number) => changes.get(number) as StudentToWrite).filter(isThere);
    for (const place of everyone(shelf)) if (!changes.has(place.number)) students.push(studentAt(place));
    if (shelf) drop.run(first);
    if (students.length > 0 && students.length < FEW_STUDENTS && Number.isFinite(end) && first !== WITHOUT_SSID) {
      for (const place of everyone(this.#read(end).shelf)) students.push(studentAt(place));
      drop.run(end);
    }
    students.sort((a, b) => ssidNumber(a.ssid) - ssidNumber(b.ssid));
    this.#addBlocks(students, first);
  }

  // Records without an SSID are in no extract, so nobody asks what they were.
  #putAside(places: readonly Place[]): void {
    const former = places.filter((place) => place.number !== WITHOUT_SSID && changedAt(place) < this.#upload);
    if (former.length > 0) this.#addFormer(former.map(studentAt), this.#upload);
  }
}

const SQL = {
  find: `SELECT first, hot, fresh, (SELECT min(next.first) FROM block AS next WHERE next.first > block.first) AS next
         FROM block WHERE first = (SELECT max(first) FROM block WHERE first BETWEEN ? AND ?)`,
  lowest: 'SELECT min(first) AS next FROM block WHERE first >= 0',
  coldOf: 'SELECT cold FROM block WHERE first = ?',
  refresh: 'UPDATE block SET fresh = ?2 WHERE first = ?1',
  drop: 'DELETE FROM block WHERE first = ?',
  leasOf: 'SELECT lea FROM enrolled WHERE ssid = ?',
  enroll: 'INSERT INTO enrolled (lea, ssid) VALUES (?, ?)',
  unenroll: 'DELETE FROM enrolled WHERE lea = ? AND ssid = ?',
  keepLEAs:
    'INSERT INTO formerly_enrolled (lea, ssid, until, changed) SELECT lea, ssid, ?2, ?3 FROM enrolled WHERE ssid = ?1',
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
 * What writes new blocks: given students in ascending order, and the first SSID of the first block, which is that of its
 * first student when absent.
 */
export function blockAdder(
  db: DatabaseSync,
  often: OftenRead | undefined,
): (students: readonly StudentToWrite[], least?: number) => void {
  const forms = formsOf(db);
  const add = db.prepare('INSERT INTO block (first, students, hot, cold) VALUES (?, ?, ?, ?)');
  return (students, least) => {
    for (const [i, piece] of pieces(students).entries()) {
      const first = i === 0 && least !== undefined ? least : ssidNumber((piece[0] as StudentToWrite).ssid);
      const { hot, cold } = writeBlock(piece, (form) => forms.numberOf(form), often);
      add.run(first, piece.length, hot, cold ?? null);
    }
  };
}

/** What writes students as they were up to before an upload, in ascending order. */
export function formerAdder(db: DatabaseSync): (students: readonly StudentToWrite[], until: number) => void {
  const forms = formsOf(db);
  const add = db.prepare('INSERT INTO former_block (first, last, until, students, bytes) VALUES (?, ?, ?, ?, ?)');
  return (students, until) => {
    for (const piece of pieces(students)) {
      const [first, last] = [piece[0], piece.at(-1)].map((student) => ssidNumber((student as StudentToWrite).ssid));
      const { hot } = writeBlock(piece, (form) => forms.numberOf(form));
      add.run(first as number, last as number, until, piece.length, hot);
    }
  };
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
