/**
 * What a caller prefers (RFC 7240). `Prefer: wait=N`: whoever asks about a job is answered when the job has ended, or
 * after N seconds. `Prefer: respond-async`: whoever sends files is answered when they have arrived.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isOver } from '#publishing/job';
import type { JobKind, JobKinds } from '#store/store';
import { type GivenAnswer, sendAnswer } from '../plugins/idempotency.ts';

/** Proxies on the way give up on a silent connection after about a minute. */
const MOST_SECONDS = 50;
const WAIT = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=[,;]|$)/i;

export const PreferHeader = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description: `\`wait=N\`: answer when the work has ended, or after N seconds, ${MOST_SECONDS} at most; without it the answer comes at once. The header Preference-Applied says how long the service was ready to wait. Other preferences are ignored`,
    }),
  ),
});

export const RESPOND_ASYNC = 'respond-async';
const NO_WAIT = /(?:^|,)\s*respond-async\s*(?=[,;]|$)/i;

/** Whether the caller does not want to wait for the work. */
export const prefersNoWait = ({ headers }: FastifyRequest): boolean => NO_WAIT.test(String(headers['prefer'] ?? ''));

/** How many seconds the caller prefers to wait, and may; `undefined` where they say nothing of it. */
export function secondsPreferred(
  { config }: FastifyInstance,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): number | undefined {
  const asked = WAIT.exec(String(headers['prefer'] ?? ''))?.[1];
  if (asked === undefined) return undefined;
  // A connection is closed when it is silent for longer.
  const seconds = Math.min(Number(asked), MOST_SECONDS, Math.floor(config.connectionTimeout / 2_000));
  reply.header('preference-applied', `wait=${seconds}`);
  return seconds;
}

/**
 * Waits for a job as long as the request prefers.
 * @param find finds it, now and after the wait
 * @returns the job as it is then
 */
export async function jobAsPreferred<K extends JobKind>(
  app: FastifyInstance,
  kind: K,
  find: () => Promise<JobKinds[K]>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<JobKinds[K]> {
  const job = await find();
  const seconds = secondsPreferred(app, request, reply);
  if (seconds === undefined || isOver(job)) return job;
  await app.jobs[kind].ended(job.id, seconds * 1_000, async () => isOver(await find()));
  return await find();
}

/**
 * Answers a request that began a job: with its first answer, unless the caller would rather have the present state.
 * @param job finds the job that the answer is about, and shows it
 */
export async function sendAsPreferred<K extends JobKind>(
  app: FastifyInstance,
  kind: K,
  answer: GivenAnswer,
  job: { find(id: string): Promise<JobKinds[K]>; shown(job: JobKinds[K]): object | Promise<object> },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (request.headers['prefer'] === undefined) return sendAnswer(reply, answer);
  const { id } = JSON.parse(answer.body) as { id: string };
  const found = await jobAsPreferred(app, kind, () => job.find(id), request, reply);
  return sendAnswer(reply, { ...answer, body: JSON.stringify(await job.shown(found)) });
}
