/** GET /v1/ssid/replacements/{ssid}/by/{replacement}: the two students, before one number is retired. Nothing changes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { Comparison, SSIDText } from '#service/schemas/replacement';
import { responses } from '#service/schemas/responses';
import { compared, requireOwn } from '#service/ssid/replacements';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/by/:replacement',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'compareSSIDs',
        summary: 'Two students side by side, before one number is retired',
        description: 'How alike they are, and how many records would join. Nothing is changed.',
        params: Type.Object(
          { ssid: SSIDText('The number to retire'), replacement: SSIDText('The number that would replace it') },
          { additionalProperties: false },
        ),
        response: responses({ 200: Comparison }, ['CENR_SSID_REFUSED']),
      },
    },
    async (request) => {
      const { ssid, replacement } = request.params;
      await requireOwn(app, request, [ssid, replacement]);
      request.disclosed = [ssid, replacement];
      return compared(app, request, ssid, replacement);
    },
  );
};

export default route;
