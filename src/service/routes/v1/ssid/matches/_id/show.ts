/** GET /v1/ssid/matches/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { jobWithin } from '#service/jobs/job-within';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { matchingShown } from '#service/ssid/match-answers';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'getMatch',
        summary: 'The status of a match, and its counts',
        description: 'With `Prefer: wait=30`, the answer comes when it has ended, or after 30 seconds.',
        headers: PreferHeader,
        params: IdParams,
        response: responses(
          {
            200: contents('The match', { 'application/json': Type.Ref('Match') }, [
              'cenr-rulebook',
              'preference-applied',
            ]),
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const find = () => jobWithin(app, request, 'matching', request.params.id);
      const job = await jobAsPreferred(app, 'matching', find, request, reply);
      withRulebook(reply, job.rulebookHash);
      return matchingShown(app, job);
    },
  );
};

export default route;
