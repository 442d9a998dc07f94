/** GET /v1/rulebook/versions/{hash}/words: the rules of a version in sentences. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { rulesBlocks } from '#authoring/pages/rules-in-words';
import { UserError } from '#base/user-error';
import { ledgersOf, sentencesIn } from '#rulebook/load/citations';
import { ServiceError } from '#service/http/errors';
import { withRulebook } from '#service/plugins/rules';
import { versionUnknown } from '#service/rules/asked-rules';
import { contents, responses } from '#service/schemas/responses';
import { VersionParams, WordsView } from '#service/schemas/version';

const Query = Type.Object(
  {
    field: Type.Optional(Type.String({ maxLength: 3, description: 'The number of a field (default: everything)' })),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/words',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getVersionWords',
        summary: 'The rules of a version in sentences',
        description:
          'What `cenr rules list` says, as blocks of a page: headings, paragraphs, lists and tables. Also the sentences of the publication that the version cites.',
        params: VersionParams,
        querystring: Query,
        response: responses({ 200: contents('The rules', { 'application/json': WordsView }, ['cenr-rulebook']) }, [
          'CENR_NOT_FOUND',
          'CENR_REQUEST_INVALID',
        ]),
      },
    },
    async (request, reply) => {
      const { hash } = request.params;
      const { field } = request.query;
      const rules = await app.rules.by(hash);
      if (!rules) throw versionUnknown(hash);
      const { files } = rules.rulebook;
      try {
        return withRulebook(reply, hash).send({
          blocks: rulesBlocks(rules.rulebook, { ...(field !== undefined && { field }) }),
          published: ledgersOf(files)
            .flatMap(sentencesIn)
            .map(({ sentence: { id, about } }) => ({ id, about })),
        });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new ServiceError('CENR_REQUEST_INVALID', { errors: [{ parameter: 'field', message: error.message }] });
      }
    },
  );
};

export default route;
