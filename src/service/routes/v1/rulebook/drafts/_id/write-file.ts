/** PUT and DELETE /v1/rulebook/drafts/{id}/files/{path} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { putFile, removeFile } from '#publishing/workflow';
import { ServiceError } from '#service/http/errors';
import { exceptBodies } from '#service/http/validate';
import { CHANGE_REFUSALS, change, codesOf, sendDraft, THE_DRAFT } from '#service/rules/draft-answers';
import { DraftFileParams, IfMatchHeader } from '#service/schemas/draft';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';

/** A byte order mark stays: the hash is over every byte. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const route: FastifyPluginAsyncTypebox = async (app) => {
  // A file is kept as it was written, and need not be JSON yet.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      done(null, utf8.decode(bytes as Buffer));
    } catch {
      done(
        new ServiceError('CENR_REQUEST_INVALID', {
          errors: [{ pointer: '', message: 'the file is not UTF-8; save it as UTF-8 and send it again' }],
        }),
      );
    }
  });

  app.put(
    '/files/*',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'putDraftFile',
        summary: 'Add or replace a file',
        description: `Only the author can do this. The bytes are kept as they are. The file may have errors, or may not be JSON yet: the check says what is wrong and where, and a draft with errors cannot be published. The check, the
impact report and the approvals of the earlier files are removed.`,
        params: DraftFileParams,
        headers: IfMatchHeader,
        body: { content: { 'application/json': { schema: Type.Unknown({ description: 'The file' }) } } },
        response: responses({ 200: THE_DRAFT }, [
          ...CHANGE_REFUSALS,
          ...codesOf('not-the-author', 'path-invalid', 'too-large'),
          ...BODY_REFUSALS,
        ]),
      },
      validatorCompiler: exceptBodies(app),
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      const content = request.body;
      if (typeof content !== 'string')
        throw new ServiceError('CENR_REQUEST_INVALID', {
          errors: [
            {
              pointer: '',
              message: 'the file is missing; send its text as the body, with Content-Type: application/json',
            },
          ],
        });
      return await sendDraft(
        app,
        reply,
        await change(app, request, id, (draft, by, at) => putFile(draft, { path, text: content }, by, at)),
      );
    },
  );

  app.delete(
    '/files/*',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'deleteDraftFile',
        summary: 'Remove a file',
        description: 'Only the author can do this.',
        params: DraftFileParams,
        headers: IfMatchHeader,
        response: responses({ 200: THE_DRAFT }, [...CHANGE_REFUSALS, ...codesOf('not-the-author')]),
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      return await sendDraft(
        app,
        reply,
        await change(app, request, id, (draft, by, at) => removeFile(draft, path, by, at)),
      );
    },
  );
};

export default route;
