/** Signing in with a key, with the link that a demo prints, and signing out. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hashKey, parseBearer } from '#service/keys';
import { frame } from './frame.ts';
import { html } from './html.ts';
import { refusalBox } from './parts.ts';
import { beginSession, endSession, isOwnForm, personOf } from './sessions.ts';

const OPTIONS = { schema: { hide: true }, config: { access: 'public' } } as const;
const HTML = 'text/html; charset=utf-8';

const view = (to: string, refusal = ''): string =>
  frame({
    title: 'Who are you?',
    main: html`!${refusal}
<form method="post" action="/sign-in">
<input type="hidden" name="to" value="${to}">
<p><label for="key">Key</label> <input id="key" name="key" type="password" autocomplete="off" required size="50"></p>
<p class="hint">A key begins with <code>cenr_</code>. Whoever runs this service makes one with <code>cenr key add</code>.</p>
<p><button>Sign in</button></p>
</form>`,
  });

const UNKNOWN = refusalBox({
  status: 401,
  code: 'CENR_KEY_UNKNOWN',
  title: 'This key is not known, or was revoked',
  fix: 'Check that it is complete; a key has 48 characters. A key is shown only once: ask for a new one if it is lost.',
});

/** A page of this service, and of no other. */
const ownAddress = (to: unknown): string => (typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/');

/** Links that sign in whoever opens them: the last part of their address, and the SHA-256 of a key. For trying out. */
export type SignInLinks = ReadonlyMap<string, string>;

export function signInRoutes(app: FastifyInstance, links: SignInLinks): void {
  const limit = app.config.requestsPerMinute > 0 ? { preHandler: app.rateLimit() } : {};

  app.get('/sign-in', { ...OPTIONS, ...limit }, async (request, reply) =>
    reply.type(HTML).send(view(ownAddress((request.query as { to?: string }).to))),
  );

  app.get('/sign-in/:link', { ...OPTIONS, ...limit }, async (request, reply) => {
    const hash = links.get((request.params as { link: string }).link);
    const key = hash === undefined ? undefined : app.store.keyByHash(hash);
    if (!key || key.revokedAt !== undefined) return reply.code(401).type(HTML).send(view('/', UNKNOWN));
    beginSession(app, request, reply, key);
    return reply.redirect('/', 303);
  });

  app.post('/sign-in', { ...OPTIONS, ...limit }, async (request, reply) => {
    const { key: written = '', to } = (request.body ?? {}) as { key?: string; to?: string };
    const parsed = isFromHere(request) ? parseBearer(`Bearer ${written}`) : undefined;
    const key = parsed === undefined ? undefined : app.store.keyByHash(hashKey(parsed));
    if (!key || key.revokedAt !== undefined)
      return reply
        .code(401)
        .type(HTML)
        .send(view(ownAddress(to), UNKNOWN));
    beginSession(app, request, reply, key);
    return reply.redirect(ownAddress(to), 303);
  });

  app.post('/sign-out', OPTIONS, async (request, reply) => {
    const person = personOf(app, request);
    const { token } = (request.body ?? {}) as { token?: string };
    if (person && isOwnForm(person, request, token)) endSession(app, request, reply);
    return reply.redirect('/sign-in', 303);
  });
}

const isFromHere = ({ headers }: FastifyRequest): boolean =>
  ['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined);
