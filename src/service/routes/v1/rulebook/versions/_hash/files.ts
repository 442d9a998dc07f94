/** GET /v1/rulebook/versions/{hash}/files, and each of them as it was written. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { fileHash, type RulebookTexts } from '#rulebook/load/texts';
import { ServiceError } from '#service/http/errors';
import { sendUnlessKnown } from '#service/http/etag';
import { withRulebook } from '#service/plugins/rules';
import { contents, NOT_MODIFIED, responses, text } from '#service/schemas/responses';
import { VersionFiles, VersionParams } from '#service/schemas/version';

const LONGEST_PATH = 200;
const FileParams = Type.Object(
  {
    ...VersionParams.properties,
    '*': Type.String({ maxLength: LONGEST_PATH, description: 'Path of the file, such as rules/rulebook.json' }),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  function textsOf(hash: string): RulebookTexts {
    const texts = app.store.rulebookTexts(hash);
    if (texts) return texts;
    const known = app.store.rulebook(hash) !== undefined;
    throw new ServiceError('CENR_NOT_FOUND', {
      detail: known
        ? `The version ${hash} was kept before the texts of files were.`
        : `No version ${hash} of the rulebook is kept; GET /v1/rulebook/versions lists those that are.`,
    });
  }

  app.get(
    '/files',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        summary: 'The files of a version',
        params: VersionParams,
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
      const { hash } = request.params;
      const files = textsOf(hash).map(({ path, text: content }) => ({
        path,
        sha256: fileHash(content),
        bytes: Buffer.byteLength(content),
        link: `/v1/rulebook/versions/${hash}/files/${path.split('/').map(encodeURIComponent).join('/')}`,
      }));
      return sendUnlessKnown(request, withRulebook(reply, hash), hash, JSON.stringify({ files }));
    },
  );

  app.get(
    '/files/*',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        summary: 'A file of a version',
        description: 'Byte for byte as it was written. The ETag is its SHA-256.',
        params: FileParams,
        response: responses(
          {
            200: contents('The file', { 'application/json': text('A rule file, layout or code set') }, [
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
      const { hash, '*': path } = request.params;
      const file = textsOf(hash).find((f) => f.path === path);
      if (!file)
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: `The version has no such file; GET /v1/rulebook/versions/${hash}/files lists those it has.`,
        });
      return sendUnlessKnown(request, withRulebook(reply, hash), fileHash(file.text), file.text);
    },
  );
};

export default route;
