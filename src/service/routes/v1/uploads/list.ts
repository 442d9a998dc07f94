/** GET /v1/uploads */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { scopeOf } from '#service/plugins/auth';
import { DayFilter, dayOf, LEAFilter, pageOf, pageProperties } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';
import { shownUpload, Uploads } from '#service/schemas/upload';

const Query = Type.Object(
  {
    ...pageProperties,
    reportingLEA: LEAFilter('Only uploads of this LEA, or of "all"'),
    day: DayFilter('Only uploads that were loaded on this day'),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        operationId: 'listUploads',
        summary: 'List uploads, newest first',
        querystring: Query,
        response: responses({ 200: Uploads }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const leas = app.store.forLEAs(scopeOf(request));
      const { reportingLEA: sender, day } = request.query;
      const which = { sender, loadDay: dayOf(day) };
      const { items, ...more } = await pageOf(
        '/v1/uploads',
        request.query,
        async (id) => (await leas.upload(id)) !== undefined,
        (page) => leas.uploads({ ...page, ...which }),
      );
      return { uploads: items.map(shownUpload), ...more };
    },
  );
};

export default route;
