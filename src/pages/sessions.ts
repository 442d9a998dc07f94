/**
 * Who is signed in. A browser holds 256 random bits; the store knows their SHA-256, and whose session it is: a key's, or
 * a person's. A session ends after 20 minutes without a request, after eight hours, when it is left, and when the key is
 * revoked or the person changed or removed.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LEAScope } from '#records/scope';
import type { ServiceConfig } from '#service/config';
import { isInEffect } from '#service/keys';
import { accessKeyOf } from '#service/manifest-keys';
import { foreignLEAs, type Issuer } from '#service/persons/issuers';
import type { Caller, KnownPerson, Session } from '#store/store';

const MINUTE = 60_000;
const IDLE = 20 * MINUTE;
const LONGEST = 480 * MINUTE;
const RANDOM_BYTES = 32;

/** Somebody who is signed in. */
export interface Person {
  /** Who they are for REST: the key they signed in with, or themselves; with the LEA that they chose alone. */
  readonly key: Caller;
  /** All LEAs that they may see. */
  readonly leas: LEAScope;
  /** Stands in every form that changes something, so that no other site can send one. */
  readonly token: string;
  /** What they look at data for, when they have said it. */
  readonly purpose?: string | undefined;
  /** The address that they ask for now. */
  readonly at: string;
}

export const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';

/** A cookie that only this host may set exists on https alone; a service on one's own computer has none. */
const cookieName = (request: FastifyRequest): string => (isSecure(request) ? '__Host-cenr' : 'cenr');

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');

/** Whether a key signs in: where there is no issuer, or the operator wants both. */
export const keysSignIn = ({ issuers, keySignIn }: Pick<ServiceConfig, 'issuers' | 'keySignIn'>): boolean =>
  issuers.length === 0 || keySignIn;

const issuerOf = ({ config }: FastifyInstance, person: KnownPerson): Issuer | undefined =>
  config.issuers.find(({ issuer }) => issuer === person.issuer);

/** The person of a request; `undefined` when nobody is signed in, or no longer. */
export async function personOf(app: FastifyInstance, request: FastifyRequest): Promise<Person | undefined> {
  const id = request.cookies[cookieName(request)];
  if (id === undefined) return undefined;
  const hash = hashOf(id);
  const session = await app.store.session(hash);
  if (!session) return undefined;
  const now = app.clock().getTime();
  const key = callerOf(app, session);
  if (!key || now - Date.parse(session.usedAt) > IDLE || now - Date.parse(session.createdAt) > LONGEST) {
    await app.store.endSession(hash);
    return undefined;
  }
  // Once a minute is enough to know who is idle.
  if (now - Date.parse(session.usedAt) >= MINUTE) await app.store.useSession(hash, new Date(now).toISOString());
  const { leas } = key;
  return {
    key: withLEA(key, session.lea),
    leas,
    token: await tokenOf(app, id),
    purpose: session.purpose,
    at: addressOf(request),
  };
}

/** What somebody may see is never more than what they are given, whatever was chosen before. */
const withLEA = (key: Caller, lea: string | undefined): Caller =>
  lea !== undefined && (key.leas === 'all' || key.leas.includes(lea)) ? { ...key, leas: [lea] } : key;

/** An address that can be asked for again: what stands behind a form's is the form's. */
const addressOf = ({ method, url }: FastifyRequest): string => (method === 'GET' ? url : (url.split('?')[0] as string));

/** Whose session it is, as long as the settings of the service let them in. */
function callerOf(app: FastifyInstance, { key, person }: Session): Caller | undefined {
  if (!person) return key && keysSignIn(app.config) && isInEffect(key, app.clock()) ? key : undefined;
  const issuer = issuerOf(app, person);
  return issuer && foreignLEAs(issuer, person.leas).length === 0 ? person : undefined;
}

const tokenOf = async (app: FastifyInstance, id: string): Promise<string> =>
  createHmac('sha256', await accessKeyOf(app.store))
    .update(`form ${id}`)
    .digest('base64url');

/** Whether a form was sent from a page of this person. */
export function isOwnForm({ token }: Person, request: FastifyRequest, given: unknown): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const [a, b] = [Buffer.from(token), Buffer.from(String(given ?? ''))];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Begins a session of a key or a person, under a new id.
 * @param idToken what the issuer said, to be shown to it at the end
 */
export async function beginSession(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  whose: Caller,
  idToken?: string,
): Promise<void> {
  const now = app.clock().getTime();
  const at = (ms: number): string => new Date(ms).toISOString();
  await app.store.endSessions(at(now - IDLE), at(now - LONGEST));
  await endSession(app, request, reply);
  const id = Buffer.from(app.random(RANDOM_BYTES)).toString('base64url');
  await app.store.addSession({
    hash: hashOf(id),
    whose: whose.id,
    createdAt: at(now),
    sealed: idToken === undefined ? undefined : sealed(id, idToken),
  });
  reply.setCookie(cookieName(request), id, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(request),
  });
}

/** By whom somebody signed in, and what the issuer said of them. */
export interface Left {
  readonly issuer: Issuer | undefined;
  readonly idToken: string | undefined;
}

/** @returns what there is to tell the issuer; `undefined` when nobody signed in by one */
export async function endSession(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Left | undefined> {
  const name = cookieName(request);
  const id = request.cookies[name];
  reply.clearCookie(name, { path: '/' });
  if (id === undefined) return undefined;
  const session = await app.store.session(hashOf(id));
  await app.store.endSession(hashOf(id));
  if (!session?.person) return undefined;
  return {
    issuer: issuerOf(app, session.person),
    idToken: session.sealed === undefined ? undefined : opened(id, session.sealed),
  };
}

/** Keeps what the person of a request looks at data for; '' for nothing that was said. */
export async function sayPurpose(app: FastifyInstance, request: FastifyRequest, purpose: string): Promise<void> {
  const id = request.cookies[cookieName(request)] ?? '';
  await app.store.sayPurpose(hashOf(id), purpose === '' ? undefined : purpose);
}

/** Keeps which LEA pages are about; '' for all that the person has. */
export async function chooseLEA(app: FastifyInstance, request: FastifyRequest, lea: string): Promise<void> {
  const id = request.cookies[cookieName(request)] ?? '';
  await app.store.chooseLEA(hashOf(id), lea === '' ? undefined : lea);
}

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

/** Only the browser of the session has the key. It is another one in each session and seals one text: no nonce is needed. */
const sealKey = (id: string): Uint8Array => new Uint8Array(hkdfSync('sha256', id, '', 'cenr session', RANDOM_BYTES));
const NONCE = new Uint8Array(12);

function sealed(id: string, text: string): string {
  const cipher = createCipheriv(CIPHER, sealKey(id), NONCE);
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([cipher.getAuthTag(), bytes]).toString('base64url');
}

function opened(id: string, text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv(CIPHER, sealKey(id), NONCE, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(0, TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(TAG_BYTES)), decipher.final()]).toString();
}
