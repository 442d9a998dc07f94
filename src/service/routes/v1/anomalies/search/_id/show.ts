/** GET /v1/anomalies/search/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { jobWithin } from '#service/jobs/job-within';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { shownSearch } from '#service/schemas/ssid-extract';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'getAnomalySearch',
        summary: 'The status of a search for students who look wrong',
        description: 'With `Prefer: wait=30`, the answer comes when it has ended, or after 30 seconds.',
        headers: PreferHeader,
        params: IdParams,
        response: responses(
          { 200: contents('The search', { 'application/json': Type.Ref('AnomalySearch') }, ['preference-applied']) },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const find = () => jobWithin(app, request, 'anomalySearch', request.params.id);
      return shownSearch(await jobAsPreferred(app, 'anomalySearch', find, request, reply));
    },
  );
};

export default route;
