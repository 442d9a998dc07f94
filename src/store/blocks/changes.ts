/** What an upload changes in the blocks of a store: written at once, or gathered where nobody may write. */
import type { DatabaseSync } from 'node:sqlite';
import type { ChangedValue, ChangesMade } from '../store.ts';

const WRITES = {
  add: 'INSERT INTO block (first, students, hot, cold) VALUES (?, ?, ?, ?)',
  addFormer: 'INSERT INTO former_block (first, last, until, students, bytes) VALUES (?, ?, ?, ?, ?)',
  refresh: 'UPDATE block SET fresh = ?2 WHERE first = ?1',
  drop: 'DELETE FROM block WHERE first = ?',
  enroll: 'INSERT INTO enrolled (lea, ssid) VALUES (?, ?)',
  /** Many at once: their numbers as JSON. */
  enrollAll: 'INSERT INTO enrolled (lea, ssid) SELECT ?1, value FROM json_each(?2)',
  unenroll: 'DELETE FROM enrolled WHERE lea = ? AND ssid = ?',
  keepLEAs:
    'INSERT INTO formerly_enrolled (lea, ssid, until, changed) SELECT lea, ssid, ?2, ?3 FROM enrolled WHERE ssid = ?1',
} as const;

type Name = keyof typeof WRITES;

export type Write = (name: Name, ...values: readonly ChangedValue[]) => void;

/** Makes changes that were worked out elsewhere. */
export function makeChanges(changes: ChangesMade, write: Write): void {
  for (const [name, ...values] of changes) write(name as Name, ...values);
}

/** Makes changes in a database; inside a transaction. */
export function writesInto(db: DatabaseSync): Write {
  const statements = new Map<Name, ReturnType<DatabaseSync['prepare']>>();
  return (name, ...values) => {
    let statement = statements.get(name);
    if (!statement) {
      statement = db.prepare(WRITES[name]);
      statements.set(name, statement);
    }
    statement.run(...values);
  };
}

/** Gathers changes. Nobody may come to be enrolled twice. */
export class GatheredChanges {
  readonly #changes: [Name, ...ChangedValue[]][] = [];
  readonly #enrolled = new Map<string, number[]>();

  readonly write: Write = (name, ...values) => {
    if (name !== 'enroll') return void this.#changes.push([name, ...values]);
    const [lea, ssid] = values as readonly [string, number];
    const known = this.#enrolled.get(lea);
    if (known) known.push(ssid);
    else this.#enrolled.set(lea, [ssid]);
  };

  /** Who leaves an LEA and who was at one before is written first. */
  all(): ChangesMade {
    const enrolled = [...this.#enrolled].sort(([a], [b]) => (a < b ? -1 : 1));
    return [...this.#changes, ...enrolled.map(([lea, ssids]) => ['enrollAll', lea, JSON.stringify(ssids)] as const)];
  }
}
