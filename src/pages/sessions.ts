/**
 * Who is signed in. A browser holds 256 random bits; the store knows their SHA-256, and whose key signed in. A session
 * ends after 20 minutes without a request, after eight hours, when it is left, and when its key is revoked.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accessKeyOf } from '#service/manifest-keys';
import type { APIKey } from '#store/store';

const MINUTE = 60_000;
const IDLE = 20 * MINUTE;
const LONGEST = 480 * MINUTE;
const RANDOM_BYTES = 32;

/** Somebody who is signed in. */
export interface Person {
  readonly key: APIKey;
  /** Stands in every form that changes something, so that no other site can send one. */
  readonly token: string;
}

const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';

/** A cookie that only this host may set exists on https alone; a service on one's own computer has none. */
const cookieName = (request: FastifyRequest): string => (isSecure(request) ? '__Host-cenr' : 'cenr');

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');

/** The person of a request; `undefined` when nobody is signed in, or no longer. */
export function personOf(app: FastifyInstance, request: FastifyRequest): Person | undefined {
  const id = request.cookies[cookieName(request)];
  if (id === undefined) return undefined;
  const hash = hashOf(id);
  const session = app.store.session(hash);
  if (!session) return undefined;
  const now = app.clock().getTime();
  if (now - Date.parse(session.usedAt) > IDLE || now - Date.parse(session.createdAt) > LONGEST) {
    app.store.endSession(hash);
    return undefined;
  }
  // Once a minute is enough to know who is idle.
  if (now - Date.parse(session.usedAt) >= MINUTE) app.store.useSession(hash, new Date(now).toISOString());
  return { key: session.key, token: tokenOf(app, id) };
}

const tokenOf = (app: FastifyInstance, id: string): string =>
  createHmac('sha256', accessKeyOf(app.store)).update(`form ${id}`).digest('base64url');

/** Whether a form was sent from a page of this person. */
export function isOwnForm({ token }: Person, request: FastifyRequest, given: unknown): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const [a, b] = [Buffer.from(token), Buffer.from(String(given ?? ''))];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Begins a session of a key, under a new id. */
export function beginSession(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, key: APIKey): void {
  const now = app.clock().getTime();
  const at = (ms: number): string => new Date(ms).toISOString();
  app.store.endSessions(at(now - IDLE), at(now - LONGEST));
  endSession(app, request, reply);
  const id = Buffer.from(app.random(RANDOM_BYTES)).toString('base64url');
  app.store.addSession({ hash: hashOf(id), keyId: key.id, createdAt: at(now) });
  reply.setCookie(cookieName(request), id, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(request),
  });
}

export function endSession(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): void {
  const name = cookieName(request);
  const id = request.cookies[name];
  if (id !== undefined) app.store.endSession(hashOf(id));
  reply.clearCookie(name, { path: '/' });
}
