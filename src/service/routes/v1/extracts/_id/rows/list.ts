/** GET /v1/extracts/{id}/rows: rows of a finished extract, by student, school, grade, value or rule, or where rows of a student differ. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { Rulebook } from '#rulebook/load/assemble';
import {
  completeExtract,
  EXTRACT_REFUSALS,
  extractGone,
  rowFiles,
  rowReader,
  SSID,
  type TracedRow,
  tracedRow,
} from '#service/extracts/extract-answers';
import {
  isBetweenRows,
  type RowFiles,
  type RowLines,
  type RowPlace,
  rowsFrom,
  rowsOf,
} from '#service/extracts/extract-rows';
import { type RuleNames, ruleNames, shownRow } from '#service/extracts/shown-row';
import { activeThen } from '#service/extracts/subject';
import { shown } from '#service/http/validate';
import { withRulebook } from '#service/plugins/rules';
import { type ExtractRow, ExtractRows } from '#service/schemas/extract-row';
import { IdParams, invalid, pageAddress, unknownCursor } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const Query = Type.Object(
  {
    ssid: Type.Optional(SSID),
    reportingLEA: Type.Optional(Type.String({ maxLength: 7 })),
    school: Type.Optional(Type.String({ maxLength: 7 })),
    grade: Type.Optional(Type.String({ maxLength: 2 })),
    field: Type.Optional(Type.String({ maxLength: 3, description: 'The number of the column for value or rule' })),
    value: Type.Optional(
      Type.String({ maxLength: 200, description: 'Only rows in which the field has this value; needs field' }),
    ),
    rule: Type.Optional(
      Type.String({ maxLength: 100, description: 'Only rows in which this rule decided the field; needs field' }),
    ),
    differs: Type.Optional(
      Type.Boolean({
        description:
          'true: only rows of students whose rows do not all have the same value in the field, as when two schools differ; needs field',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most rows on one page' }),
    ),
    after: Type.Optional(
      Type.String({
        pattern: '^[0-9]+-[0-9]+$',
        maxLength: 40,
        description: 'Where the page begins; "next" of the page before has it',
      }),
    ),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'listExtractRows',
        summary: 'Rows of an extract',
        description:
          'The rows, in the order of the file. A search by SSID is quick; a search by value, rule, school, grade, or for what differs reads the file until the page is full.',
        params: IdParams,
        querystring: Query,
        response: responses({ 200: contents('The rows', { 'application/json': ExtractRows }, ['cenr-rulebook']) }, [
          ...EXTRACT_REFUSALS,
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await completeExtract(app, request, id);
      const { rulebook } = await app.explanations.by(job.rulebookHash);
      const files = await rowFiles(app, job);
      const reader = rowReader(rulebook, job.columns);
      const rules = ruleNames(rulebook);
      const wanted = wantedRows(request.query, rulebook, { rules, valueIn: reader.column });
      const { limit = 50, after } = request.query;
      const ssid = request.query.ssid && (await activeThen(app, job, request.query.ssid));
      const [row = 0, trace = 0] = (after ?? '').split('-').map(Number);

      const found: ExtractRow[] = [];
      let place: RowPlace = { row, trace };
      let next: string | undefined;
      try {
        for await (const lines of wanted.byStudent(files, linesOfPage(files, place, { after, ssid }))) {
          if (ssid !== undefined && files.ssidOfRow(lines.row) !== ssid) break;
          // Most rows can be passed over without reading their reasons.
          const traced = wanted.byColumn(lines.row) ? tracedRow(lines.trace, rulebook) : undefined;
          if (traced && wanted.byReason(traced)) {
            if (found.length === limit) {
              next = pageAddress(`/v1/extracts/${id}/rows`, request.query, `${place.row}-${place.trace}`);
              break;
            }
            found.push(shownRow(id, traced, reader.columns(lines.row), rules));
          }
          place = lines.next;
        }
      } catch (error) {
        return extractGone(error);
      }
      withRulebook(reply, job.rulebookHash);
      request.disclosed = found.map((row) => row.ssid);
      return { rows: found, ...(next !== undefined && { next }) };
    },
  );
};

/** Where a page begins: with the first row of the extract or of a student, or where the page before ended. */
const linesOfPage = (
  files: RowFiles,
  place: RowPlace,
  { after, ssid }: { readonly after: string | undefined; readonly ssid: string | undefined },
): AsyncIterable<RowLines> | Iterable<RowLines> => {
  if (after !== undefined) return rowsBehind(files, place);
  return ssid === undefined ? rowsFrom(files, place) : rowsOf(files, ssid);
};

/**
 * Rows from a place that a page before named.
 * @throws ServiceError for a place between no two rows
 */
async function* rowsBehind(files: RowFiles, place: RowPlace): AsyncGenerator<RowLines> {
  if (!isBetweenRows(files, place)) throw unknownCursor();
  for await (const lines of rowsFrom(files, place)) {
    if (files.ssidOfRow(lines.row) !== files.ssidOfTrace(lines.trace)) throw unknownCursor();
    yield lines;
  }
}

type Query = Static<typeof Query>;

/**
 * Whether a row is one that is asked for.
 * @throws ServiceError for a value or rule without a field, and for a field or rule that there is not
 */
function wantedRows(
  query: Query,
  { schemas }: Rulebook,
  { rules, valueIn }: { readonly rules: RuleNames; readonly valueIn: (row: string, key: string) => string },
): {
  readonly byStudent: (files: RowFiles, rows: SomeRows) => SomeRows;
  readonly byColumn: (row: string) => boolean;
  readonly byReason: (traced: TracedRow) => boolean;
} {
  const { reportingLEA, school, grade, field, value, rule, differs = false } = query;
  const column = schemas.output.columns.find((c) => c.no === field);
  if (field === undefined && (value !== undefined || rule !== undefined || differs))
    throw invalid('field', 'value, rule and differs need field, the number of a column');
  if (field !== undefined && value === undefined && rule === undefined && !differs)
    throw invalid('field', 'field needs value, rule or differs');
  if (field !== undefined && !column)
    throw invalid('field', `found ${shown(field)}, expected the number of a column of the extract`);
  const place = field === undefined ? -1 : [...rules.keys()].indexOf(field);
  const names = rules.get(field ?? '') ?? [];
  const index = rule === undefined ? -1 : names.indexOf(rule);
  if (rule !== undefined && index < 0)
    throw invalid(
      'rule',
      `found ${shown(rule)}, expected ${names.length > 0 ? `one of ${names.join(', ')}` : 'no rule: this field has none'}`,
    );
  const inField = (row: string): string => valueIn(row, column?.key as string);
  return {
    byStudent: (files, rows) => (differs ? whereRowsDiffer(files, rows, inField) : rows),
    byColumn: (row) => value === undefined || inField(row) === value,
    byReason: ({ row: key, decided }) =>
      (reportingLEA === undefined || key.reportingLEA === reportingLEA) &&
      (school === undefined || key.school === school) &&
      (grade === undefined || key.grade === grade) &&
      (rule === undefined || decided[place] === index),
  };
}

type SomeRows = AsyncIterable<RowLines> | Iterable<RowLines>;

/** Of rows in order those of students whose rows, all that they have in the extract, differ in something. */
async function* whereRowsDiffer(
  files: RowFiles,
  rows: SomeRows,
  of: (row: string) => string,
): AsyncGenerator<RowLines> {
  let student: RowLines[] = [];
  let isFirst = true;
  const differing = (): RowLines[] => {
    const [first] = student;
    // A page may begin between two rows of a student.
    const all = isFirst && first ? rowsOf(files, files.ssidOfRow(first.row)) : student;
    isFirst = false;
    return new Set(all.map(({ row }) => of(row))).size > 1 ? student : [];
  };
  for await (const lines of rows) {
    const [first] = student;
    if (first && files.ssidOfRow(first.row) !== files.ssidOfRow(lines.row)) {
      yield* differing();
      student = [];
    }
    student.push(lines);
  }
  yield* differing();
}

export default route;
