/** GET /v1/reconciliations/{id}/clusters: why rows differ, those with one cause together. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { withRulebook } from '#service/plugins/rules';
import {
  completeReconciliation,
  foundIn,
  RECONCILIATION_REFUSALS,
} from '#service/reconciliations/reconciliation-answers';
import { IdParams, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { ClusterList, type ShownCluster } from '#service/schemas/reconciliation';
import { contents, responses } from '#service/schemas/responses';

const Query = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most on one page' })),
    after: PlaceInList,
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/clusters',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'listReconciliationClusters',
        summary: 'Why rows differ, by cause',
        description: 'Rows with one cause, most rows first: what their records share, and what to do first.',
        params: IdParams,
        querystring: Query,
        response: responses(
          { 200: contents('The clusters', { 'application/json': ClusterList }, ['cenr-rulebook']) },
          RECONCILIATION_REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { limit = 50, after = '0' } = request.query;
      const { job, kept } = await completeReconciliation(app, request, id);
      const all = await foundIn<(Omit<ShownCluster, 'links'> & { kind: string })[]>(kept.clusters);
      const start = Number(after);
      if (start > all.length) throw unknownCursor();
      withRulebook(reply, job.rulebookHash);
      const self = `/v1/reconciliations/${id}`;
      return {
        clusters: all.slice(start, start + limit).map(({ kind: _, ...cluster }) => ({
          ...cluster,
          links: { rows: `${self}/rows?cluster=${cluster.cluster}` },
        })),
        ...(start + limit < all.length && {
          next: pageAddress(`${self}/clusters`, request.query, String(start + limit)),
        }),
      };
    },
  );
};

export default route;
