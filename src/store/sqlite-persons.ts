/** People who sign in by an issuer: what they may, and which account of the issuer is theirs. */
import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '#base/user-error';
import { promised } from './at-once.ts';
import { rollBack } from './roll-back.ts';
import type { KnownPerson, Store } from './store.ts';

type Part = 'addPerson' | 'persons' | 'person' | 'personAt' | 'replacePerson';

interface Row {
  readonly person: string;
}

const CONSTRAINT = 19;

export function personPart(db: DatabaseSync): Pick<Store, Part> {
  const add = db.prepare('INSERT INTO person (id, person) VALUES (?, ?)');
  const all = db.prepare('SELECT person FROM person ORDER BY id');
  const byId = db.prepare('SELECT person FROM person WHERE id = ?');
  const bySubject = db.prepare('SELECT person FROM person WHERE issuer = ? AND subject = ? AND removed IS NULL');
  const byEmail = db.prepare('SELECT person FROM person WHERE issuer = ? AND email = lower(?) AND removed IS NULL');
  const save = db.prepare('UPDATE person SET person = ? WHERE id = ?');
  const endAll = db.prepare('DELETE FROM session WHERE key_id = ?');
  const parsed = (row: unknown): KnownPerson | undefined =>
    row ? (JSON.parse((row as Row).person) as KnownPerson) : undefined;

  return promised<Pick<Store, Part>>({
    addPerson: (person) => oneAccount(person, () => void add.run(person.id, JSON.stringify(person))),
    persons: () => all.all().map((row) => parsed(row) as KnownPerson),
    person: (id) => parsed(byId.get(id)),
    personAt: (issuer, { subject, email }) =>
      (subject === undefined ? undefined : parsed(bySubject.get(issuer, subject))) ??
      (email === undefined ? undefined : parsed(byEmail.get(issuer, email))),
    replacePerson(person, before) {
      db.exec('BEGIN IMMEDIATE');
      try {
        const isAsSeen = before === undefined || isDeepStrictEqual(parsed(byId.get(person.id)), before);
        if (isAsSeen) {
          oneAccount(person, () => save.run(JSON.stringify(person), person.id));
          endAll.run(person.id);
        }
        db.exec('COMMIT');
        return isAsSeen;
      } catch (error) {
        rollBack(db);
        throw error;
      }
    },
  });
}

/** @throws UserError when the account is another person's */
function oneAccount({ issuer, subject, email }: KnownPerson, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== CONSTRAINT) throw error;
    const account = [email, subject].filter((one) => one !== undefined).join(', ');
    throw new UserError(`there is a person with this account of ${issuer} already (${account}); change that one`);
  }
}
