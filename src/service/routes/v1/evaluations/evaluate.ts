/** POST /v1/evaluations: rows of students whose records come with the request. Nothing is stored. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Subject } from '#explain/explain';
import type { RowExplanation } from '#explain/explanation';
import { outputColumns } from '#records/layout';
import type { EvaluationHead, EvaluationSession } from '#service/evaluations/evaluate';
import { evaluateLines, withKeys } from '#service/evaluations/evaluate-lines';
import { ServiceError } from '#service/http/errors';
import { exceptBodies, shown } from '#service/http/validate';
import { requireLEAs, scopeOf } from '#service/plugins/auth';
import { perMinute } from '#service/plugins/rate-limit';
import { withRulebook } from '#service/plugins/rules';
import { askedRules } from '#service/rules/asked-rules';
import type { Rules } from '#service/rules/in-force';
import type { LentThreads } from '#service/rules/prepared-rules';
import { contents, responses, text } from '#service/schemas/responses';
import { VERSION_KEYS } from '#service/schemas/version-keys';

const NDJSON = 'application/x-ndjson';
const KEYS = ['request', 'runDate', 'columns', ...VERSION_KEYS, 'records'];

const route: FastifyPluginAsyncTypebox = async (app) => {
  const { evaluationsPerMinute, jsonBytes, uploadBytes } = app.config;

  // Without Fastify's search for keys such as __proto__ in the text: here every key is looked up in a closed list, and
  // unknown ones are refused.
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
      config: {
        access: ['vendor', 'policy'],
        rateLimit: perMinute(evaluationsPerMinute),
        // Rows of records that the caller brings disclose nothing that is kept (docs/decisions/0014-access-log.md).
        accessLog: ({ query }) => String((query as { explain?: unknown }).explain) === 'true',
      },
      schema: {
        tags: ['evaluations'],
        summary: 'Rows of one student, or of many',
        description: `**application/json**: one student. The answer has the rows, columns by key, and what the checks found.

**application/x-ndjson**: many students. The first line is \`{"request": …, "runDate": …, "columns": …}\` (and \`rulebook\` or \`publication\`), each further one \`{"records": […]}\`, the records of one student. The answer has one line for each
student, in the same order: an Evaluation, or \`{"error": …}\` with problem details for a student that could not be evaluated. The last line is \`{"count": N, "sha256": "…"}\`: the number of lines before it and
the SHA-256 of all bytes before it; an answer without it was cut. Read the answer while sending: what is not read holds up what is sent.

With \`explain=true\` every answer has the explanation of each row as well, worked out once more by json-rules-engine. \`field\` limits it to one column.`,
        querystring: Type.Object(
          {
            explain: Type.Optional(Type.Boolean({ default: false })),
            field: Type.Optional(
              Type.String({
                maxLength: 3,
                description: 'With explain: column number, such as 40; all of them when not given',
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
      // One rulebook for the whole answer, whatever takes force meanwhile.
      const inForce = app.rules.current();
      let rules: Rules = inForce;
      withRulebook(reply, rules.hash);
      const scope = scopeOf(request);
      const begin = (head: EvaluationHead) => {
        rules = askedRules(app, head, inForce);
        withRulebook(reply, rules.hash);
        const session = rules.evaluator.session(head, app.today());
        requireLEAs(scope, session.request.reportingLEAs);
        return session;
      };
      const { explain = false, field } = request.query;
      if (field !== undefined && !explain) throw invalid('field', 'field goes with explain=true');
      const fields = field === undefined ? undefined : [field];
      const explained = async (session: EvaluationSession, records: unknown): Promise<unknown> => {
        const { body, ...evaluated } = session.evaluateWithBody(records);
        const { request: asked, runDate, columns } = session;
        const { explainer, rulebook } = app.explanations.of(rules.rulebook);
        const numbers = outputColumns(rulebook.schemas.output, columns).map((c) => c.no);
        if (field !== undefined && !numbers.includes(field))
          throw invalid(
            'field',
            `found ${shown(field)}, expected the number of a column, from ${numbers[0]} to ${numbers.at(-1)}`,
          );
        // All records came with the request: there is nothing in them that its sender may not see.
        const subject: Subject = {
          ssid: evaluated.ssid,
          body,
          request: asked,
          runDate,
          columns,
          visible: 'all',
          placeOf: () => ({ file: 'records' }),
        };
        const explanations: RowExplanation[] = [];
        for (const key of explainer.rows(subject)) {
          const explanation = explainer.row(subject, key, fields && { fields });
          if (explanation)
            explanations.push({
              ...explanation,
              secondOpinion: app.explanations.heard(await explainer.secondOpinion(subject, key, fields), request.log),
            });
        }
        return {
          ...evaluated,
          explanations,
          ...(explanations.length === 0 && evaluated.ssid !== '' && { missing: explainer.missing(subject) }),
        };
      };
      if (request.body instanceof Readable) {
        let lent: LentThreads | undefined;
        const lines = await evaluateLines(request.body, {
          begin,
          limits: { lineBytes: jsonBytes, totalBytes: uploadBytes },
          onEvaluated: app.metrics.evaluated,
          threads() {
            lent = rules.lend();
            return lent.threads;
          },
          evaluate: explain ? explained : undefined,
        });
        const answer = Readable.from(lines, { objectMode: false });
        // Read to the end or not: it closes.
        answer.once('close', () => lent?.giveBack());
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

const invalid = (parameter: string, message: string): ServiceError =>
  new ServiceError('CENR_REQUEST_INVALID', { errors: [{ parameter, message }] });

export default route;
