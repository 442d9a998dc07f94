/** POST /v1/rulebook/versions/{hash}/restore: the way back. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { restore } from '#publishing/publish';
import { type Rulebook, RulebookError } from '#rulebook/load/assemble';
import { ServiceError } from '#service/http/errors';
import { withRulebook } from '#service/plugins/rules';
import { versionUnknown } from '#service/rules/asked-rules';
import { actorOf, codesOf, taken, usable } from '#service/rules/draft-answers';
import { activated, answerActivation, heldBackFrom, PUBLISH_REFUSALS, undoingOf } from '#service/rules/publish-answers';
import type { Rules } from '#service/rules/rules-in-effect';
import { RestoreBody } from '#service/schemas/draft';
import { contents, responses } from '#service/schemas/responses';
import { RestorePreview, VersionParams } from '#service/schemas/version';

const route: FastifyPluginAsyncTypebox = async (app) => {
  /** Loads what is to take effect; a version that was kept before texts were is loaded from what was parsed. */
  async function load(hash: string): Promise<Rulebook> {
    if (!(await app.store.rulebooks()).some((kept) => kept.hash === hash)) throw versionUnknown(hash);
    const texts = await app.store.rulebookTexts(hash);
    if (texts) return usable(app, texts);
    try {
      return ((await app.rules.by(hash)) as Rules).rulebook;
    } catch (error) {
      throw error instanceof RulebookError
        ? new ServiceError('CENR_RULEBOOK_UNUSABLE', { detail: error.message })
        : error;
    }
  }

  app.get(
    '/restore',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'previewRestore',
        summary: 'See what restoring a version would undo',
        description:
          'Names the files that would differ from those in effect, says in sentences what would change, and which scheduled versions would be held back.',
        params: VersionParams,
        response: responses(
          { 200: contents('The preview', { 'application/json': RestorePreview }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND', 'CENR_RULEBOOK_UNUSABLE'],
        ),
      },
    },
    async (request, reply) => {
      const { hash } = request.params;
      const rulebook = await load(hash);
      const at = app.clock().toISOString();
      const activations = await app.store.activations();
      const restored = { seq: activations.length + 1, hash, from: at, createdAt: at, how: 'restored' } as const;
      return withRulebook(reply, hash).send({
        undoes: undoingOf((await app.rules.current()).rulebook, rulebook),
        heldBack: heldBackFrom([...activations, restored], at),
      });
    },
  );

  app.post(
    '/restore',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'restoreVersion',
        summary: 'Restore a version',
        description:
          'Restores an earlier version of the rules, immediately. One person can do this, with a reason; a second person is asked to confirm it within a day. The answer says what it undoes, and which scheduled versions are held back because they were made from another version.',
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
      const rulebook = await load(hash);
      for (;;) {
        const undoes = undoingOf((await app.rules.current()).rulebook, rulebook);
        const activations = await app.store.activations();
        const { reason } = request.body;
        const restored = restore(hash, actorOf(request), app.clock().toISOString(), { reason, activations });
        const activation = await app.store.activate(taken(restored), activations);
        // Somebody else published or restored something in between: it is decided anew.
        if (activation) return await answerActivation(app, reply, activation, undoes);
        await app.rules.refresh();
      }
    },
  );
};

export default route;
