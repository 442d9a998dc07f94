/** GET /v1/extracts/{id}/file: the extract itself, streamed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { sendFile } from '#service/http/send-file';
import { IdParams } from '#service/schemas/page';
import { contents, responses, text } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/file',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        summary: 'The file of an extract',
        description:
          'Caret-delimited lines, CR LF, UTF-8. The header Repr-Digest (RFC 9530) has the SHA-256 of the bytes.',
        params: IdParams,
        response: responses(
          {
            200: contents('The file', { 'text/plain': text('The lines of the extract') }, [
              'cenr-rulebook',
              'repr-digest',
            ]),
          },
          EXTRACT_REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = completeExtract(app, request, id);
      return sendFile(reply, app.jobs.extract.filesOf(id).rows, extractGone, {
        rulebook: job.rulebookHash,
        name: `${id}.txt`,
        type: 'text/plain; charset=utf-8',
        headers: job.sha256 ? { 'repr-digest': `sha-256=:${Buffer.from(job.sha256, 'hex').toString('base64')}:` } : {},
        bytes: job.bytes,
      });
    },
  );
};

export default route;
