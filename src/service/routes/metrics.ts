/** GET /metrics, for Prometheus. Holds counts only, no student data; keep it within the network all the same. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { contents, responses, text } from '../schemas/responses.ts';

const route: FastifyPluginAsyncTypebox = async (app) => {
  const { registry } = app.metrics;
  app.get(
    '/metrics',
    {
      config: { access: 'public', rateLimit: false },
      schema: {
        tags: ['service'],
        security: [],
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        response: responses(
          { 200: contents('The metrics', { 'text/plain': text('Prometheus text format') }) },
          [],
          'public',
        ),
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
};

export default route;
