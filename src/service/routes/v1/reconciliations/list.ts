/** GET /v1/reconciliations */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { scopeOf } from '#service/plugins/auth';
import { PageQuery, pageOf } from '#service/schemas/page';
import { Reconciliations, shownReconciliation } from '#service/schemas/reconciliation';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'listReconciliations',
        summary: 'List reconciliations, newest first',
        querystring: PageQuery,
        response: responses({ 200: Reconciliations }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const jobs = app.store.forLEAs(scopeOf(request)).jobs('reconciliation');
      const { items, ...more } = await pageOf(
        '/v1/reconciliations',
        request.query,
        async (id) => (await jobs.get(id)) !== undefined,
        (page) => jobs.list(page),
      );
      return { reconciliations: items.map((job) => shownReconciliation(job)), ...more };
    },
  );
};

export default route;
