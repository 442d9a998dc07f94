/** GET /v1/extracts/{id}/missing/{ssid}: why a student has no row. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract, StudentParams } from '#service/extracts/extract-answers';
import { rejectionsOf, subjectOf } from '#service/extracts/subject';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'explainMissingStudent',
        summary: 'Why a student is not in the extract',
        description:
          'Each enrollment of the student at the time of the extract, with the first condition that it did not meet, or with the enrollment that was chosen instead.',
        params: StudentParams,
        response: responses(
          {
            200: contents('The explanation', { 'application/json': Type.Ref('MissingExplanation') }, ['cenr-rulebook']),
          },
          ['CENR_NOT_FOUND', 'CENR_EXTRACT_NOT_COMPLETE', 'CENR_EXTRACT_CANCELLED', 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const { id, ssid } = request.params;
      const job = await completeExtract(app, request, id);
      const scope = scopeOf(request);
      const { explainer, subject } = await subjectOf(app, job, ssid, scope);
      withRulebook(reply, job.rulebookHash);
      const secondOpinion = app.explanations.heard(await explainer.selectionOpinion(subject), request.log);
      const rejections = await rejectionsOf(app, job, subject, scope);
      return { ...explainer.missing({ ...subject, rejections }), secondOpinion };
    },
  );
};

export default route;
