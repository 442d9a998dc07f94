/** GET /v1/uploads/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../../../../errors.ts';
import { scopeOf } from '../../../../plugins/auth.ts';
import { withRulebook } from '../../../../plugins/rules.ts';
import { IdParams } from '../../../../schemas/page.ts';
import { contents, responses } from '../../../../schemas/responses.ts';
import { shownUpload } from '../../../../schemas/upload.ts';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        summary: 'One upload',
        params: IdParams,
        response: responses({ 200: contents('The upload', { 'application/json': Type.Ref('Upload') }, ['cenr-rulebook']) }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      const upload = app.store.forLEAs(scopeOf(request)).upload(request.params.id);
      if (!upload) throw new ServiceError('CENR_NOT_FOUND');
      withRulebook(reply, upload.rulebookHash);
      return shownUpload(upload);
    },
  );
};

export default route;
