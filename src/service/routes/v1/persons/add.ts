/** POST /v1/persons */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { requireCaller } from '#service/administration/keys';
import { issuerFor, keepPerson, requireAccount } from '#service/administration/persons';
import { createPerson, PERSON_RANDOM_BYTES } from '#service/persons/known';
import { NewPerson } from '#service/schemas/administration';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'addPerson',
        summary: 'Add somebody who signs in by an issuer',
        description:
          'They can sign in at once. The account is known by its verified e-mail address, or by its subject at the issuer.',
        body: NewPerson,
        response: responses({ 201: contents('Added', { 'application/json': Type.Ref('Person') }, ['location']) }, [
          ...BODY_REFUSALS,
          'CENR_NOT_FOUND',
          'CENR_ALL_LEAS_MISSING',
        ]),
      },
    },
    async (request, reply) => {
      const { issuer: id, ...given } = request.body;
      requireCaller(given);
      requireAccount(given);
      const issuer = issuerFor(app, (one) => id === undefined || one.id === id);
      const person = await keepPerson(
        request,
        () => createPerson(issuer, given, app.clock(), app.random(PERSON_RANDOM_BYTES)),
        (made) => app.store.addPerson(made),
      );
      return reply.code(201).header('location', `/v1/persons/${person.id}`).send(person);
    },
  );
};

export default route;
