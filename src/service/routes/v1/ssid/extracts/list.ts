/** GET /v1/ssid/extracts */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { scopeOf } from '#service/plugins/auth';
import { PageQuery, pageOf } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';
import { SSIDExtracts, shownSSIDExtract } from '#service/schemas/ssid-extract';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'listSSIDExtracts',
        summary: 'List SSID extracts and Replacement SSID extracts, newest first',
        querystring: PageQuery,
        response: responses({ 200: SSIDExtracts }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const jobs = app.store.forLEAs(scopeOf(request)).jobs('ssidExtract');
      const { items, ...more } = await pageOf(
        '/v1/ssid/extracts',
        request.query,
        async (id) => (await jobs.get(id)) !== undefined,
        (page) => jobs.list(page),
      );
      return { extracts: items.map((job) => shownSSIDExtract(job)), ...more };
    },
  );
};

export default route;
