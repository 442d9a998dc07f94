/** People who sign in by an issuer: what they may, and which account of the issuer is theirs. */
import { isDeepStrictEqual } from 'node:util';
import { accountTaken } from '../kept-people.ts';
import type { PersonPart } from '../parts.ts';
import type { KnownPerson } from '../store.ts';
import { type Database, isDuplicate, json } from './connection.ts';

interface Row {
  readonly person: KnownPerson;
}

export function personPart(database: Database): PersonPart {
  return {
    async addPerson(person) {
      await oneAccount(
        person,
        () => database`INSERT INTO person (id, person) VALUES (${person.id}, ${json(person)}::text::json)`,
      );
    },
    persons: async () => (await database<Row[]>`SELECT person FROM person ORDER BY id`).map(({ person }) => person),
    person: async (id) => (await database<Row[]>`SELECT person FROM person WHERE id = ${id}`)[0]?.person,
    async personAt(issuer, { subject = null, email = null }) {
      const [row] = await database<Row[]>`
        SELECT person FROM person WHERE issuer = ${issuer} AND removed IS NULL
          AND (subject = ${subject}::text OR email = lower(${email}::text))
        ORDER BY subject = ${subject}::text DESC NULLS LAST LIMIT 1`;
      return row?.person;
    },
    replacePerson: (person, before) =>
      oneAccount(person, () =>
        database.begin(async (sql) => {
          const [row] = await sql<Row[]>`SELECT person FROM person WHERE id = ${person.id} FOR UPDATE`;
          if (before !== undefined && !isDeepStrictEqual(row?.person, before)) return false;
          await sql`UPDATE person SET person = ${json(person)}::text::json WHERE id = ${person.id}`;
          await sql`DELETE FROM session WHERE key_id = ${person.id}`;
          return true;
        }),
      ),
  };
}

/** @throws UserError when the account is another person's */
async function oneAccount<T>(person: KnownPerson, write: () => PromiseLike<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw accountTaken(person);
  }
}
