/** POST /v1/ssid/matches: students without an SSID in, to be matched with everybody when their turn comes. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { oneFileBody, receiving, takeFiles } from '#service/http/receive-body';
import { type ReceivedFile, withReceivedFile } from '#service/jobs/incoming';
import { PreferHeader, sendAsPreferred } from '#service/jobs/prefer-wait';
import { keyIdOf, scopeOf } from '#service/plugins/auth';
import type { GivenAnswer } from '#service/plugins/idempotency';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { shownMatching } from '#service/schemas/matching';
import { contents, responses } from '#service/schemas/responses';
import { SenderQuery, senderOf } from '#service/schemas/sender';
import { matchingOf, matchingShown, refusedAs } from '#service/ssid/match-answers';
import { requestsIn } from '#service/ssid/match-work';
import type { MatchingJob } from '#store/matching-job';

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
        addMatching(app, request, sender, file),
      );
      const job = {
        find: (id: string) => matchingOf(app, request, id),
        shown: (found: MatchingJob) => matchingShown(app, found),
      };
      return sendAsPreferred(app, 'matching', answer, job, request, reply);
    },
  );
};

/** @returns the answer, and whether the file belongs to a job now */
async function addMatching(
  app: FastifyInstance,
  request: FastifyRequest,
  sender: string,
  { id, folder, name, at, encoding, contentHash }: ReceivedFile,
): Promise<{ readonly answer: GivenAnswer; readonly isKept: boolean }> {
  const { rulebook, hash: rulebookHash } = await app.rules.current();
  const job: MatchingJob = {
    ...{ id, status: 'Pending', progress: 0, file: name, at, encoding, sender, rulebookHash },
    ...{ reportingLEAs: sender === 'all' ? sender : sender.split(','), requestedAt: app.clock().toISOString() },
  };
  // The first request comes when every line was looked at.
  await refusedAs('CENR_NOT_REQUESTS', async () => {
    for await (const _ of requestsIn(job, folder, rulebook, app.today())) break;
  });
  const hash = createHash('sha256')
    .update(JSON.stringify(['POST /v1/ssid/matches', sender, encoding, contentHash]))
    .digest('hex');
  let isKept = false;
  const answer = await app.answerOnce(request, hash, async (remember) => {
    const shown = shownMatching(job);
    const accepted = { status: 202, location: shown.links.self, body: JSON.stringify(shown) };
    await app.jobs.matching.add(job, keyIdOf(request), remember(accepted));
    isKept = true;
    return accepted;
  });
  return { answer, isKept };
}

export default route;
