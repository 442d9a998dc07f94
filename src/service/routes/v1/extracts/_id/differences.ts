/** GET /v1/extracts/{id}/differences: what changed since an earlier extract. */
import { readFile } from 'node:fs/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { madeOtherwise } from '#audit/made-otherwise';
import { type Manifest, readManifest } from '#audit/manifest';
import { UserError } from '#base/user-error';
import { shownDifference } from '#extract/difference-list';
import type { RowDifference } from '#extract/row-differences';
import {
  type DifferenceIndex,
  differenceIndex,
  differencesAt,
  type ListName,
  type Sides,
  sidesOf,
} from '#service/extracts/difference-index';
import { reasonsOf } from '#service/extracts/difference-reasons';
import { earlierExtract } from '#service/extracts/earlier-extract';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { ServiceError } from '#service/http/errors';
import { shown } from '#service/http/validate';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { type Difference, DifferenceKind, Differences } from '#service/schemas/difference';
import { IdParams, invalid, PlaceInList, pageAddress, unknownCursor } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import type { ExtractJob } from '#store/extract-job';

const Query = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        maxLength: 128,
        description: 'Id of the earlier extract (default: the last finished one of the same request before this one)',
      }),
    ),
    kind: Type.Optional(DifferenceKind),
    students: Type.Optional(
      Type.Literal(true, {
        description: 'With kind "new" or "gone": only rows of students who have no row in the other extract',
      }),
    ),
    field: Type.Optional(
      Type.String({ maxLength: 3, description: 'Only rows in which the field with this number has another value' }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 200,
        default: 50,
        description: 'The most rows on one page; 0 for the counts alone',
      }),
    ),
    after: PlaceInList,
  },
  { additionalProperties: false },
);
type Query = Static<typeof Query>;

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/differences',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'listExtractDifferences',
        summary: 'What changed since an earlier extract',
        description:
          'Rows that are new, gone or have other values, with counts by field, and what else is not the same: rulebook, run date, records, request; and why each row differs, found by evaluating it with what changed and without. The two are compared when this is first asked for; later pages are quick.',
        params: IdParams,
        querystring: Query,
        response: responses({ 200: contents('What changed', { 'application/json': Differences }, ['cenr-rulebook']) }, [
          ...EXTRACT_REFUSALS,
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { query } = request;
      const job = await completeExtract(app, request, id);
      const from =
        query.from === undefined
          ? await earlierExtract(app.store.forLEAs(scopeOf(request)).jobs('extract'), job)
          : await completeExtract(app, request, query.from);
      if (!from)
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: 'There is no earlier finished extract of the same request; name one with from.',
        });
      const { limit = 50, after = '0' } = query;
      const sides = await sidesOf(app, from, job);
      const list = listOf(query, sides);
      try {
        const index = await differenceIndex(app, from, job);
        const numbers = index.lists.get(list) ?? [];
        const start = Number(after);
        if (start > 0 && start >= numbers.length) throw unknownCursor();
        const found = differencesAt(sides, index, numbers.slice(start, start + limit));
        request.disclosed = found.map(({ ssid }) => ssid);
        withRulebook(reply, job.rulebookHash);
        const [then, now] = await Promise.all([manifestAt(app, from), manifestAt(app, job)]);
        const otherwise = madeOtherwise(then, now);
        const reasons = await reasonsOf(app, scopeOf(request), { before: from, after: job, sides, otherwise }, found);
        return {
          from: { id: from.id, requestedAt: from.requestedAt, runDate: from.runDate },
          madeOtherwise: otherwise,
          counts: shownCounts(index, sides),
          differences: found.map((difference, i) => ({
            ...shownWithLinks(difference, sides, from.id, id),
            ...(reasons[i] && { reason: reasons[i] }),
          })),
          ...(limit > 0 &&
            start + limit < numbers.length && {
              next: pageAddress(`/v1/extracts/${id}/differences`, query, String(start + limit)),
            }),
        };
      } catch (error) {
        if (error instanceof UserError) throw invalid('from', error.message);
        return extractGone(error);
      }
    },
  );
};

const manifestAt = async (app: FastifyInstance, job: ExtractJob): Promise<Manifest> =>
  readManifest(await readFile(app.jobs.extract.filesOf(job).manifest));

/** @throws ServiceError for a field that there is not, and for filters that cannot go together */
function listOf({ kind, students, field }: Query, { after }: Sides): ListName {
  if (field !== undefined) {
    if (!after.columns.some(({ no }) => no === field))
      throw invalid('field', `found ${shown(field)}, expected the number of a column of the extract`);
    if (kind === 'new' || kind === 'gone' || students)
      throw invalid('field', 'only rows that changed have a field with another value; leave out kind and students');
    return `field ${field}`;
  }
  if (!students) return kind ?? 'all';
  if (kind !== 'new' && kind !== 'gone') throw invalid('students', 'students needs kind, "new" or "gone"');
  return `${kind}Students`;
}

function shownCounts({ rows, counts }: DifferenceIndex, { after }: Sides): Differences['counts'] {
  const { byField, ...kinds } = counts;
  return {
    rowsBefore: rows.before,
    rowsAfter: rows.after,
    ...kinds,
    fields: after.columns.flatMap(({ no, name }) => {
      const changed = byField.get(no);
      return changed === undefined ? [] : [{ field: no, name, rows: changed }];
    }),
  };
}

/** @param from id of the earlier extract */
function shownWithLinks(difference: RowDifference, sides: Sides, from: string, id: string): Difference {
  const { kind, row, isStudent, fields } = shownDifference(difference, {
    before: sides.before.columns,
    after: sides.after.columns,
    keys: sides.keys,
  });
  const [ssid = '', reportingLEA = '', school = '', grade = ''] = sides.keys.map(({ key }) => row[key] ?? '');
  const explanationIn = (extract: string): string =>
    `/v1/extracts/${extract}/rows/${[ssid, school, grade].map(encodeURIComponent).join('/')}/explanation?reportingLEA=${encodeURIComponent(reportingLEA)}`;
  const missingIn = (extract: string): string => `/v1/extracts/${extract}/missing/${encodeURIComponent(ssid)}`;
  return {
    kind,
    ssid,
    reportingLEA,
    school,
    grade,
    ...(isStudent !== undefined && { isStudent }),
    ...(fields && { fields }),
    links: {
      ...(kind !== 'gone' && { explanation: explanationIn(id) }),
      ...(kind !== 'new' && { explanationBefore: explanationIn(from) }),
      ...(kind !== 'changed' && { missing: missingIn(kind === 'new' ? from : id) }),
    },
  };
}

export default route;
