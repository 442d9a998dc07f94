/** PUT /v1/rulebook/drafts/{id}/files: a whole folder in one call. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { putFolder } from '#publishing/workflow';
import { CHANGE_REFUSALS, change, codesOf, FOLDER_BODIES, sendDraft, THE_DRAFT } from '#service/rules/draft-answers';
import { FolderBody, IfMatchHeader } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.put(
    '/files',
    {
      config: { access: ['policy'] },
      bodyLimit: FOLDER_BODIES * app.config.jsonBytes,
      schema: {
        tags: ['drafts'],
        operationId: 'putDraftFiles',
        summary: 'Replace all files',
        description: `Only the author can do this. Makes the draft what the folder is: files that are not sent are taken out of it. Either all files are kept or none. The check, the impact report and the approvals of the earlier
files are removed.`,
        params: IdParams,
        headers: IfMatchHeader,
        body: FolderBody,
        response: responses({ 200: THE_DRAFT }, [
          ...CHANGE_REFUSALS,
          ...codesOf('not-the-author', 'path-invalid', 'too-large'),
          ...BODY_REFUSALS,
        ]),
      },
    },
    async (request, reply) =>
      await sendDraft(
        app,
        reply,
        await change(app, request, request.params.id, (draft, by, at) => putFolder(draft, request.body.files, by, at)),
      ),
  );
};

export default route;
