/** GET /v1/codesets/{name} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '#service/http/errors';
import { etagOf, sendUnlessKnown } from '#service/http/etag';
import { withRulebook } from '#service/plugins/rules';
import { CodeSetView, shownCodeSet } from '#service/schemas/check';
import { contents, NOT_MODIFIED, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getCodeSet',
        summary: 'One code set',
        description:
          'The codes of a field with their labels and the days on which each may be used. By the rules in effect.',
        params: Type.Object({ name: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
        response: responses(
          {
            200: contents('The code set', { 'application/json': CodeSetView }, ['cenr-rulebook', 'etag']),
            304: NOT_MODIFIED,
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { rulebook } = await app.rules.current();
      const shown = shownCodeSet(rulebook, request.params.name);
      if (!shown) throw new ServiceError('CENR_NOT_FOUND');
      const body = JSON.stringify(shown);
      return sendUnlessKnown(request, withRulebook(reply, rulebook.hash), etagOf(body), body);
    },
  );
};

export default route;
