/** GET /v1/extracts/{id}/workpapers: a sample with the evidence of each row, to be worked through by hand. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { FORM_TYPES } from '#extract/forms/form';
import { outputColumns } from '#records/layout';
import { completeExtract } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { drawSample, SAMPLE_QUERY } from '#service/extracts/samples';
import { surveyResponses, underWay } from '#service/extracts/surveys';
import { workpaperBook } from '#service/extracts/workpaper-book';
import { workpapers } from '#service/extracts/workpapers';
import { ServiceError } from '#service/http/errors';
import { shown } from '#service/http/validate';
import { varyBy } from '#service/http/vary';
import { PreferHeader } from '#service/jobs/prefer-wait';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { IdParams, invalid } from '#service/schemas/page';
import { contents, text } from '#service/schemas/responses';
import { Workpapers } from '#service/schemas/workpapers';

const JSON_TYPE = 'application/json';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/workpapers',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'getExtractWorkpapers',
        summary: 'Workpapers of a sample',
        description:
          'The sample that `/sample` draws, with the evidence of each row: values with their reasons in short, the lines that they rest on as they were sent, the published element of each rule, and the proof that the row is in the extract. As a workbook, with columns for tick marks, for who prepared and who reviewed.',
        params: IdParams,
        querystring: Type.Object(
          {
            ...SAMPLE_QUERY,
            only: Type.Optional(
              Type.String({
                maxLength: 3,
                description: 'The number of the one field that is tested (default: all derived fields)',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        headers: PreferHeader,
        response: surveyResponses(
          contents('The workpapers', { [JSON_TYPE]: Workpapers, [FORM_TYPES.xlsx]: text('A workbook') }, [
            'cenr-rulebook',
            'content-disposition',
          ]),
          ['CENR_NOT_ACCEPTABLE'],
        ),
      },
    },
    async (request, reply) => {
      const job = await completeExtract(app, request, request.params.id);
      const { only, ...sample } = request.query;
      const accepted = request.accepts().type([JSON_TYPE, FORM_TYPES.xlsx]);
      if (!accepted)
        throw new ServiceError('CENR_NOT_ACCEPTABLE', {
          detail: `Workpapers can be sent as ${JSON_TYPE}, ${FORM_TYPES.xlsx}.`,
        });
      const { output } = (await app.explanations.by(job.rulebookHash)).rulebook.schemas;
      if (only !== undefined && !outputColumns(output, job.columns).some(({ no }) => no === only))
        throw invalid('only', `found ${shown(only)}, expected the number of a column of the extract`);
      const drawn = await drawSample(app, job, sample, request, reply);
      if (!('method' in drawn)) return underWay(request, reply, drawn);
      const made = await workpapers(app, job, drawn, scopeOf(request), only);
      withRulebook(reply, job.rulebookHash);
      varyBy(reply, 'accept');
      request.disclosed = [...made.rows, ...made.students].map(({ ssid }) => ssid);
      if (accepted === JSON_TYPE) return made;
      const bytes = await workpaperBook(made);
      return reply
        .type(FORM_TYPES.xlsx)
        .header('content-disposition', `attachment; filename="${extractName(job)}_workpapers.xlsx"`)
        .send(Buffer.from(bytes) as never);
    },
  );
};

export default route;
