/** GET /v1/rulebook/drafts/{id}/known/{path}: what the rules know of a file, for whoever edits it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { knownOf } from '#authoring/forms/known';
import { ServiceError } from '#service/http/errors';
import { draftOf, withDraft } from '#service/rules/draft-answers';
import { understoodBy } from '#service/rules/understood-texts';
import { DraftFileParams, KnownView } from '#service/schemas/draft';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/known/*',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'getDraftFileKnown',
        summary: 'What the rules know of a file of a draft',
        description: `A sentence for each condition, what keeps the file from being used and where, and which names may stand at which place. Where a comparison cannot be understood, the others have their sentences all the same.`,
        params: DraftFileParams,
        response: responses(
          { 200: contents('What is known', { 'application/json': KnownView }, ['cenr-rulebook', 'etag']) },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      const draft = await draftOf(app, id);
      if (!draft.texts.some((file) => file.path === path))
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: `The draft has no such file; GET /v1/rulebook/drafts/${id}/files lists its files.`,
        });
      return withDraft(reply, draft).send(knownOf(draft.texts, path, understoodBy(app, draft.texts)));
    },
  );
};

export default route;
