/** GET /v1/rulebook/drafts/{id}/files, and each of them as it was written. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { DraftWithTexts } from '#publishing/draft';
import { draftOf, tagOf } from '#service/rules/draft-answers';
import { FILES_ANSWERS, type FileOwner, fileAnswers, sendFiles, sendRuleFile } from '#service/rules/file-answers';
import { DraftFileParams, draftLink } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const owner = ({ id, hash, texts }: DraftWithTexts): FileOwner => ({
  what: 'draft',
  address: draftLink(id),
  hash,
  texts,
});

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/files',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'listDraftFiles',
        summary: 'The files of a draft',
        params: IdParams,
        response: responses(FILES_ANSWERS, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      const draft = await draftOf(app, request.params.id);
      return sendFiles(request, reply, owner(draft), tagOf(draft));
    },
  );

  app.get(
    '/files/*',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'getDraftFile',
        summary: 'A file of a draft',
        description: 'The file, byte for byte as it was sent. The ETag is that of the draft.',
        params: DraftFileParams,
        response: responses(fileAnswers('A rule file, layout or code set; it may not be valid JSON yet'), [
          'CENR_NOT_FOUND',
        ]),
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      const draft = await draftOf(app, id);
      return sendRuleFile(request, reply, owner(draft), path, tagOf(draft));
    },
  );
};

export default route;
