/** POST /v1/evaluations: rows of students whose records come with the request. Nothing is stored. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../../../errors.ts';
import type { EvaluationHead } from '../../../evaluate.ts';
import { evaluateLines, withKeys } from '../../../evaluate-lines.ts';
import { requireLEAs, scopeOf } from '../../../plugins/auth.ts';
import { perMinute } from '../../../plugins/rate-limit.ts';
import { withRulebook } from '../../../plugins/rules.ts';
import { contents, responses, text } from '../../../schemas/responses.ts';
import { exceptBodies } from '../../../validate.ts';

const NDJSON = 'application/x-ndjson';
const KEYS = ['request', 'runDate', 'columns', 'records'];

const route: FastifyPluginAsyncTypebox = async (app) => {
  const { evaluator, hash } = app.rules;
  const { evaluationsPerMinute, jsonBytes, uploadBytes } = app.config;

  // Without Fastify's search for keys such as __proto__ in the text: here every key is looked up in a closed list, and unknown ones are refused.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, JSON.parse(text as string));
    } catch {
      done(new ServiceError('CENR_JSON_INVALID'));
    }
  });
  // The stream itself: a whole state's students do not wait in memory.
  app.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload));

  app.post(
    '',
    {
      config: { access: ['vendor', 'policy'], rateLimit: perMinute(evaluationsPerMinute) },
      schema: {
        tags: ['evaluations'],
        summary: 'Rows of one student, or of many',
        description: `**application/json**: one student. The answer has the rows, columns by key, and what the checks found.

**application/x-ndjson**: many students. The first line is \`{"request": …, "runDate": …, "columns": …}\`, each further one \`{"records": […]}\`, the records of one student. The answer has one line for each
student, in the same order: an Evaluation, or \`{"error": …}\` with problem details for a student that could not be evaluated. The last line is \`{"count": N, "sha256": "…"}\`: the number of lines before it and
the SHA-256 of all bytes before it; an answer without it was cut. Read the answer while sending: what is not read holds up what is sent.`,
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
              { 'application/json': Type.Ref('Evaluation'), [NDJSON]: text('A line for each student, then one with count and checksum') },
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
      withRulebook(reply, hash);
      const scope = scopeOf(request);
      const begin = (head: EvaluationHead) => {
        const session = evaluator.session(head, app.today());
        requireLEAs(scope, session.request.reportingLEAs);
        return session;
      };
      if (request.body instanceof Readable) {
        const lines = await evaluateLines(request.body, {
          begin,
          limits: { lineBytes: jsonBytes, totalBytes: uploadBytes },
          onEvaluated: app.metrics.evaluated,
          threads: app.rules.threads,
        });
        return reply.type(`${NDJSON}; charset=utf-8`).send(Readable.from(lines, { objectMode: false }));
      }
      const body = withKeys(request.body, KEYS);
      const evaluated = begin(body).evaluate(body['records']);
      app.metrics.evaluated(1);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(evaluated));
    },
  );
};

export default route;
