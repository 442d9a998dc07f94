/** GET /v1/rulebook: the rules in effect. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { sendUnlessKnown } from '#service/http/etag';
import { withRulebook } from '#service/plugins/rules';
import type { RulesInEffect } from '#service/rules/rules-in-effect';
import { contents, NOT_MODIFIED, responses } from '#service/schemas/responses';
import { RulebookView, shownRulebook } from '#service/schemas/rulebook';

const route: FastifyPluginAsyncTypebox = async (app) => {
  let shown: { readonly rules: RulesInEffect; readonly body: string } | undefined;

  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getRulebook',
        summary: 'The rules in effect',
        description: `The names of rules, the publications they follow, parameters and their days, and checks; and since when they have been in effect, by whom and why. The ETag is the SHA-256 of the rulebook with the number of the
activation.`,
        response: responses(
          {
            200: contents('The rulebook', { 'application/json': RulebookView }, ['cenr-rulebook', 'etag']),
            304: NOT_MODIFIED,
          },
          [],
        ),
      },
    },
    async (request, reply) => {
      const rules = await app.rules.current();
      if (shown?.rules !== rules) shown = { rules, body: JSON.stringify(shownRulebook(rules)) };
      const { hash, activation } = rules;
      return sendUnlessKnown(
        request,
        withRulebook(reply, hash),
        activation ? `${hash}-${activation.seq}` : hash,
        shown.body,
      );
    },
  );
};

export default route;
