/** GET /v1/extracts/{id}/sample: rows drawn by a seed, so that the other side can draw the same. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { completeExtract, rowReader, tracedRow } from '#service/extracts/extract-answers';
import { drawSample, SampleQuery } from '#service/extracts/samples';
import { ruleNames, shownRow } from '#service/extracts/shown-row';
import { surveyResponses, underWay } from '#service/extracts/surveys';
import { PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents } from '#service/schemas/responses';
import { ExtractSample } from '#service/schemas/sample';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/sample',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'sampleExtractRows',
        summary: 'A sample of the rows of an extract',
        description:
          'Rows, or students without one, drawn by a seed: the same are drawn by whoever has the extract and the seed, with `npx cenr sample-rows` too. The answer says what was drawn from, the strata and the method.',
        params: IdParams,
        querystring: SampleQuery,
        headers: PreferHeader,
        response: surveyResponses(contents('The sample', { 'application/json': ExtractSample }, ['cenr-rulebook'])),
      },
    },
    async (request, reply) => {
      const job = await completeExtract(app, request, request.params.id);
      const { id, sha256 = '', rulebookHash, columns } = job;
      const { rulebook } = await app.explanations.by(rulebookHash);
      const sample = await drawSample(app, job, request.query, request, reply);
      if (!('method' in sample)) return underWay(request, reply, sample);
      const { method, rows, missing } = sample;
      const [reader, rules] = [rowReader(rulebook, columns), ruleNames(rulebook)];
      const shown = rows.map(({ hash, stratum, item: { number, row, trace } }) => ({
        number,
        hash,
        stratum,
        ...shownRow(id, tracedRow(trace, rulebook), reader.columns(row), rules),
      }));
      const students = missing.map(({ hash, stratum, item: ssid }) => ({
        ssid,
        hash,
        stratum,
        links: { missing: `/v1/extracts/${id}/missing/${ssid}` },
      }));
      withRulebook(reply, rulebookHash);
      request.disclosed = [...shown, ...students].map(({ ssid }) => ssid);
      return { extract: { id, sha256 }, sample: method, rows: shown, students };
    },
  );
};

export default route;
