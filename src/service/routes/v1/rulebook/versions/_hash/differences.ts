/** GET /v1/rulebook/versions/{hash}/differences: what differs between two versions, in sentences. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '#service/http/errors';
import { withRulebook } from '#service/plugins/rules';
import { versionUnknown } from '#service/rules/asked-rules';
import { undoingOf } from '#service/rules/publish-answers';
import { contents, responses } from '#service/schemas/responses';
import { DifferencesView, VersionParams } from '#service/schemas/version';

const Query = Type.Object(
  { from: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the version to compare it with' }) },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/differences',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'compareVersions',
        summary: 'What differs between two versions, in sentences',
        params: VersionParams,
        querystring: Query,
        response: responses(
          { 200: contents('The differences', { 'application/json': DifferencesView }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND', 'CENR_REQUEST_INVALID'],
        ),
      },
    },
    async (request, reply) => {
      const { hash } = request.params;
      const { from } = request.query;
      const [before, now] = [await app.rules.by(from), await app.rules.by(hash)];
      if (!now) throw versionUnknown(hash);
      if (!before)
        throw new ServiceError('CENR_REQUEST_INVALID', {
          errors: [
            {
              parameter: 'from',
              message: `no version ${from} is kept; GET /v1/rulebook/versions lists the versions that are kept`,
            },
          ],
        });
      return withRulebook(reply, hash).send(undoingOf(before.rulebook, now.rulebook));
    },
  );
};

export default route;
