/** GET /v1/extracts/{id}/horizons: what the rules say comes for the students of an extract. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const closed = { additionalProperties: false } as const;

const Horizons = Type.Object(
  {
    horizons: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'The name by which it is asked for' }),
          says: Type.String({ description: 'What comes' }),
          links: Type.Object(
            { counts: Type.String({ description: 'Address of the counts' }) },
            { ...closed, description: 'Where to go on' },
          ),
        },
        closed,
      ),
      { description: 'In the order of their names; none where the rules declare none' },
    ),
  },
  closed,
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'listExtractHorizons',
        summary: 'What comes for the students of an extract',
        description:
          'What the rules declare (rules/horizons), such as who becomes a long-term English Learner in which year. Each is worked out from the file of the extract when it is asked for.',
        params: IdParams,
        response: responses({ 200: contents('The horizons', { 'application/json': Horizons }, ['cenr-rulebook']) }, [
          ...EXTRACT_REFUSALS,
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await completeExtract(app, request, id);
      const { extract } = (await app.explanations.by(job.rulebookHash)).rulebook;
      withRulebook(reply, job.rulebookHash);
      const horizons = extract.horizons.map(({ json: { name, says } }) => ({
        ...{ name, says },
        links: { counts: `/v1/extracts/${id}/horizons/${name}` },
      }));
      return { horizons: horizons.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  );
};

export default route;
