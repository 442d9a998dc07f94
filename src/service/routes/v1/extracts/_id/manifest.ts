/**
 * GET /v1/extracts/{id}/manifest: what the extract was made from and what came out, to be verified by anybody who has
 * the same inputs.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { sendFile } from '#service/http/send-file';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/manifest',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['explanations'],
        operationId: 'getExtractManifest',
        summary: 'The manifest of an extract',
        description: `Request, run date, program version, hashes of all rule files and of all inputs, counts of values and of deciding rules, SHA-256 of the file, and the Merkle root over all rows with their reasons. It has
no student data. Do not change it: it contains its own SHA-256, and \`npx cenr verify\` refuses a changed manifest.`,
        params: IdParams,
        response: responses(
          {
            200: contents(
              'The manifest',
              {
                'application/json': Type.Record(Type.String(), Type.Unknown(), {
                  description: 'docs/explanations.md describes it',
                }),
              },
              ['cenr-rulebook'],
            ),
          },
          EXTRACT_REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await completeExtract(app, request, id);
      return sendFile(request, reply, app.jobs.extract.filesOf(job).manifest, extractGone, {
        rulebook: job.rulebookHash,
        name: `${extractName(job)}.manifest.json`,
        type: 'application/json; charset=utf-8',
      });
    },
  );
};

export default route;
