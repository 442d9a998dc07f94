/** GET /v1/extracts/{id}/grounds/{field}/workbook and /list: what is behind a value by school, as files. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { csvLine } from '#intake/problem';
import { groundLines, groundsWorkbook } from '#pipeline/grounds-list';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { extractGrounds } from '#service/extracts/grounds';
import { withRulebook } from '#service/plugins/rules';
import { GroundsParams, GroundsQuery } from '#service/schemas/grounds';
import { contents, responses, text } from '#service/schemas/responses';

const FILES = [
  {
    file: 'workbook',
    operationId: 'downloadGroundsWorkbook',
    summary: 'What is behind a value, as a workbook',
    description: 'Sheets: About, Grounds (over all schools), By school.',
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ending: 'xlsx',
    schema: Type.String({ format: 'binary', description: 'The workbook' }),
  },
  {
    file: 'list',
    operationId: 'downloadGroundsList',
    summary: 'What is behind a value, as CSV',
    description: 'A line for each ground at each school, with the number of students.',
    type: 'text/csv',
    ending: 'csv',
    schema: text('RFC 4180, with column names in the first line'),
  },
] as const;

const route: FastifyPluginAsyncTypebox = async (app) => {
  for (const { file, type, ending, schema, ...about } of FILES)
    app.get(
      `/:field/${file}`,
      {
        config: { access: ['vendor', 'auditor'] },
        schema: {
          tags: ['extracts'],
          ...about,
          params: GroundsParams,
          querystring: GroundsQuery,
          response: responses(
            { 200: contents(about.summary, { [type]: schema }, ['cenr-rulebook', 'content-disposition']) },
            [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE'],
          ),
        },
      },
      async (request, reply) => {
        const { id, field } = request.params;
        const { value } = request.query;
        const job = completeExtract(app, request, id);
        const { name, found } = await extractGrounds(app, job, field, value);
        withRulebook(reply, job.rulebookHash);
        reply
          .header('content-disposition', `attachment; filename="${extractName(job)}_behind_${field}.${ending}"`)
          .type(ending === 'csv' ? `${type}; charset=utf-8; header=present` : type);
        if (ending === 'csv') return groundLines(found).map(csvLine).join('');
        return Buffer.from(await groundsWorkbook(`Field ${field} ${name} is ${value === '' ? 'blank' : value}`, found));
      },
    );
};

export default route;
