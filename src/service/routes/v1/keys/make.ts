/** POST /v1/keys */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { makeKey, momentOfDay } from '#service/administration/keys';
import { MadeKey, NewKey } from '#service/schemas/administration';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'makeKey',
        summary: 'Make an API key',
        description: 'The key is in the answer, and is never shown again. It can be for your own LEAs only.',
        body: NewKey,
        response: responses({ 201: contents('Made', { 'application/json': MadeKey }, ['location']) }, [
          ...BODY_REFUSALS,
          'CENR_NOT_FOUND',
          'CENR_ALL_LEAS_MISSING',
        ]),
      },
    },
    async (request, reply) => {
      const { expires, ...given } = request.body;
      const made = await makeKey(app, request, given, expires === undefined ? undefined : momentOfDay(app, expires));
      return reply.code(201).header('location', `/v1/keys/${made.id}`).send(made);
    },
  );
};

export default route;
