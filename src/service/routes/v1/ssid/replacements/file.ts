/** POST /v1/ssid/replacements/file: a Replacement SSID extract in. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { readReplacements } from '#identity/replacements';
import { scopeOf } from '#service/plugins/auth';
import { Done } from '#service/schemas/replacement';
import { BODY_REFUSALS, contents, responses, text } from '#service/schemas/responses';
import { SenderQuery, senderOf } from '#service/schemas/sender';
import { refusedAs } from '#service/ssid/match-answers';
import { requireOwn, retireIn } from '#service/ssid/replacements';

const Query = Type.Object(SenderQuery, { additionalProperties: false });
const FILE = 'replacements';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.addContentTypeParser(['text/plain', 'text/csv'], { parseAs: 'string' }, (_, body, done) => done(null, body));

  app.post(
    '/file',
    {
      config: { access: ['vendor'] },
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        tags: ['ssids'],
        operationId: 'followReplacements',
        summary: 'Follow a Replacement SSID file',
        description:
          'Retires the numbers that the file says are replaced: all of them, or none. What is retired so already is counted, and the file may be sent again.',
        querystring: Query,
        body: {
          content: {
            'text/plain': { schema: text('The file') },
            'text/csv': { schema: text('The file') },
          },
        },
        response: responses({ 200: contents('What was retired', { 'application/json': Done }) }, [
          ...BODY_REFUSALS,
          'CENR_ALL_LEAS_MISSING',
          'CENR_NOT_FOUND',
          'CENR_SSID_REFUSED',
          'CENR_SSID_CONFLICT',
          'CENR_TOO_MANY_WAITING',
          'CENR_STORE_BUSY',
        ]),
      },
    },
    async (request) => {
      const sender = senderOf(scopeOf(request), request.query.reportingLEA);
      const lines = await refusedAs('CENR_SSID_REFUSED', async () =>
        readReplacements(String(request.body), FILE, sender),
      );
      const known = new Map(
        (await app.store.ssids.retirements()).map(({ retired, replacement }) => [retired, replacement]),
      );
      const wanted = lines.filter(({ retired, replacement }) => known.get(retired) !== replacement);
      // Whoever sees all LEAs follows the state, whose numbers may not be here yet.
      if (scopeOf(request) !== 'all')
        for (const { retired, replacement, place } of wanted)
          await requireOwn(app, request, [retired, replacement], place);
      const asked = wanted.map(({ retired, replacement, line }) => ({
        ...{ retired, replacement, day: app.today() },
        why: `said by line ${line} of a Replacement SSID file of ${sender}`,
      }));
      const places = wanted.map(({ place }) => place);
      const done = asked.length > 0 ? await retireIn(app, request, asked, places) : { moved: 0, doubles: [] };
      request.disclosed = wanted.flatMap(({ retired, replacement }) => [retired, replacement]);
      return { retired: wanted.length, knownBefore: lines.length - wanted.length, ...done };
    },
  );
};

export default route;
