/** POST /v1/ssid/matches: students without an SSID in, to be matched with everybody when their turn comes. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { InputFile } from '#intake/upload';
import { charsetOf } from '#service/http/charset';
import { receiveFiles, refusalOf, takeFiles } from '#service/http/receive-body';
import { exceptBodies } from '#service/http/validate';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { keyIdOf, scopeOf } from '#service/plugins/auth';
import { idempotencyKeyOf, sendAnswer } from '#service/plugins/idempotency';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { shownMatching } from '#service/schemas/matching';
import { contents, responses, text } from '#service/schemas/responses';
import { SenderQuery, senderOf } from '#service/schemas/sender';
import { matchingOf, matchingShown, refusedAs } from '#service/ssid/match-answers';
import { requestsIn } from '#service/ssid/match-work';
import type { MatchingJob } from '#store/matching-job';

const FILE = Type.String({ format: 'binary', description: 'The file, compressed with gzip or not' });

const route: FastifyPluginAsyncTypebox = async (app) => {
  await takeFiles(app);

  app.post(
    '',
    {
      config: { access: ['vendor'] },
      // Limits are kept while receiving, since the size is that of the unpacked file.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        tags: ['ssids'],
        operationId: 'requestMatch',
        summary: 'Match students without an SSID',
        description: `Enrollments (SENR), all with a blank SSID, as the body or as one part of multipart/form-data. Each is compared with every student of the store; candidates score enough to be the same student. Nothing is stored of it beside the match itself, which stays until it is removed.
A file with a line that is no request is refused as a whole, and the lines are named. With an \`Idempotency-Key\`, the same file sent again gets the first answer.`,
        querystring: Type.Object(SenderQuery, { additionalProperties: false }),
        headers: Type.Object({ ...IdempotencyHeader.properties, ...PreferHeader.properties }),
        body: {
          content: {
            'multipart/form-data': {
              schema: Type.Object({
                file: Type.Array(FILE, { maxItems: 1, description: 'One part, with a filename' }),
              }),
            },
            'application/octet-stream': { schema: FILE },
            'application/gzip': { schema: FILE },
            'text/plain': { schema: text('The file') },
          },
        },
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
      validatorCompiler: exceptBodies(app),
      // Before a byte of the body is read: who may not send it need not.
      preParsing: (request, _reply, _payload, done) => {
        done(refusalOf(request.headers, app.config.uploadBytes) ?? null);
      },
    },
    async (request, reply) => {
      idempotencyKeyOf(request);
      const encoding = charsetOf(request) ?? 'utf-8';
      const sender = senderOf(scopeOf(request), request.query.reportingLEA);
      const keyId = keyIdOf(request);
      const { id, folder } = await app.matches.begin(keyId);
      let isKept = false;
      try {
        await receiveFiles(request, reply, folder);
        await folder.flush();
        const [{ name }, [at]] = [folder.files[0] as InputFile, folder.places()];
        const { rulebook, hash: rulebookHash } = app.rules.current();
        const job: MatchingJob = {
          ...{ id, status: 'Pending', progress: 0, file: name, at: at as string, encoding, sender, rulebookHash },
          ...{ reportingLEAs: sender === 'all' ? sender : sender.split(','), requestedAt: app.clock().toISOString() },
        };
        // The first request comes when every line was looked at.
        await refusedAs('CENR_NOT_REQUESTS', async () => {
          for await (const _ of requestsIn(job, folder.dir, rulebook, app.today())) break;
        });
        const hash = createHash('sha256')
          .update(JSON.stringify(['POST /v1/ssid/matches', sender, encoding, folder.contentHash()]))
          .digest('hex');
        const answer = await app.answerOnce(request, hash, async (remember) => {
          const shown = shownMatching(job);
          const accepted = { status: 202, location: shown.links.self, body: JSON.stringify(shown) };
          app.jobs.matching.add(job, keyId, remember(accepted));
          isKept = true;
          return accepted;
        });
        if (request.headers.prefer === undefined) return sendAnswer(reply, answer);
        const { id: known } = JSON.parse(answer.body) as { id: string };
        const find = () => matchingOf(app, request, known);
        const done = await jobAsPreferred(app, 'matching', find, request, reply);
        return sendAnswer(reply, { ...answer, body: JSON.stringify(await matchingShown(app, done)) });
      } finally {
        if (!isKept) await folder.remove();
      }
    },
  );
};

export default route;
