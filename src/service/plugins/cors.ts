/**
 * Pages of other origins may call the service from a browser where the operator names them (`corsOrigins`);
 * where none is named, no answer has a word about it. Keys travel in Authorization, which a browser never adds by itself,
 * so nobody can use a key that their page was not given, and credentials stay off.
 */
import cors from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ANSWER_HEADERS } from '../schemas/responses.ts';

/** What a page may read of an answer. */
const EXPOSED = [
  ...Object.keys(ANSWER_HEADERS),
  'accept-ranges',
  'allow',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'www-authenticate',
  'x-request-id',
];
/** What a page may send beside what every page may. */
const ALLOWED = [
  'access-purpose',
  'authorization',
  'content-encoding',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'if-range',
  'prefer',
  'range',
  'x-request-id',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** A browser asks again after so many seconds. */
const REMEMBERED_SECONDS = 600;

export default fp(
  async (app) => {
    const { corsOrigins } = app.config;
    if (corsOrigins.length === 0) return;
    // The plugin has a route of its own, so that browsers can ask about any path.
    app.addHook('onRoute', (route) => {
      if (route.url === '*' && route.method === 'OPTIONS') route.config = { ...route.config, access: 'public' };
    });
    const rules = { methods: METHODS, allowedHeaders: ALLOWED, exposedHeaders: EXPOSED, maxAge: REMEMBERED_SECONDS };
    await app.register(cors, {
      delegator: async ({ headers }: FastifyRequest) => ({
        ...rules,
        // A page that is not named is answered like a program.
        origin: corsOrigins.includes(headers.origin ?? '') ? (headers.origin as string) : false,
        // Whatever else has the method OPTIONS is refused like any method that a path does not have.
        preflight: headers['access-control-request-method'] !== undefined,
      }),
    });
  },
  { name: 'cors', dependencies: ['config'] },
);
