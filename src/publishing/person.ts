/** Who acts with an API key, and what that key lets them do. */

export type Role = 'vendor' | 'auditor' | 'policy' | 'admin';

export const ROLES: readonly Role[] = ['vendor', 'auditor', 'policy', 'admin'];

/**
 * Somebody who acts with an API key. Keys with one name are one person's: who lost a key gets another under the same
 * name.
 */
export interface Person {
  readonly keyId: string;
  /** The name of the key. */
  readonly name: string;
}

/** Whoever takes a step, with the role of the key. */
export interface Actor extends Person {
  readonly role: Role;
}

/** A person without the role of the key, as drafts and entries keep them. */
export const personOf = ({ keyId, name }: Person): Person => ({ keyId, name });

/** Keys with one name are one person's, so that nobody approves their own draft with another key. */
export const samePerson = (a: Person, b: Person): boolean => a.keyId === b.keyId || a.name === b.name;
