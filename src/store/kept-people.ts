/** Who signed in, whichever store keeps it. */
import { UserError } from '#base/user-error';
import type { APIKey, KnownPerson, Session } from './store.ts';

export interface KeptSession {
  readonly createdAt: string;
  readonly usedAt: string;
  readonly purpose: string | null;
  readonly sealed: string | null;
  readonly lea: string | null;
}

/** A session; `undefined` when it is of a key that was revoked, of a person who was removed, or of nobody. */
export function sessionOf(
  { createdAt, usedAt, purpose, sealed, lea }: KeptSession,
  key: APIKey | null,
  person: KnownPerson | null,
): Session | undefined {
  if (key ? key.revokedAt !== undefined : !person || person.removedAt !== undefined) return undefined;
  return {
    ...(key ? { key } : person && { person }),
    ...{ createdAt, usedAt },
    ...(purpose !== null && { purpose }),
    ...(sealed !== null && { sealed }),
    ...(lea !== null && { lea }),
  };
}

/** That an account of an issuer is another person's. */
export function accountTaken({ issuer, subject, email }: KnownPerson): UserError {
  const account = [email, subject].filter((one) => one !== undefined).join(', ');
  return new UserError(`there is a person with this account of ${issuer} already (${account}); change that one`);
}
