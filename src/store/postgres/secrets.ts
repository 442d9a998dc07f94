/** What a store keeps for manifests: the keys that sign them, and the secret of their salts. */
import type { SecretPart } from '../parts.ts';
import type { StoredSigningKey } from '../store.ts';
import { type Asked, type Database, json } from './connection.ts';

const SALTS = 'salts';

interface KeyRow {
  readonly key: StoredSigningKey;
}

async function addSigningKey(sql: Asked, key: StoredSigningKey): Promise<void> {
  await sql`INSERT INTO signing_key (id, key) VALUES (${key.id}, ${json(key)}::text::json)`;
}

const newestKey = async (sql: Asked): Promise<StoredSigningKey | undefined> =>
  (await sql<KeyRow[]>`SELECT key FROM signing_key ORDER BY seq DESC LIMIT 1`)[0]?.key;

async function knownSecret(sql: Asked): Promise<Uint8Array | undefined> {
  const [row] = await sql<{ secret: Uint8Array }[]>`SELECT secret FROM secret WHERE name = ${SALTS}`;
  return row && new Uint8Array(row.secret);
}

export function secretPart(database: Database): SecretPart {
  return {
    async signingKey(make) {
      const known = await newestKey(database);
      if (known) return known;
      return await database.begin(async (sql) => {
        // Two processes may need the first one at the same moment: the second finds what the first made.
        await sql`LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE`;
        const meanwhile = await newestKey(sql);
        const found = meanwhile ?? make();
        if (!meanwhile) await addSigningKey(sql, found);
        return found;
      });
    },
    addSigningKey: (key) => addSigningKey(database, key),
    signingKeys: async () => (await database<KeyRow[]>`SELECT key FROM signing_key ORDER BY seq`).map(({ key }) => key),
    knownSecret: () => knownSecret(database),
    async secret(make) {
      const known = await knownSecret(database);
      if (known) return known;
      await database`INSERT INTO secret (name, secret) VALUES (${SALTS}, ${Buffer.from(make())}) ON CONFLICT DO NOTHING`;
      return (await knownSecret(database)) as Uint8Array;
    },
  };
}
