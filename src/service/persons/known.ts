/** People who sign in by an issuer: what they may is kept here. Pure: randomness and time are arguments. */
import { newId } from '#base/ids';
import { UserError } from '#base/user-error';
import type { Role } from '#publishing/role';
import type { LEAScope } from '#records/scope';
import type { KnownPerson } from '#store/store';
import { foreignLEAs, type Issuer } from './issuers.ts';

/** How many random bytes `createPerson` takes. */
export const PERSON_RANDOM_BYTES = 10;

export interface GivenPerson {
  readonly name: string;
  readonly role: Role;
  readonly leas: LEAScope;
  /** Known by one of these, or both. */
  readonly email?: string | undefined;
  readonly subject?: string | undefined;
}

/**
 * @param random `PERSON_RANDOM_BYTES` bytes from a cryptographic source
 * @throws UserError for LEAs that the issuer is not bound to, and when nothing says whose account it is
 */
export function createPerson(issuer: Issuer, given: GivenPerson, now: Date, random: Uint8Array): KnownPerson {
  const { name, role, leas, email, subject } = given;
  return checked(issuer, {
    id: newId('person', now.getTime(), random),
    name,
    role,
    leas,
    issuer: issuer.issuer,
    ...(email !== undefined && { email }),
    ...(subject !== undefined && { subject }),
    createdAt: now.toISOString(),
  });
}

/**
 * A person with changes. Another address is another account: the one they signed in with is known no longer.
 * @throws as `createPerson`
 */
export function changePerson(
  issuer: Issuer,
  person: KnownPerson,
  changes: { readonly [K in keyof GivenPerson]?: GivenPerson[K] | undefined },
): KnownPerson {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const { subject, ...rest } = { ...person, ...given };
  const isOther = changes.email !== undefined && changes.email !== person.email && changes.subject === undefined;
  return checked(issuer, { ...rest, ...(subject !== undefined && !isOther && { subject }) });
}

function checked(issuer: Issuer, person: KnownPerson): KnownPerson {
  if (person.email === undefined && person.subject === undefined)
    throw new UserError(
      'it must be said whose account it is: --email ADDRESS, or --subject SUBJECT as the issuer has it',
    );
  const foreign = foreignLEAs(issuer, person.leas);
  if (foreign.length > 0)
    throw new UserError(
      `people of ${issuer.name} cannot act for ${foreign.join(', ')}: the file of issuers (CENR_OIDC_ISSUERS) binds it to ${issuer.leas === 'all' ? 'all' : issuer.leas.join(', ')}`,
    );
  return person;
}
