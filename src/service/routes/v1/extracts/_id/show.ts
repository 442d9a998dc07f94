/** GET /v1/extracts/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../../../../errors.ts';
import { scopeOf } from '../../../../plugins/auth.ts';
import { withRulebook } from '../../../../plugins/rules.ts';
import { shownExtract } from '../../../../schemas/extract.ts';
import { IdParams } from '../../../../schemas/page.ts';
import { contents, responses } from '../../../../schemas/responses.ts';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        summary: 'How far an extract is',
        params: IdParams,
        response: responses({ 200: contents('The extract', { 'application/json': Type.Ref('Extract') }, ['cenr-rulebook']) }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      const job = app.store.forLEAs(scopeOf(request)).extract(request.params.id);
      if (!job) throw new ServiceError('CENR_NOT_FOUND');
      withRulebook(reply, job.rulebookHash);
      return shownExtract(job);
    },
  );
};

export default route;
