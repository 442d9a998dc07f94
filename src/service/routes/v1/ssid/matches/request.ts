/** POST /v1/ssid/matches: students without an SSID in, to be matched with everybody when their turn comes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { oneFileBody, receiving, takeFiles } from '#service/http/receive-body';
import { withReceivedFile } from '#service/jobs/incoming';
import { PreferHeader, sendAsPreferred } from '#service/jobs/prefer-wait';
import { scopeOf } from '#service/plugins/auth';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { contents, responses } from '#service/schemas/responses';
import { SenderQuery, senderOf } from '#service/schemas/sender';
import { addMatching, matchFound } from '#service/ssid/add-match';

const route: FastifyPluginAsyncTypebox = async (app) => {
  await takeFiles(app);

  app.post(
    '',
    {
      config: { access: ['vendor'] },
      ...receiving(app),
      schema: {
        tags: ['ssids'],
        operationId: 'requestMatch',
        summary: 'Match students without an SSID',
        description: `Enrollments (SENR), all with a blank SSID, as the body or as one part of multipart/form-data. Each is compared with every student of the store; candidates score enough to be the same student. Nothing is stored of it beside the match itself, which stays until it is removed.
A file with a line that is no request is refused as a whole, and the lines are named. With an \`Idempotency-Key\`, the same file sent again gets the first answer.`,
        querystring: Type.Object(SenderQuery, { additionalProperties: false }),
        headers: Type.Object({ ...IdempotencyHeader.properties, ...PreferHeader.properties }),
        body: oneFileBody(),
        response: responses(
          {
            202: contents(
              'Received; the Location header has the address of the match',
              { 'application/json': Type.Ref('Match') },
              ['location', 'cenr-rulebook', 'idempotent-replayed', 'preference-applied'],
            ),
          },
          [
            'CENR_REQUEST_INVALID',
            'CENR_UPLOAD_EMPTY',
            'CENR_ALL_LEAS_MISSING',
            'CENR_NOT_FOUND',
            'CENR_BODY_TOO_LARGE',
            'CENR_MEDIA_TYPE_UNSUPPORTED',
            'CENR_UPLOAD_UNREADABLE',
            'CENR_NOT_A_CARET_FILE',
            'CENR_NOT_REQUESTS',
            'CENR_IDEMPOTENCY_BUSY',
            'CENR_IDEMPOTENCY_KEY_REUSED',
            'CENR_TOO_MANY_WAITING',
          ],
        ),
      },
    },
    async (request, reply) => {
      const sender = senderOf(scopeOf(request), request.query.reportingLEA);
      const answer = await withReceivedFile(app.matches, request, reply, (file) =>
        addMatching(app, request, { route: 'POST /v1/ssid/matches', sender }, file),
      );
      return sendAsPreferred(app, 'matching', answer, matchFound(app, request), request, reply);
    },
  );
};

export default route;
