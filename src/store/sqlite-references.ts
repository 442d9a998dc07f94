/** Reference files and rulebooks that have them, in `service.db`: what is kept once serves every rulebook. */
import type { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import type { SourceFile } from '#rulebook/load/declarations';
import { referencesIn, withReferences } from '#rulebook/load/reference-files';
import { type AtOnce, promised } from './at-once.ts';
import { type ReferenceRow, referenceFile } from './kept-rulebooks.ts';
import type { ReferencePart } from './parts.ts';
import type { Store } from './store.ts';
import { allOrNothing } from './transactions.ts';

/** Keeps a reference file under the hash of its rows. */
const keeping = (db: DatabaseSync) => {
  const add = db.prepare('INSERT OR IGNORE INTO reference (sha256, path, text) VALUES (?, ?, ?)');
  return ({ path, sha256 = '', text = '' }: SourceFile): void => void add.run(sha256, path, gzipSync(text));
};

export function referencePart(db: DatabaseSync): ReferencePart {
  const keep = keeping(db);
  const addLoad = db.prepare('INSERT INTO reference_loaded (path, sha256, entry) VALUES (?, ?, ?)');
  const loads = db.prepare('SELECT path, sha256, entry FROM reference_loaded ORDER BY seq');
  const inUse = db.prepare(
    `SELECT reference.sha256, reference.path, text FROM reference JOIN reference_loaded USING (sha256)
     WHERE seq IN (SELECT MAX(seq) FROM reference_loaded GROUP BY path) ORDER BY reference.path`,
  );
  return promised<ReferencePart>({
    loadReferences(files, entry) {
      if (files.length === 0) return;
      allOrNothing(db, () => {
        for (const file of files) {
          keep(file);
          addLoad.run(file.path, file.sha256 ?? '', JSON.stringify(entry));
        }
      });
    },
    references: () => (inUse.all() as unknown as ReferenceRow[]).map(referenceFile),
    referenceLoads: () =>
      loads.all().map(({ path, sha256, entry }) => ({
        path: String(path),
        sha256: String(sha256),
        ...JSON.parse(String(entry)),
      })),
  });
}

/** Keeps and finds rulebooks. */
export type KeptRulebooks = AtOnce<Pick<Store, 'keepRulebook' | 'rulebook'>>;

/** Keeps and finds rulebooks by how they are kept without reference files. */
export function withReferencesKept(db: DatabaseSync, plain: KeptRulebooks): KeptRulebooks {
  const keep = keeping(db);
  const add = db.prepare('INSERT OR IGNORE INTO rulebook_with (hash, rulebook, reference) VALUES (?, ?, ?)');
  const byHash = db.prepare('SELECT rulebook, reference FROM rulebook_with WHERE hash = ?');
  const reference = db.prepare('SELECT sha256, path, text FROM reference WHERE sha256 = ?');
  return {
    keepRulebook(source, at) {
      const rows = referencesIn(source.files);
      if (rows.length === 0) {
        plain.keepRulebook(source, at);
        return;
      }
      const without = withReferences(source, [], true);
      plain.keepRulebook(without, at);
      for (const file of rows) keep(file);
      add.run(source.hash, without.hash, JSON.stringify(rows.map(({ sha256 }) => sha256)));
    },
    rulebook(hash) {
      const kept = byHash.get(hash) as { rulebook: string; reference: string } | undefined;
      if (!kept) return plain.rulebook(hash);
      const source = plain.rulebook(kept.rulebook);
      const rows = (JSON.parse(kept.reference) as string[]).map((sha256) =>
        referenceFile(reference.get(sha256) as unknown as ReferenceRow),
      );
      return source && { hash, files: withReferences(source, rows, true).files };
    },
  };
}
