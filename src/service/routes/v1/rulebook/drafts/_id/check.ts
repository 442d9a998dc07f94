/** POST /v1/rulebook/drafts/{id}/check */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { recordCheck } from '#publishing/workflow';
import {
  actorOf,
  codesOf,
  draftOf,
  record,
  shownTo,
  taken,
  textsOfVersion,
  withDraft,
} from '#service/rules/draft-answers';
import { CheckView, NO_BODY, shownCheck } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/check',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'checkDraft',
        summary: 'Check a draft',
        description: `Verifies the files, does what \`cenr rules check\` does, and runs all worked examples. An edit that makes several examples fail is named in their place. If all pass, small mistakes are made in what the draft
changes, for some seconds, to see whether an example notices them. It takes a few seconds, and is recorded with the draft. If a file changes during the check, the check is
refused.`,
        params: IdParams,
        body: NO_BODY,
        response: responses(
          { 200: contents('What was found', { 'application/json': CheckView }, ['cenr-rulebook', 'etag']) },
          [
            ...codesOf('not-in-this-state', 'check-outdated'),
            'CENR_NOT_FOUND',
            ...BODY_REFUSALS,
            'CENR_CHECK_GAVE_UP',
            'CENR_TOO_MANY_WAITING',
          ],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const outcome = await app.drafts.check(actorOf(request).keyId, async () => {
        const { texts, from } = await draftOf(app, id);
        return { texts, before: await textsOfVersion(app, from) };
      });
      const { hash, counts, examples } = outcome;
      const draft = taken(
        await record(app, id, (now, at) =>
          recordCheck(
            now,
            {
              hash,
              at,
              errors: counts.error,
              warnings: counts.warning,
              examples: examples.run,
              examplesFailed: examples.failed.length + examples.moreFailed,
            },
            at,
          ),
        ),
      );
      const { texts: _, former: __, ...summary } = draft;
      return withDraft(reply, draft).send(shownCheck(outcome, await shownTo(app, request, summary)));
    },
  );
};

export default route;
