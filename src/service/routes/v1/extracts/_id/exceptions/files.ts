/** GET /v1/extracts/{id}/exceptions/workbook and /list: exceptions with the checks that warned, as files. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { exceptionCSV, exceptionWorkbook } from '#service/extracts/exception-list';
import { exceptionsFrom, kindsCounted } from '#service/extracts/exceptions';
import { completeExtract, extractGone } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { announce, fileContents, LIST, WORKBOOK } from '#service/extracts/list-files';
import { surveyResponses, underWay } from '#service/extracts/surveys';
import { PreferHeader } from '#service/jobs/prefer-wait';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';

const FILES = [
  {
    as: WORKBOOK,
    operationId: 'downloadExceptionWorkbook',
    summary: 'Exceptions as a workbook',
    description:
      'Sheets: About (how many of each kind), Exceptions with the checks that warned or rejected, and what these are about.',
  },
  {
    as: LIST,
    operationId: 'downloadExceptionList',
    summary: 'Exceptions as CSV',
    description: 'A line for each reason why a row or a student is an exception.',
  },
] as const;

const route: FastifyPluginAsyncTypebox = async (app) => {
  for (const { as, ...about } of FILES)
    app.get(
      `/${as.file}`,
      {
        config: { access: ['vendor', 'auditor'] },
        schema: {
          tags: ['explanations'],
          ...about,
          params: IdParams,
          headers: PreferHeader,
          response: surveyResponses(fileContents(as, about.summary)),
        },
      },
      async (request, reply) => {
        const job = await completeExtract(app, request, request.params.id);
        try {
          const made = await app.surveys.counted({ name: 'exceptions' }, job, request, reply);
          if (!('counts' in made)) return underWay(request, withRulebook(reply, job.rulebookHash), made);
          const found = async function* () {
            for await (const { shown } of exceptionsFrom(app, job, { kind: undefined, after: 0 }, scopeOf(request)))
              yield shown;
          };
          const body =
            as === LIST
              ? Readable.from(exceptionCSV(found()))
              : Buffer.from(
                  await exceptionWorkbook(`Exceptions of ${extractName(job)}`, kindsCounted(made.counts), found()),
                );
          announce(reply, job, 'exceptions', as);
          return reply.send(body as never);
        } catch (error) {
          return extractGone(error);
        }
      },
    );
};

export default route;
