/** GET /v1/extracts */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { bounds } from '#base/today';
import { JobStatus } from '#publishing/job';
import { scopeOf } from '#service/plugins/auth';
import { Extracts, shownExtract } from '#service/schemas/extract';
import { DayFilter, dayOf, LEAFilter, pageOf, pageProperties } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const Query = Type.Object(
  {
    ...pageProperties,
    status: Type.Optional(JobStatus),
    reportingLEA: LEAFilter('Only extracts that were requested for this LEA, perhaps among others, or for "all"'),
    day: DayFilter('Only extracts that were requested on this day'),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'listExtracts',
        summary: 'List extracts, newest first',
        querystring: Query,
        response: responses({ 200: Extracts }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const jobs = app.store.forLEAs(scopeOf(request)).jobs('extract');
      const { status, reportingLEA, day } = request.query;
      const asked = dayOf(day);
      const which = {
        status,
        reportingLEA,
        requested: asked === undefined ? undefined : bounds(asked, app.config.timeZone),
      };
      const { items, ...more } = await pageOf(
        '/v1/extracts',
        request.query,
        async (id) => (await jobs.get(id)) !== undefined,
        (page) => jobs.list({ ...page, ...which }),
      );
      return { extracts: items.map((job) => shownExtract(job)), ...more };
    },
  );
};

export default route;
