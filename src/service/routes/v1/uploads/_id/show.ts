/** GET /v1/uploads/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '#service/http/errors';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { shownUpload } from '#service/schemas/upload';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        operationId: 'getUpload',
        summary: 'One upload',
        params: IdParams,
        response: responses(
          { 200: contents('The upload', { 'application/json': Type.Ref('Upload') }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const upload = await app.store.forLEAs(scopeOf(request)).upload(request.params.id);
      if (!upload) throw new ServiceError('CENR_NOT_FOUND');
      withRulebook(reply, upload.rulebookHash);
      return shownUpload(upload);
    },
  );
};

export default route;
