/** POST /v1/rulebook/checks: checks a folder without a draft. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { filesInvalid } from '#publishing/workflow';
import { inOrder } from '#rulebook/load/texts';
import { withRulebook } from '#service/plugins/rules';
import { actorOf, codesOf, FOLDER_BODIES, taken, textsOfVersion } from '#service/rules/draft-answers';
import { FilesCheckView, FolderBody, shownFilesCheck } from '#service/schemas/draft';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['policy'] },
      bodyLimit: FOLDER_BODIES * app.config.jsonBytes,
      schema: {
        tags: ['drafts'],
        operationId: 'checkFiles',
        summary: 'Check files without a draft',
        description: `Does with the files of a folder what the check of a draft does, compared with the version in effect. Nothing is kept.`,
        body: FolderBody,
        response: responses(
          { 200: contents('What was found', { 'application/json': FilesCheckView }, ['cenr-rulebook']) },
          [...codesOf('path-invalid', 'too-large'), ...BODY_REFUSALS, 'CENR_CHECK_GAVE_UP', 'CENR_TOO_MANY_WAITING'],
        ),
      },
    },
    async (request, reply) => {
      const texts = inOrder(request.body.files);
      taken(filesInvalid(texts) ?? {});
      const outcome = await app.drafts.check(actorOf(request).keyId, async () => ({
        texts,
        before: await textsOfVersion(app, (await app.rules.current()).version),
      }));
      return withRulebook(reply, outcome.hash).send(shownFilesCheck(outcome));
    },
  );
};

export default route;
