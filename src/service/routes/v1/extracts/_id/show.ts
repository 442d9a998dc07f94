/** GET /v1/extracts/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '#service/http/errors';
import { scopeOf } from '#service/plugins/auth';
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
        summary: 'How far an extract is',
        params: IdParams,
        response: responses(
          { 200: contents('The extract', { 'application/json': Type.Ref('Extract') }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const job = app.store.forLEAs(scopeOf(request)).jobs('extract').get(request.params.id);
      if (!job) throw new ServiceError('CENR_NOT_FOUND');
      withRulebook(reply, job.rulebookHash);
      return shownExtract(job);
    },
  );
};

export default route;
