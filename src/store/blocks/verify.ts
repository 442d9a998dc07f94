/** Reading everything that a store holds of students, to find what is damaged. */
import type { DatabaseSync } from 'node:sqlite';
import { WITHOUT_SSID } from '#records/ssid';
import { problemsOf } from '../sqlite-problems.ts';
import type { Verified } from '../store.ts';
import { told } from '../trouble.ts';
import { type FormerRow, formerBlock, Shelf, type ShelfRow } from './shelf.ts';

export function verifyBlocks(db: DatabaseSync): Verified {
  const damaged: string[] = [];
  const counts = { blocks: 0, students: 0, formerHistories: 0, problems: 0 };
  const attempt = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      damaged.push(messageOf(error));
    }
  };
  const numbers = (sql: string): number[] => (db.prepare(sql).all() as { n: number }[]).map(({ n }) => n);
  attempt(() => {
    for (const first of numbers('SELECT first AS n FROM block ORDER BY first'))
      attempt(() => {
        counts.blocks++;
        const row = db.prepare('SELECT first, hot, cold, fresh FROM block WHERE first = ?').get(first);
        const shelf = new Shelf(db, row as unknown as ShelfRow, () => (row?.['cold'] as Uint8Array | null) ?? null);
        shelf.verify();
        if (first !== WITHOUT_SSID) counts.students += [...shelf.students(0, Number.POSITIVE_INFINITY)].length;
      });
  });
  attempt(() => {
    for (const number of numbers('SELECT number AS n FROM former_block ORDER BY number'))
      attempt(() => {
        const row = db.prepare('SELECT first, last, bytes FROM former_block WHERE number = ?').get(number);
        const block = formerBlock(db, row as unknown as FormerRow);
        block.verify();
        counts.formerHistories += block.students;
      });
  });
  for (const upload of numbers('SELECT seq AS n FROM upload ORDER BY seq'))
    attempt(() => {
      for (const batch of problemsOf(db, upload, {})) counts.problems += batch.length;
    });
  return { ...counts, damaged };
}

function messageOf(error: unknown): string {
  const said = told(error);
  return said instanceof Error ? said.message : String(said);
}
