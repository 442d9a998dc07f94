/** POST /v1/rulebook/mutants: makes small mistakes in the rules, and looks whether an example notices each. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { withRulebook } from '#service/plugins/rules';
import { beginMutants } from '#service/rules/examples';
import { rulesOf } from '#service/rules/whose-rules';
import { NO_BODY } from '#service/schemas/draft';
import { MutantsView, WhoseRulesQuery } from '#service/schemas/examples';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  const stopping = new AbortController();
  app.addHook('onClose', async () => stopping.abort(new Error('the service ends')));

  app.post(
    '',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'tryMutants',
        summary: 'Try whether examples notice mistakes',
        description:
          'Makes small mistakes in every rule, one at a time, as `cenr rules test` does, and looks whether a worked example notices. Takes half a minute or more, one rulebook at a time; ask GET for what came out.',
        querystring: WhoseRulesQuery,
        body: NO_BODY,
        response: responses({ 202: contents('It was begun', { 'application/json': MutantsView }, ['cenr-rulebook']) }, [
          'CENR_NOT_FOUND',
          'CENR_RULEBOOK_UNUSABLE',
          ...BODY_REFUSALS,
        ]),
      },
    },
    async (request, reply) => {
      const rulebook = await rulesOf(app, request.query);
      return withRulebook(reply, rulebook.hash)
        .code(202)
        .send(await beginMutants(app, rulebook, stopping.signal));
    },
  );
};

export default route;
