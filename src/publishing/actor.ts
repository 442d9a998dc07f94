/** Who takes a step, and whether two are the same person. */
import type { Person } from './person.ts';
import type { Role } from './role.ts';

/** Whoever takes a step, with the role of the key. */
export interface Actor extends Person {
  readonly role: Role;
}

/** A person without the role of the key, as drafts and activations keep them. */
export const personOf = ({ keyId, name }: Person): Person => ({ keyId, name });

/** Keys with one name are one person's, so that nobody approves their own draft with another key. */
export const samePerson = (a: Person, b: Person): boolean => a.keyId === b.keyId || a.name === b.name;
