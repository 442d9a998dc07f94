/** POST /v1/ssid/replacements: a number is retired in favor of another. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { parseDay } from '#records/days';
import { ServiceError } from '#service/http/errors';
import { Done, ReplacementBody } from '#service/schemas/replacement';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import { requireOwn, retireIn } from '#service/ssid/replacements';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'retireSSID',
        summary: 'Retire an SSID in favor of another one of the same student',
        description:
          'The records of both become one history; of two records with one key the one loaded last holds, and both are named. Earlier extracts can still be verified. An LEA may retire numbers of its own students in favor of such; everything else is for whoever may see all LEAs.',
        body: ReplacementBody,
        response: responses(
          {
            201: contents('Retired; the Location header is where it is undone', { 'application/json': Done }, [
              'location',
            ]),
          },
          [...BODY_REFUSALS, 'CENR_SSID_REFUSED', 'CENR_SSID_CONFLICT', 'CENR_TOO_MANY_WAITING', 'CENR_STORE_BUSY'],
        ),
      },
    },
    async (request, reply) => {
      const { retired, replacement, why, day = app.today() } = request.body;
      const from = parseDay(day);
      if (from === undefined)
        throw new ServiceError('CENR_REQUEST_INVALID', {
          errors: [{ pointer: '/day', message: 'expected a real date, written CCYYMMDD or CCYY-MM-DD' }],
        });
      request.sought = retired;
      await requireOwn(app, request, [retired, replacement]);
      const done = await retireIn(app, request, [{ retired, replacement, why, day: from }]);
      request.disclosed = [retired, replacement];
      return reply
        .code(201)
        .header('location', `/v1/ssid/replacements/${retired}`)
        .send({ retired: 1, knownBefore: 0, ...done });
    },
  );
};

export default route;
