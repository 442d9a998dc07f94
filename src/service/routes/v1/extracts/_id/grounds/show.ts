/** GET /v1/extracts/{id}/grounds/{field}: how many students have a value, by what is behind it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract } from '#service/extracts/extract-answers';
import { extractGrounds } from '#service/extracts/grounds';
import { surveyResponses, underWay } from '#service/extracts/surveys';
import { PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { GroundCounts, GroundsParams, GroundsQuery } from '#service/schemas/grounds';
import { contents } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/:field',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'getExtractGrounds',
        summary: 'What is behind a value, in counts',
        description:
          'Every rule of the field that gives the value and holds, whether or not an earlier one decides; of a rule that asks for a record, such as a program, the codes of each record that counts. A student counts once for each, however many schools. Every student is looked at when this is first asked for; later answers are quick.',
        params: GroundsParams,
        querystring: GroundsQuery,
        headers: PreferHeader,
        response: surveyResponses(contents('The counts', { 'application/json': GroundCounts }, ['cenr-rulebook'])),
      },
    },
    async (request, reply) => {
      const { id, field } = request.params;
      const { value } = request.query;
      const job = await completeExtract(app, request, id);
      const made = await extractGrounds(app, job, { field, value }, request, reply);
      withRulebook(reply, job.rulebookHash);
      if ('status' in made) return underWay(request, reply, made);
      const { name, found } = made;
      return {
        ...{ field, name, value, students: found.students, rows: found.rows },
        grounds: found.grounds.map(({ bySchool, ...ground }) => ({
          ...ground,
          codes: [...ground.codes],
          meanings: [...ground.meanings],
          schools: [...bySchool]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([where, students]) => {
              const [reportingLEA = '', school = ''] = where.split(' ');
              return { reportingLEA, school, students };
            }),
        })),
      };
    },
  );
};

export default route;
