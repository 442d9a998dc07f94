/** GET /v1/extracts/{id}/reports: the reports that can be made of an extract, by the rules that it was made with. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const Report = Type.Object(
  {
    name: Type.String({ description: 'The name by which it is asked for' }),
    says: Type.String({ description: 'What the report is' }),
    counts: Type.Optional(
      Type.Union([Type.Literal('rows'), Type.Literal('students')], {
        description: 'What it counts; absent for a report that lists rows',
      }),
    ),
    columns: Type.Array(Type.String(), { description: 'The names of its columns, without that of the count' }),
    links: Type.Object(
      { file: Type.String({ description: 'Address of the report' }) },
      { additionalProperties: false, description: 'Where to go on' },
    ),
  },
  { additionalProperties: false },
);
const Reports = Type.Object(
  { reports: Type.Array(Report, { description: 'In the order of their names; none where the rules declare none' }) },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'listExtractReports',
        summary: 'Reports of an extract',
        description:
          'The reports that the rules declare (rules/reports): counts of the rows or students of the extract, or its columns written in another way. A report is made when it is asked for.',
        params: IdParams,
        response: responses({ 200: contents('The reports', { 'application/json': Reports }, ['cenr-rulebook']) }, [
          ...EXTRACT_REFUSALS,
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await completeExtract(app, request, id);
      const { rulebook } = await app.explanations.by(job.rulebookHash);
      withRulebook(reply, job.rulebookHash);
      const reports = rulebook.extract.reports.map(({ json, columns }) => ({
        name: json.name,
        says: json.says,
        ...(json.counts && { counts: json.counts }),
        columns: columns.map(({ name }) => name),
        links: { file: `/v1/extracts/${id}/reports/${json.name}` },
      }));
      return { reports: reports.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  );
};

export default route;
