/** POST /v1/rulebook/drafts/{id}/submit, /approve and /reopen */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { basesAt } from '#publishing/in-effect';
import { approve, reopen, submit } from '#publishing/workflow';
import type { ErrorCode } from '#service/http/errors';
import { CHANGE_REFUSALS, change, codesOf, sendDraft, THE_DRAFT } from '#service/rules/draft-answers';
import { IfMatchHeader, NO_BODY, ReopenBody } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  const answers = (...codes: readonly ErrorCode[]) =>
    responses({ 200: THE_DRAFT }, [...CHANGE_REFUSALS, ...codes, ...BODY_REFUSALS]);

  app.post(
    '/submit',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'submitDraft',
        summary: 'Submit a draft',
        description:
          'The author submits the draft for approval. It must have a reason, and be made from the version in effect or one that is scheduled.',
        params: IdParams,
        headers: IfMatchHeader,
        body: NO_BODY,
        response: answers(...codesOf('not-the-author', 'nothing-changed', 'not-rebased')),
      },
    },
    async (request, reply) =>
      await sendDraft(
        app,
        reply,
        await change(app, request, request.params.id, async (draft, by, at) =>
          submit(draft, by, at, basesAt(await app.store.activations(), at)),
        ),
      ),
  );

  app.post(
    '/approve',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'approveDraft',
        summary: 'Approve a draft',
        description: `Somebody other than the author approves the draft, at the revision that \`If-Match\` names. It must have a check without errors in which all examples pass, and the approver must have read an impact report on its files that covers the newest academic year with rows. The numbers of that report stay with the approval. Keys with the same name belong to the same
person.`,
        params: IdParams,
        headers: IfMatchHeader,
        body: NO_BODY,
        response: answers(
          ...codesOf(
            'own-draft',
            'approved-already',
            'check-missing',
            'check-has-errors',
            'examples-fail',
            'impact-missing',
          ),
        ),
      },
    },
    async (request, reply) =>
      await sendDraft(
        app,
        reply,
        await change(app, request, request.params.id, (draft, by, at) => approve(draft, by, at, app.drafts.settings)),
      ),
  );

  app.post(
    '/reopen',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'reopenDraft',
        summary: 'Reopen a draft',
        description:
          'The author can change the draft again. This removes the approvals; the check and the impact report stay. A published draft can be reopened only after its activation was canceled or held back.',
        params: IdParams,
        headers: IfMatchHeader,
        body: ReopenBody,
        response: answers(),
      },
    },
    async (request, reply) => {
      const { why = '' } = request.body ?? {};
      return await sendDraft(
        app,
        reply,
        await change(app, request, request.params.id, async (draft, by, at) =>
          reopen(draft, by, at, { why, activations: await app.store.activations() }),
        ),
      );
    },
  );
};

export default route;
