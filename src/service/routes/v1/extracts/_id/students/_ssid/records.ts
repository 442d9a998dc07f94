/** GET /v1/extracts/{id}/students/{ssid}/records: the records of a student as the extract saw them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract, StudentParams } from '#service/extracts/extract-answers';
import { subjectOf } from '#service/extracts/subject';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/records',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'listStudentRecords',
        summary: 'The records of a student',
        description:
          "All records of the student at the time of the extract: as they were sent, and with the days that each is about. Of another LEA's record only its days, its codes and its LEA are shown.",
        params: StudentParams,
        response: responses(
          { 200: contents('The records', { 'application/json': Type.Ref('StudentHistory') }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND', 'CENR_EXTRACT_NOT_COMPLETE', 'CENR_EXTRACT_CANCELLED', 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const { id, ssid } = request.params;
      const job = await completeExtract(app, request, id);
      const { explainer, subject } = await subjectOf(app, job, ssid, scopeOf(request));
      withRulebook(reply, job.rulebookHash);
      return explainer.history(subject);
    },
  );
};

export default route;
