/**
 * One row of the table of blocks: students with neighboring SSIDs, and those of them who changed since they were
 * written.
 */
import type { DatabaseSync } from 'node:sqlite';
import { Block, type BlockHistory } from '#records/block/read';
import type { StudentToWrite } from '#records/block/write';
import { ssidText, WITHOUT_SSID } from '#records/ssid';
import { formsOf } from './forms.ts';

export interface ShelfRow {
  readonly first: number;
  readonly hot: Uint8Array;
  readonly fresh: Uint8Array | null;
}

/** A row of the table of former blocks. */
export interface FormerRow {
  readonly first: number;
  readonly last: number;
  readonly bytes: Uint8Array;
}

/** A student in a block. */
export interface Place {
  readonly number: number;
  readonly block: Block;
  readonly student: number;
}

export const historyAt = ({ block, student }: Place): BlockHistory => block.history(student);
export const studentAt = ({ block, student }: Place): StudentToWrite => block.toWrite(student);
export const changedAt = ({ block, student }: Place): number => block.changed(student);

/** The students of an error, and the store that they are in. */
export const whereOf = (db: DatabaseSync, first: number, last?: number): string =>
  first === WITHOUT_SSID
    ? `the records without an SSID in "${db.location()}"`
    : `the students ${ssidText(first)} ${last === undefined ? 'and above' : `to ${ssidText(last)}`} in "${db.location()}"`;

/** A block of which all columns stand in one part. */
function wholeBlock(db: DatabaseSync, bytes: Uint8Array, where: string): Block {
  const forms = formsOf(db);
  return new Block(
    bytes,
    () => null,
    (number) => forms.at(number),
    where,
  );
}

/** Students as they were before an upload changed them. @throws BlockDamagedError */
export const formerBlock = (db: DatabaseSync, { first, last, bytes }: FormerRow): Block =>
  wholeBlock(db, bytes, `${whereOf(db, first, last)} as they were formerly`);

export class Shelf {
  readonly #block: Block;
  readonly #fresh: Block | undefined;

  /** @throws BlockDamagedError */
  constructor(db: DatabaseSync, { first, hot, fresh }: ShelfRow, cold: () => Uint8Array | null) {
    const forms = formsOf(db);
    const where = whereOf(db, first);
    this.#block = new Block(hot, cold, (number) => forms.at(number), where);
    this.#fresh = fresh ? wholeBlock(db, fresh, where) : undefined;
  }

  /** The student with this number; `undefined` when it is not there. */
  find(number: number): Place | undefined {
    for (const block of [this.#fresh, this.#block]) {
      const student = block?.find(number) ?? -1;
      if (block && student >= 0) return block.isEmpty(student) ? undefined : { number, block, student };
    }
    return undefined;
  }

  /** The students with numbers in a range, ascending. */
  *students(from: number, through: number): Generator<Place> {
    for (const place of this.#all(from, through)) if (!place.block.isEmpty(place.student)) yield place;
  }

  /** Those who changed since the block was written, those who are gone included. */
  fresh(): Place[] {
    return this.#fresh ? [...placesIn(this.#fresh, WITHOUT_SSID, Number.POSITIVE_INFINITY)] : [];
  }

  /** Gets all of it, for whoever reads on when it is gone from the store. */
  fetch(): void {
    this.#block.fetch();
  }

  /** How many students the block itself holds. */
  get size(): number {
    return this.#block.students;
  }

  /** Whether the block itself holds a student. */
  holds(number: number): boolean {
    return this.#block.find(number) >= 0;
  }

  /** The number of the last student in it; below every number when there is none. */
  get last(): number {
    const last = Math.max(
      ...[this.#block, this.#fresh].map((b) => (b && b.students > 0 ? b.number(b.students - 1) : -2)),
    );
    return last;
  }

  verify(): void {
    this.#block.verify();
    this.#fresh?.verify();
  }

  *#all(from: number, through: number): Generator<Place> {
    const fresh = this.#fresh && placesIn(this.#fresh, from, through);
    let next = fresh?.next();
    for (const place of placesIn(this.#block, from, through)) {
      for (; next && !next.done && next.value.number < place.number; next = fresh?.next()) yield next.value;
      if (next && !next.done && next.value.number === place.number) {
        yield next.value;
        next = fresh?.next();
      } else yield place;
    }
    for (; next && !next.done; next = fresh?.next()) yield next.value;
  }
}

/** The students of a block with numbers in a range, ascending. */
export function* placesIn(block: Block, from: number, through: number): Generator<Place> {
  for (let student = block.from(from); student < block.students; student++) {
    const number = block.number(student);
    if (number > through) return;
    yield { number, block, student };
  }
}
