/** GET /v1/extracts/{id}/horizons/{name}/workbook and /list: counts and students, as files. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { HorizonStudent } from '#extract/horizons/horizon';
import { asCSV, horizonHead, horizonWorkbook } from '#extract/horizons/horizon-list';
import { csvLine } from '#intake/problem';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { extractHorizon } from '#service/extracts/horizons';
import { withRulebook } from '#service/plugins/rules';
import { contents, responses, text } from '#service/schemas/responses';

const Params = Type.Object(
  {
    id: Type.String({ maxLength: 128 }),
    name: Type.String({ maxLength: 100, description: 'The name of a horizon that the rules declare' }),
  },
  { additionalProperties: false },
);

const FILES = [
  {
    file: 'workbook',
    operationId: 'downloadHorizonWorkbook',
    summary: 'What comes and for whom, as a workbook',
    description: 'Sheets: About, Counts (by school and grade), Students with the days that decide it.',
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ending: 'xlsx',
    schema: Type.String({ format: 'binary', description: 'The workbook' }),
  },
  {
    file: 'list',
    operationId: 'downloadHorizonList',
    summary: 'Whom it comes for, as CSV',
    description: 'A line for each student at each school and grade. Days are CCYYMMDD, as in the extract.',
    type: 'text/csv',
    ending: 'csv',
    schema: text('RFC 4180, with column names in the first line'),
  },
] as const;

const route: FastifyPluginAsyncTypebox = async (app) => {
  for (const { file, type, ending, schema, ...about } of FILES)
    app.get(
      `/:name/${file}`,
      {
        config: { access: ['vendor', 'auditor'] },
        schema: {
          tags: ['extracts'],
          ...about,
          params: Params,
          response: responses(
            { 200: contents(about.summary, { [type]: schema }, ['cenr-rulebook', 'content-disposition']) },
            [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE'],
          ),
        },
      },
      async (request, reply) => {
        const { id, name } = request.params;
        const job = completeExtract(app, request, id);
        const students: HorizonStudent[] = [];
        const { horizon, counts } = await extractHorizon(app, job, name, (student) => {
          students.push(student);
        });
        withRulebook(reply, job.rulebookHash);
        reply
          .header('content-disposition', `attachment; filename="${extractName(job)}_${name}.${ending}"`)
          .type(ending === 'csv' ? `${type}; charset=utf-8; header=present` : type);
        if (ending === 'csv') return csvLine(horizonHead(horizon)) + students.map(asCSV).join('');
        return Buffer.from(await horizonWorkbook(horizon, counts, students));
      },
    );
};

export default route;
