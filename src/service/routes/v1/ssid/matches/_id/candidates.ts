/** GET /v1/ssid/matches/{id}/candidates: who each request may be about, as JSON page by page, as lines or as CSV. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { matchParameters } from '#identity/parameters';
import { ResultWriter } from '#identity/result';
import { isLineStart } from '#service/extracts/extract-rows';
import { ServiceError } from '#service/http/errors';
import { varyBy } from '#service/http/vary';
import { withRulebook } from '#service/plugins/rules';
import { CandidateList, requestShown } from '#service/schemas/matching';
import { IdParams, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { contents, responses, text } from '#service/schemas/responses';
import { assignedIn, completeMatching, foundFrom, MATCH_REFUSALS, matchGone } from '#service/ssid/match-answers';

const Query = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most on one page' })),
    after: PlaceInList,
  },
  { additionalProperties: false },
);
const FORMS = { json: 'application/json', csv: 'text/csv', text: 'text/plain' } as const;

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/candidates',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'listCandidates',
        summary: 'Who each request may be about',
        description:
          "In the form that the Accept header asks for. JSON comes in pages; text and CSV have a line for each request and candidate, and one that says so for a request without. Of another LEA's students only the SSID, the score, which parts agree, and the last LEA are shown: enough to ask that LEA, and nothing that was not sent.",
        params: IdParams,
        querystring: Query,
        response: responses(
          {
            200: contents(
              'The candidates',
              {
                [FORMS.json]: CandidateList,
                [FORMS.csv]: text('RFC 4180, with column names in the first line'),
                [FORMS.text]: text('Caret-delimited lines'),
              },
              ['cenr-rulebook', 'content-disposition'],
            ),
          },
          [...MATCH_REFUSALS, 'CENR_NOT_ACCEPTABLE'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { limit = 50, after = '0' } = request.query;
      const { job, folder, kept } = await completeMatching(app, request, id);
      const accepted = request.accepts().type(Object.values(FORMS));
      if (typeof accepted !== 'string')
        throw new ServiceError('CENR_NOT_ACCEPTABLE', {
          detail: `Candidates can be sent as ${Object.values(FORMS).join(', ')}.`,
        });
      const p = matchParameters((await app.explanations.by(job.rulebookHash)).rulebook);
      withRulebook(reply, job.rulebookHash);
      varyBy(reply, 'accept');
      if (accepted !== FORMS.json) {
        const form = accepted === FORMS.csv ? 'csv' : 'text';
        const writer = new ResultWriter(p, form, true);
        const lines = async function* () {
          yield writer.begin();
          for await (const { found } of foundFrom(kept.found, 0))
            yield writer.request({ line: found.line, localID: found.enrollment.localID }, found.candidates);
        };
        return reply
          .header('content-disposition', `attachment; filename="candidates.${form === 'csv' ? 'csv' : 'txt'}"`)
          .type(`${accepted}; charset=utf-8`)
          .send(Readable.from(lines()) as never);
      }
      const start = Number(after);
      try {
        if (!isLineStart(kept.found, start)) throw unknownCursor();
      } catch (error) {
        matchGone(error);
      }
      const assigned = await assignedIn(folder);
      const requests: ReturnType<typeof requestShown>[] = [];
      let next: number | undefined;
      let place = start;
      for await (const { found, next: end } of foundFrom(kept.found, start)) {
        if (requests.length === limit) {
          next = place;
          break;
        }
        requests.push(requestShown(found, p, assigned[found.line]));
        place = end;
      }
      const address = `/v1/ssid/matches/${id}/candidates`;
      return {
        requests,
        ...(next !== undefined && { next: pageAddress(address, request.query, String(next)) }),
      };
    },
  );
};

export default route;
