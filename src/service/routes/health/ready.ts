/** GET /health/ready: requests can be served: the rulebook is loaded (or the service would not have started), the store can be read, the access log written, nobody is stopping it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../../errors.ts';
import { withRulebook } from '../../plugins/rules.ts';
import { responses } from '../../schemas/responses.ts';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/ready',
    {
      config: { access: 'public', rateLimit: false },
      schema: {
        tags: ['service'],
        security: [],
        summary: 'Whether requests can be served',
        response: responses(
          { 200: Type.Object({ status: Type.Literal('ready'), rulebook: Type.String() }, { additionalProperties: false, description: 'They can' }) },
          [],
          'public',
        ),
      },
    },
    async (request, reply) => {
      try {
        app.store.ping();
        await app.accessLog.ready();
      } catch (error) {
        request.log.error({ err: error }, 'the store cannot be read, or the access log not be written');
        throw new ServiceError('CENR_NOT_READY', { headers: { 'retry-after': '10' } });
      }
      withRulebook(reply, app.rules.hash);
      return { status: 'ready' as const, rulebook: app.rules.hash };
    },
  );
};

export default route;
