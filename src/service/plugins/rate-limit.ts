/** So many requests a minute for a key; requests without a known key are counted by address. */
import rateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { ServiceError } from '../http/errors.ts';

export default fp(
  async (app) => {
    const { requestsPerMinute } = app.config;
    await app.register(rateLimit, {
      global: requestsPerMinute > 0,
      max: requestsPerMinute,
      timeWindow: 60_000,
      enableDraftSpec: true,
      keyGenerator: (request) => request.key?.id ?? request.ip,
      errorResponseBuilder: (_request, { after }) =>
        new ServiceError('CENR_RATE_LIMITED', {
          detail: `All requests for this minute are used. You can send more in ${after}.`,
        }),
    });
  },
  { name: 'rate-limit', dependencies: ['auth', 'config'] },
);

/** The limit of a route as its config: its own count of requests a minute; 0 for none. */
export const perMinute = (max: number): false | { max: number; timeWindow: number } =>
  max > 0 ? { max, timeWindow: 60_000 } : false;
