/** GET /v1/rulebook: the rules in force. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { RULEBOOK_HEADER } from '../../../plugins/rules.ts';
import { contents, responses } from '../../../schemas/responses.ts';
import { RulebookView, shownRulebook } from '../../../schemas/rulebook.ts';

const route: FastifyPluginAsyncTypebox = async (app) => {
  const { rulebook, hash } = app.rules;
  const body = JSON.stringify(shownRulebook(rulebook));
  const etag = `"${hash}"`;

  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        summary: 'The rules in force',
        description: 'Names of rules, the publications they follow, parameters and their days, checks. The ETag is the SHA-256 of the rulebook.',
        response: responses(
          {
            200: contents('The rulebook', { 'application/json': RulebookView }, ['cenr-rulebook', 'etag']),
            304: { description: 'The rulebook is the one that If-None-Match names', type: 'null' },
          },
          [],
        ),
      },
    },
    async (request, reply) => {
      reply.header(RULEBOOK_HEADER, hash).header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type('application/json; charset=utf-8').send(body);
    },
  );
};

export default route;
