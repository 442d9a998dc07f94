/** POST /v1/rulebook/drafts/{id}/rebase */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { rebase } from '#publishing/workflow';
import { CHANGE_REFUSALS, change, codesOf, sendDraft, THE_DRAFT, textsOfVersion } from '#service/rules/draft-answers';
import { IfMatchHeader, RebaseBody } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/rebase',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'rebaseDraft',
        summary: 'Rebase a draft',
        description: `Puts the changes of the draft on top of another version: by default the version in effect. What only one of the two changed is taken over, file by file and part by part. Where both changed the same
place, nothing is done and "errors" names each file and place; \`choices\` then says whose text stays in which file. Check, readings and approvals are removed.`,
        params: IdParams,
        headers: IfMatchHeader,
        body: RebaseBody,
        response: responses({ 200: THE_DRAFT }, [
          ...CHANGE_REFUSALS,
          ...codesOf('not-the-author', 'merge-conflict', 'rebased-already'),
          ...BODY_REFUSALS,
        ]),
      },
    },
    async (request, reply) => {
      const { onto = (await app.rules.current()).version, choices = {} } = request.body ?? {};
      const texts = await textsOfVersion(app, onto);
      return await sendDraft(
        app,
        reply,
        await change(app, request, request.params.id, async (draft, by, at) =>
          rebase(draft, { base: await textsOfVersion(app, draft.from), onto: { hash: onto, texts }, choices }, by, at),
        ),
      );
    },
  );
};

export default route;
