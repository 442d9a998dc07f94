/**
 * The access log: every request under /v1 is entered before its answer leaves, refused ones included; what cannot be
 * entered is not answered. Without a key, those that are too many, that use a method a path does not have (browsers ask
 * so whether a page may ask), that reach a process that only makes jobs, or whose address cannot be read are not
 * entered. Unlike the ordinary log this one names students: it is the record of who asked for whom.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Type } from 'typebox';
import type { AccessLog } from '#audit/access-log/access-log';
import type { Access } from '#audit/access-log/chain';
import { studentHash } from '#audit/access-log/disclosed';
import { isPurpose, PURPOSE_FORM } from '#audit/access-log/purpose';
import { problemDetails, ServiceError } from '../http/errors.ts';
import { reached } from '../http/phases.ts';
import { accessKeyOf } from '../manifest-keys.ts';
import { PROBLEM_TYPE } from './problem-details.ts';
import { routeOf } from './request-log.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * For routes under /v1: which of their requests are entered; all when not given. Those refused with 401 or 403
     * always are.
     */
    accessLog?: false | ((request: FastifyRequest) => boolean);
  }
  interface FastifyRequest {
    /** SSIDs of the students in the answer, where it has some of many. */
    disclosed: readonly string[] | undefined;
    /** SSID of the student whom the body asks for, where the address must not name one. */
    sought: string | undefined;
  }
  interface FastifyInstance {
    readonly accessLog: AccessLog;
  }
}

/** What a caller sent may have any length; so much of it is entered. */
const MOST_ASKED = 128;
const RETRY_SECONDS = '5';
/** Of an answer that is held back, headers that say nothing of it. */
const HARMLESS = [
  'x-request-id',
  'x-content-type-options',
  'connection',
  'access-control-allow-origin',
  'access-control-expose-headers',
];

/** A service that has no log: it serves nothing that has to be entered. */
const NO_LOG: AccessLog = {
  enter: () => Promise.reject(new Error('the service was given no access log')),
  ready: () => Promise.reject(new Error('the service was given no access log')),
  close: async () => {},
};

export default fp<{ readonly log?: AccessLog | undefined }>(
  async (app, { log = NO_LOG }) => {
    app.decorate('accessLog', log);
    app.decorateRequest('disclosed', undefined);
    app.decorateRequest('sought', undefined);

    app.addHook('onRoute', (route) => {
      const { schema, url } = route;
      if (!schema || schema.hide || !isUnderV1(url)) return;
      const { properties } = (schema.headers ?? {}) as { properties?: Record<string, ReturnType<typeof Type.String>> };
      schema.headers = Type.Object({
        ...properties,
        'access-purpose': Type.Optional(
          Type.String({ description: `Why the data is requested, for the access log: ${PURPOSE_FORM}` }),
        ),
      });
    });

    // After the key was judged: whoever has none is told that first.
    app.addHook('preParsing', (request, _reply, _payload, done) => {
      const sent = request.headers['access-purpose'];
      const isWrong =
        sent !== undefined && !request.is404 && isUnderV1(routeOf(request)) && purposeOf(request) === undefined;
      done(
        isWrong
          ? new ServiceError('CENR_REQUEST_INVALID', {
              errors: [{ header: 'Access-Purpose', message: `expected ${PURPOSE_FORM}` }],
            })
          : null,
      );
    });

    app.addHook('onSend', (request, reply, payload, done) => {
      if (!isEntered(request, reply)) return done(null, payload);
      reached(request, 'written as JSON');
      enter(app, request, reply).then(
        () => {
          reached(request, 'in the access log');
          done(null, payload);
        },
        (error: unknown) => {
          unavailable(app, request, error);
          destroy(payload);
          done(null, refusalInstead(request, reply));
        },
      );
    });
  },
  { name: 'access-log', dependencies: ['config', 'auth', 'request-log', 'metrics'] },
);

const UNAVAILABLE = new ServiceError('CENR_ACCESS_LOG_UNAVAILABLE', { headers: { 'retry-after': RETRY_SECONDS } });

const isUnderV1 = (path: string): boolean => path === '/v1' || path.startsWith('/v1/');

function isEntered(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  const { is404, key, method, routeOptions, url } = request;
  // Anybody can send these by the million, and they ask for nothing.
  if (!key && (method === 'OPTIONS' || statusCode === 405 || statusCode === 421 || statusCode === 429)) return false;
  // What the router found counts: an address can be written in many ways.
  if (!isUnderV1(is404 ? url : routeOf(request))) return false;
  const { accessLog } = routeOptions.config;
  if (accessLog === undefined || statusCode === 401 || statusCode === 403) return true;
  return accessLog !== false && accessLog(request);
}

async function enter(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const access = accessOf(request, reply, app.clock());
  const { disclosed } = request;
  await app.accessLog.enter(disclosed ? { ...access, students: await studentsText(app, disclosed) } : access);
  app.metrics.entered();
}

/** The log names whom somebody asked for. Whom an answer has besides, it tells only to whoever has the store. */
async function studentsText(app: FastifyInstance, ssids: readonly string[]): Promise<string> {
  const key = await accessKeyOf(app.store);
  return [...new Set(ssids)].map((ssid) => studentHash(key, ssid)).join(' ');
}

function unavailable(app: FastifyInstance, request: FastifyRequest, error: unknown): void {
  app.metrics.notEntered();
  request.log.error({ err: error }, 'the access log cannot be written');
}

/** Makes the answer a refusal; nothing of what it was is left. */
function refusalInstead(request: FastifyRequest, reply: FastifyReply): string {
  request.refusal = UNAVAILABLE.code;
  for (const name of Object.keys(reply.getHeaders())) if (!HARMLESS.includes(name)) reply.removeHeader(name);
  if (!request.raw.complete) reply.header('connection', 'close');
  const problem = problemDetails(UNAVAILABLE, request.id);
  reply
    .code(problem['status'] as number)
    .headers(UNAVAILABLE.headers)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE);
  return JSON.stringify(problem);
}

const destroy = (payload: unknown): void => void (payload as { destroy?: () => void } | null | undefined)?.destroy?.();

/** The id of a thing: from the path, or from the Location of one that was made. */
function idOf(things: string, request: FastifyRequest, reply: FastifyReply): string | undefined {
  if (routeOf(request).startsWith(`${things}:id`)) return (request.params as { id?: string }).id;
  const location = reply.getHeader('location');
  return typeof location === 'string' && location.startsWith(things)
    ? location.slice(things.length).split('/')[0]
    : undefined;
}

/** The impact report that was asked for: the last part of its Location. */
function impactOf(reply: FastifyReply): string | undefined {
  const location = reply.getHeader('location');
  return typeof location === 'string' ? /\/impact\/([^/]+)$/.exec(location)?.[1] : undefined;
}

function accessOf(request: FastifyRequest, reply: FastifyReply, now: Date): Access {
  const { key, refusal, id: requestId, method } = request;
  const params = (request.params ?? {}) as Record<string, unknown>;
  const query = (request.query ?? {}) as Record<string, unknown>;
  const asked: Record<string, unknown> = {
    extract: idOf('/v1/extracts/', request, reply),
    upload: idOf('/v1/uploads/', request, reply),
    rulebook: params['hash'] ?? idOf('/v1/rulebook/versions/', request, reply),
    draft: idOf('/v1/rulebook/drafts/', request, reply),
    // Elsewhere it is an address that nothing stands at.
    file: routeOf(request).startsWith('/v1/rulebook/') ? params['*'] : undefined,
    impact: params['impactId'] ?? impactOf(reply),
    reconciliation: idOf('/v1/reconciliations/', request, reply),
    matching: idOf('/v1/ssid/matches/', request, reply),
    ssidExtract: idOf('/v1/ssid/extracts/', request, reply),
    activation: params['activation'],
    key: idOf('/v1/keys/', request, reply),
    person: idOf('/v1/persons/', request, reply),
    ssid: params['ssid'] ?? query['ssid'] ?? request.sought,
    school: params['school'] ?? query['school'],
    grade: params['grade'] ?? query['grade'],
    field: params['field'] ?? query['field'],
    purpose: purposeOf(request),
  };
  for (const name in asked)
    if (asked[name] === undefined) delete asked[name];
    else if (name !== 'purpose') asked[name] = cut(String(asked[name]));
  return {
    time: now.toISOString(),
    requestId,
    ...(key && { keyId: key.id, role: key.role }),
    method,
    route: routeOf(request),
    ...asked,
    status: reply.statusCode,
    ...(refusal && { refusal }),
  };
}

const cut = (text: string): string => (text.length > MOST_ASKED ? `${text.slice(0, MOST_ASKED)}…` : text);

/** The purpose as text, or `undefined` when there is none that can be entered. */
function purposeOf({ headers }: FastifyRequest): string | undefined {
  const sent = headers['access-purpose'];
  if (typeof sent !== 'string') return undefined;
  // Node reads headers as Latin-1; what is not UTF-8 turns into a character that is not printable.
  const text = Buffer.from(sent, 'latin1').toString();
  return isPurpose(text) ? text : undefined;
}
