/** POST /v1/keys/{id}/rotate: a new key in place of another. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { keyFor, makeKey } from '#service/administration/keys';
import { ServiceError } from '#service/http/errors';
import { isInEffect } from '#service/keys';
import { KeyRotation, MadeKey } from '#service/schemas/administration';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const DAY_MS = 86_400_000;

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/rotate',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'rotateKey',
        summary: 'Rotate an API key',
        description:
          'Makes a key with the same name, role and LEAs; it is in the answer, and is never shown again. The old one works for some days more, so that it can be changed where it is used.',
        params: IdParams,
        body: KeyRotation,
        response: responses({ 201: contents('Made', { 'application/json': MadeKey }, ['location']) }, [
          ...BODY_REFUSALS,
          'CENR_NOT_FOUND',
          'CENR_ALL_LEAS_MISSING',
        ]),
      },
    },
    async (request, reply) => {
      const old = await keyFor(app, request, request.params.id);
      const now = app.clock();
      if (!isInEffect(old, now)) throw new ServiceError('CENR_NOT_FOUND');
      const { name, role, leas, email } = old;
      const made = await makeKey(app, request, { name, role, leas, ...(email !== undefined && { email }) });
      const { days } = request.body;
      const end = new Date(now.getTime() + days * DAY_MS).toISOString();
      if (days === 0) await app.store.revokeKey(old.id, end);
      // One that ends before goes on to end then.
      else if (old.expiresAt === undefined || old.expiresAt > end) await app.store.expireKey(old.id, end);
      return reply.code(201).header('location', `/v1/keys/${made.id}`).send(made);
    },
  );
};

export default route;
