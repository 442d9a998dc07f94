/** DELETE /v1/ssid/replacements/{ssid}: a retirement is undone. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { SSIDText } from '#service/schemas/replacement';
import { responses } from '#service/schemas/responses';
import { undoIn } from '#service/ssid/replacements';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'undoRetirement',
        summary: 'Undo a retirement',
        description:
          'Both students are again what they were, as long as nobody has sent anything for the replacement since.',
        params: Type.Object({ ssid: SSIDText('The retired number') }, { additionalProperties: false }),
        response: responses({ 204: { description: 'Done', type: 'null' } }, [
          'CENR_NOT_FOUND',
          'CENR_SSID_REFUSED',
          'CENR_SSID_CONFLICT',
          'CENR_TOO_MANY_WAITING',
          'CENR_STORE_BUSY',
        ]),
      },
    },
    async (request, reply) => {
      await undoIn(app, request, request.params.ssid);
      return reply.code(204).send();
    },
  );
};

export default route;
