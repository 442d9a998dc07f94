/** GET /v1/reconciliations/{id}/corrections: drafts of correction files. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type CorrectionFile, REASONS } from '#pipeline/correction-files';
import { withRulebook } from '#service/plugins/rules';
import {
  completeReconciliation,
  foundIn,
  RECONCILIATION_REFUSALS,
} from '#service/reconciliations/reconciliation-answers';
import { IdParams } from '#service/schemas/page';
import { CorrectionList } from '#service/schemas/reconciliation';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'listCorrectionFiles',
        summary: 'Drafts of correction files',
        description:
          'For causes in records: what to send to the state if your records are right, and what to load here if the state is. Of each record type deletions, changes and additions are separate files, to be sent in this order. They are drafts for a person to check.',
        params: IdParams,
        response: responses(
          { 200: contents('The files', { 'application/json': CorrectionList }, ['cenr-rulebook']) },
          RECONCILIATION_REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { job, kept } = await completeReconciliation(app, request, id);
      const files = await foundIn<CorrectionFile[]>(kept.correctionList);
      withRulebook(reply, job.rulebookHash);
      const self = `/v1/reconciliations/${id}/corrections`;
      return {
        files: files.map((file) => ({ ...file, links: { file: `${self}/${file.name}` } })),
        links: { reasons: `${self}/${REASONS}` },
      };
    },
  );
};

export default route;
