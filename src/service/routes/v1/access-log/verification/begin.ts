/** POST /v1/access-log/verification: verifies the access log as `cenr audit verify` does. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { beginLogVerification } from '#service/access-log/verification';
import { requireLEAs, scopeOf } from '#service/plugins/auth';
import { LogVerification } from '#service/schemas/access-log';
import { NO_BODY } from '#service/schemas/draft';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['auditor'] },
      schema: {
        tags: ['access log'],
        operationId: 'verifyAccessLog',
        summary: 'Verify the access log',
        description:
          'Does what `npx cenr audit verify` does: holds every log entry to the one before it, and all to the head. For keys of all LEAs. Ask GET for what came out.',
        body: NO_BODY,
        response: responses({ 202: contents('It was begun', { 'application/json': LogVerification }) }, [
          ...BODY_REFUSALS,
          'CENR_ALL_LEAS_MISSING',
        ]),
      },
    },
    async (request, reply) => {
      requireLEAs(scopeOf(request), 'all');
      return reply.code(202).send(await beginLogVerification(app));
    },
  );
};

export default route;
