/** GET /v1/extracts/{id}/exceptions: rows and students that an auditor looks at first. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { oneOf } from '#base/shape';
import { exceptionPage, kindsCounted } from '#service/extracts/exceptions';
import { completeExtract, extractGone } from '#service/extracts/extract-answers';
import { surveyResponses, underWay } from '#service/extracts/surveys';
import { PreferHeader } from '#service/jobs/prefer-wait';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { EXCEPTION_KINDS, EXCEPTION_WORDS, Exceptions } from '#service/schemas/exception';
import { IdParams, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { contents } from '#service/schemas/responses';

const Query = Type.Object(
  {
    kind: Type.Optional(oneOf(EXCEPTION_KINDS, { description: 'Only these (default: all kinds)' })),
    limit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 200,
        default: 50,
        description: 'The most on one page; 0 for the counts alone',
      }),
    ),
    after: PlaceInList,
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'listExtractExceptions',
        summary: 'Exceptions of an extract',
        description:
          'Rows that rest on a record that a check warned of, on one of several records told apart by nothing but the order of loading, on a record of another LEA, or on one that begins after the window; and students without a row, of whom a record was rejected. Every row is looked at when this is first asked for; later answers are quick.',
        params: IdParams,
        querystring: Query,
        headers: PreferHeader,
        response: surveyResponses(contents('The exceptions', { 'application/json': Exceptions }, ['cenr-rulebook'])),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { kind, limit = 50, after = '0' } = request.query;
      const job = await completeExtract(app, request, id);
      try {
        const made = await app.surveys.counted({ name: 'exceptions' }, job, request, reply);
        withRulebook(reply, job.rulebookHash);
        if (!('counts' in made)) return underWay(request, reply, made);
        const which = { kind, after: Number(after), limit };
        const page = limit === 0 ? { found: [] } : await exceptionPage(app, job, which, scopeOf(request));
        if (!page) throw unknownCursor();
        request.disclosed = page.found.map(({ ssid }) => ssid);
        const counts = kindsCounted(made.counts).map(([of, count]) => ({ kind: of, says: EXCEPTION_WORDS[of], count }));
        return {
          status: 'Complete' as const,
          progress: 100,
          counts,
          exceptions: page.found,
          ...('next' in page && {
            next: pageAddress(`/v1/extracts/${id}/exceptions`, request.query, String(page.next)),
          }),
        };
      } catch (error) {
        return extractGone(error);
      }
    },
  );
};

export default route;
