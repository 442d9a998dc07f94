/** POST /v1/extracts/{id}/verification: verifies an extract as `cenr verify` does. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { beginVerification } from '#service/extracts/verification';
import { NO_BODY } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import { Verification } from '#service/schemas/verification';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'verifyExtract',
        summary: 'Verify an extract',
        description:
          'Does what `npx cenr verify` does: looks at manifest, signature and file, makes the extract again from the records and rules of then, and compares every byte. One extract at a time; ask GET for what came out.',
        params: IdParams,
        body: NO_BODY,
        response: responses({ 202: contents('It was begun', { 'application/json': Verification }) }, [
          ...EXTRACT_REFUSALS,
          ...BODY_REFUSALS,
        ]),
      },
    },
    async (request, reply) =>
      reply.code(202).send(await beginVerification(app, await completeExtract(app, request, request.params.id))),
  );
};

export default route;
