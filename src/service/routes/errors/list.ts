/** GET /errors and /errors/{code}: what `type` in problem details points to. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ERROR_CODES, ERRORS, type ErrorCode, ServiceError } from '#service/http/errors';
import { responses } from '#service/schemas/responses';

const Entry = Type.Object(
  { code: Type.String(), status: Type.Integer(), title: Type.String(), says: Type.String(), fix: Type.String() },
  { additionalProperties: false, description: 'What an error code means and how to fix it' },
);
const entry = (code: ErrorCode) => ({ code, ...ERRORS[code] });

const route: FastifyPluginAsyncTypebox = async (app) => {
  const common = { tags: ['service'], security: [] };
  app.get(
    '',
    {
      config: { access: 'public' },
      schema: {
        ...common,
        operationId: 'listErrors',
        summary: 'All error codes',
        response: responses(
          {
            200: Type.Object(
              { errors: Type.Array(Entry) },
              { additionalProperties: false, description: 'All error codes' },
            ),
          },
          [],
          'public',
        ),
      },
    },
    async () => ({ errors: ERROR_CODES.map(entry) }),
  );
  app.get(
    '/:code',
    {
      config: { access: 'public' },
      schema: {
        ...common,
        operationId: 'getError',
        summary: 'One error code',
        params: Type.Object({ code: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
        response: responses({ 200: Entry }, ['CENR_NOT_FOUND'], 'public'),
      },
    },
    async (request) => {
      const { code } = request.params;
      if (!Object.hasOwn(ERRORS, code)) throw new ServiceError('CENR_NOT_FOUND');
      return entry(code as ErrorCode);
    },
  );
};

export default route;
