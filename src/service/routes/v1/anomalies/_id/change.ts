/** POST /v1/anomalies/{id}/changes: what becomes of one. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { changeIn, viewOf } from '#service/anomalies/anomalies';
import { AnomalyChange, AnomalyView } from '#service/schemas/anomaly';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/changes',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'changeAnomaly',
        summary: 'Review as correct, resolve, or combine the numbers of one that looks wrong',
        description:
          'Who, when and why are kept. What was reviewed is open again when its records change. Numbers of two LEAs are combined by whoever may see both.',
        params: IdParams,
        body: AnomalyChange,
        response: responses({ 200: AnomalyView }, [
          ...BODY_REFUSALS,
          ...(['CENR_NOT_FOUND', 'CENR_SSID_CONFLICT', 'CENR_TOO_MANY_WAITING', 'CENR_STORE_BUSY'] as const),
        ]),
      },
    },
    async (request) => viewOf(request, await changeIn(app, request, request.params.id, request.body)),
  );
};

export default route;
