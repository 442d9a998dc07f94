/** PATCH /v1/keys/{id}: until when a key works. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { keyFor, keyShown, momentOfDay } from '#service/administration/keys';
import { ServiceError } from '#service/http/errors';
import { KeyChange } from '#service/schemas/administration';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.patch(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'expireKey',
        summary: 'Let an API key work until a day',
        params: IdParams,
        body: KeyChange,
        response: responses({ 200: contents('The key as it is now', { 'application/json': Type.Ref('APIKey') }) }, [
          ...BODY_REFUSALS,
          'CENR_NOT_FOUND',
        ]),
      },
    },
    async (request) => {
      const { id } = await keyFor(app, request, request.params.id);
      if (!(await app.store.expireKey(id, momentOfDay(app, request.body.expires))))
        throw new ServiceError('CENR_NOT_FOUND');
      return await keyShown(app, request, id);
    },
  );
};

export default route;
