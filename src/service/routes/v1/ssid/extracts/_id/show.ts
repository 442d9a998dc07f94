/** GET /v1/ssid/extracts/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { jobWithin } from '#service/jobs/job-within';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { shownSSIDExtract } from '#service/schemas/ssid-extract';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'getSSIDExtract',
        summary: 'The status of an SSID extract',
        description: 'With `Prefer: wait=30`, the answer comes when it has ended, or after 30 seconds.',
        headers: PreferHeader,
        params: IdParams,
        response: responses(
          {
            200: contents('The SSID extract', { 'application/json': Type.Ref('SSIDExtract') }, [
              'cenr-rulebook',
              'preference-applied',
            ]),
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const find = () => jobWithin(app, request, 'ssidExtract', request.params.id);
      const job = await jobAsPreferred(app, 'ssidExtract', find, request, reply);
      withRulebook(reply, job.rulebookHash);
      return shownSSIDExtract(job);
    },
  );
};

export default route;
