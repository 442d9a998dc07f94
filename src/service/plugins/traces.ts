/**
 * A span for each request, for the phases that it tells of, and for each job: names, ids and codes of our own, never
 * anything that a caller sent. So the template of the route is there and the address is not, as in the log. A request
 * whose address cannot be read passes no hook and has none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import type { Job } from '#publishing/job';
import type { JobKind } from '#store/store';
import { PHASES, type PhaseReached } from '../http/phases.ts';
import type { OpenSpan, Traces } from '../traces/open-traces.ts';
import { routeOf } from './request-log.ts';

/** Makes spans of jobs: to be told when a job comes to a status, and when that was. */
export type JobSpans = (kind: JobKind, job: Pick<Job, 'id' | 'status' | 'requestedAt'>, at: Date) => void;

declare module 'fastify' {
  interface FastifyInstance {
    readonly jobSpans: JobSpans;
  }
}

/** A request whose answer is under way. */
interface Traced {
  readonly span: OpenSpan;
  /** The present moment, by a clock that does not jump. */
  readonly now: () => number;
  /** When the last phase ended. */
  last: number;
}

export default fp<{ readonly traces?: Traces | undefined }>(
  async (app, { traces }) => {
    if (!traces) {
      app.decorate('jobSpans', () => {});
      return;
    }
    const askedBy = new LRUCache<string, OpenSpan['context']>({ max: 10_000 });
    app.decorate('jobSpans', jobSpans(traces, askedBy));

    const open = new WeakMap<object, Traced>();
    /** Pages ask REST routes within their own request. */
    const within = new AsyncLocalStorage<OpenSpan['context']>();
    const end = (request: FastifyRequest, reply: FastifyReply, isCut: boolean): void => {
      const traced = open.get(request);
      if (!traced) return;
      open.delete(request);
      const { span, now } = traced;
      const job = jobIn(reply);
      if (job !== undefined) askedBy.set(job, span.context);
      const { statusCode } = reply;
      const failed = isCut ? 'aborted' : statusCode >= 500 ? (request.refusal ?? String(statusCode)) : undefined;
      span.end(
        now(),
        {
          ...(!isCut && { 'http.response.status_code': statusCode }),
          ...(failed !== undefined && { 'error.type': failed }),
          ...(request.refusal && { 'cenr.refusal': request.refusal }),
          ...(job !== undefined && { 'cenr.job.id': job }),
        },
        failed !== undefined,
      );
    };

    app.addHook('onRequest', (request, reply, done) => {
      const now = clockFrom(Date.now());
      const at = now();
      const route = routeOf(request);
      const span = traces.begin(`${request.method} ${route}`, {
        kind: 'request',
        at,
        attributes: { 'http.request.method': request.method, 'http.route': route, 'cenr.request.id': request.id },
        parent: within.getStore() ?? traces.callerOf(request.headers['traceparent']),
      });
      open.set(request, { span, now, last: at });
      // Of an answer that its client does not wait for, no hook is told.
      reply.raw.once('close', () => end(request, reply, true));
      within.run(span.context, done);
    });
    app.addHook('onResponse', (request, reply, done) => {
      end(request, reply, false);
      done();
    });

    const onPhase = (message: unknown): void => {
      const { request, phase } = message as PhaseReached;
      const traced = open.get(request);
      if (!traced?.span.isSent) return;
      const { span, now, last } = traced;
      traced.last = now();
      traces.begin(phase, { kind: 'phase', at: last, parent: span.context }).end(traced.last);
    };
    subscribe(PHASES, onPhase);
    app.addHook('onClose', async () => void unsubscribe(PHASES, onPhase));
  },
  { name: 'traces', dependencies: ['config'] },
);

/** @param epoch the present moment, in milliseconds since 1970 */
function clockFrom(epoch: number): () => number {
  const begun = performance.now();
  return () => epoch + performance.now() - begun;
}

/** The id of the job that an answer leads to. What else answers lead to may be a student. */
function jobIn(reply: FastifyReply): string | undefined {
  const location = reply.getHeader('location');
  if (typeof location !== 'string') return undefined;
  const mayBeJob = reply.statusCode === 202 || (reply.statusCode === 201 && location.startsWith('/v1/uploads/'));
  return mayBeJob ? /\/([a-z]+_[0-9a-z]+)$/.exec(location)?.[1] : undefined;
}

/** @param askedBy the spans of requests, by the ids of the jobs that were asked for */
export function jobSpans(
  traces: Traces,
  askedBy: { get(id: string): OpenSpan['context'] | undefined } = new Map(),
): JobSpans {
  const begun = new Map<string, number>();
  return (kind, { id, status, requestedAt }, at) => {
    if (status === 'Processing') {
      begun.set(id, at.getTime());
      return;
    }
    const from = begun.get(id);
    // Another process made it, or nobody did.
    if (from === undefined) return;
    begun.delete(id);
    // It is begun when it has ended: a request is known by then that was answered while its job was under way.
    const span = traces.begin(`job ${kind}`, {
      kind: 'job',
      at: from,
      attributes: {
        'cenr.job.kind': kind,
        'cenr.job.id': id,
        'cenr.job.status': status,
        'cenr.job.waited_ms': Math.max(0, from - Date.parse(requestedAt)),
      },
      link: askedBy.get(id),
    });
    span.end(at.getTime(), {}, status === 'Failed');
  };
}
