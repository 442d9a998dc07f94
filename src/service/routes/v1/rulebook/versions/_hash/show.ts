/** GET /v1/rulebook/versions/{hash} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { etagOf, sendUnlessKnown } from '#service/http/etag';
import { withRulebook } from '#service/plugins/rules';
import { versionUnknown } from '#service/rules/asked-rules';
import { contents, NOT_MODIFIED, responses } from '#service/schemas/responses';
import { shownVersion, VersionParams } from '#service/schemas/version';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getVersion',
        summary: 'A version of the rulebook',
        params: VersionParams,
        response: responses(
          {
            200: contents('The version', { 'application/json': Type.Ref('RulebookVersion') }, [
              'cenr-rulebook',
              'etag',
            ]),
            304: NOT_MODIFIED,
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { hash } = request.params;
      const version = (await app.store.versions()).find((v) => v.hash === hash);
      if (!version) throw versionUnknown(hash);
      const body = JSON.stringify(
        shownVersion(version, (await app.rules.current()).version, await app.store.versions()),
      );
      return sendUnlessKnown(request, withRulebook(reply, hash), etagOf(body), body);
    },
  );
};

export default route;
