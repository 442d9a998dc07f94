/** POST /v1/rulebook/versions/{hash}/restore: the way back. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { restore } from '#publishing/publish';
import { RulebookError } from '#rulebook/load/assemble';
import { ServiceError } from '#service/http/errors';
import { withRulebook } from '#service/plugins/rules';
import { actorOf, codesOf, taken, usable } from '#service/rules/draft-answers';
import { RestoreBody } from '#service/schemas/draft';
import { contents, responses } from '#service/schemas/responses';
import { shownForce, TakesForceView, VersionParams } from '#service/schemas/version';

const route: FastifyPluginAsyncTypebox = async (app) => {
  /** Loads what is to take force; a version that was kept before texts were is loaded from what was parsed. */
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
        summary: 'Go back to a version',
        description:
          'A version that was in force before takes force again, at once. One person may do that, with a reason. What is to take force later still does.',
        params: VersionParams,
        body: RestoreBody,
        response: responses(
          {
            201: contents('Restored', { 'application/json': TakesForceView('The entry by which it takes force') }, [
              'location',
              'cenr-rulebook',
            ]),
          },
          [
            ...codesOf('never-in-force', 'in-force-already'),
            'CENR_NOT_FOUND',
            'CENR_RULES_FROM_FOLDER',
            'CENR_RULEBOOK_UNUSABLE',
            'CENR_JSON_INVALID',
            'CENR_BODY_TOO_LARGE',
            'CENR_MEDIA_TYPE_UNSUPPORTED',
          ],
        ),
      },
    },
    async (request, reply) => {
      const { hash } = request.params;
      app.drafts.requireOwnRules();
      if (!app.store.rulebooks().some((kept) => kept.hash === hash))
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: `No version ${hash} of the rulebook is kept; GET /v1/rulebook/versions lists those that are.`,
        });
      const entry = taken(
        restore(hash, actorOf(request), app.clock().toISOString(), {
          reason: request.body.reason,
          force: app.store.tookForce(),
        }),
      );
      load(hash);
      const entered = app.store.takeForce(entry);
      app.rules.refresh();
      return withRulebook(reply, hash)
        .code(201)
        .header('location', `/v1/rulebook/versions/${hash}`)
        .send(shownForce(entered));
    },
  );
};

export default route;
