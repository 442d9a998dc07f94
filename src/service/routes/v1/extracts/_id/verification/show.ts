/** GET /v1/extracts/{id}/verification: what came out when the extract was last verified. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { verificationOf } from '#service/extracts/verification';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { Verification } from '#service/schemas/verification';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'getExtractVerification',
        summary: 'Whether an extract was verified',
        description:
          'What came out when somebody last asked to verify the extract, or how far that is. It is remembered for a while; after a restart of the service nothing is known.',
        params: IdParams,
        response: responses({ 200: contents('What is known', { 'application/json': Verification }) }, EXTRACT_REFUSALS),
      },
    },
    async (request) => verificationOf(app, await completeExtract(app, request, request.params.id)),
  );
};

export default route;
