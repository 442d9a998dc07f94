/** GET /v1/extracts/{id}/file: the extract itself, streamed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { ServiceError } from '#service/http/errors';
import { FILE_REFUSALS, fileChecks, sendFile } from '#service/http/send-file';
import { IdParams } from '#service/schemas/page';
import { contents, NOT_MODIFIED, responses, text } from '#service/schemas/responses';

const TYPE = 'text/plain';

const route: FastifyPluginAsyncTypebox = async (app) => {
  const isAsMade = fileChecks();

  app.get(
    '/file',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'getExtractFile',
        summary: 'The file of an extract',
        description: `Caret-delimited lines, CR LF, UTF-8. The ETag is the SHA-256 of the bytes, and so is the header Repr-Digest (RFC 9530). Compressed, under an ETag of its own, when the Accept-Encoding header
allows gzip; a part of the file when the header Range asks for one. Before the service sends a file, it compares the bytes on the disk with the SHA-256 that they had when the extract was made.`,
        params: IdParams,
        response: responses(
          {
            200: contents('The file', { [TYPE]: text('The lines of the extract') }, [
              'cenr-rulebook',
              'content-disposition',
              'etag',
              'repr-digest',
            ]),
            206: contents('A part of the file', { [TYPE]: text('Bytes of the file') }, ['content-range', 'etag']),
            304: NOT_MODIFIED,
          },
          [...EXTRACT_REFUSALS, ...FILE_REFUSALS, 'CENR_EXTRACT_FILE_CHANGED'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = completeExtract(app, request, id);
      if (!request.accepts().type([`${TYPE};charset=utf-8`]))
        throw new ServiceError('CENR_NOT_ACCEPTABLE', { detail: `The file can be sent as ${TYPE}.` });
      const { rows } = app.jobs.extract.filesOf(id);
      const { sha256 } = job;
      return sendFile(request, reply, rows, extractGone, {
        rulebook: job.rulebookHash,
        name: `${extractName(job)}.txt`,
        type: `${TYPE}; charset=utf-8`,
        sha256,
        packs: true,
        headers: sha256 ? { 'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` } : {},
        async before(file) {
          if (sha256 === undefined || (await isAsMade(rows, file, sha256))) return;
          app.log.error({ extractId: id }, 'the file of an extract changed on the disk');
          throw new ServiceError('CENR_EXTRACT_FILE_CHANGED');
        },
      });
    },
  );
};

export default route;
