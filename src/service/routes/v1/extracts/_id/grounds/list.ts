/** GET /v1/extracts/{id}/grounds: the values behind which there may be more than one ground. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { valuesWithGrounds } from '#explain/grounds';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { withRulebook } from '#service/plugins/rules';
import { ValuesWithGrounds } from '#service/schemas/grounds';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'listExtractGrounds',
        summary: 'Values that several rules give',
        description:
          'The values of derived fields that more than one rule gives, such as field 38 Y: a row tells none of them, and its trace the first alone. Each can be counted by what is behind it.',
        params: IdParams,
        response: responses(
          { 200: contents('The values', { 'application/json': ValuesWithGrounds }, ['cenr-rulebook']) },
          [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await completeExtract(app, request, id);
      const { rulebook } = await app.explanations.by(job.rulebookHash);
      withRulebook(reply, job.rulebookHash);
      return {
        grounds: valuesWithGrounds(rulebook).map(({ field, name, value }) => ({
          ...{ field, name, value },
          links: { counts: `/v1/extracts/${id}/grounds/${field}?${new URLSearchParams({ value }).toString()}` },
        })),
      };
    },
  );
};

export default route;
