/** GET /v1/signing-keys: the public keys that check the signatures of manifests. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { publicPart } from '#audit/signature';
import { contents, responses } from '#service/schemas/responses';
import { SigningKeys } from '#service/schemas/signing-keys';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor', 'policy'] },
      schema: {
        tags: ['explanations'],
        operationId: 'listSigningKeys',
        summary: 'The public keys of manifests',
        description:
          'The newest key signs; what earlier keys signed stays valid. `npx cenr verify --keys FILE` checks manifests with this answer. Keep it in another place than the manifests. The list is empty until the service makes its first extract.',
        querystring: Type.Object({}, { additionalProperties: false }),
        response: responses({ 200: contents('The keys, oldest first', { 'application/json': SigningKeys }, []) }, []),
      },
    },
    async () => ({ keys: (await app.store.signingKeys()).map(publicPart) }),
  );
};

export default route;
