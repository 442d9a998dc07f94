/** What a store keeps for manifests: the keys that sign them. */
import type { DatabaseSync } from 'node:sqlite';
import type { Store, StoredSigningKey } from './store.ts';

export function secretPart(db: DatabaseSync): Pick<Store, 'signingKey' | 'addSigningKey' | 'signingKeys'> {
  const newest = db.prepare('SELECT key FROM signing_key ORDER BY seq DESC LIMIT 1');
  const all = db.prepare('SELECT key FROM signing_key ORDER BY seq');
  const add = db.prepare('INSERT INTO signing_key (id, key) VALUES (?, ?)');
  const keyIn = (row: unknown): StoredSigningKey =>
    JSON.parse((row as { readonly key: string }).key) as StoredSigningKey;
  const addSigningKey = (key: StoredSigningKey): void => void add.run(key.id, JSON.stringify(key));
  return {
    signingKey(make) {
      const known = newest.get();
      if (known) return keyIn(known);
      // Two processes may need the first key at the same moment: the second finds the one that the first made.
      db.exec('BEGIN IMMEDIATE');
      try {
        const row = newest.get();
        const key = row ? keyIn(row) : make();
        if (!row) addSigningKey(key);
        db.exec('COMMIT');
        return key;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    addSigningKey,
    signingKeys: () => all.all().map(keyIn),
  };
}
