/** POST /v1/rulebook/scheduled/{entry}/withdraw */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { withdraw } from '#publishing/publish';
import type { TookForce } from '#publishing/took-force';
import { withRulebook } from '#service/plugins/rules';
import { actorOf, codesOf, taken } from '#service/rules/draft-answers';
import { NO_BODY } from '#service/schemas/draft';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import { shownForce, TakesForceView } from '#service/schemas/version';

const Params = Type.Object(
  {
    entry: Type.Integer({
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
        summary: 'Cancel a scheduled version',
        description: 'The activation stays in the list, marked as withdrawn. The draft can be reopened.',
        params: Params,
        body: NO_BODY,
        response: responses(
          { 200: contents('Withdrawn', { 'application/json': TakesForceView('The activation') }, ['cenr-rulebook']) },
          [...codesOf('no-such-entry', 'withdrawn-already', 'begun-already', 'another-to-come'), ...BODY_REFUSALS],
        ),
      },
    },
    async (request, reply) => {
      const { entry: seq } = request.params;
      for (;;) {
        const at = app.clock().toISOString();
        const { hash } = taken(withdraw(seq, actorOf(request), at, app.store.tookForce()));
        // Somebody else was quicker: it is decided anew.
        if (!app.store.withdrawForce(seq, at)) continue;
        app.rules.refresh();
        return withRulebook(reply, hash).send(
          shownForce(app.store.tookForce().find((entry) => entry.seq === seq) as TookForce),
        );
      }
    },
  );
};

export default route;
