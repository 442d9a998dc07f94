/** GET /v1/extracts/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { jobWithin } from '#service/jobs/job-within';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
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
        operationId: 'getExtract',
        summary: 'The status of an extract',
        description: 'With `Prefer: wait=30`, the answer comes when the extract has ended, or after 30 seconds.',
        headers: PreferHeader,
        params: IdParams,
        response: responses(
          {
            200: contents('The extract', { 'application/json': Type.Ref('Extract') }, [
              'cenr-rulebook',
              'preference-applied',
            ]),
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await jobAsPreferred(app, 'extract', () => jobWithin(app, request, 'extract', id), request, reply);
      withRulebook(reply, job.rulebookHash);
      return shownExtract(job, await app.store.forLEAs(scopeOf(request)).jobs('extract').deliveries(id));
    },
  );
};

export default route;
