/** GET /v1/extracts/{id}/reports/{name}: a report of an extract, made from its file. */
import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { UserError } from '#base/user-error';
import { ReportMaker, reportNamed } from '#extract/reports/report';
import { reportText } from '#extract/reports/report-file';
import type { Rulebook } from '#rulebook/load/assemble';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { ServiceError } from '#service/http/errors';
import { withRulebook } from '#service/plugins/rules';
import { invalid, NamedParams } from '#service/schemas/page';
import { contents, responses, text } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/:name',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'getExtractReport',
        summary: 'A report of an extract',
        description:
          'Made from the file of the extract, as the rules declare it that the extract was made with. A report that counts ends with its totals; cells that are too small to be shown, and those that would tell them, have the mark that the rules give in their place.',
        params: NamedParams('a report'),
        response: responses(
          {
            200: contents('The report', { 'text/csv': text('RFC 4180, with column names in the first line') }, [
              'cenr-rulebook',
              'content-disposition',
            ]),
          },
          [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const { id, name } = request.params;
      const job = await completeExtract(app, request, id);
      const { rulebook } = await app.explanations.by(job.rulebookHash);
      const maker = makerOf(rulebook, name, job.columns);
      const extract = createReadStream(app.jobs.extract.filesOf(job).rows);
      withRulebook(reply, job.rulebookHash);
      reply
        .header('content-disposition', `attachment; filename="${extractName(job)}_${name}.csv"`)
        .type('text/csv; charset=utf-8; header=present');
      const sent = new PassThrough();
      const written = pipeline(reportText(maker, extract), sent);
      // The first piece tells whether it can be made at all. A listing that fails later on is cut off, which no client
      // takes for its end.
      await Promise.race([new Promise((begun) => sent.once('readable', begun)), written]).catch((error) => {
        if (error instanceof UserError) throw invalid('name', error.message);
        return extractGone(error);
      });
      // What is wrong may be a value of a student: it is not logged.
      written.catch(() => app.log.error({ extractId: id, report: name }, 'a report was cut off'));
      return reply.send(sent);
    },
  );
};

/** @throws ServiceError for a report that there is not, and for an extract that lacks what it asks for */
function makerOf(rulebook: Rulebook, name: string, columns: string): ReportMaker {
  if (!rulebook.extract.reports.some(({ json }) => json.name === name)) throw new ServiceError('CENR_NOT_FOUND');
  try {
    return new ReportMaker(rulebook, reportNamed(rulebook, name), columns);
  } catch (error) {
    throw error instanceof UserError ? invalid('name', error.message) : error;
  }
}

export default route;
