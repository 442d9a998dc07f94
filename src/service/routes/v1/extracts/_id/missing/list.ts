/** GET /v1/extracts/{id}/missing: who has records in the window and no row, by reason. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract } from '#service/extracts/extract-answers';
import { missingIndex } from '#service/extracts/missing-index';
import { withRulebook } from '#service/plugins/rules';
import { MissingList } from '#service/schemas/missing';
import { IdParams, invalid, pageAddress, unknownCursor } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

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
          'Students of the LEAs of the request who have no row, although they had a record in the window, or a rejected enrollment, when the extract was made; and how many by reason. Of several enrollments the one counts that meets the most conditions. The first time all histories are looked at.',
        params: IdParams,
        querystring: Type.Object(
          {
            reason: Type.Optional(
              Type.String({ maxLength: 200, description: 'Only students whom this keeps out; `reasons` has it' }),
            ),
            limit: Type.Optional(
              Type.Integer({ minimum: 0, maximum: 200, default: 50, description: 'The most students on one page' }),
            ),
            after: Type.Optional(
              Type.String({
                maxLength: 64,
                description: 'Where the page begins; "next" of the page before has it',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: responses({ 200: contents('The students', { 'application/json': MissingList }, ['cenr-rulebook']) }, [
          'CENR_NOT_FOUND',
          'CENR_EXTRACT_NOT_COMPLETE',
          'CENR_EXTRACT_CANCELLED',
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { reason, limit = 50, after = '0' } = request.query;
      const job = completeExtract(app, request, id);
      const { reasons, students: all } = await missingIndex(app, job);
      if (reason !== undefined && !reasons.some((each) => each.reason === reason))
        throw invalid('reason', `found ${JSON.stringify(reason)}, expected a reason of this list`);
      const meant = reason === undefined ? all : all.filter((student) => student.reason === reason);
      const start = Number(after);
      if (!Number.isInteger(start) || start < 0 || start > meant.length) throw unknownCursor();
      const students = meant.slice(start, start + limit);
      const rest = limit > 0 && start + limit < meant.length;
      withRulebook(reply, job.rulebookHash);
      request.disclosed = students.map(({ ssid }) => ssid);
      return {
        reasons: [...reasons],
        students: students.map((student) => ({
          ...student,
          links: { explanation: `/v1/extracts/${id}/missing/${student.ssid}` },
        })),
        ...(rest && { next: pageAddress(`/v1/extracts/${id}/missing`, request.query, String(start + limit)) }),
      };
    },
  );
};

export default route;
