/** GET /v1/reconciliations/{id}/rows: the rows that are not the same, each with its fields and causes. */
import { open } from 'node:fs/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { oneOf } from '#base/shape';
import { isLineStart, linesFrom } from '#service/extracts/extract-rows';
import { withRulebook } from '#service/plugins/rules';
import {
  completeReconciliation,
  RECONCILIATION_REFUSALS,
  reconciliationGone,
} from '#service/reconciliations/reconciliation-answers';
import { IdParams, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { FOUND, RowList, type ShownRow } from '#service/schemas/reconciliation';
import { contents, responses } from '#service/schemas/responses';

const Query = Type.Object(
  {
    cluster: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Only rows of this cluster; 0 for those without a single cause' }),
    ),
    found: Type.Optional(oneOf(FOUND, { description: 'Only rows that were found so' })),
    field: Type.Optional(Type.String({ maxLength: 8, description: 'Only rows that differ in this field, by number' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most on one page' })),
    after: PlaceInList,
  },
  { additionalProperties: false },
);

type Asked = { readonly cluster?: number; readonly found?: string; readonly field?: string };

/** Of a cluster are rows with its cause; of none, those of which something has no single cause. */
function isMeant(row: ShownRow, { cluster, found, field }: Asked): boolean {
  const isOf =
    cluster === undefined ||
    (cluster === 0
      ? row.causes.length === 0 || row.fields.some((one) => one.cluster === undefined)
      : row.causes.some((one) => one.cluster === cluster));
  return (
    isOf &&
    (found === undefined || row.found === found) &&
    (field === undefined || row.fields.some((one) => one.field === field))
  );
}

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/rows',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'listReconciliationRows',
        summary: 'Rows that are not the same',
        description: 'In ascending order of SSID: what differs in each row, and what makes both sides agree.',
        params: IdParams,
        querystring: Query,
        response: responses(
          { 200: contents('The rows', { 'application/json': RowList }, ['cenr-rulebook']) },
          RECONCILIATION_REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { limit = 50, after = '0', ...asked } = request.query;
      const { job, kept } = await completeReconciliation(app, request, id);
      const file = await open(kept.list).catch(reconciliationGone);
      try {
        const start = Number(after);
        if (!isLineStart(kept.list, start)) throw unknownCursor();
        const rows: ShownRow[] = [];
        let next: number | undefined;
        let place = start;
        for await (const line of linesFrom(file, start)) {
          const { kind, ...row } = JSON.parse(line.line) as ShownRow & { readonly kind: string };
          // Behind the rows stand clusters and the summary.
          if (kind !== 'row') break;
          if (isMeant(row, asked as Asked)) {
            if (rows.length === limit) {
              next = place;
              break;
            }
            rows.push(row);
          }
          place = line.next;
        }
        withRulebook(reply, job.rulebookHash);
        request.disclosed = rows.map(({ row }) => row['ssid'] ?? '');
        const address = `/v1/reconciliations/${id}/rows`;
        return { rows, ...(next !== undefined && { next: pageAddress(address, request.query, String(next)) }) };
      } finally {
        await file.close();
      }
    },
  );
};

export default route;
