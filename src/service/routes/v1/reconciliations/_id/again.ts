/** POST /v1/reconciliations/{id}/again: the same file, for a corrected request. */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { jobWithin } from '#service/jobs/job-within';
import { keyIdOf } from '#service/plugins/auth';
import { sendAnswer } from '#service/plugins/idempotency';
import { addReconciliation, reconciliationGone } from '#service/reconciliations/reconciliation-answers';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { IdParams } from '#service/schemas/page';
import { ReconciliationQuery } from '#service/schemas/reconciliation';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/again',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'reconcileAgain',
        summary: 'Compare the same file for another request',
        description:
          'A new reconciliation of the file that was sent, with the records as they are now. What is not said of the request is worked out from the rows.',
        params: IdParams,
        querystring: ReconciliationQuery,
        headers: IdempotencyHeader,
        response: responses(
          {
            202: contents(
              'Accepted; the Location header has the address of the new reconciliation',
              { 'application/json': Type.Ref('Reconciliation') },
              ['location', 'cenr-rulebook', 'idempotent-replayed'],
            ),
          },
          [
            'CENR_REQUEST_INVALID',
            'CENR_ALL_LEAS_MISSING',
            'CENR_NOT_FOUND',
            'CENR_RECONCILIATION_GONE',
            'CENR_NOT_A_CENR_FILE',
            'CENR_IDEMPOTENCY_BUSY',
            'CENR_IDEMPOTENCY_KEY_REUSED',
            'CENR_TOO_MANY_WAITING',
          ],
        ),
      },
    },
    async (request, reply) => {
      const { id: from } = request.params;
      const { at, file: name, encoding } = await jobWithin(app, request, 'reconciliation', from);
      await app.jobs.reconciliation.requireRoom(keyIdOf(request));
      const id = app.newId('reconciliation');
      const [{ folder: before }, { folder }] = [from, id].map((one) =>
        app.jobs.reconciliation.filesOf({ id: one }),
      ) as [{ folder: string }, { folder: string }];
      let isKept = false;
      try {
        await mkdir(dirname(join(folder, at)), { recursive: true, mode: 0o700 });
        await copyFile(join(before, at), join(folder, at)).catch(reconciliationGone);
        const file = { id, folder, name, at, encoding, contentHash: from };
        const route = `POST /v1/reconciliations/${from}/again`;
        const added = await addReconciliation(app, request, request.query, file, route);
        isKept = added.isKept;
        return sendAnswer(reply, added.answer);
      } finally {
        if (!isKept) await rm(folder, { recursive: true, force: true });
      }
    },
  );
};

export default route;
