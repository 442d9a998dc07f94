/** GET /v1/extracts/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { extractOf } from '#service/extracts/extract-answers';
import { withRulebook } from '#service/plugins/rules';
import { shownExtract } from '#service/schemas/extract';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'getExtract',
        summary: 'The status of an extract',
        params: IdParams,
        response: responses(
          { 200: contents('The extract', { 'application/json': Type.Ref('Extract') }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const job = extractOf(app, request, request.params.id);
      withRulebook(reply, job.rulebookHash);
      return shownExtract(job);
    },
  );
};

export default route;
