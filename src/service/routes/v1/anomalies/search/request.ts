/** POST /v1/anomalies/search: looks for anomalies when its turn comes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { jobWithin } from '#service/jobs/job-within';
import { PreferHeader, sendAsPreferred } from '#service/jobs/prefer-wait';
import { keyIdOf, scopeOf } from '#service/plugins/auth';
import { contents, responses } from '#service/schemas/responses';
import { shownSearch } from '#service/schemas/ssid-extract';
import type { AnomalySearchJob } from '#store/anomaly-search-job';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'searchAnomalies',
        summary: 'Look for students who look wrong',
        description:
          'After a search with the same rules on the same day only the students who changed since are looked at. Ask for the status at the address in the Location header, then for the counts. With `Prefer: wait=30`, the answer comes when the search has ended, or after 30 seconds.',
        headers: PreferHeader,
        response: responses(
          {
            202: contents(
              'Accepted; the Location header has the address of the search',
              { 'application/json': Type.Ref('AnomalySearch') },
              ['location', 'preference-applied'],
            ),
          },
          ['CENR_TOO_MANY_WAITING'],
        ),
      },
    },
    async (request, reply) => {
      const job: AnomalySearchJob = {
        ...{ id: app.newId('search'), status: 'Pending', progress: 0, runDate: app.today() },
        ...{ rulebookHash: (await app.rules.current()).hash, requestedAt: app.clock().toISOString() },
        ...{ reportingLEAs: scopeOf(request), by: request.key?.name ?? '' },
      };
      await app.jobs.anomalySearch.add(job, keyIdOf(request));
      const shown = shownSearch(job);
      const answer = { status: 202, location: shown.links.self, body: JSON.stringify(shown), replayed: false };
      const found = { find: (id: string) => jobWithin(app, request, 'anomalySearch', id), shown: shownSearch };
      return sendAsPreferred(app, 'anomalySearch', answer, found, request, reply);
    },
  );
};

export default route;
