/** GET /v1/rulebook/mutants: what came of small mistakes made in the rules. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { withRulebook } from '#service/plugins/rules';
import { mutantsOf } from '#service/rules/examples';
import { rulesOf } from '#service/rules/whose-rules';
import { MutantsView, WhoseRulesQuery } from '#service/schemas/examples';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getMutants',
        summary: 'Whether examples notice mistakes in the rules',
        description:
          'What came out when somebody last asked for the small mistakes to be made in these files, or how far that is. It is remembered for a while; after a restart of the service nothing is known.',
        querystring: WhoseRulesQuery,
        response: responses(
          { 200: contents('What is known', { 'application/json': MutantsView }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND', 'CENR_REQUEST_INVALID', 'CENR_RULEBOOK_UNUSABLE'],
        ),
      },
    },
    async (request, reply) => {
      const rulebook = await rulesOf(app, request.query);
      withRulebook(reply, rulebook.hash);
      return await mutantsOf(app, rulebook);
    },
  );
};

export default route;
