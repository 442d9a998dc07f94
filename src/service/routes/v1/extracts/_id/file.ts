/** GET /v1/extracts/{id}/file: the extract itself, streamed. */
import { open } from 'node:fs/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract, EXTRACT_REFUSALS, goneOr } from '#service/extracts/extract-answers';
import { withRulebook } from '#service/plugins/rules';
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
      const file = await open(app.jobs.extract.filesOf(id).rows).catch((error: unknown) => {
        throw goneOr(error);
      });
      withRulebook(reply, job.rulebookHash)
        .header('content-disposition', `attachment; filename="${id}.txt"`)
        .header('content-length', job.bytes ?? (await file.stat()).size)
        .type('text/plain; charset=utf-8');
      if (job.sha256) reply.header('repr-digest', `sha-256=:${Buffer.from(job.sha256, 'hex').toString('base64')}:`);
      return reply.send(file.createReadStream());
    },
  );
};

export default route;
