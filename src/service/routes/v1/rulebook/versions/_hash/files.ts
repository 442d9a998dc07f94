/** GET /v1/rulebook/versions/{hash}/files, and each of them as it was written. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ServiceError } from '#service/http/errors';
import { versionUnknown } from '#service/rules/asked-rules';
import { FILES_ANSWERS, type FileOwner, fileAnswers, sendFiles, sendRuleFile } from '#service/rules/file-answers';
import { responses } from '#service/schemas/responses';
import { VersionFileParams, VersionParams, versionLink } from '#service/schemas/version';

const route: FastifyPluginAsyncTypebox = async (app) => {
  async function version(hash: string): Promise<FileOwner> {
    const texts = await app.store.rulebookTexts(hash);
    if (texts) return { what: 'version', address: versionLink(hash), hash, texts };
    if (!(await app.store.rulebook(hash))) throw versionUnknown(hash);
    throw new ServiceError('CENR_NOT_FOUND', {
      detail: `The version ${hash} was kept by an earlier program, without the texts of its files.`,
    });
  }

  app.get(
    '/files',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'listVersionFiles',
        summary: 'The files of a version',
        params: VersionParams,
        response: responses(FILES_ANSWERS, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      const { hash } = request.params;
      return sendFiles(request, reply, await version(hash), hash);
    },
  );

  app.get(
    '/files/*',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getVersionFile',
        summary: 'A file of a version',
        description: 'The file, byte for byte as it was written. The ETag is its SHA-256.',
        params: VersionFileParams,
        response: responses(fileAnswers('A rule file, layout or code set'), ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      const { hash, '*': path } = request.params;
      return sendRuleFile(request, reply, await version(hash), path);
    },
  );
};

export default route;
