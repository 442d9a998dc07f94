/** POST /v1/rulebook/drafts/{id}/publish */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { publish } from '#publishing/publish';
import {
  actorOf,
  CHANGE_REFUSALS,
  codesOf,
  draftOf,
  requireSeen,
  taken,
  usable,
  withDraft,
} from '#service/rules/draft-answers';
import { activated, answerActivation, PUBLISH_REFUSALS } from '#service/rules/publish-answers';
import { IfMatchHeader, PublishBody } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/publish',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'publishDraft',
        summary: 'Publish a draft',
        description: `Publishes a draft now, for every request after the answer, or at a given time. Extracts and streams that have started finish with the version they started with. Refused if the check has errors,
examples fail, approvals are missing, or the draft was not made from the version that it replaces. Scheduled versions that were not made from this one are held back from then on: the answer names them.`,
        params: IdParams,
        headers: IfMatchHeader,
        body: PublishBody,
        response: responses(activated('Published; the Location header has the address of the version', ['etag']), [
          ...CHANGE_REFUSALS,
          ...codesOf(
            'check-missing',
            'check-has-errors',
            'examples-fail',
            'not-rebased',
            'approvals-missing',
            'in-effect-already',
            'moment-invalid',
          ),
          ...PUBLISH_REFUSALS,
        ]),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      app.drafts.requireOwnRules();
      for (;;) {
        const draft = await draftOf(app, id);
        requireSeen(request, draft);
        const at = app.clock().toISOString();
        const activations = await app.store.activations();
        const { draft: next, activation } = taken(
          publish(draft, actorOf(request), at, { settings: app.drafts.settings, activations, from: request.body?.at }),
        );
        await app.store.keepRulebook(usable(app, draft.texts), at);
        const published = await app.store.publishDraft(next, draft.revision, activation, activations);
        // Another process changed the draft or published something in between: it is decided anew.
        if (!published) continue;
        return await answerActivation(app, withDraft(reply, published.draft), published.activation);
      }
    },
  );
};

export default route;
