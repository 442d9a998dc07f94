/** GET /v1/extracts/{id}/horizons/{name}/students: whom it comes for, and the days that decide it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { HorizonStudent } from '#extract/horizons/horizon';
import { withDashes } from '#records/days';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { extractHorizon } from '#service/extracts/horizons';
import { withRulebook } from '#service/plugins/rules';
import { HorizonParams, HorizonStudents } from '#service/schemas/horizon';
import { invalid, PlaceInList, pageAddress } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const Query = Type.Object(
  {
    period: Type.Optional(
      Type.String({ maxLength: 9, description: 'Only students of this period; the counts have it' }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most students on one page' }),
    ),
    after: PlaceInList,
  },
  { additionalProperties: false },
);
const DAY = 'DT';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/:name/students',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'listHorizonStudents',
        summary: 'Whom it comes for',
        description:
          'Students at each school and grade where the extract has them, in ascending order of SSID, with the day and the columns that decide it.',
        params: HorizonParams,
        querystring: Query,
        response: responses(
          { 200: contents('The students', { 'application/json': HorizonStudents }, ['cenr-rulebook']) },
          [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const { id, name } = request.params;
      const { period, limit = 50, after = '0' } = request.query;
      const job = await completeExtract(app, request, id);
      const [start, students] = [Number(after), [] as HorizonStudent[]];
      let meant = 0;
      const { horizon, counts } = await extractHorizon(app, job, name, (student) => {
        if (period !== undefined && student.period !== period) return;
        if (meant >= start && students.length < limit) students.push(student);
        meant++;
      });
      const periods = counts.periods.map((each) => each.period);
      if (period !== undefined && !periods.includes(period))
        throw invalid('period', `found ${JSON.stringify(period)}, expected one of ${periods.join(', ')}`);
      const columns = [...horizon.by, horizon.day, ...horizon.decidedBy];
      withRulebook(reply, job.rulebookHash);
      request.disclosed = [...new Set(students.map(({ ssid }) => ssid))];
      return {
        columns: columns.map((column) => ({ key: column.key, name: column.name })),
        students: students.map((student) => ({
          ...{ ssid: student.ssid, period: student.period },
          values: [...student.by, student.day, ...student.decidedBy].map((value, i) =>
            columns[i]?.type === DAY && value !== '' ? withDashes(value) : value,
          ),
        })),
        ...(start + limit < meant && {
          next: pageAddress(`/v1/extracts/${id}/horizons/${name}/students`, request.query, String(start + limit)),
        }),
      };
    },
  );
};

export default route;
