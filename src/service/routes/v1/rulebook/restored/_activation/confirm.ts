/** POST /v1/rulebook/restored/{activation}/confirm: the second person. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Activation } from '#publishing/activation';
import { personOf } from '#publishing/actor';
import { confirm } from '#publishing/publish';
import { withRulebook } from '#service/plugins/rules';
import { actorOf, codesOf, taken } from '#service/rules/draft-answers';
import { NO_BODY } from '#service/schemas/draft';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import { ActivationView, shownActivation } from '#service/schemas/version';

const Params = Type.Object(
  {
    activation: Type.Integer({
      minimum: 1,
      description: 'The number of the activation by which the version was restored',
    }),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/confirm',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'confirmRestored',
        summary: 'Confirm a restored version',
        description:
          'A second person confirms, within a day, that the version was to be restored. Until then the list of versions shows it as not confirmed; it is in effect all the same.',
        params: Params,
        body: NO_BODY,
        response: responses(
          { 200: contents('Confirmed', { 'application/json': ActivationView('The activation') }, ['cenr-rulebook']) },
          [...codesOf('not-restored', 'own-restore', 'confirmed-already'), ...BODY_REFUSALS],
        ),
      },
    },
    async (request, reply) => {
      const { activation: seq } = request.params;
      const by = actorOf(request);
      for (;;) {
        const { hash } = taken(confirm(seq, by, await app.store.activations()));
        // Somebody else was quicker: it is decided anew.
        if (!(await app.store.confirmActivation(seq, { ...personOf(by), at: app.clock().toISOString() }))) continue;
        return withRulebook(reply, hash).send(
          shownActivation((await app.store.activations()).find((activation) => activation.seq === seq) as Activation),
        );
      }
    },
  );
};

export default route;
