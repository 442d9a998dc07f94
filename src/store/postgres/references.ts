/** Reference files and rulebooks that have them: what is kept once serves every rulebook. */
import { gzipSync } from 'node:zlib';
import type { SourceFile } from '#rulebook/load/declarations';
import { referencesIn, withReferences } from '#rulebook/load/reference-files';
import { type ReferenceRow, referenceFile } from '../kept-rulebooks.ts';
import type { ReferencePart } from '../parts.ts';
import type { ReferenceLoad, Store } from '../store.ts';
import { type Asked, type Database, json } from './connection.ts';

type KeptRulebooks = Pick<Store, 'keepRulebook' | 'rulebook'>;

/** Keeps a reference file under the hash of its rows. */
async function keep(sql: Asked, { path, sha256 = '', text = '' }: SourceFile): Promise<void> {
  await sql`INSERT INTO reference (sha256, path, text) VALUES (${sha256}, ${path}, ${gzipSync(text)}) ON CONFLICT DO NOTHING`;
}

export function referencePart(database: Database): ReferencePart {
  return {
    async loadReferences(files, entry) {
      if (files.length === 0) return;
      await database.begin(async (sql) => {
        for (const file of files) {
          await keep(sql, file);
          await sql`INSERT INTO reference_loaded (path, sha256, entry)
            VALUES (${file.path}, ${file.sha256 ?? ''}, ${json(entry)}::text::json)`;
        }
      });
    },
    async references() {
      const rows = await database<ReferenceRow[]>`
        SELECT reference.sha256, reference.path, text FROM reference JOIN reference_loaded USING (sha256)
        WHERE seq IN (SELECT max(seq) FROM reference_loaded GROUP BY path) ORDER BY reference.path`;
      return rows.map(referenceFile);
    },
    async referenceLoads() {
      const rows = await database<{ path: string; sha256: string; entry: Omit<ReferenceLoad, 'path' | 'sha256'> }[]>`
        SELECT path, sha256, entry FROM reference_loaded ORDER BY seq`;
      return rows.map(({ path, sha256, entry }) => ({ path, sha256, ...entry }));
    },
  };
}

/** Keeps and finds rulebooks by how they are kept without reference files. */
export function withReferencesKept(database: Database, plain: KeptRulebooks): KeptRulebooks {
  return {
    async keepRulebook(source, at) {
      const rows = referencesIn(source.files);
      if (rows.length === 0) return plain.keepRulebook(source, at);
      const without = withReferences(source, [], true);
      await plain.keepRulebook(without, at);
      for (const file of rows) await keep(database, file);
      await database`INSERT INTO rulebook_with (hash, rulebook, reference)
        VALUES (${source.hash}, ${without.hash}, ${rows.map(({ sha256 = '' }) => sha256)}::text[]) ON CONFLICT DO NOTHING`;
    },
    async rulebook(hash) {
      const [kept] = await database<{ rulebook: string; reference: string[] }[]>`
        SELECT rulebook, reference FROM rulebook_with WHERE hash = ${hash}`;
      if (!kept) return plain.rulebook(hash);
      const source = await plain.rulebook(kept.rulebook);
      const found = await database<ReferenceRow[]>`
        SELECT sha256, path, text FROM reference WHERE sha256 = ANY (${kept.reference}::text[])`;
      const files = kept.reference.map((sha256) =>
        referenceFile(found.find((row) => row.sha256 === sha256) as ReferenceRow),
      );
      return source && { hash, files: withReferences(source, files, true).files };
    },
  };
}
