/** GET /v1/ssid/extracts/{id}/file: as text, CSV or a workbook. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ServiceError } from '#service/http/errors';
import { jobWithin } from '#service/jobs/job-within';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';
import { LIST_CONTENTS, listFormOf, sendList } from '#service/ssid/send-list';
import { writtenList } from '#service/ssid/ssid-work';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/file',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'getSSIDExtractFile',
        summary: 'The file of an SSID extract',
        description: 'In the form that the Accept header asks for.',
        params: IdParams,
        response: responses({ 200: LIST_CONTENTS }, [
          'CENR_NOT_FOUND',
          'CENR_EXTRACT_NOT_COMPLETE',
          'CENR_EXTRACT_CANCELLED',
          'CENR_EXTRACT_FILE_GONE',
          'CENR_NOT_ACCEPTABLE',
        ]),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await jobWithin(app, request, 'ssidExtract', id);
      const { status, failure, list, asOf = '', runDate, rulebookHash } = job;
      if (status === 'Cancelled') throw new ServiceError('CENR_EXTRACT_CANCELLED');
      if (status !== 'Complete')
        throw new ServiceError('CENR_EXTRACT_NOT_COMPLETE', {
          detail: `The status is ${status}.${failure === undefined ? '' : ` It failed: ${failure}`}`,
        });
      const form = listFormOf(request);
      const written = await writtenList(app.jobs.ssidExtract.filesOf(job));
      if (!written) throw new ServiceError('CENR_EXTRACT_FILE_GONE');
      withRulebook(reply, rulebookHash);
      const name = list === 'ssids' ? `ssids_${asOf}` : `ssid_replacements_${runDate}`;
      return sendList(reply, form, name, written);
    },
  );
};

export default route;
