/** POST /v1/rulebook/versions/{hash}/restore: the way back. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { restore } from '#publishing/publish';
import { RulebookError } from '#rulebook/load/assemble';
import { ServiceError } from '#service/http/errors';
import { versionUnknown } from '#service/rules/asked-rules';
import { actorOf, codesOf, taken, usable } from '#service/rules/draft-answers';
import { activated, answerActivation, PUBLISH_REFUSALS } from '#service/rules/publish-answers';
import { RestoreBody } from '#service/schemas/draft';
import { responses } from '#service/schemas/responses';
import { VersionParams } from '#service/schemas/version';

const route: FastifyPluginAsyncTypebox = async (app) => {
  /** Loads what is to take effect; a version that was kept before texts were is loaded from what was parsed. */
  function load(hash: string): void {
    const texts = app.store.rulebookTexts(hash);
    if (texts) return void usable(app, texts);
    try {
      app.rules.by(hash);
    } catch (error) {
      throw error instanceof RulebookError
        ? new ServiceError('CENR_RULEBOOK_UNUSABLE', { detail: error.message })
        : error;
    }
  }

  app.post(
    '/restore',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'restoreVersion',
        summary: 'Restore a version',
        description:
          'Restores an earlier version of the rules, immediately. One person can do this, with a reason. Scheduled versions stay scheduled.',
        params: VersionParams,
        body: RestoreBody,
        response: responses(activated('Restored'), [
          ...codesOf('never-in-effect', 'in-effect-already'),
          'CENR_NOT_FOUND',
          ...PUBLISH_REFUSALS,
        ]),
      },
    },
    async (request, reply) => {
      const { hash } = request.params;
      app.drafts.requireOwnRules();
      if (!app.store.rulebooks().some((kept) => kept.hash === hash)) throw versionUnknown(hash);
      const activation = taken(
        restore(hash, actorOf(request), app.clock().toISOString(), {
          reason: request.body.reason,
          activations: app.store.activations(),
        }),
      );
      load(hash);
      return answerActivation(app, reply, app.store.activate(activation));
    },
  );
};

export default route;
