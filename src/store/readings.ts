/** Reading `students.db` for as long as somebody likes, whatever is written to it meanwhile. */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { openDatabase } from './database.ts';

/** A connection that sees one state of the file, from when it was taken until it is released. */
export interface Reading {
  readonly db: DatabaseSync;
  /** The number of the last upload in that state, 0 for none. */
  readonly newest: number;
  release(): void;
}

/** So many connections stay open when nobody reads. */
const MOST_IDLE = 2;

/** Connections of readers, each for one at a time: two that read in turns each see their own state. */
export class Readings {
  readonly #path: string;
  readonly #open = new Set<DatabaseSync>();
  readonly #idle: DatabaseSync[] = [];

  /** @param path of the file */
  constructor(path: string) {
    this.#path = path;
  }

  take(): Reading {
    const db = this.#idle.pop() ?? this.#another();
    const { newest, unpin } = pin(db);
    return {
      db,
      newest,
      release: () => {
        // Closed under a reader.
        if (!this.#open.has(db)) return;
        unpin();
        if (this.#idle.length < MOST_IDLE) this.#idle.push(db);
        else this.#end(db);
      },
    };
  }

  /** Gives the result of `look`, which sees one state. */
  inOne<T>(look: (reading: Reading) => T): T {
    const reading = this.take();
    try {
      return look(reading);
    } finally {
      reading.release();
    }
  }

  /**
   * Gives batches one after the other, all of one state, which is let go when the consumer has them all or leaves.
   * @throws the signal's reason before the next batch when it is aborted
   */
  async *inTurns<T>(batches: (reading: Reading) => Iterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
    signal?.throwIfAborted();
    const reading = this.take();
    try {
      for (const batch of batches(reading)) {
        yield batch;
        // Reading itself waits for nothing, and would let nobody else have a turn.
        await setImmediate();
        signal?.throwIfAborted();
      }
    } finally {
      reading.release();
    }
  }

  /** Whoever still reads cannot go on. */
  close(): void {
    this.#idle.length = 0;
    for (const db of this.#open) this.#end(db);
  }

  #another(): DatabaseSync {
    const db = openDatabase(this.#path, 'students', { readOnly: true });
    this.#open.add(db);
    return db;
  }

  #end(db: DatabaseSync): void {
    this.#open.delete(db);
    db.close();
  }
}

/**
 * Begins a statement and leaves it under way: until `unpin`, every statement of this connection sees one state of the
 * file.
 */
function pin(db: DatabaseSync): { readonly newest: number; unpin(): void } {
  const uploads = db.prepare('SELECT seq FROM upload ORDER BY seq DESC').iterate();
  const first = uploads.next();
  return { newest: first.done ? 0 : Number(first.value['seq']), unpin: () => void uploads.return?.() };
}
