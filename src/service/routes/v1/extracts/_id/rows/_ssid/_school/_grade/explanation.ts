/** GET /v1/extracts/{id}/rows/{ssid}/{school}/{grade}/explanation: why a row is what it is. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { outputColumns } from '#records/layout';
import { completeExtract, EXTRACT_REFUSALS, findRow, RowParams, reportingLEA } from '#service/extracts/extract-answers';
import { activeThen, asDecided, subjectOf } from '#service/extracts/subject';
import { ServiceError } from '#service/http/errors';
import { reached } from '#service/http/phases';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/explanation',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'explainRow',
        summary: 'Why a row has its values',
        description: `Every column, or only those that \`field\` names: the value, the rule that decided and where it is published, every condition and its outcome, every fact and the records it used, why the
value is not another, and what would change it. It uses the records and the rules of the time when the extract was made. json-rules-engine evaluates the row a second time, and the
answer says whether both agree; \`secondOpinion=false\` omits this.`,
        params: RowParams,
        querystring: Type.Object(
          {
            field: Type.Optional(
              Type.String({ maxLength: 3, description: 'The number of a column, such as 40 (default: all columns)' }),
            ),
            reportingLEA,
            secondOpinion: Type.Optional(Type.Boolean({ default: true })),
            whyNot: Type.Optional(
              Type.Boolean({ default: true, description: 'Whether to say why a value is not another' }),
            ),
            changes: Type.Optional(
              Type.Boolean({
                default: true,
                description: 'Whether to look for what would change a value, which takes by far the longest',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: responses(
          { 200: contents('The explanation', { 'application/json': Type.Ref('RowExplanation') }, ['cenr-rulebook']) },
          [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      reached(request, 'begun');
      const { id, ...place } = request.params;
      const { field, reportingLEA: lea, secondOpinion = true, whyNot, changes } = request.query;
      const job = await completeExtract(app, request, id);
      const asked = { ...place, ssid: await activeThen(app, job, place.ssid) };
      const { traced } = await findRow(app, job, asked, lea);
      reached(request, 'row found');
      const { explainer, rulebook, subject } = await subjectOf(app, job, asked.ssid, scopeOf(request));
      reached(request, 'history read');
      if (field !== undefined && !outputColumns(rulebook.schemas.output, job.columns).some((c) => c.no === field))
        throw new ServiceError('CENR_NOT_FOUND', { detail: `The extract has no field ${field}.` });
      const fields = field === undefined ? undefined : [field];
      const explanation = asDecided(app, job, { explainer, subject }, traced, {
        ...(fields && { fields }),
        ...(whyNot !== undefined && { whyNot }),
        ...(changes !== undefined && { changes }),
      });
      reached(request, 'explained');
      withRulebook(reply, job.rulebookHash);
      if (!secondOpinion) return explanation;
      const opinion = await explainer.secondOpinion(subject, traced.row, fields);
      reached(request, 'second opinion');
      return { ...explanation, secondOpinion: app.explanations.heard(opinion, request.log) };
    },
  );
};

export default route;
