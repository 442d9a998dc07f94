/**
 * A sign-in on its way: begun in a browser, which must come back from the issuer with the answer to it. The browser holds
 * a random text; what the issuer is told (state, nonce, PKCE) is derived from it with a secret of the store, so nothing
 * of it can be made up, and the service keeps nothing of who only began.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accessKeyOf } from '#service/manifest-keys';
import { isSecure } from '../sessions.ts';

/** So long somebody may take at the issuer. */
const LONGEST_MS = 600_000;
const RANDOM_BYTES = 32;
const MS = 1_000;

export interface Attempt {
  /** Id of the issuer. */
  readonly issuer: string;
  /** The page they were going to. */
  readonly to: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
}

interface Held {
  readonly issuer: string;
  readonly to: string;
  readonly random: string;
  readonly at: number;
}

const cookieName = (request: FastifyRequest): string => (isSecure(request) ? '__Host-cenr-sign-in' : 'cenr-sign-in');

const derived = async (app: FastifyInstance, what: string, from: string): Promise<string> =>
  createHmac('sha256', await accessKeyOf(app.store))
    .update(`sign-in ${what} ${from}`)
    .digest('base64url');

const attemptOf = async (app: FastifyInstance, { issuer, to, random }: Held): Promise<Attempt> => ({
  issuer,
  to,
  state: await derived(app, 'state', random),
  nonce: await derived(app, 'nonce', random),
  verifier: await derived(app, 'verifier', random),
});

/** Begins one, in place of any other of this browser. */
export async function beginAttempt(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { issuer, to }: Pick<Held, 'issuer' | 'to'>,
): Promise<Attempt> {
  const random = Buffer.from(app.random(RANDOM_BYTES)).toString('base64url');
  const held: Held = { issuer, to, random, at: app.clock().getTime() };
  const text = Buffer.from(JSON.stringify(held)).toString('base64url');
  reply.setCookie(cookieName(request), `${text}.${await derived(app, 'cookie', text)}`, {
    path: '/',
    httpOnly: true,
    // The issuer sends the browser back: from another site.
    sameSite: 'lax',
    secure: isSecure(request),
    maxAge: LONGEST_MS / MS,
  });
  return await attemptOf(app, held);
}

/** The one that this browser began, once: it is gone from the browser then. */
export async function takeAttempt(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Attempt | undefined> {
  const name = cookieName(request);
  reply.clearCookie(name, { path: '/' });
  const [text = '', seal = ''] = (request.cookies[name] ?? '').split('.');
  const [a, b] = [Buffer.from(await derived(app, 'cookie', text)), Buffer.from(seal)];
  if (a.length !== b.length || !timingSafeEqual(a, b)) return undefined;
  const held = JSON.parse(Buffer.from(text, 'base64url').toString()) as Held;
  return app.clock().getTime() - held.at > LONGEST_MS ? undefined : await attemptOf(app, held);
}
