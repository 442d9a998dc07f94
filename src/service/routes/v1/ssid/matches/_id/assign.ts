/** POST /v1/ssid/matches/{id}/assignments: what was chosen in, numbers out. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { closed } from '#base/shape';
import { type Choice, choicesOf } from '#identity/response';
import { keyIdOf } from '#service/plugins/auth';
import { AssignedShown } from '#service/schemas/matching';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses, text } from '#service/schemas/responses';
import { assignIn, inTurn, loadAssigned } from '#service/ssid/assign';
import { completeMatching, MATCH_REFUSALS, refusedAs } from '#service/ssid/match-answers';

const Choices = Type.Object(
  {
    choices: Type.Array(
      Type.Object(
        {
          line: Type.String({ maxLength: 12, description: 'Line of a request' }),
          ssid: Type.String({ pattern: '^([0-9]{10}|NEW)$', description: 'One of its candidates, or NEW' }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 100_000 },
    ),
  },
  closed,
);
type Choices = { readonly choices: readonly { readonly line: string; readonly ssid: string }[] };

const Query = Type.Object(
  {
    load: Type.Optional(
      Type.Boolean({ default: true, description: 'Load the records with their numbers, as an upload' }),
    ),
  },
  { additionalProperties: false },
);
const Answer = Type.Object(
  {
    assigned: Type.Array(AssignedShown, { description: 'All requests, in the order of their lines' }),
    joined: Type.Integer({ description: 'Records that waited for an SSID in the store and joined their students' }),
    links: Type.Object({ match: Type.String(), upload: Type.Optional(Type.String()) }, closed),
  },
  closed,
);
const RESPONSE = 'response';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.addContentTypeParser(['text/plain', 'text/csv'], { parseAs: 'string' }, (_, body, done) => done(null, body));

  app.post(
    '/assignments',
    {
      config: { access: ['vendor'] },
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        tags: ['ssids'],
        operationId: 'assignNumbers',
        summary: 'Choose candidates, or ask for new numbers',
        description: `For lines of requests, the candidate that was chosen or \`NEW\`: as JSON, or as a response file with a request line and a number on each line. Requests that are not named wait. All are assigned or none; whoever asks again for the same local student ID, names and birth date gets the number of the first time. The records are loaded with their numbers; records that wait for an SSID in the store join their students.`,
        params: IdParams,
        querystring: Query,
        body: {
          content: {
            'application/json': { schema: Choices },
            'text/plain': { schema: text('A response file') },
            'text/csv': { schema: text('A response file') },
          },
        },
        response: responses({ 200: contents('Who has which number', { 'application/json': Answer }) }, [
          ...BODY_REFUSALS,
          ...MATCH_REFUSALS,
          'CENR_SSID_REFUSED',
          'CENR_TOO_MANY_WAITING',
          'CENR_STORE_BUSY',
        ]),
      },
    },
    async (request) => {
      const { load = true } = request.query;
      const match = await completeMatching(app, request, request.params.id);
      const { assigned, shown, joined } = await inTurn(app, request.key, () =>
        refusedAs('CENR_SSID_REFUSED', async () =>
          assignIn(app, match, chosenIn(request.body as string | Choices), request.key),
        ),
      );
      const upload =
        load && !match.job.waiting ? await loadAssigned(app, match.job, assigned, keyIdOf(request)) : undefined;
      request.disclosed = shown.map(({ ssid }) => ssid).filter((ssid) => ssid !== '');
      return {
        assigned: [...shown],
        joined,
        links: {
          match: `/v1/ssid/matches/${match.job.id}`,
          ...(upload !== undefined && { upload: `/v1/uploads/${upload}` }),
        },
      };
    },
  );
};

/** @throws UserError naming the place at fault */
function chosenIn(body: string | Choices): ReadonlyMap<string, Choice> {
  if (typeof body === 'string') return choicesOf(body, RESPONSE);
  const lines = body.choices.map(({ line, ssid }) => `${line}^${ssid}`);
  return choicesOf(lines.join('\n'), 'choices');
}

export default route;
