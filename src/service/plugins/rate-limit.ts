/**
 * So many requests a minute for a key; requests without a known key are counted by address. Where several processes share
 * a store, they count together.
 */
import rateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { ServiceError } from '../http/errors.ts';
import { SharedCounts } from '../shared-counts.ts';
import { sendProblem } from './problem-details.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Sends the refusal of a request whose address cannot be read: it has no route and passes no hook. */
    refuseUnrouted(request: FastifyRequest, reply: FastifyReply, refusal: ServiceError): Promise<void>;
  }
}

export default fp(
  async (app) => {
    const { requestsPerMinute } = app.config;
    const { replicas } = app.store;
    const shared =
      replicas &&
      new SharedCounts({
        replicas,
        now: () => performance.now(),
        onTrouble: (error) =>
          app.log.error({ err: error }, 'each process counts requests alone: the store cannot be used now'),
      });
    if (shared) app.addHook('onClose', async () => await shared.close());
    await app.register(rateLimit, {
      global: requestsPerMinute > 0,
      max: requestsPerMinute,
      timeWindow: 60_000,
      ...(shared && { store: shared.store() }),
      enableDraftSpec: true,
      keyGenerator: (request) => request.key?.id ?? request.ip,
      errorResponseBuilder: (_request, { after }) => used(after),
    });
    const counted = app.createRateLimit();
    app.decorate('refuseUnrouted', async (request, reply, refusal) => {
      const limit = requestsPerMinute > 0 ? await counted(request) : undefined;
      const seconds = limit && !limit.isAllowed && limit.isExceeded ? limit.ttlInSeconds : undefined;
      sendProblem(
        request,
        reply,
        seconds === undefined ? refusal : used(`${seconds} seconds`).with({ 'retry-after': String(seconds) }),
      );
    });
  },
  { name: 'rate-limit', dependencies: ['auth', 'config', 'store'] },
);

const used = (after: string): ServiceError =>
  new ServiceError('CENR_RATE_LIMITED', {
    detail: `All requests for this minute are used. You can send more in ${after}.`,
  });

/** The limit of a route as its config: its own count of requests a minute; 0 for none. */
export const perMinute = (max: number): false | { max: number; timeWindow: number } =>
  max > 0 ? { max, timeWindow: 60_000 } : false;
