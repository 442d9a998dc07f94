/** POST /v1/evaluations: rows of students whose records come with the request. Nothing is stored. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { textOf } from '#intake/lines';
import type { EvaluationHead, EvaluationSession } from '#service/evaluations/evaluate';
import { evaluateLines, type LinesOptions, withKeys } from '#service/evaluations/evaluate-lines';
import { explainedEvaluation, fieldInvalid } from '#service/evaluations/explained';
import { asUTF8, charsetOf } from '#service/http/charset';
import { ServiceError } from '#service/http/errors';
import { exceptBodies } from '#service/http/validate';
import { requireLEAs, scopeOf } from '#service/plugins/auth';
import { perMinute } from '#service/plugins/rate-limit';
import { withRulebook } from '#service/plugins/rules';
import { askedRules } from '#service/rules/asked-rules';
import type { LentThreads } from '#service/rules/prepared-rules';
import type { Rules } from '#service/rules/rules-in-effect';
import { contents, responses, text } from '#service/schemas/responses';
import { VERSION_KEYS } from '#service/schemas/version-keys';

const NDJSON = 'application/x-ndjson';
const KEYS = ['request', 'runDate', 'columns', ...VERSION_KEYS, 'records'];

const route: FastifyPluginAsyncTypebox = async (app) => {
  const { evaluationsPerMinute, jsonBytes, uploadBytes } = app.config;
  takeBodies(app);

  app.post(
    '',
    {
      config: {
        access: ['vendor', 'auditor', 'policy'],
        rateLimit: perMinute(evaluationsPerMinute),
        // Rows of records that the caller brings disclose nothing that is kept (docs/decisions/0014-access-log.md).
        accessLog: ({ query }) => String((query as { explain?: unknown }).explain) === 'true',
      },
      schema: {
        tags: ['evaluations'],
        summary: 'Evaluate one student, or many',
        description: `**application/json**: one student. The answer has the rows, with columns by key, and the problems that the checks found.

**application/x-ndjson**: many students. The first line is \`{"request": …, "runDate": …, "columns": …}\` (and \`rulebook\` or \`publication\`), each further one \`{"records": […]}\`, the records of one student. The answer has one line for each
student, in the same order: an Evaluation, or \`{"error": …}\` with problem details for a student that could not be evaluated. The last line is \`{"count": N, "sha256": "…"}\`: the number of lines before it and
the SHA-256 of all bytes before it; an answer without it is incomplete. Read the answer while you send: the service stops reading while you do not read.

With \`explain=true\` every answer also has the explanation of each row, with a second opinion by json-rules-engine. \`field\` limits it to one column.`,
        querystring: Type.Object(
          {
            explain: Type.Optional(Type.Boolean({ default: false })),
            field: Type.Optional(
              Type.String({
                maxLength: 3,
                description: 'With explain: the number of a column, such as 40 (default: all columns)',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        body: {
          content: {
            'application/json': { schema: Type.Ref('EvaluationRequest') },
            [NDJSON]: { schema: text('A line with the request, then a line for each student') },
          },
        },
        response: responses(
          {
            200: contents(
              'The rows',
              {
                'application/json': Type.Ref('Evaluation'),
                [NDJSON]: text('A line for each student, then one with count and checksum'),
              },
              ['cenr-rulebook'],
            ),
          },
          [
            'CENR_REQUEST_INVALID',
            'CENR_JSON_INVALID',
            'CENR_ALL_LEAS_MISSING',
            'CENR_NOT_FOUND',
            'CENR_BODY_TOO_LARGE',
            'CENR_MEDIA_TYPE_UNSUPPORTED',
            'CENR_RECORDS_REJECTED',
            'CENR_SEVERAL_STUDENTS',
          ],
        ),
      },
      // evaluate.ts checks the body itself: a student has hundreds of values, and each is looked at once.
      validatorCompiler: exceptBodies(app),
    },
    async (request, reply) => {
      // One rulebook for the whole answer, whatever takes effect meanwhile.
      const inEffect = app.rules.current();
      let rules: Rules = inEffect;
      withRulebook(reply, rules.hash);
      const scope = scopeOf(request);
      const begin = (head: EvaluationHead) => {
        rules = askedRules(app, head, inEffect);
        withRulebook(reply, rules.hash);
        const session = rules.evaluator.session(head, app.today());
        requireLEAs(scope, session.request.reportingLEAs);
        return session;
      };
      const { explain = false, field } = request.query;
      if (field !== undefined && !explain) throw fieldInvalid('field needs explain=true');
      const explained = (session: EvaluationSession, records: unknown) =>
        explainedEvaluation(session, records, {
          ...app.explanations.of(rules.rulebook),
          field,
          heard: (opinion) => app.explanations.heard(opinion, request.log),
        });
      if (request.body instanceof Readable) {
        const answer = await linesAnswer(request.body, () => rules, {
          begin,
          limits: { lineBytes: jsonBytes, totalBytes: uploadBytes },
          onEvaluated: app.metrics.evaluated,
          evaluate: explain ? explained : undefined,
        });
        return reply.type(`${NDJSON}; charset=utf-8`).send(answer);
      }
      const body = withKeys(request.body, KEYS);
      const session = begin(body);
      const evaluated = explain ? await explained(session, body['records']) : session.evaluate(body['records']);
      app.metrics.evaluated(1);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(evaluated));
    },
  );
};

/** Takes JSON, and lines of JSON as a stream. */
function takeBodies(app: FastifyInstance): void {
  // Without Fastify's search for keys such as __proto__ in the text: here every key is looked up in a closed list, and
  // unknown ones are refused.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      done(null, JSON.parse(textOf(bytes as Buffer, charsetOf(request))));
    } catch (error) {
      done(error instanceof ServiceError ? error : new ServiceError('CENR_JSON_INVALID'));
    }
  });
  // The stream itself: a whole state's students do not wait in memory.
  app.addContentTypeParser(NDJSON, (request, payload, done) => {
    try {
      done(null, charsetOf(request) === 'windows-1252' ? payload.pipe(asUTF8('windows-1252')) : payload);
    } catch (error) {
      done(error as Error);
    }
  });
}

/**
 * The answer to a stream of students.
 * @param rules whose threads are used while the answer is read; known once the first line is understood
 */
async function linesAnswer(
  students: Readable,
  rules: () => Rules,
  options: Omit<LinesOptions, 'threads'>,
): Promise<Readable> {
  let lent: LentThreads | undefined;
  const lines = await evaluateLines(students, {
    ...options,
    threads() {
      lent = rules().lend();
      return lent.threads;
    },
  });
  const answer = Readable.from(lines, { objectMode: false });
  // Read to the end or not: it closes.
  answer.once('close', () => lent?.giveBack());
  return answer;
}

export default route;
