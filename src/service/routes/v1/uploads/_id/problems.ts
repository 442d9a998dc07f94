/** GET /v1/uploads/{id}/problems: as JSON, NDJSON or CSV, streamed. */

import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { closest } from '#base/closest';
import { oneOf } from '#base/shape';
import { FORM_TYPES } from '#extract/forms/form';
import { PROBLEM_KEYS, type Problem, problemAsCsv, SEVERITIES } from '#intake/problem';
import { problemWorkbook } from '#intake/problem-workbook';
import type { Upload } from '#intake/upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { ServiceError } from '#service/http/errors';
import { shown } from '#service/http/validate';
import { varyBy } from '#service/http/vary';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { IdParams, invalid, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { RecordProblems } from '#service/schemas/record-problem';
import { contents, responses, text } from '#service/schemas/responses';
import type { LEAStore, NumberedProblem, ProblemFilter } from '#store/store';

const Query = Type.Object(
  {
    severity: Type.Optional(oneOf(SEVERITIES, { description: 'Only problems of this severity' })),
    code: Type.Optional(Type.String({ maxLength: 16, description: 'Only problems of the check with this code' })),
    file: Type.Optional(Type.String({ maxLength: 255, description: 'Only problems in the file of this name' })),
    field: Type.Optional(Type.String({ maxLength: 8, description: 'Only problems of the field with this number' })),
    school: Type.Optional(Type.String({ maxLength: 16, description: 'Only problems of records of this school' })),
    lines: Type.Optional(
      Type.Boolean({
        description: 'Whether lines as they were sent come with it, in JSON and NDJSON (default: false)',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: 'The most problems on one page (default: all of them)',
      }),
    ),
    after: PlaceInList,
  },
  { additionalProperties: false },
);

/** How problems are written: what stands before, between and behind them, and each of them. */
interface Form {
  readonly type: string;
  readonly before: string;
  readonly between: string;
  readonly behind: (next: string | undefined) => string;
  readonly one: (problem: Problem) => string;
}

const FORMS: Readonly<Record<string, Form>> = {
  'application/json': {
    type: 'application/json; charset=utf-8',
    before: '{"problems":[',
    between: ',',
    behind: (next) => (next === undefined ? ']}' : `],"next":${JSON.stringify(next)}}`),
    one: (problem) => JSON.stringify(problem),
  },
  'application/x-ndjson': {
    type: 'application/x-ndjson; charset=utf-8',
    before: '',
    between: '',
    behind: () => '',
    one: (problem) => `${JSON.stringify(problem)}\n`,
  },
  'text/csv': {
    type: 'text/csv; charset=utf-8; header=present',
    before: `${PROBLEM_KEYS.join(',')}\r\n`,
    between: '',
    behind: () => '',
    one: (problem) => `${problemAsCsv(problem)}\r\n`,
  },
};
const WORKBOOK = FORM_TYPES.xlsx;
const TYPES = [...Object.keys(FORMS), WORKBOOK];
const GATHERED = 1 << 16;

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/problems',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        operationId: 'listUploadProblems',
        summary: 'List the problems of an upload',
        description:
          'The problems of records that were rejected or have a warning, in the order of files and lines, in the form that the Accept header asks for. With limit, page by page: the address of the next page is in "next" of the JSON and in the header Link.',
        params: IdParams,
        querystring: Query,
        response: responses(
          {
            200: contents(
              'The problems',
              {
                'application/json': RecordProblems,
                'application/x-ndjson': text('One line for each RecordProblem'),
                'text/csv': text('RFC 4180, with column names in the first line'),
                [WORKBOOK]: text('A workbook, with column names in the first line'),
              },
              ['cenr-rulebook', 'link'],
            ),
          },
          ['CENR_NOT_FOUND', 'CENR_NOT_ACCEPTABLE'],
        ),
      },
    },
    async (request, reply) => {
      const type = request.accepts().type(TYPES);
      const form = typeof type === 'string' ? FORMS[type] : undefined;
      if (!form && type !== WORKBOOK)
        throw new ServiceError('CENR_NOT_ACCEPTABLE', { detail: `Problems can be sent as ${TYPES.join(', ')}.` });
      const leas = app.store.forLEAs(scopeOf(request));
      const { id } = request.params;
      const upload = await leas.upload(id);
      if (!upload) throw new ServiceError('CENR_NOT_FOUND');
      const { limit, after, ...which } = request.query;
      requireCode(which.code, upload, (await app.rules.current()).rulebook);
      const problems = (more: ProblemFilter) => leas.problems(id, { ...which, ...more });
      if (after !== undefined && !(await isProblem(leas, id, Number(after)))) throw unknownCursor();
      varyBy(withRulebook(reply, upload.rulebookHash), 'accept').type(form?.type ?? WORKBOOK);
      const from = after === undefined ? {} : { after: Number(after) };
      if (!form)
        return reply.send(
          Readable.from(problemWorkbook(ofNumbered(problems({ ...from, limit }))), { objectMode: false }),
        );
      if (limit === undefined) return reply.send(Readable.from(written(problems(from), form), { objectMode: false }));
      // One more tells whether there is another page.
      const found = (await Array.fromAsync(problems({ ...from, limit: limit + 1 }))).flat();
      const page = found.slice(0, limit);
      const path = `/v1/uploads/${id}/problems`;
      const next =
        found.length > limit
          ? pageAddress(path, request.query, String((page.at(-1) as NumberedProblem)[0]))
          : undefined;
      if (next !== undefined) reply.header('link', `<${next}>; rel="next"`);
      return reply.send(Readable.from(written([page], form, next), { objectMode: false }));
    },
  );
};

async function* ofNumbered(problems: AsyncIterable<readonly NumberedProblem[]>): AsyncGenerator<Problem> {
  for await (const some of problems) for (const [, problem] of some) yield problem;
}

const isProblem = async (leas: LEAStore, id: string, number: number): Promise<boolean> => {
  for await (const [found] of leas.problems(id, { after: number - 1, limit: 1 })) return found?.[0] === number;
  return false;
};

/** A code that no check has would look like an upload without problems. */
function requireCode(code: string | undefined, { problemCounts }: Upload, { checks }: Rulebook): void {
  const codes = [...new Set([...Object.keys(problemCounts), ...checks.checks.map(({ json }) => json.code)])];
  if (code !== undefined && !codes.includes(code))
    throw invalid('code', `found ${shown(code)}, expected the code of a check.${closest(code, codes)}`);
}

async function* written(
  batches: AsyncIterable<readonly NumberedProblem[]> | Iterable<readonly NumberedProblem[]>,
  { before, between, behind, one }: Form,
  next?: string,
): AsyncGenerator<Buffer> {
  let gathered = before;
  let first = true;
  for await (const problems of batches) {
    for (const [, problem] of problems) {
      gathered += first ? one(problem) : between + one(problem);
      first = false;
    }
    if (gathered.length < GATHERED) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  yield Buffer.from(gathered + behind(next));
}

export default route;
