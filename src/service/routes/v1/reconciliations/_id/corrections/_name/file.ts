/** GET /v1/reconciliations/{id}/corrections/{name}: a correction file, or the list of reasons. */
import { join } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { isCorrectionFile, REASONS } from '#pipeline/correction-files';
import { ServiceError } from '#service/http/errors';
import { goneAs, sendFile } from '#service/http/send-file';
import { completeReconciliation, RECONCILIATION_REFUSALS } from '#service/reconciliations/reconciliation-answers';
import { contents, responses, text } from '#service/schemas/responses';

const Params = Type.Object(
  {
    id: Type.String({ maxLength: 128 }),
    name: Type.String({ maxLength: 128, description: 'The name of a correction file, or reasons.csv' }),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'downloadCorrectionFile',
        summary: 'A correction file',
        description:
          'Lines as the state takes them in, each with its transaction type; or reasons.csv, the reason of every line. A draft for a person to check.',
        params: Params,
        response: responses(
          {
            200: contents('The file', { 'text/plain': text('Lines'), 'text/csv': text('The list of reasons') }, [
              'cenr-rulebook',
              'content-disposition',
            ]),
          },
          RECONCILIATION_REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { id, name } = request.params;
      const { job, kept } = await completeReconciliation(app, request, id);
      if (!isCorrectionFile(name)) throw new ServiceError('CENR_NOT_FOUND');
      return sendFile(request, reply, join(kept.corrections, name), goneAs('CENR_NOT_FOUND'), {
        rulebook: job.rulebookHash,
        name,
        type: name === REASONS ? 'text/csv; charset=utf-8' : 'text/plain; charset=utf-8',
      });
    },
  );
};

export default route;
