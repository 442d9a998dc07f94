/** GET /v1/extracts/{id}/grounds/{field}/workbook and /list: what is behind a value by school, as files. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { csvLine } from '#intake/problem';
import { groundLines, groundsWorkbook } from '#pipeline/grounds-list';
import { completeExtract } from '#service/extracts/extract-answers';
import { extractGrounds } from '#service/extracts/grounds';
import { announce, fileContents, LIST, WORKBOOK } from '#service/extracts/list-files';
import { surveyResponses, underWay } from '#service/extracts/surveys';
import { PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { GroundsParams, GroundsQuery } from '#service/schemas/grounds';

const FILES = [
  {
    as: WORKBOOK,
    operationId: 'downloadGroundsWorkbook',
    summary: 'What is behind a value, as a workbook',
    description: 'Sheets: About, Grounds (over all schools), By school.',
  },
  {
    as: LIST,
    operationId: 'downloadGroundsList',
    summary: 'What is behind a value, as CSV',
    description: 'A line for each ground at each school, with the number of students.',
  },
] as const;

const route: FastifyPluginAsyncTypebox = async (app) => {
  for (const { as, ...about } of FILES)
    app.get(
      `/:field/${as.file}`,
      {
        config: { access: ['vendor', 'auditor'] },
        schema: {
          tags: ['extracts'],
          ...about,
          params: GroundsParams,
          querystring: GroundsQuery,
          headers: PreferHeader,
          response: surveyResponses(fileContents(as, about.summary)),
        },
      },
      async (request, reply) => {
        const { id, field } = request.params;
        const { value } = request.query;
        const job = await completeExtract(app, request, id);
        const made = await extractGrounds(app, job, { field, value }, request, reply);
        if ('status' in made) return underWay(request, withRulebook(reply, job.rulebookHash), made);
        const { name, found } = made;
        announce(reply, job, `behind_${field}`, as);
        if (as === LIST) return groundLines(found).map(csvLine).join('');
        return Buffer.from(await groundsWorkbook(`Field ${field} ${name} is ${value === '' ? 'blank' : value}`, found));
      },
    );
};

export default route;
