/** Signing in by an issuer, with a key, or with the link that a demo prints; and signing out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceConfig } from '#service/config';
import { hashKey, isInEffect, parseBearer } from '#service/keys';
import type { APIKey } from '#store/store';
import { frame } from './frame.ts';
import { html } from './html.ts';
import { signOutAddress } from './issuers/ask-issuer.ts';
import { issuerLinks, issuerRoutes } from './issuers/sign-in-by.ts';
import { ownAddress } from './own-address.ts';
import { refusalBox } from './parts.ts';
import { beginSession, endSession, isOwnForm, keysSignIn, type Left, personOf } from './sessions.ts';

const OPTIONS = { schema: { hide: true }, config: { access: 'public' } } as const;
const HTML = 'text/html; charset=utf-8';

const view = (config: ServiceConfig, to: string, refusal = ''): string =>
  frame({
    title: 'Who are you?',
    main: html`!${refusal}!${issuerLinks(config.issuers, to)}
!${keysSignIn(config) ? keyForm(to) : ''}`,
  });

const keyForm = (to: string): string =>
  html`<form method="post" action="/sign-in">
<input type="hidden" name="to" value="${to}">
<p><label for="key">Key</label> <input id="key" name="key" type="password" autocomplete="off" required size="50"></p>
<p class="hint">A key begins with <code>cenr_</code>. Whoever runs this service makes one under Admin, Keys, or with <code>cenr key add</code>.</p>
<p><button>Sign in</button></p>
</form>`;

const UNKNOWN = refusalBox({
  status: 401,
  code: 'CENR_KEY_UNKNOWN',
  title: 'This key is not known, was revoked, or has expired',
  fix: 'Check that it is complete; a key has 48 characters. A key is shown only once: ask for a new one if it is lost.',
});

const NO_KEYS = refusalBox({
  status: 403,
  code: 'CENR_KEY_SIGN_IN',
  title: 'A key does not sign in here',
  fix: 'Sign in as below. Keys are for programs, which use the REST service.',
});

/** Links that sign in whoever opens them: the last part of their address, and the SHA-256 of a key. For trying out. */
export type SignInLinks = ReadonlyMap<string, string>;

export function signInRoutes(app: FastifyInstance, links: SignInLinks): void {
  const { config } = app;
  const limited = {
    ...OPTIONS,
    ...(config.requestsPerMinute > 0 ? { preHandler: app.rateLimit() } : {}),
  };
  issuerRoutes(app, limited);

  app.get('/sign-in', limited, async (request, reply) =>
    reply.type(HTML).send(view(config, ownAddress((request.query as { to?: string }).to))),
  );

  const begin = async (
    request: FastifyRequest,
    reply: FastifyReply,
    key: APIKey | undefined,
    to: string,
  ): Promise<FastifyReply> => {
    if (!keysSignIn(config))
      return reply
        .code(403)
        .type(HTML)
        .send(view(config, to, NO_KEYS));
    if (!key || !isInEffect(key, app.clock()))
      return reply
        .code(401)
        .type(HTML)
        .send(view(config, to, UNKNOWN));
    await app.store.noteKeyUse(key.id, app.clock().toISOString());
    await beginSession(app, request, reply, key);
    return reply.redirect(to, 303);
  };

  app.get('/sign-in/:link', limited, async (request, reply) => {
    const hash = links.get((request.params as { link: string }).link);
    return begin(request, reply, hash === undefined ? undefined : await app.store.keyByHash(hash), '/');
  });

  app.post('/sign-in', limited, async (request, reply) => {
    const { key: written = '', to } = (request.body ?? {}) as { key?: string; to?: string };
    const parsed = isFromHere(request) ? parseBearer(`Bearer ${written}`) : undefined;
    const key = parsed === undefined ? undefined : await app.store.keyByHash(hashKey(parsed));
    return begin(request, reply, key, ownAddress(to));
  });

  app.post('/sign-out', OPTIONS, async (request, reply) => {
    const person = await personOf(app, request);
    const { token } = (request.body ?? {}) as { token?: string };
    const left = person && isOwnForm(person, request, token) ? await endSession(app, request, reply) : undefined;
    const address = left && (await addressToLeave(app, left));
    if (!left?.issuer || address === undefined) return reply.redirect('/sign-in', 303);
    // A form may not lead to another site; a page may send the browser there.
    return reply.header('refresh', `0; url=${address}`).type(HTML).send(leftView(left.issuer.name, address));
  });
}

/** Signed out here is signed out, whether or not the issuer can be reached. */
const addressToLeave = async (app: FastifyInstance, { issuer, idToken }: Left): Promise<string | undefined> =>
  issuer &&
  (await signOutAddress(app, issuer, idToken).catch((error: unknown) => {
    app.log.warn({ issuer: issuer.id, err: error }, 'nobody can be signed out at an issuer');
    return undefined;
  }));

const leftView = (name: string, address: string): string =>
  frame({
    title: 'Are you signed out?',
    main: html`<p class="answer">You are signed out here.</p>
<p><a class="button" href="${address}">Sign out of ${name} too</a></p>
<p><a href="/sign-in">Sign in again</a></p>`,
  });

const isFromHere = ({ headers }: FastifyRequest): boolean =>
  ['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined);
