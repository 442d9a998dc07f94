/**
 * Every refusal as problem details (RFC 9457), whoever raised it. What is not ours to explain becomes CENR_INTERNAL: no
 * message, no stack.
 */
import type { FastifyError, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { RequestError } from '#extract/request';
import { ForeignFileError } from '#intake/file-form';
import { UnreadableInputError } from '#intake/lines';
import { StoreBusyError } from '#store/store';
import { isDiskFull, StoreTroubleError } from '#store/trouble';
import type { ServiceConfig } from '../config.ts';
import { ERRORS, type ErrorCode, problemDetails, ServiceError } from '../http/errors.ts';
import { errorItems, ValidationFailure } from '../http/validate.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the refusal, for logs and metrics. */
    refusal: ErrorCode | undefined;
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
export const BUSY_SECONDS = '30';
/** A database that was stopped, or another one in its place, is there soon. */
const TROUBLE_SECONDS = '5';
const FULL_SECONDS = String(5 * 60);

/** What Fastify and its plugins raise, by their codes. */
const FOREIGN: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CENR_MEDIA_TYPE_UNSUPPORTED',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'CENR_MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_BODY_TOO_LARGE: 'CENR_BODY_TOO_LARGE',
  FST_REQ_FILE_TOO_LARGE: 'CENR_BODY_TOO_LARGE',
  FST_FILES_LIMIT: 'CENR_BODY_TOO_LARGE',
  FST_PARTS_LIMIT: 'CENR_BODY_TOO_LARGE',
  FST_FIELDS_LIMIT: 'CENR_BODY_TOO_LARGE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'CENR_JSON_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'CENR_JSON_INVALID',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'CENR_HTTP_INVALID',
  FST_ERR_BAD_URL: 'CENR_HTTP_INVALID',
  FST_ERR_MAX_PARAM_LENGTH: 'CENR_NOT_FOUND',
  FST_ERR_INVALID_URL: 'CENR_HTTP_INVALID',
  FST_MULTIPART_PREMATURE_CLOSE: 'CENR_HTTP_INVALID',
  ECONNRESET: 'CENR_HTTP_INVALID',
  ERR_STREAM_PREMATURE_CLOSE: 'CENR_HTTP_INVALID',
  FST_ERR_HANDLER_TIMEOUT: 'CENR_NOT_READY',
};

/** Sends a refusal. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: ServiceError): FastifyReply {
  request.refusal = error.code;
  if (leavesMuchUnread(request)) reply.header('connection', 'close');
  return reply
    .code(ERRORS[error.code].status)
    .headers(error.headers)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemDetails(error, request.id)));
}

const LITTLE = 1 << 16;

/**
 * Node reads what is left of a body before the next request on the connection: a refused gigabyte would still be taken
 * in.
 */
function leavesMuchUnread({ raw }: FastifyRequest): boolean {
  if (raw.complete) return false;
  const length = raw.headers['content-length'];
  return length === undefined ? raw.headers['transfer-encoding'] !== undefined : Number(length) > LITTLE;
}

/**
 * The refusal that something thrown amounts to.
 * @param bodyBytes how many bytes the JSON body of this request may have
 */
export function refusalOf(error: unknown, config: ServiceConfig, bodyBytes = config.jsonBytes): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof RequestError)
    return new ServiceError('CENR_REQUEST_INVALID', { errors: [{ pointer: `/${error.key}`, message: error.message }] });
  if (error instanceof StoreBusyError)
    return new ServiceError('CENR_STORE_BUSY', { headers: { 'retry-after': BUSY_SECONDS } });
  if (error instanceof ForeignFileError) return new ServiceError('CENR_NOT_A_CARET_FILE', { detail: error.message });
  if (isDiskFull(error)) return new ServiceError('CENR_DISK_FULL', { headers: { 'retry-after': FULL_SECONDS } });
  if (error instanceof StoreTroubleError)
    return new ServiceError('CENR_STORE_UNAVAILABLE', { headers: { 'retry-after': TROUBLE_SECONDS } });
  if (error instanceof UnreadableInputError)
    return new ServiceError('CENR_UPLOAD_UNREADABLE', { detail: error.message });
  if (error instanceof ValidationFailure) {
    const { validationContext } = error as ValidationFailure & { validationContext?: string };
    return new ServiceError('CENR_REQUEST_INVALID', {
      errors: errorItems(error.errors, validationContext === 'body' ? 'pointer' : 'parameter'),
    });
  }
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const foreign = code === undefined ? undefined : FOREIGN[code];
  if (foreign === 'CENR_BODY_TOO_LARGE') return tooLarge(code as string, config, bodyBytes);
  if (foreign) return new ServiceError(foreign);
  // JSON.parse and busboy raise plain errors, which Fastify gives the status 400.
  if (error instanceof SyntaxError && statusCode === 400) return new ServiceError('CENR_JSON_INVALID');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new ServiceError('CENR_HTTP_INVALID');
  return new ServiceError('CENR_INTERNAL');
}

/** What node would refuse without a word, if it were not told to leave it to this plugin (app.ts). */
function unreadable({ raw: { headers, httpVersion } }: FastifyRequest): ServiceError | undefined {
  const { host, expect } = headers;
  if (host === undefined && httpVersion === '1.1')
    return new ServiceError('CENR_HTTP_INVALID', { detail: 'The request has no Host header.' });
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    return new ServiceError('CENR_HTTP_INVALID', { detail: 'Of the header Expect only "100-continue" is understood.' });
  return undefined;
}

function tooLarge(code: string, { uploadBytes, uploadFiles }: ServiceConfig, bodyBytes: number): ServiceError {
  const detail =
    code === 'FST_ERR_CTP_BODY_TOO_LARGE'
      ? `A JSON body may have at most ${bodyBytes} bytes.`
      : code === 'FST_REQ_FILE_TOO_LARGE'
        ? `An upload may have at most ${uploadBytes} bytes, all files together and decompressed.`
        : `An upload may have at most ${uploadFiles} files.`;
  // The rest of the body is not read, so the connection is of no more use.
  return new ServiceError('CENR_BODY_TOO_LARGE', { detail, headers: { connection: 'close' } });
}

export default fp(
  async (app) => {
    app.decorateRequest('refusal', undefined);
    app.setErrorHandler((error, request, reply) => {
      try {
        const refusal = refusalOf(error, app.config, request.routeOptions.bodyLimit);
        // The operator has to see to it.
        if (refusal.code === 'CENR_INTERNAL' || refusal.code === 'CENR_DISK_FULL')
          request.log.error({ err: error }, 'a request failed');
        return sendProblem(request, reply, refusal);
      } catch {
        // What was thrown cannot even be looked at.
        request.log.error('a request failed, and its error cannot be told');
        return sendProblem(request, reply, new ServiceError('CENR_INTERNAL'));
      }
    });
    app.addHook('onRequest', (request, _reply, done) => done(unreadable(request) ?? undefined));

    const methods = new Map<string, Set<string>>();
    app.addHook('onRoute', ({ url, method, schema }: RouteOptions) => {
      // Pages for people, wildcards among them, look after themselves.
      if (schema?.hide) return;
      const known = methods.get(url) ?? new Set();
      for (const one of [method].flat()) known.add(one);
      methods.set(url, known);
    });
    // Registered last of all, when every route is known (app.ts).
    app.decorate('refuseOtherMethods', () => {
      for (const [url, known] of [...methods]) {
        const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((m) => !known.has(m));
        const allow = [...known].sort().join(', ');
        app.route({
          url,
          method: others,
          schema: { hide: true },
          config: { access: 'public' },
          exposeHeadRoute: false,
          // Behind the limit of requests, and before the body is looked at: its type is of no interest any more.
          preParsing: (_request, _reply, _payload, done) =>
            done(
              new ServiceError('CENR_METHOD_NOT_ALLOWED', {
                detail: `This path allows ${allow}.`,
                headers: { allow },
              }),
            ),
          handler: () => undefined,
        });
      }
    });
  },
  { name: 'problem-details', dependencies: ['config'] },
);

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds the refusal of all methods that paths do not have. */
    refuseOtherMethods(): void;
  }
}
