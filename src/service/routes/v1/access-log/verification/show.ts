/** GET /v1/access-log/verification: what came out when the access log was last verified. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { logVerification } from '#service/access-log/verification';
import { requireLEAs, scopeOf } from '#service/plugins/auth';
import { LogVerification } from '#service/schemas/access-log';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['auditor'] },
      schema: {
        tags: ['access log'],
        operationId: 'getAccessLogVerification',
        summary: 'Whether the access log was verified',
        description:
          'What came out when somebody last asked to verify the access log, or how far that is. After a restart of the service nothing is known. For keys of all LEAs.',
        response: responses({ 200: contents('What is known', { 'application/json': LogVerification }) }, [
          'CENR_ALL_LEAS_MISSING',
        ]),
      },
    },
    async (request) => {
      requireLEAs(scopeOf(request), 'all');
      return await logVerification(app);
    },
  );
};

export default route;
