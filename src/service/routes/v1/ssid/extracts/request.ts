/** POST /v1/ssid/extracts: asks for an SSID extract or a Replacement SSID extract, to be made when its turn comes. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { parseDay } from '#records/days';
import { ServiceError } from '#service/http/errors';
import { jobWithin } from '#service/jobs/job-within';
import { PreferHeader, sendAsPreferred } from '#service/jobs/prefer-wait';
import { keyIdOf, scopeOf } from '#service/plugins/auth';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import { SSIDExtractBody, shownSSIDExtract } from '#service/schemas/ssid-extract';
import { scopeAsked } from '#service/ssid/send-list';
import type { SSIDExtractJob } from '#store/ssid-extract-job';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'requestSSIDExtract',
        summary: 'Ask for an SSID extract or a Replacement SSID extract',
        description: `\`ssids\`: who is enrolled on a day, with which number; what a student information system imports to get its numbers. A retired number is printed as the active one. \`replacements\`: retired numbers, and those that replace them.
They are made one at a time, in turns that go round between keys; ask for the status at the address in the Location header, then for the file. With \`Prefer: wait=30\`, the answer comes when it has ended, or after 30 seconds. With an \`Idempotency-Key\`, the same request sent again gets the first answer.`,
        headers: Type.Object({ ...IdempotencyHeader.properties, ...PreferHeader.properties }),
        body: SSIDExtractBody,
        response: responses(
          {
            202: contents(
              'Accepted; the Location header has its address',
              { 'application/json': Type.Ref('SSIDExtract') },
              ['location', 'cenr-rulebook', 'idempotent-replayed', 'preference-applied'],
            ),
          },
          [
            ...BODY_REFUSALS,
            'CENR_REQUEST_INVALID',
            'CENR_NOT_FOUND',
            'CENR_IDEMPOTENCY_BUSY',
            'CENR_IDEMPOTENCY_KEY_REUSED',
            'CENR_TOO_MANY_WAITING',
          ],
        ),
      },
    },
    async (request, reply) => {
      const { list, asOf, reportingLEA } = request.body;
      const reportingLEAs = scopeAsked(scopeOf(request), reportingLEA);
      const day = list === 'ssids' ? parseDay(asOf ?? app.today()) : undefined;
      if (list === 'ssids' ? day === undefined : asOf !== undefined)
        throw new ServiceError('CENR_REQUEST_INVALID', {
          errors: [
            { pointer: '/asOf', message: 'expected a real date, written CCYYMMDD or CCYY-MM-DD, of ssids alone' },
          ],
        });
      const hash = createHash('sha256')
        .update(JSON.stringify(['POST /v1/ssid/extracts', list, asOf, reportingLEA]))
        .digest('hex');
      const answer = await app.answerOnce(request, hash, async (remember) => {
        const job: SSIDExtractJob = {
          ...{ id: app.newId('ssids'), list, ...(day !== undefined && { asOf: day }), reportingLEAs },
          reportingLEA: reportingLEAs === 'all' ? reportingLEAs : reportingLEAs.join(','),
          ...{ status: 'Pending', progress: 0, runDate: app.today(), rulebookHash: (await app.rules.current()).hash },
          requestedAt: app.clock().toISOString(),
        };
        const shown = shownSSIDExtract(job);
        const accepted = { status: 202, location: shown.links.self, body: JSON.stringify(shown) };
        await app.jobs.ssidExtract.add(job, keyIdOf(request), remember(accepted));
        return accepted;
      });
      const job = { find: (id: string) => jobWithin(app, request, 'ssidExtract', id), shown: shownSSIDExtract };
      return sendAsPreferred(app, 'ssidExtract', answer, job, request, reply);
    },
  );
};

export default route;
