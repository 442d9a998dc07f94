/** GET /v1/rulebook/versions */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { heldBack } from '#publishing/in-effect';
import { etagOf, sendUnlessKnown } from '#service/http/etag';
import { withRulebook } from '#service/plugins/rules';
import { contents, NOT_MODIFIED, responses } from '#service/schemas/responses';
import { shownActivation, shownHeldBack, shownRefusal, shownVersion, VersionsView } from '#service/schemas/version';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'listVersions',
        summary: 'All versions of the rulebook',
        description: `All versions and when they took effect, the scheduled versions, and versions that should be in effect but cannot be used. Versions are never changed or deleted; an extract or an evaluation can use any of
them, by \`rulebook\` or \`publication\`.`,
        response: responses(
          {
            200: contents('The versions', { 'application/json': VersionsView }, ['cenr-rulebook', 'etag']),
            304: NOT_MODIFIED,
          },
          [],
        ),
      },
    },
    async (request, reply) => {
      const { version: hash } = await app.rules.current();
      const all = await app.store.versions();
      const now = app.clock().toISOString();
      const scheduled = (await app.store.activations()).filter(
        ({ from, withdrawnAt }) => from > now && withdrawnAt === undefined,
      );
      const body = JSON.stringify({
        versions: all.map((version) => shownVersion(version, hash, all)),
        scheduled: scheduled
          .toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.seq - b.seq))
          .map(shownActivation),
        heldBack: heldBack(await app.store.activations()).map(shownHeldBack),
        refused: app.rules.refused().map(shownRefusal),
      });
      return sendUnlessKnown(request, withRulebook(reply, hash), etagOf(body), body);
    },
  );
};

export default route;
