/** GET /v1/extracts/{id}/horizons/{name}/workbook and /list: counts and students, as files. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { HorizonStudent } from '#extract/horizons/horizon';
import { asCSV, horizonHead, horizonWorkbook } from '#extract/horizons/horizon-list';
import { csvLine } from '#intake/problem';
import { completeExtract } from '#service/extracts/extract-answers';
import { extractHorizon } from '#service/extracts/horizons';
import { announce, fileResponses, LIST, WORKBOOK } from '#service/extracts/list-files';
import { HorizonParams } from '#service/schemas/horizon';

const FILES = [
  {
    as: WORKBOOK,
    operationId: 'downloadHorizonWorkbook',
    summary: 'What comes and for whom, as a workbook',
    description: 'Sheets: About, Counts (by school and grade), Students with the days that decide it.',
  },
  {
    as: LIST,
    operationId: 'downloadHorizonList',
    summary: 'Whom it comes for, as CSV',
    description: 'A line for each student at each school and grade. Days are CCYYMMDD, as in the extract.',
  },
] as const;

const route: FastifyPluginAsyncTypebox = async (app) => {
  for (const { as, ...about } of FILES)
    app.get(
      `/:name/${as.file}`,
      {
        config: { access: ['vendor', 'auditor'] },
        schema: {
          tags: ['extracts'],
          ...about,
          params: HorizonParams,
          response: fileResponses(as, about.summary),
        },
      },
      async (request, reply) => {
        const { id, name } = request.params;
        const job = await completeExtract(app, request, id);
        const students: HorizonStudent[] = [];
        const { horizon, counts } = await extractHorizon(app, job, name, (student) => {
          students.push(student);
        });
        announce(reply, job, name, as);
        if (as === LIST) return csvLine(horizonHead(horizon)) + students.map(asCSV).join('');
        return Buffer.from(await horizonWorkbook(horizon, counts, students));
      },
    );
};

export default route;
