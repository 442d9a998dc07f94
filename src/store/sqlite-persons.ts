/** People who sign in by an issuer: what they may, and which account of the issuer is theirs. */
import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { promised } from './at-once.ts';
import { accountTaken } from './kept-people.ts';
import type { PersonPart } from './parts.ts';
import type { KnownPerson } from './store.ts';
import { allOrNothing } from './transactions.ts';

interface Row {
  readonly person: string;
}

const CONSTRAINT = 19;

export function personPart(db: DatabaseSync): PersonPart {
  const add = db.prepare('INSERT INTO person (id, person) VALUES (?, ?)');
  const all = db.prepare('SELECT person FROM person ORDER BY id');
  const byId = db.prepare('SELECT person FROM person WHERE id = ?');
  const bySubject = db.prepare('SELECT person FROM person WHERE issuer = ? AND subject = ? AND removed IS NULL');
  const byEmail = db.prepare('SELECT person FROM person WHERE issuer = ? AND email = lower(?) AND removed IS NULL');
  const save = db.prepare('UPDATE person SET person = ? WHERE id = ?');
  const endAll = db.prepare('DELETE FROM session WHERE key_id = ?');
  const parsed = (row: unknown): KnownPerson | undefined =>
    row ? (JSON.parse((row as Row).person) as KnownPerson) : undefined;

  return promised<PersonPart>({
    addPerson: (person) => oneAccount(person, () => void add.run(person.id, JSON.stringify(person))),
    persons: () => all.all().map((row) => parsed(row) as KnownPerson),
    person: (id) => parsed(byId.get(id)),
    personAt: (issuer, { subject, email }) =>
      (subject === undefined ? undefined : parsed(bySubject.get(issuer, subject))) ??
      (email === undefined ? undefined : parsed(byEmail.get(issuer, email))),
    replacePerson: (person, before) =>
      allOrNothing(db, () => {
        const isAsSeen = before === undefined || isDeepStrictEqual(parsed(byId.get(person.id)), before);
        if (isAsSeen) {
          oneAccount(person, () => save.run(JSON.stringify(person), person.id));
          endAll.run(person.id);
        }
        return isAsSeen;
      }),
  });
}

/** @throws UserError when the account is another person's */
function oneAccount(person: KnownPerson, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== CONSTRAINT) throw error;
    throw accountTaken(person);
  }
}
