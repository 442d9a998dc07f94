/** POST /v1/ssid/replacements/{ssid}/undo: a retirement is undone, and why. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { SSIDText, UndoBody } from '#service/schemas/replacement';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';
import { undoIn } from '#service/ssid/replacements';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/undo',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'undoRetirement',
        summary: 'Undo a retirement',
        description:
          'Both students are again what they were, as long as nobody has sent anything for the replacement since. The lines of a Replacement SSID file are undone one by one: what it retired beside stays.',
        params: Type.Object({ ssid: SSIDText('The retired number') }, { additionalProperties: false }),
        body: UndoBody,
        response: responses({ 204: { description: 'Done', type: 'null' } }, [
          ...BODY_REFUSALS,
          'CENR_NOT_FOUND',
          'CENR_SSID_REFUSED',
          'CENR_SSID_CONFLICT',
          'CENR_TOO_MANY_WAITING',
          'CENR_STORE_BUSY',
        ]),
      },
    },
    async (request, reply) => {
      await undoIn(app, request, request.params.ssid, request.body.why);
      return reply.code(204).send();
    },
  );
};

export default route;
