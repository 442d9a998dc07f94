/** GET /v1/ssid/waiting: enrollments of the store that wait for an SSID. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { waitingRecords } from '#pipeline/waiting-records';
import { scopeOf } from '#service/plugins/auth';
import { LEAFilter, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';
import { shownWaiting, WaitingList } from '#service/schemas/waiting';
import { scopeAsked } from '#service/ssid/send-list';

const Query = Type.Object(
  {
    reportingLEA: LEAFilter('Only records of this LEA'),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most on one page' })),
    after: PlaceInList,
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'listWaiting',
        summary: 'Enrollments that wait for an SSID',
        description:
          'They were loaded without one, and are in no extract until their students have one: begin a match of them, or send the file again with `assignBlankSSIDs`.',
        querystring: Query,
        response: responses({ 200: WaitingList }, ['CENR_REQUEST_INVALID', 'CENR_NOT_FOUND']),
      },
    },
    async (request) => {
      const { limit = 50, after = '0', reportingLEA } = request.query;
      const scope = scopeAsked(scopeOf(request), reportingLEA);
      const all = await waitingRecords(app.store, (await app.rules.current()).rulebook, scope);
      const start = Number(after);
      if (start > all.length) throw unknownCursor();
      return {
        total: all.length,
        waiting: all.slice(start, start + limit).map(shownWaiting),
        ...(start + limit < all.length && {
          next: pageAddress('/v1/ssid/waiting', request.query, String(start + limit)),
        }),
      };
    },
  );
};

export default route;
