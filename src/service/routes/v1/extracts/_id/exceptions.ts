/** GET /v1/extracts/{id}/exceptions: rows and students that an auditor looks at first. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { oneOf } from '#base/shape';
import { exceptionCounts, exceptionPage, kindsCounted } from '#service/extracts/exceptions';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { EXCEPTION_KINDS, EXCEPTION_WORDS, Exceptions } from '#service/schemas/exception';
import { IdParams, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

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
    '/exceptions',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'listExtractExceptions',
        summary: 'Exceptions of an extract',
        description:
          'Rows that rest on a record that a check warned of, on one of several records told apart by nothing but the order of loading, on a record of another LEA, or on one that begins after the window; and students without a row, of whom a record was rejected. Every row is looked at when this is first asked for; later answers are quick. A large extract takes longer than an answer: its status is Processing then.',
        params: IdParams,
        querystring: Query,
        response: responses(
          { 200: contents('The exceptions', { 'application/json': Exceptions }, ['cenr-rulebook']) },
          [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { kind, limit = 50, after = '0' } = request.query;
      const job = completeExtract(app, request, id);
      try {
        const made = await exceptionCounts(app, job);
        withRulebook(reply, job.rulebookHash);
        if (!('counts' in made)) {
          request.disclosed = [];
          return { status: 'Processing' as const, progress: made.progress, counts: [], exceptions: [] };
        }
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
