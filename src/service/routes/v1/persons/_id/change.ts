/** PATCH /v1/persons/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { requireCaller } from '#service/administration/keys';
import { issuerFor, keepPerson, personFor } from '#service/administration/persons';
import { changePerson } from '#service/persons/known';
import { PersonChange } from '#service/schemas/administration';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.patch(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'changePerson',
        summary: 'Change what somebody may, or their account',
        description: 'What is not named stays. Their sessions end.',
        params: IdParams,
        body: PersonChange,
        response: responses({ 200: contents('As they are now', { 'application/json': Type.Ref('Person') }) }, [
          ...BODY_REFUSALS,
          'CENR_NOT_FOUND',
          'CENR_ALL_LEAS_MISSING',
        ]),
      },
    },
    async (request) => {
      // Whom somebody else changed meanwhile is looked at anew.
      for (;;) {
        const person = await personFor(app, request, request.params.id);
        requireCaller(request.body);
        const issuer = issuerFor(app, (one) => one.issuer === person.issuer);
        let isKept = false;
        const changed = await keepPerson(
          request,
          () => changePerson(issuer, person, request.body),
          async (now) => {
            isKept = await app.store.replacePerson(now, person);
          },
        );
        if (isKept) return changed;
      }
    },
  );
};

export default route;
