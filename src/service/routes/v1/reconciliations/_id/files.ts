/** GET /v1/reconciliations/{id}/list, /workbook and /manifest: what was found, as files. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { FORM_TYPES } from '#extract/forms/form';
import { sendFile } from '#service/http/send-file';
import {
  completeReconciliation,
  RECONCILIATION_REFUSALS,
  reconciliationGone,
} from '#service/reconciliations/reconciliation-answers';
import { IdParams } from '#service/schemas/page';
import { contents, responses, text } from '#service/schemas/responses';

const FILES = [
  {
    name: 'list',
    operationId: 'downloadReconciliationList',
    summary: 'All that was found, as NDJSON',
    description: 'A line for each row that differs, then for each cluster, then one for the summary.',
    type: 'application/x-ndjson',
    ending: 'ndjson',
    schema: text('The lines'),
  },
  {
    name: 'workbook',
    operationId: 'downloadReconciliationWorkbook',
    summary: 'All that was found, as a workbook',
    description: 'Sheets: Summary, Clusters, Counts, Rows, Fields.',
    type: FORM_TYPES.xlsx,
    ending: 'xlsx',
    schema: Type.String({ format: 'binary', description: 'The workbook' }),
  },
  {
    name: 'manifest',
    operationId: 'getReconciliationManifest',
    summary: 'What was compared with what',
    description: 'With the SHA-256 of their file, of our rows and of the list.',
    type: 'application/json',
    ending: 'manifest.json',
    schema: Type.Record(Type.String(), Type.Unknown(), { description: 'docs/reconcile.md describes it' }),
  },
] as const;

const route: FastifyPluginAsyncTypebox = async (app) => {
  for (const { name, type, ending, schema, ...about } of FILES)
    app.get(
      `/${name}`,
      {
        config: { access: ['vendor', 'auditor'] },
        schema: {
          tags: ['reconciliations'],
          ...about,
          params: IdParams,
          response: responses(
            { 200: contents(about.summary, { [type]: schema }, ['cenr-rulebook', 'content-disposition']) },
            RECONCILIATION_REFUSALS,
          ),
        },
      },
      async (request, reply) => {
        const { job, kept } = await completeReconciliation(app, request, request.params.id);
        return sendFile(request, reply, kept[name], reconciliationGone, {
          rulebook: job.rulebookHash,
          name: `reconciliation_${job.runDate}.${ending}`,
          type: name === 'manifest' ? `${type}; charset=utf-8` : type,
        });
      },
    );
};

export default route;
