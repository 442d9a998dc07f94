/** What a store keeps for manifests: the keys that sign them, and the secret of their salts. */
import type { DatabaseSync } from 'node:sqlite';
import { promised } from './at-once.ts';
import type { SecretPart } from './parts.ts';
import type { StoredSigningKey } from './store.ts';
import { allOrNothing } from './transactions.ts';

const SALTS = 'salts';

export function secretPart(db: DatabaseSync): SecretPart {
  const newest = db.prepare('SELECT key FROM signing_key ORDER BY seq DESC LIMIT 1');
  const all = db.prepare('SELECT key FROM signing_key ORDER BY seq');
  const add = db.prepare('INSERT INTO signing_key (id, key) VALUES (?, ?)');
  const secret = db.prepare('SELECT secret FROM secret WHERE name = ?');
  const addSecret = db.prepare('INSERT INTO secret (name, secret) VALUES (?, ?)');

  const keyIn = (row: unknown): StoredSigningKey =>
    JSON.parse((row as { readonly key: string }).key) as StoredSigningKey;
  const addSigningKey = (key: StoredSigningKey): void => void add.run(key.id, JSON.stringify(key));
  const knownKey = (): StoredSigningKey | undefined => {
    const row = newest.get();
    return row && keyIn(row);
  };
  const knownSecret = (): Uint8Array | undefined =>
    (secret.get(SALTS) as { readonly secret: Uint8Array } | undefined)?.secret;

  /** Two processes may need the first one at the same moment: the second finds what the first made. */
  function knownOrMade<T>(known: () => T | undefined, make: () => T, keep: (made: T) => void): T {
    const there = known();
    if (there !== undefined) return there;
    return allOrNothing(db, () => {
      const meanwhile = known();
      const found = meanwhile ?? make();
      if (meanwhile === undefined) keep(found);
      return found;
    });
  }

  return promised<SecretPart>({
    signingKey: (make) => knownOrMade(knownKey, make, addSigningKey),
    addSigningKey,
    signingKeys: () => all.all().map(keyIn),
    knownSecret,
    secret: (make) => knownOrMade(knownSecret, make, (made) => void addSecret.run(SALTS, made)),
  });
}
