/** GET /v1/uploads/{id}/problems: as JSON, NDJSON or CSV, streamed. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { PROBLEM_KEYS, type Problem, problemAsCsv } from '#intake/problem';
import { ServiceError } from '#service/http/errors';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { RecordProblems } from '#service/schemas/record-problem';
import { contents, responses, text } from '#service/schemas/responses';

/** How problems are written: what stands before, between and behind them, and each of them. */
interface Form {
  readonly type: string;
  readonly before: string;
  readonly between: string;
  readonly behind: string;
  readonly one: (problem: Problem) => string;
}

const FORMS: Readonly<Record<string, Form>> = {
  'application/json': {
    type: 'application/json; charset=utf-8',
    before: '{"problems":[',
    between: ',',
    behind: ']}',
    one: (problem) => JSON.stringify(problem),
  },
  'application/x-ndjson': {
    type: 'application/x-ndjson; charset=utf-8',
    before: '',
    between: '',
    behind: '',
    one: (problem) => `${JSON.stringify(problem)}\n`,
  },
  'text/csv': {
    type: 'text/csv; charset=utf-8; header=present',
    before: `${PROBLEM_KEYS.join(',')}\r\n`,
    between: '',
    behind: '',
    one: (problem) => `${problemAsCsv(problem)}\r\n`,
  },
};
const TYPES = Object.keys(FORMS);
const GATHERED = 1 << 16;

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/problems',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        summary: 'List the problems of an upload',
        description:
          'The problems of records that were rejected or have a warning, in the order of files and lines, in the form that the Accept header asks for.',
        params: IdParams,
        response: responses(
          {
            200: contents(
              'The problems',
              {
                'application/json': RecordProblems,
                'application/x-ndjson': text('One line for each RecordProblem'),
                'text/csv': text('RFC 4180, with column names in the first line'),
              },
              ['cenr-rulebook'],
            ),
          },
          ['CENR_NOT_FOUND', 'CENR_NOT_ACCEPTABLE'],
        ),
      },
    },
    async (request, reply) => {
      const type = request.accepts().type(TYPES);
      const form = typeof type === 'string' ? FORMS[type] : undefined;
      if (!form)
        throw new ServiceError('CENR_NOT_ACCEPTABLE', { detail: `Problems can be sent as ${TYPES.join(', ')}.` });
      const leas = app.store.forLEAs(scopeOf(request));
      const { id } = request.params;
      const upload = leas.upload(id);
      const problems = upload && leas.problems(id);
      if (!problems) throw new ServiceError('CENR_NOT_FOUND');
      withRulebook(reply, upload.rulebookHash);
      return reply
        .header('vary', 'accept')
        .type(form.type)
        .send(Readable.from(written(problems, form), { objectMode: false }));
    },
  );
};

function* written(problems: Iterable<Problem>, { before, between, behind, one }: Form): Generator<Buffer> {
  let gathered = before;
  let first = true;
  for (const problem of problems) {
    gathered += first ? one(problem) : between + one(problem);
    first = false;
    if (gathered.length < GATHERED) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  yield Buffer.from(gathered + behind);
}

export default route;
