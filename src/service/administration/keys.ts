/** Keys for an administrator: those whose LEAs are all among the administrator's own. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isEmailAddress } from '#base/email-address';
import { isPrintable } from '#base/text';
import { isRealDay, parseDay, withDashes } from '#records/days';
import type { LEAScope } from '#records/scope';
import type { APIKey } from '#store/store';
import { type MadeItem, ServiceError } from '../http/errors.ts';
import { shown } from '../http/validate.ts';
import { createKey, KEY_RANDOM_BYTES } from '../keys.ts';
import { requireLEAs, scopeOf } from '../plugins/auth.ts';
import type { KeyView, MadeKey } from '../schemas/administration.ts';

/** What a key lets somebody do and see. */
type Given = Pick<APIKey, 'name' | 'role' | 'leas' | 'email'>;

const isWithin = (scope: LEAScope, leas: LEAScope): boolean =>
  scope === 'all' || (leas !== 'all' && leas.every((lea) => scope.includes(lea)));

const viewOf = ({ hash: _, ...key }: APIKey, lastUsedAt: string | undefined): KeyView => ({
  ...key,
  leas: key.leas === 'all' ? 'all' : [...key.leas],
  ...(lastUsedAt !== undefined && { lastUsedAt }),
});

/** Oldest first, those that are revoked or have expired included. */
export async function keysFor(app: FastifyInstance, request: FastifyRequest): Promise<KeyView[]> {
  const uses = await app.store.keyUses();
  const scope = scopeOf(request);
  return (await app.store.keys())
    .filter(({ leas }) => isWithin(scope, leas))
    .map((key) => viewOf(key, uses.get(key.id)));
}

/** @throws ServiceError CENR_NOT_FOUND for none, and for one whose LEAs are not the administrator's */
export async function keyFor(app: FastifyInstance, request: FastifyRequest, id: string): Promise<APIKey> {
  const key = await app.store.key(id);
  if (key && isWithin(scopeOf(request), key.leas)) return key;
  throw new ServiceError('CENR_NOT_FOUND');
}

/** The key of an id as it is now. */
export const keyShown = async (app: FastifyInstance, request: FastifyRequest, id: string): Promise<KeyView> =>
  viewOf(await keyFor(app, request, id), (await app.store.keyUses()).get(id));

/**
 * Makes a key and keeps it.
 * @throws ServiceError for LEAs that are not the administrator's, and for a name or an address that cannot be one
 */
export async function makeKey(
  app: FastifyInstance,
  request: FastifyRequest,
  given: Given,
  expiresAt?: string,
): Promise<MadeKey> {
  requireLEAs(scopeOf(request), given.leas);
  requireCaller(given);
  const { key, record } = createKey({ ...given, expiresAt, now: app.clock(), random: app.random(KEY_RANDOM_BYTES) });
  await app.store.addKey(record);
  return { ...viewOf(record, undefined), key };
}

/** @throws ServiceError CENR_REQUEST_INVALID for what cannot be the name or the address of anybody */
export function requireCaller({ name, email, leas }: Partial<Pick<Given, 'name' | 'email' | 'leas'>>): void {
  const errors: MadeItem[] = [];
  if (name !== undefined && (name.trim() === '' || !isPrintable(name)))
    errors.push({ pointer: '/name', message: 'expected letters, digits, punctuation and spaces, without line breaks' });
  if (email !== undefined && !isEmailAddress(email))
    errors.push({ pointer: '/email', message: 'expected one e-mail address, such as sam@example.org' });
  if (Array.isArray(leas) && !leas.every((lea: string) => /^\d{7}$/.test(lea)))
    errors.push({ pointer: '/leas', message: 'expected "all", or codes of LEAs, each of seven digits' });
  if (errors.length > 0) throw new ServiceError('CENR_REQUEST_INVALID', { errors });
}

/**
 * The moment at which a day begins.
 * @throws ServiceError CENR_REQUEST_INVALID for what is no day, and for one that has begun
 */
export function momentOfDay(app: FastifyInstance, day: string): string {
  const parsed = parseDay(day);
  const at = parsed !== undefined && isRealDay(parsed) ? `${withDashes(parsed)}T00:00:00.000Z` : '';
  if (at > app.clock().toISOString()) return at;
  throw new ServiceError('CENR_REQUEST_INVALID', {
    errors: [{ pointer: '/expires', message: `found ${shown(day)}, expected a day to come, written CCYY-MM-DD` }],
  });
}
