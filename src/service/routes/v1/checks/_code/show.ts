/** GET /v1/checks/{code} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '#service/http/errors';
import { etagOf, sendUnlessKnown } from '#service/http/etag';
import { withRulebook } from '#service/plugins/rules';
import { CheckView, shownCheck } from '#service/schemas/check';
import { contents, NOT_MODIFIED, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getCheck',
        summary: 'One check of incoming records',
        description:
          'What the check asks, how severe each of its problems is, what its message says, how to fix the problem, and where the check is published. By the rules in effect.',
        params: Type.Object({ code: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
        response: responses(
          {
            200: contents('The check', { 'application/json': CheckView }, ['cenr-rulebook', 'etag']),
            304: NOT_MODIFIED,
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { rulebook } = await app.rules.current();
      const shown = shownCheck(rulebook, request.params.code);
      if (!shown) throw new ServiceError('CENR_NOT_FOUND');
      const body = JSON.stringify(shown);
      return sendUnlessKnown(request, withRulebook(reply, rulebook.hash), etagOf(body), body);
    },
  );
};

export default route;
