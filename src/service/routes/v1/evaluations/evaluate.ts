/** POST /v1/evaluations and /v1/evaluations/stream: rows of students whose records come with the request. Nothing is stored. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { oneOf } from '#base/shape';
import type { Encoding } from '#intake/lines';
import { type EvaluationHead, type EvaluationSession, ON_REJECT } from '#service/evaluations/evaluate';
import { evaluateLines, type LinesOptions, withKeys } from '#service/evaluations/evaluate-lines';
import { explainedEvaluation, fieldInvalid } from '#service/evaluations/explained';
import { charsetOf } from '#service/http/charset';
import { type ErrorCode, ServiceError } from '#service/http/errors';
import { plainText } from '#service/http/incoming-bytes';
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
const KEYS = ['request', 'runDate', 'columns', ...VERSION_KEYS, 'replacements', 'records'];

const Query = Type.Object(
  {
    onReject: Type.Optional(
      oneOf(ON_REJECT, {
        default: 'refuse',
        description:
          'What becomes of a student with a record that a check rejects: refused, or evaluated without the record, as in an extract; "problems" then has the rejections too',
      }),
    ),
    explain: Type.Optional(Type.Boolean({ default: false })),
    field: Type.Optional(
      Type.String({
        maxLength: 3,
        description: 'With explain: the number of a column, such as 40 (default: all columns)',
      }),
    ),
  },
  { additionalProperties: false },
);

const REFUSALS = [
  'CENR_REQUEST_INVALID',
  'CENR_JSON_INVALID',
  'CENR_ALL_LEAS_MISSING',
  'CENR_NOT_FOUND',
  'CENR_BODY_TOO_LARGE',
  'CENR_MEDIA_TYPE_UNSUPPORTED',
  'CENR_UPLOAD_UNREADABLE',
] as const satisfies readonly ErrorCode[];

const EXPLAIN =
  'With `explain=true` every answer also has the explanation of each row, with a second opinion by json-rules-engine. `field` limits it to one column.';

const route: FastifyPluginAsyncTypebox = async (app) => {
  takeBodies(app);
  const common = {
    config: {
      access: ['vendor', 'auditor', 'policy'] as const,
      rateLimit: perMinute(app.config.evaluationsPerMinute),
      // Rows of records that the caller brings disclose nothing that is kept (docs/decisions/0014-access-log.md).
      accessLog: ({ query }: FastifyRequest) => String((query as { explain?: unknown }).explain) === 'true',
    },
    // evaluate.ts checks the body itself: a student has hundreds of values, and each is looked at once.
    validatorCompiler: exceptBodies(app),
  };

  app.post(
    '',
    {
      ...common,
      schema: {
        tags: ['evaluations'],
        operationId: 'evaluateStudent',
        summary: 'Evaluate one student',
        description: `The answer has the rows, with columns by key, and the problems that the checks found. ${EXPLAIN} Lines of many students (application/x-ndjson) are answered as at /v1/evaluations/stream.`,
        querystring: Query,
        body: Type.Ref('EvaluationRequest'),
        response: responses(
          { 200: contents('The rows', { 'application/json': Type.Ref('Evaluation') }, ['cenr-rulebook']) },
          [...REFUSALS, 'CENR_RECORDS_REJECTED', 'CENR_SEVERAL_STUDENTS'],
        ),
      },
    },
    async (request, reply) => {
      const asked = await askedOf(app, request, reply);
      if (request.body instanceof Readable) return sendLines(app, reply, request.body, asked);
      const body = withKeys(request.body, KEYS);
      const session = await asked.begin(body);
      const evaluated = await (asked.explained ?? ((of, records) => of.evaluate(records)))(session, body['records']);
      app.metrics.evaluated(1);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(evaluated));
    },
  );

  app.post(
    '/stream',
    {
      ...common,
      schema: {
        tags: ['evaluations'],
        operationId: 'evaluateStudents',
        summary: 'Evaluate many students',
        description: `The first line is \`{"request": …, "runDate": …, "columns": …}\` (and \`rulebook\` or \`publication\`, and \`replacements\`), each further one \`{"records": […]}\`, the records of one student, perhaps with an \`id\` of your own.
The answer has one line for each student, in the same order: an Evaluation, or, for a student that could not be evaluated, problem details in \`error\` with the number of the \`line\` and the \`ssid\`. Both have your \`id\`.
A line that is too long gets such an error and is skipped. Compressed with gzip or not, with a byte order mark or without. The last line is \`{"count": N, "sha256": "…"}\`: the number of lines before it and
the SHA-256 of all bytes before it; an answer without it is incomplete. Read the answer while you send: the service stops reading while you do not read.

${EXPLAIN}`,
        querystring: Query,
        body: { content: { [NDJSON]: { schema: text('A line with the request, then a line for each student') } } },
        response: responses(
          {
            200: contents('The rows', { [NDJSON]: text('A line for each student, then one with count and checksum') }, [
              'cenr-rulebook',
            ]),
          },
          REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { body } = request as { readonly body: unknown };
      if (!(body instanceof Readable))
        throw new ServiceError('CENR_MEDIA_TYPE_UNSUPPORTED', { detail: `Expected the Content-Type ${NDJSON}.` });
      return sendLines(app, reply, body, await askedOf(app, request, reply));
    },
  );
};

/** How the students of one request are evaluated. */
interface Asked {
  /** Understands what comes before the records. */
  readonly begin: (head: EvaluationHead) => Promise<EvaluationSession>;
  /** When explanations are asked for. */
  readonly explained: ((session: EvaluationSession, records: unknown) => Promise<unknown>) | undefined;
  /** Known once the head is understood. */
  readonly rules: () => Rules;
  readonly encoding: Encoding | undefined;
}

async function askedOf(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<Asked> {
  // One rulebook for the whole answer, whatever takes effect meanwhile.
  const inEffect = await app.rules.current();
  let rules: Rules = inEffect;
  withRulebook(reply, rules.hash);
  const scope = scopeOf(request);
  const { explain = false, field, onReject = 'refuse' } = request.query as Static<typeof Query>;
  if (field !== undefined && !explain) throw fieldInvalid('field needs explain=true');
  const explained = (session: EvaluationSession, records: unknown) =>
    explainedEvaluation(session, records, {
      ...app.explanations.of(rules.rulebook),
      field,
      heard: (opinion) => app.explanations.heard(opinion, request.log),
    });
  return {
    async begin(head) {
      rules = await askedRules(app, head, inEffect);
      withRulebook(reply, rules.hash);
      const session = rules.evaluator.session({ ...head, onReject }, app.today());
      requireLEAs(scope, session.request.reportingLEAs);
      return session;
    },
    explained: explain ? explained : undefined,
    rules: () => rules,
    encoding: charsetOf(request),
  };
}

async function sendLines(
  app: FastifyInstance,
  reply: FastifyReply,
  students: Readable,
  { begin, explained, rules, encoding }: Asked,
): Promise<FastifyReply> {
  const { jsonBytes, uploadBytes } = app.config;
  const answer = await linesAnswer(students, rules, {
    begin,
    limits: { lineBytes: jsonBytes, totalBytes: uploadBytes },
    onEvaluated: app.metrics.evaluated,
    evaluate: explained,
    encoding,
  });
  return reply.type(`${NDJSON}; charset=utf-8`).send(answer);
}

/** Takes JSON, and lines of JSON as a stream. */
function takeBodies(app: FastifyInstance): void {
  // Without Fastify's search for keys such as __proto__ in the text: here every key is looked up in a closed list, and
  // unknown ones are refused.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, JSON.parse(plainText(body as Buffer, app.config.jsonBytes, charsetOf(request))));
    } catch (error) {
      done(error instanceof SyntaxError ? new ServiceError('CENR_JSON_INVALID') : (error as Error));
    }
  });
  // The stream itself: a whole state's students do not wait in memory. It is unpacked before its charset matters.
  app.addContentTypeParser(NDJSON, (request, payload, done) => {
    try {
      charsetOf(request);
      done(null, payload);
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
