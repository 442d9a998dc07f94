/**
 * GET /health/ready: requests can be served: the rulebook is loaded (or the service would not have started), the store
 * can be read, the access log written, nobody is stopping it.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '#service/http/errors';
import { BUSY_SECONDS } from '#service/plugins/problem-details';
import { withRulebook } from '#service/plugins/rules';
import { responses } from '#service/schemas/responses';

/** Who watches over the service sees that something is to be done; what it is stands where a key is needed. */
const REFUSED = 'Other rules should have taken effect, but cannot be used. GET /v1/rulebook/versions says why.';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/ready',
    {
      config: { access: 'public', rateLimit: false },
      schema: {
        tags: ['service'],
        security: [],
        operationId: 'getReady',
        summary: 'Check that the service can answer requests',
        response: responses(
          {
            200: Type.Object(
              { status: Type.Literal('ready'), rulebook: Type.String(), refused: Type.Optional(Type.String()) },
              { additionalProperties: false, description: 'The service can answer requests' },
            ),
          },
          [],
          'public',
        ),
      },
    },
    async (request, reply) => {
      if (app.stopping.announced)
        throw new ServiceError('CENR_NOT_READY', { headers: { 'retry-after': BUSY_SECONDS } });
      try {
        await app.store.ping();
        await app.accessLog.ready();
      } catch (error) {
        request.log.error({ err: error }, 'the service cannot read the store or cannot write the access log');
        throw new ServiceError('CENR_NOT_READY', { headers: { 'retry-after': '10' } });
      }
      const { hash } = await app.rules.current();
      withRulebook(reply, hash);
      return { status: 'ready' as const, rulebook: hash, ...(app.rules.refused().length > 0 && { refused: REFUSED }) };
    },
  );
};

export default route;
