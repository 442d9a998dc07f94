/** GET /v1/extracts/{id}/missing: who has records in the window and no row, by reason. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract, extractGone } from '#service/extracts/extract-answers';
import { isMissing } from '#service/extracts/survey-work';
import { surveyResponses, underWay } from '#service/extracts/surveys';
import { missingPage } from '#service/extracts/without-row';
import { PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { MissingList } from '#service/schemas/missing';
import { IdParams, invalid, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { contents } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'listMissingStudents',
        summary: 'Students who are not in the extract',
        description:
          'Students of the LEAs of the request who have no row, although they had a record in the window, or a rejected enrollment, when the extract was made; and how many by reason. Of several enrollments the one counts that meets the most conditions. The first time all histories are looked at, which takes minutes for a whole state.',
        params: IdParams,
        querystring: Type.Object(
          {
            reason: Type.Optional(
              Type.String({ maxLength: 200, description: 'Only students whom this keeps out; `reasons` has it' }),
            ),
            limit: Type.Optional(
              Type.Integer({ minimum: 0, maximum: 200, default: 50, description: 'The most students on one page' }),
            ),
            after: PlaceInList,
          },
          { additionalProperties: false },
        ),
        headers: PreferHeader,
        response: surveyResponses(contents('The students', { 'application/json': MissingList }, ['cenr-rulebook'])),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { reason, limit = 50, after = '0' } = request.query;
      const job = await completeExtract(app, request, id);
      try {
        const made = await app.surveys.counted({ name: 'withoutRow' }, job, request, reply);
        withRulebook(reply, job.rulebookHash);
        if (!('counts' in made)) return underWay(request, reply, made);
        const reasons = made.counts.reasons.filter((each) => isMissing(each.reason));
        if (reason !== undefined && !reasons.some((each) => each.reason === reason))
          throw invalid('reason', `found ${JSON.stringify(reason)}, expected a reason of this list`);
        const which = { reason, after: Number(after), limit };
        const page = limit === 0 ? { found: [] } : await missingPage(app, job, which);
        if (!page) throw unknownCursor();
        request.disclosed = page.found.map(({ ssid }) => ssid);
        return {
          reasons,
          students: page.found.map(({ ssid, reason: why, enrollments }) => ({
            ssid,
            reason: why,
            enrollments,
            links: { explanation: `/v1/extracts/${id}/missing/${ssid}` },
          })),
          ...('next' in page && { next: pageAddress(`/v1/extracts/${id}/missing`, request.query, String(page.next)) }),
        };
      } catch (error) {
        return extractGone(error);
      }
    },
  );
};

export default route;
