/** POST /v1/reconciliations: the state's own file in, to be compared with the records when its turn comes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { FORM_TYPES } from '#extract/forms/form';
import { oneFileBody, receiving, takeFiles } from '#service/http/receive-body';
import { withReceivedFile } from '#service/jobs/incoming';
import { jobWithin } from '#service/jobs/job-within';
import { PreferHeader, sendAsPreferred } from '#service/jobs/prefer-wait';
import { addReconciliation, reconciliationShown } from '#service/reconciliations/reconciliation-answers';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { ReconciliationQuery } from '#service/schemas/reconciliation';
import { contents, responses } from '#service/schemas/responses';
import type { ReconciliationJob } from '#store/reconciliation-job';

const route: FastifyPluginAsyncTypebox = async (app) => {
  await takeFiles(app, [FORM_TYPES.xlsx]);

  app.post(
    '',
    {
      config: { access: ['vendor'] },
      ...receiving(app),
      schema: {
        tags: ['reconciliations'],
        operationId: 'requestReconciliation',
        summary: "Compare the state's own file with the records",
        description: `The CENR file as CALPADS gave it: text with carets, CSV or a workbook, of any generation, as the body or as one part of multipart/form-data. Every difference is explained by evaluating: which record, which reading of the rules, which request or run date makes both sides agree.
What is not said of the request is worked out from the rows, and \`requestBecause\` says what speaks for it. A request that no row fits is refused, and the place is named. Reconciliations are made one at a time, in turns that go round between keys, and survive a restart; the file is kept until the reconciliation is removed. With an \`Idempotency-Key\`, the same file sent again gets the first answer.`,
        querystring: ReconciliationQuery,
        headers: Type.Object({ ...IdempotencyHeader.properties, ...PreferHeader.properties }),
        body: oneFileBody([FORM_TYPES.xlsx]),
        response: responses(
          {
            202: contents(
              'Received; the Location header has the address of the reconciliation',
              { 'application/json': Type.Ref('Reconciliation') },
              ['location', 'cenr-rulebook', 'idempotent-replayed', 'preference-applied'],
            ),
          },
          [
            'CENR_REQUEST_INVALID',
            'CENR_UPLOAD_EMPTY',
            'CENR_ALL_LEAS_MISSING',
            'CENR_NOT_FOUND',
            'CENR_BODY_TOO_LARGE',
            'CENR_MEDIA_TYPE_UNSUPPORTED',
            'CENR_UPLOAD_UNREADABLE',
            'CENR_NOT_A_CENR_FILE',
            'CENR_IDEMPOTENCY_BUSY',
            'CENR_IDEMPOTENCY_KEY_REUSED',
            'CENR_TOO_MANY_WAITING',
          ],
        ),
      },
    },
    async (request, reply) => {
      const answer = await withReceivedFile(app.reconciliations, request, reply, (file) =>
        addReconciliation(app, request, request.query, file, 'POST /v1/reconciliations'),
      );
      const job = {
        find: (id: string) => jobWithin(app, request, 'reconciliation', id),
        shown: (found: ReconciliationJob) => reconciliationShown(app, found),
      };
      return sendAsPreferred(app, 'reconciliation', answer, job, request, reply);
    },
  );
};

export default route;
