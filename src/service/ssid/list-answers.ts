/** What the routes of SSID extracts and of searches have in common: the one within reach. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AnomalySearchJob } from '#store/anomaly-search-job';
import type { SSIDExtractJob } from '#store/ssid-extract-job';
import { ServiceError } from '../http/errors.ts';
import { scopeOf } from '../plugins/auth.ts';

/** @throws ServiceError CENR_NOT_FOUND */
export async function ssidExtractOf(
  app: FastifyInstance,
  request: FastifyRequest,
  id: string,
): Promise<SSIDExtractJob> {
  const job = await app.store.forLEAs(scopeOf(request)).jobs('ssidExtract').get(id);
  if (!job) throw new ServiceError('CENR_NOT_FOUND');
  return job;
}

/** @throws ServiceError CENR_NOT_FOUND */
export async function searchOf(app: FastifyInstance, request: FastifyRequest, id: string): Promise<AnomalySearchJob> {
  const job = await app.store.forLEAs(scopeOf(request)).jobs('anomalySearch').get(id);
  if (!job) throw new ServiceError('CENR_NOT_FOUND');
  return job;
}
