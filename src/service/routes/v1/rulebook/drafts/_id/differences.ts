/** GET /v1/rulebook/drafts/{id}/differences: what a draft changes, in sentences. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { versionUnknown } from '#service/rules/asked-rules';
import { draftOf, usable, withDraft } from '#service/rules/draft-answers';
import { undoingOf } from '#service/rules/publish-answers';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { DifferencesView } from '#service/schemas/version';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/differences',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'getDraftDifferences',
        summary: 'What a draft changes, in sentences',
        description: 'Compared with the version that it was made from. Refused while the files cannot be used.',
        params: IdParams,
        response: responses(
          { 200: contents('The differences', { 'application/json': DifferencesView }, ['cenr-rulebook', 'etag']) },
          ['CENR_NOT_FOUND', 'CENR_RULEBOOK_UNUSABLE'],
        ),
      },
    },
    async (request, reply) => {
      const draft = await draftOf(app, request.params.id);
      const from = await app.rules.by(draft.from);
      if (!from) throw versionUnknown(draft.from);
      return withDraft(reply, draft).send(undoingOf(from.rulebook, usable(app, draft.texts)));
    },
  );
};

export default route;
