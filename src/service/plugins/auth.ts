/**
 * Who is asking, and whether they may. Deny by default: a route says in its config which roles may use it (`access`),
 * or that it is public; a route that says nothing keeps the service from starting, and would be refused if it did. LEAs
 * are not this plugin's business: the store is asked within the caller's scope.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { InjectOptions, LightMyRequestResponse, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import type { Role } from '#publishing/role';
import type { LEAScope } from '#records/scope';
import type { Caller } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { hashKey, isInEffect, parseBearer } from '../keys.ts';

export type Access = 'public' | readonly Role[];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Roles that may use the route. `admin` may use all, and is not named. */
    access?: Access;
  }
  interface FastifyInstance {
    /**
     * Asks a route as a person, or the person of a key, would, without one: for pages, whose people signed in. Scope,
     * limits and the access log are those of the person or the key.
     */
    askAs(key: Caller, options: InjectOptions): Promise<LightMyRequestResponse>;
  }
  interface FastifyRequest {
    /** The key of the caller, or the person who signed in; on routes that are not public it is there. */
    key: Caller | undefined;
  }
}

/** It is kept when a key was used, once in so many milliseconds. */
const NOTED_MS = 300_000;

const CHALLENGE = { 'www-authenticate': 'Bearer realm="cenr"' };

export default fp(
  async (app) => {
    app.decorateRequest('key', undefined);
    // Known to this process alone: nothing that is sent to it can stand for a person.
    const asking = new AsyncLocalStorage<Caller>();
    // Awaited within: the request begins only when somebody waits for it.
    app.decorate('askAs', (key, options) => asking.run(key, async () => await app.inject(options)));

    const routes: RouteOptions[] = [];
    app.addHook('onRoute', (route) => {
      routes.push(route);
      const { schema, config } = route;
      // The API document names the roles of each request.
      if (schema && !schema.hide && Array.isArray(config?.access))
        Object.assign(schema, { 'x-roles': [...config.access, 'admin'] });
    });
    app.addHook('onReady', async () => {
      const undeclared = routes
        .filter((route) => route.config?.access === undefined)
        .map((route) => `${route.method} ${route.url}`);
      if (undeclared.length > 0)
        throw new Error(`routes must say who may use them (config.access); these do not: ${undeclared.join(', ')}`);
    });

    const noted = new Map<string, number>();
    /** Settles when all of it is kept. */
    let noting: Promise<unknown> = Promise.resolve();
    const noteUse = (id: string): void => {
      const now = app.clock();
      if (now.getTime() - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < NOTED_MS) return;
      noted.set(id, now.getTime());
      const kept = app.store.noteKeyUse(id, now.toISOString()).catch((error: unknown) => {
        // Whoever asks has nothing to do with it, and does not wait for it.
        app.log.warn({ err: error }, 'it cannot be kept when a key was used');
      });
      noting = Promise.all([noting, kept]);
    };
    app.addHook('onClose', async () => void (await noting));

    // Rate limits go by key, so the key is looked up first and judged after them.
    app.addHook('onRequest', (request, _reply, done) => {
      request.key = asking.getStore();
      if (request.key) return done();
      const key = parseBearer(request.headers.authorization);
      if (key === undefined) return done();
      app.store.keyByHash(hashKey(key)).then((known) => {
        if (known && isInEffect(known, app.clock())) {
          request.key = known;
          noteUse(known.id);
        }
        done();
      }, done);
    });

    app.addHook('preParsing', (request, _reply, _payload, done) => {
      const access = request.is404 ? 'public' : request.routeOptions.config.access;
      done(access === 'public' ? null : refusalOf(request.key, access, request.headers.authorization));
    });
  },
  { name: 'auth', dependencies: ['problem-details', 'store', 'config'] },
);

function refusalOf(
  key: Caller | undefined,
  access: readonly Role[] | undefined,
  authorization: string | undefined,
): ServiceError | null {
  if (!key)
    return new ServiceError(
      authorization === undefined || !/^bearer /i.test(authorization) ? 'CENR_KEY_REQUIRED' : 'CENR_KEY_UNKNOWN',
      { headers: CHALLENGE },
    );
  if (access && (key.role === 'admin' || access.includes(key.role))) return null;
  return new ServiceError('CENR_ROLE_MISSING', {
    detail: `The role of this key is ${key.role}; expected ${[...(access ?? []), 'admin'].join(' or ')}.`,
  });
}

/** The LEAs of a caller. Routes that are not public have one. */
export function scopeOf(request: { readonly key: Caller | undefined }): LEAScope {
  // Nothing is reached by nobody.
  return request.key?.leas ?? [];
}

/** The id of the key of a caller; jobs are counted by it. */
export const keyIdOf = (request: { readonly key: Caller | undefined }): string => request.key?.id ?? '';

/**
 * Refuses LEAs that a caller may not see: as if there were none.
 * @throws ServiceError
 */
export function requireLEAs(scope: LEAScope, asked: LEAScope): void {
  if (scope === 'all') return;
  if (asked === 'all') throw new ServiceError('CENR_ALL_LEAS_MISSING');
  if (!asked.every((lea) => scope.includes(lea))) throw new ServiceError('CENR_NOT_FOUND');
}
