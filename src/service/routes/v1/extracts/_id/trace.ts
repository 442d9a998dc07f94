/**
 * GET /v1/extracts/{id}/trace: for each row the deciding rules, the outcomes of all conditions and the records used.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { sendFile } from '#service/http/send-file';
import { IdParams } from '#service/schemas/page';
import { contents, responses, text } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/trace',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'getExtractTrace',
        summary: 'The trace of an extract',
        description: `A line for each row, in the order of the file: which rule decided each derived field, the outcome of every condition, and which source records were used. With the records and
the rulebook, the whole explanation can be made again from it. docs/explanations.md explains the lines. Compressed when the Accept-Encoding header allows gzip.`,
        params: IdParams,
        response: responses(
          { 200: contents('The trace', { 'application/x-ndjson': text('One line for each row') }, ['cenr-rulebook']) },
          [...EXTRACT_REFUSALS, 'CENR_NOT_ACCEPTABLE'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await completeExtract(app, request, id);
      return sendFile(request, reply, app.jobs.extract.filesOf(job).trace, extractGone, {
        rulebook: job.rulebookHash,
        name: `${extractName(job)}.trace.ndjson`,
        type: 'application/x-ndjson; charset=utf-8',
        packs: true,
      });
    },
  );
};

export default route;
