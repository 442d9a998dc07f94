/**
 * GET /v1/extracts/{id}/rows/{ssid}/{school}/{grade}/proof: that a row is in an extract, to be checked without seeing
 * any other.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract, EXTRACT_REFUSALS, findRow, RowParams, reportingLEA } from '#service/extracts/extract-answers';
import { proofMaker } from '#service/extracts/proofs';
import { activeThen } from '#service/extracts/subject';
import { withRulebook } from '#service/plugins/rules';
import { Proof } from '#service/schemas/proof';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/proof',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'getRowProof',
        summary: 'The proof that a row is in the extract',
        description:
          'The row, its trace line, and the hashes from them to the Merkle root of the manifest. `npx cenr verify --proof PROOF MANIFEST` checks it without a network, a store or other rows.',
        params: RowParams,
        querystring: Type.Object({ reportingLEA }, { additionalProperties: false }),
        response: responses({ 200: contents('The proof', { 'application/json': Proof }, ['cenr-rulebook']) }, [
          ...EXTRACT_REFUSALS,
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const { id, ...asked } = request.params;
      const job = await completeExtract(app, request, id);
      const ssid = await activeThen(app, job, asked.ssid);
      const { row, trace } = await findRow(app, job, { ...asked, ssid }, request.query.reportingLEA);
      const prove = await proofMaker(app, job);
      withRulebook(reply, job.rulebookHash);
      return prove(row, trace);
    },
  );
};

export default route;
