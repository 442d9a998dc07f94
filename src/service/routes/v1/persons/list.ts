/** GET /v1/persons */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { personsFor } from '#service/administration/persons';
import { Persons } from '#service/schemas/administration';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'listPersons',
        summary: 'List the people who sign in by an issuer',
        description: 'Those of your LEAs, oldest first, those who were removed included.',
        response: responses({ 200: contents('The people', { 'application/json': Persons }) }, []),
      },
    },
    async (request) => ({ persons: await personsFor(app, request) }),
  );
};

export default route;
