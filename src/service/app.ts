/**
 * The service as a Fastify instance: what it is made of, in order. Everything that differs from one process or test to
 * the next comes in as an argument. Routes are the files under routes/, where the folder is the path.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import accepts from '@fastify/accepts';
import autoload from '@fastify/autoload';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Type } from 'typebox';
import type { AccessLog } from '#audit/access-log/access-log';
import { EXPLANATIONS } from '#explain/explanation';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';
import type { ServiceConfig } from './config.ts';
import type { ClosableThreads } from './evaluations/line-threads.ts';
import { ERRORS, type ErrorCode, problemDetails, ServiceError } from './http/errors.ts';
import { requestIdFrom } from './http/request-id.ts';
import { validatorCompiler } from './http/validate.ts';
import accessLog from './plugins/access-log.ts';
import auth from './plugins/auth.ts';
import config from './plugins/config.ts';
import cors from './plugins/cors.ts';
import drafts, { type CheckDraft } from './plugins/drafts.ts';
import explanations from './plugins/explanations.ts';
import idempotency from './plugins/idempotency.ts';
import jobs, { type JobsOptions } from './plugins/jobs.ts';
import metrics from './plugins/metrics.ts';
import oneFileJobs from './plugins/one-file-jobs.ts';
import onlyWorks from './plugins/only-works.ts';
import openapi from './plugins/openapi.ts';
import outbox, { type OutboxOptions } from './plugins/outbox.ts';
import problemDetailsPlugin, { refusalOf } from './plugins/problem-details.ts';
import rateLimit from './plugins/rate-limit.ts';
import replicas from './plugins/replicas.ts';
import requestLog from './plugins/request-log.ts';
import rules from './plugins/rules.ts';
import stopping from './plugins/stopping.ts';
import store from './plugins/store.ts';
import surveys from './plugins/surveys.ts';
import traces from './plugins/traces.ts';
import uploads from './plugins/uploads.ts';
import { KeyView, PersonView } from './schemas/administration.ts';
import { DraftSummary, DraftView } from './schemas/draft.ts';
import { Evaluation, EvaluationBody } from './schemas/evaluation.ts';
import { Extract } from './schemas/extract.ts';
import { ExtractRequestBody } from './schemas/extract-request.ts';
import { Impact } from './schemas/impact.ts';
import { Matching } from './schemas/matching.ts';
import { Problem } from './schemas/problem.ts';
import { Reconciliation } from './schemas/reconciliation.ts';
import { RecordProblem } from './schemas/record-problem.ts';
import { AnomalySearch, SSIDExtract } from './schemas/ssid-extract.ts';
import { Upload } from './schemas/upload.ts';
import { UploadStatus } from './schemas/upload-status.ts';
import { VersionView } from './schemas/version.ts';
import type { Traces } from './traces/open-traces.ts';

export interface ServiceDeps extends JobsOptions, OutboxOptions {
  readonly store: Store;
  /** What is in effect while the store has no activation that says otherwise. */
  readonly rulebook: Rulebook;
  /** The present moment. */
  readonly clock: () => Date;
  /** So many bytes that nobody can guess; from a cryptographic source when not given. */
  readonly random?: (bytes: number) => Uint8Array;
  readonly checkDraft: CheckDraft;
  /** Whether the rules are the files of a folder that somebody named; then no draft is published over them. */
  readonly followsFolder?: boolean;
  /** `evaluationThreads`; without it streams of evaluations are answered where they arrive. */
  readonly evaluationThreads?: (rulebook: Rulebook) => ClosableThreads;
  /**
   * Where requests are entered before they are answered; without it everything under /v1 is refused. Who opened it
   * closes it.
   */
  readonly accessLog?: AccessLog;
  /** From `createLogger`: no other keeps student data out. Nothing is logged without one. */
  readonly logger?: Logger;
  /** Where metrics are kept; one of its own when not given. */
  readonly registry?: Registry;
  /** Where spans go; none are made without. Who opened it closes it. */
  readonly traces?: Traces | undefined;
  /** The service in a browser; without it there is nothing but the REST service. */
  readonly pages?: FastifyPluginAsync | undefined;
  readonly version: string;
}

const NO_PARAMETERS = Type.Object({}, { additionalProperties: false });

/** Schemas with a name, for the API document and for references. */
const NAMED = [
  Problem,
  Upload,
  UploadStatus,
  RecordProblem,
  ExtractRequestBody,
  Extract,
  EvaluationBody,
  Evaluation,
  VersionView,
  DraftSummary,
  DraftView,
  Impact,
  Reconciliation,
  Matching,
  SSIDExtract,
  AnomalySearch,
  KeyView,
  PersonView,
  ...EXPLANATIONS,
];

/**
 * Builds the service; it neither listens nor closes the store.
 * @throws Error for a route that does not say who may use it
 */
export async function buildApp(settings: ServiceConfig, deps: ServiceDeps): Promise<FastifyInstance> {
  const app = fastify({
    ...(deps.logger ? { loggerInstance: deps.logger as FastifyBaseLogger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: ({ headers }) => requestIdFrom(headers['x-request-id']) ?? randomUUID(),
    // Taken by genReqId, which looks at it first.
    requestIdHeader: false,
    bodyLimit: settings.jsonBytes,
    requestTimeout: settings.requestTimeout,
    connectionTimeout: settings.connectionTimeout,
    trustProxy: settings.trustProxy,
    // plugins/problem-details.ts refuses what has none.
    http: { requireHostHeader: false },
    forceCloseConnections: 'idle',
    // Fastify's own answer is not problem details; plugins/stopping.ts refuses instead.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) =>
      void reply.server.refuseUnrouted(request, reply, refusalOf(error, settings)),
    clientErrorHandler,
    routerOptions: { maxParamLength: 128 },
  }).withTypeProvider<TypeBoxTypeProvider>();

  // Node would answer these itself, with nothing in it.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));

  app.setValidatorCompiler(validatorCompiler(NAMED));
  // Schemas of answers are for the API document; nothing is dropped from an answer because a schema does not know it.
  // Tests hold answers to their schemas.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  for (const schema of NAMED) app.addSchema(schema);
  // A body is what a route says it takes, or nothing.
  app.removeContentTypeParser('text/plain');

  await app.register(config, { config: settings, clock: deps.clock, random: deps.random ?? randomBytes });
  // Before all others: what they do is part of the request.
  await app.register(traces, { traces: deps.traces });
  // Before all that refuses: a page must be able to read why, and asks first, without a key, whether it may ask.
  await app.register(cors);
  await app.register(store, { store: deps.store });
  await app.register(replicas);
  await app.register(problemDetailsPlugin);
  await app.register(stopping);
  // Before a key is looked up: nobody's request gets so far as to be judged, or entered in the access log.
  await app.register(onlyWorks);
  await app.register(auth);
  await app.register(requestLog);
  await app.register(metrics, { registry: deps.registry });
  await app.register(rules, { rulebook: deps.rulebook, evaluationThreads: deps.evaluationThreads });
  await app.register(explanations, { version: deps.version });
  await app.register(rateLimit);
  await app.register(accepts);
  await app.register(idempotency);
  await app.register(uploads);
  await app.register(oneFileJobs);
  await app.register(outbox, { resolve: deps.resolve });
  const { writeExtract, writeImpact, loadUpload, reconcile, ssidWork } = deps;
  await app.register(jobs, { writeExtract, writeImpact, loadUpload, reconcile, ssidWork });
  await app.register(surveys);
  await app.register(drafts, { checkDraft: deps.checkDraft, followsFolder: deps.followsFolder ?? false });
  await app.register(openapi, { version: deps.version });

  app.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-content-type-options', 'nosniff');
    // Student data is nobody's to keep on the way.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done(null, payload);
  });
  // The last to see an answer: as it will be sent.
  await app.register(accessLog, { log: deps.accessLog });
  const limited = settings.requestsPerMinute > 0 ? { preHandler: app.rateLimit() } : {};
  // Unlimited, a 404 would let anybody search for paths.
  app.setNotFoundHandler(limited, () => {
    throw new ServiceError('CENR_ROUTE_UNKNOWN');
  });

  app.addHook('onRoute', ({ url, schema }) => {
    // Nothing that is sent is passed over in silence, query parameters of routes that have none included.
    if (schema && url.startsWith('/v1/')) schema.querystring ??= NO_PARAMETERS;
  });
  await app.register(autoload, { dir: join(import.meta.dirname, 'routes'), routeParams: true });
  if (deps.pages) await app.register(deps.pages);
  app.refuseOtherMethods();
  return app as unknown as FastifyInstance;
}

/** What node's parser refuses never becomes a request; it is answered on the bare connection. */
function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const code: ErrorCode =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'CENR_HEADERS_TOO_LARGE'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'CENR_TIMEOUT'
        : 'CENR_HTTP_INVALID';
  const body = JSON.stringify(problemDetails(new ServiceError(code)));
  socket.end(
    `HTTP/1.1 ${ERRORS[code].status} Refused\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
