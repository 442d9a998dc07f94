/** /v1/rulebook/drafts/{id}/files: the files of a draft; each is read, replaced and removed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { putFile, removeFile } from '#publishing/workflow';
import { ServiceError } from '#service/http/errors';
import { sendUnlessKnown } from '#service/http/etag';
import { exceptBodies } from '#service/http/validate';
import { withRulebook } from '#service/plugins/rules';
import { CHANGE_REFUSALS, change, codesOf, draftOf, sendDraft, tagOf } from '#service/rules/draft-answers';
import { IfMatchHeader, shownFiles } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { contents, NOT_MODIFIED, responses, text } from '#service/schemas/responses';
import { VersionFiles } from '#service/schemas/version';

const LONGEST_PATH = 400;
const FileParams = Type.Object(
  {
    ...IdParams.properties,
    '*': Type.String({ maxLength: LONGEST_PATH, description: 'Path of the file, such as rules/rulebook.json' }),
  },
  { additionalProperties: false },
);

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
          errors: [{ pointer: '', message: 'the file is not in UTF-8; save it as UTF-8 and send it again' }],
        }),
      );
    }
  });
  const theDraft = contents('The draft', { 'application/json': Type.Ref('Draft') }, ['cenr-rulebook', 'etag']);

  app.get(
    '/files',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        summary: 'The files of a draft',
        params: IdParams,
        response: responses(
          {
            200: contents('The files', { 'application/json': VersionFiles }, ['cenr-rulebook', 'etag']),
            304: NOT_MODIFIED,
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const draft = draftOf(app, request.params.id);
      const body = JSON.stringify({ files: shownFiles(draft.id, draft.texts) });
      return sendUnlessKnown(request, withRulebook(reply, draft.hash), tagOf(draft), body);
    },
  );

  app.get(
    '/files/*',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        summary: 'A file of a draft',
        description: 'Byte for byte as it was written. The ETag is that of the draft.',
        params: FileParams,
        response: responses(
          {
            200: contents(
              'The file',
              { 'application/json': text('A rule file, layout or code set; perhaps not JSON yet') },
              ['cenr-rulebook', 'etag'],
            ),
            304: NOT_MODIFIED,
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      const draft = draftOf(app, id);
      const file = draft.texts.find((f) => f.path === path);
      if (!file)
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: `The draft has no such file; GET /v1/rulebook/drafts/${draft.id}/files lists those it has.`,
        });
      return sendUnlessKnown(request, withRulebook(reply, draft.hash), tagOf(draft), file.text);
    },
  );

  app.put(
    '/files/*',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        summary: 'Add or replace a file',
        description: `By the author of the draft. The bytes are kept as they are. A file may be wrong, or no JSON yet: the check says what is wrong with it, and where, and nothing is published with it. Check, impact report and
approvals were of the files before, and are void.`,
        params: FileParams,
        headers: IfMatchHeader,
        body: { content: { 'application/json': { schema: text('The file') } } },
        response: responses({ 200: theDraft }, [
          ...CHANGE_REFUSALS,
          ...codesOf('not-the-author', 'path-invalid', 'too-large'),
          'CENR_JSON_INVALID',
          'CENR_MEDIA_TYPE_UNSUPPORTED',
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
      return sendDraft(
        app,
        reply,
        change(app, request, id, (draft, by, at) => putFile(draft, { path, text: content }, by, at)),
      );
    },
  );

  app.delete(
    '/files/*',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        summary: 'Remove a file',
        description: 'By the author of the draft.',
        params: FileParams,
        headers: IfMatchHeader,
        response: responses({ 200: theDraft }, [...CHANGE_REFUSALS, ...codesOf('not-the-author')]),
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      return sendDraft(
        app,
        reply,
        change(app, request, id, (draft, by, at) => removeFile(draft, path, by, at)),
      );
    },
  );
};

export default route;
