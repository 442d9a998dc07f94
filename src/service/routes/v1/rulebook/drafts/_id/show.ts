/** GET, PATCH and DELETE /v1/rulebook/drafts/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { deleteDraft, retitle } from '#publishing/workflow';
import { sendUnlessKnown } from '#service/http/etag';
import { withRulebook } from '#service/plugins/rules';
import {
  CHANGE_REFUSALS,
  change,
  codesOf,
  draftOf,
  sendDraft,
  shownDraft,
  THE_DRAFT,
  tagOf,
} from '#service/rules/draft-answers';
import { DraftWords, IfMatchHeader } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, NOT_MODIFIED, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'getDraft',
        summary: 'A draft',
        description:
          'The state of the draft, who has done what, and which files differ from the version it was made from.',
        params: IdParams,
        response: responses({ 200: THE_DRAFT, 304: NOT_MODIFIED }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      const draft = await draftOf(app, request.params.id);
      return sendUnlessKnown(
        request,
        withRulebook(reply, draft.hash),
        tagOf(draft),
        JSON.stringify(await shownDraft(app, request, draft)),
      );
    },
  );

  app.patch(
    '',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'updateDraft',
        summary: 'Change title or reason',
        description: 'Only the author can do this. It removes the approvals; the check and the impact report stay.',
        params: IdParams,
        headers: IfMatchHeader,
        body: DraftWords,
        response: responses({ 200: THE_DRAFT }, [...CHANGE_REFUSALS, ...codesOf('not-the-author'), ...BODY_REFUSALS]),
      },
    },
    async (request, reply) =>
      await sendDraft(
        app,
        reply,
        await change(app, request, request.params.id, (draft, by, at) => retitle(draft, request.body, by, at)),
      ),
  );

  app.delete(
    '',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'deleteDraft',
        summary: 'Delete a draft',
        description: 'The author or an admin can do this. The draft can no longer be used, but can still be read.',
        params: IdParams,
        headers: IfMatchHeader,
        response: responses({ 200: THE_DRAFT }, [...CHANGE_REFUSALS, ...codesOf('not-the-author')]),
      },
    },
    async (request, reply) => await sendDraft(app, reply, await change(app, request, request.params.id, deleteDraft)),
  );
};

export default route;
