/** POST /v1/ssid/waiting/matches: enrollments of the store that wait are matched, without sending the file again. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { closed } from '#base/shape';
import { waitingRecords } from '#pipeline/waiting-records';
import { ServiceError } from '#service/http/errors';
import { mayBeAdded } from '#service/jobs/incoming';
import { PreferHeader, sendAsPreferred } from '#service/jobs/prefer-wait';
import { keyIdOf, scopeOf } from '#service/plugins/auth';
import type { GivenAnswer } from '#service/plugins/idempotency';
import { LEAFilter } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import { WaitingID, waitingID } from '#service/schemas/waiting';
import { addMatching, matchFound } from '#service/ssid/add-match';
import { scopeAsked } from '#service/ssid/send-list';

const Body = Type.Object(
  {
    records: Type.Optional(
      Type.Array(WaitingID, { minItems: 1, maxItems: 100_000, description: 'Which of them (default: all)' }),
    ),
    reportingLEA: LEAFilter('Only records of this LEA'),
  },
  closed,
);
const FILE = 'waiting.txt';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/matches',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'matchWaiting',
        summary: 'Match enrollments that wait for an SSID',
        description:
          'As a match of a file. When SSIDs are assigned, the records join the histories of their students; nothing is loaded again.',
        headers: PreferHeader,
        body: Body,
        response: responses(
          {
            202: contents(
              'Accepted; the Location header has the address of the match',
              { 'application/json': Type.Ref('Match') },
              ['location', 'preference-applied'],
            ),
          },
          [...BODY_REFUSALS, 'CENR_REQUEST_INVALID', 'CENR_NOT_FOUND', 'CENR_NOT_REQUESTS', 'CENR_TOO_MANY_WAITING'],
        ),
      },
    },
    async (request, reply) => {
      const { records, reportingLEA } = request.body;
      const scope = scopeAsked(scopeOf(request), reportingLEA);
      const all = await waitingRecords(app.store, (await app.rules.current()).rulebook, scope);
      const asked = records && new Set(records);
      const chosen = all.filter((one) => asked?.has(waitingID(one)) ?? true);
      if (chosen.length < (asked?.size ?? 1))
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: asked
            ? 'Some of these records do not wait for an SSID; read the list again. Nothing was done.'
            : 'No record waits for an SSID.',
        });
      const { id, folder } = await app.matches.begin(keyIdOf(request));
      let answer: GivenAnswer;
      let isKept = false;
      try {
        const lines = chosen.map(({ text }) => `${text}\r\n`);
        await folder.add(FILE, Readable.from(lines, { objectMode: false }));
        await folder.flush();
        const [at] = folder.places();
        const sender = [...new Set(chosen.map(({ enrollment }) => enrollment.lea))].sort().join(',');
        const contentHash = createHash('sha256').update(lines.join('')).digest('hex');
        const file = { id, folder: folder.dir, name: FILE, at: at as string, encoding: 'utf-8', contentHash } as const;
        const route = 'POST /v1/ssid/waiting/matches';
        const added = await addMatching(app, request, { route, sender, waiting: true }, file);
        ({ answer, isKept } = added);
      } catch (error) {
        isKept = mayBeAdded(error);
        throw error;
      } finally {
        if (!isKept) await folder.remove();
      }
      return sendAsPreferred(app, 'matching', answer, matchFound(app, request), request, reply);
    },
  );
};

export default route;
