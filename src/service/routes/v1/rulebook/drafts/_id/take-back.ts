/** POST /v1/rulebook/drafts/{id}/take-back */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { takeBack } from '#publishing/workflow';
import { CHANGE_REFUSALS, change, codesOf, sendDraft, THE_DRAFT } from '#service/rules/draft-answers';
import { IfMatchHeader, NO_BODY } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/take-back',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'takeBackDraftChange',
        summary: 'Take the last change back',
        description:
          'Only the author can do this. Makes the files what they were before the last change of them, and with the next request what they were before the one before: `lastChange` says which it is. Changes before a rebase, and very large ones, cannot be taken back.',
        params: IdParams,
        headers: IfMatchHeader,
        body: NO_BODY,
        response: responses({ 200: THE_DRAFT }, [
          ...CHANGE_REFUSALS,
          ...codesOf('not-the-author', 'nothing-changed'),
          ...BODY_REFUSALS,
        ]),
      },
    },
    async (request, reply) => sendDraft(app, reply, await change(app, request, request.params.id, takeBack)),
  );
};

export default route;
