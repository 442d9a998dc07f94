/** A job within reach of whoever asks. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JobKind, JobKinds } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { scopeOf } from '../plugins/auth.ts';

/** @throws ServiceError CENR_NOT_FOUND, also for one out of reach */
export async function jobWithin<K extends JobKind>(
  app: FastifyInstance,
  request: FastifyRequest,
  kind: K,
  id: string,
): Promise<JobKinds[K]> {
  const job = await app.store.forLEAs(scopeOf(request)).jobs(kind).get(id);
  if (!job) throw new ServiceError('CENR_NOT_FOUND');
  return job;
}
