/** GET /v1/ssid/replacements */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { ReplacementList } from '#service/schemas/replacement';
import { responses } from '#service/schemas/responses';
import { retirementsOf, undoneOf } from '#service/ssid/replacements';

const Query = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most on one page' })),
    after: PlaceInList,
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'listReplacements',
        summary: 'SSIDs that are retired, and what replaces them',
        querystring: Query,
        response: responses({ 200: ReplacementList }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const { limit = 50, after = '0' } = request.query;
      const all = await retirementsOf(app, request);
      const start = Number(after);
      if (start > all.length) throw unknownCursor();
      const replacements = all.slice(start, start + limit);
      const undone = await undoneOf(app, request);
      request.disclosed = [
        ...replacements.flatMap(({ retired, active }) => [retired, active]),
        ...undone.flatMap(({ retired, replacement }) => [retired, replacement]),
      ];
      return {
        ...{ replacements, undone },
        ...(start + limit < all.length && {
          next: pageAddress('/v1/ssid/replacements', request.query, String(start + limit)),
        }),
      };
    },
  );
};

export default route;
