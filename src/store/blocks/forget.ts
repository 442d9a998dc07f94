/** Former histories deleted, so that nothing of them is left in the file. */
import type { DatabaseSync } from 'node:sqlite';
import { writesInto } from './changes.ts';
import { formsOf, oftenRead } from './forms.ts';
import { HistoryWriter } from './writer.ts';

/**
 * Deletes what students were up to before an upload, in blocks that were not written since too. What is deleted is overwritten (`secure_delete`).
 * @returns how many histories
 */
export function forgetFormer(db: DatabaseSync, until: number): number {
  const { n } = db.prepare('SELECT coalesce(sum(students), 0) AS n FROM former_block WHERE until <= ?').get(until) as {
    n: number;
  };
  db.prepare('DELETE FROM former_block WHERE until <= ?').run(until);
  const { numberOf } = formsOf(db);
  if (n > 0) new HistoryWriter(db, { upload: until, often: oftenRead(db), numberOf, write: writesInto(db) }).tidy();
  return n;
}
