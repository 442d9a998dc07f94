/** POST /v1/rulebook/scheduled/{activation}/withdraw */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Activation } from '#publishing/activation';
import { withdraw } from '#publishing/publish';
import { withRulebook } from '#service/plugins/rules';
import { actorOf, codesOf, taken } from '#service/rules/draft-answers';
import { NO_BODY } from '#service/schemas/draft';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import { ActivationView, shownActivation } from '#service/schemas/version';

const Params = Type.Object(
  {
    activation: Type.Integer({
      minimum: 1,
      description: 'The number of the activation; the list of versions has it in "scheduled"',
    }),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/withdraw',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'withdrawVersion',
        summary: 'Cancel a scheduled version',
        description: 'The activation stays in the list, marked as withdrawn. The draft can be reopened.',
        params: Params,
        body: NO_BODY,
        response: responses(
          { 200: contents('Withdrawn', { 'application/json': ActivationView('The activation') }, ['cenr-rulebook']) },
          [...codesOf('no-such-activation', 'withdrawn-already', 'begun-already', 'another-to-come'), ...BODY_REFUSALS],
        ),
      },
    },
    async (request, reply) => {
      const { activation: seq } = request.params;
      for (;;) {
        const at = app.clock().toISOString();
        const activations = await app.store.activations();
        const { hash } = taken(withdraw(seq, actorOf(request), at, activations));
        // Somebody else was quicker: it is decided anew.
        if (!(await app.store.cancelActivation(seq, at, activations))) continue;
        await app.rules.refresh();
        return withRulebook(reply, hash).send(
          shownActivation((await app.store.activations()).find((activation) => activation.seq === seq) as Activation),
        );
      }
    },
  );
};

export default route;
