/** People for an administrator: those whose LEAs are all among the administrator's own. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { UserError } from '#base/user-error';
import type { KnownPerson } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import type { Issuer } from '../persons/issuers.ts';
import { requireLEAs, scopeOf } from '../plugins/auth.ts';
import type { PersonView } from '../schemas/administration.ts';

export const personShown = (person: KnownPerson): PersonView => ({
  ...person,
  leas: person.leas === 'all' ? 'all' : [...person.leas],
});

const isFor =
  (request: FastifyRequest) =>
  ({ leas }: KnownPerson): boolean => {
    const scope = scopeOf(request);
    return scope === 'all' || (leas !== 'all' && leas.every((lea) => scope.includes(lea)));
  };

/** Oldest first, those who were removed included. */
export const personsFor = async (app: FastifyInstance, request: FastifyRequest): Promise<PersonView[]> =>
  (await app.store.persons()).filter(isFor(request)).map(personShown);

/** @throws ServiceError CENR_NOT_FOUND for nobody, for one who was removed, and for one of other LEAs */
export async function personFor(app: FastifyInstance, request: FastifyRequest, id: string): Promise<KnownPerson> {
  const person = await app.store.person(id);
  if (person && person.removedAt === undefined && isFor(request)(person)) return person;
  throw new ServiceError('CENR_NOT_FOUND');
}

/** @throws ServiceError CENR_REQUEST_INVALID where the file of issuers has no such issuer, or several and none is named */
export function issuerFor({ config: { issuers } }: FastifyInstance, isMeant: (issuer: Issuer) => boolean): Issuer {
  const found = issuers.filter(isMeant);
  if (found.length === 1) return found[0] as Issuer;
  const ids = issuers.map(({ id }) => id).join(', ');
  throw new ServiceError('CENR_REQUEST_INVALID', {
    errors: [
      {
        pointer: '/issuer',
        message:
          issuers.length === 0
            ? 'there is no issuer; whoever runs this service names them in a file (CENR_OIDC_ISSUERS)'
            : `expected one of the issuers ${ids}`,
      },
    ],
  });
}

/**
 * Keeps somebody, new or changed.
 * @throws ServiceError CENR_REQUEST_INVALID for LEAs that the issuer is not bound to, and an account that somebody has
 */
export async function keepPerson(
  request: FastifyRequest,
  make: () => KnownPerson,
  keep: (person: KnownPerson) => Promise<void>,
): Promise<PersonView> {
  try {
    const person = make();
    requireLEAs(scopeOf(request), person.leas);
    await keep(person);
    return personShown(person);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new ServiceError('CENR_REQUEST_INVALID', { errors: [{ pointer: '', message: error.message }] });
  }
}

/** Of whom it is not said which account is theirs, nobody can sign in. */
export function requireAccount({ email, subject }: { email?: string | undefined; subject?: string | undefined }): void {
  if (email === undefined && subject === undefined)
    throw new ServiceError('CENR_REQUEST_INVALID', {
      errors: [{ pointer: '/email', message: 'expected whose account it is: email, or subject as the issuer has it' }],
    });
}
