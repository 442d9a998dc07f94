/** POST /v1/extracts: asks for an extract, to be made when its turn comes. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { checkRequest, columnSetFor } from '#extract/request';
import { runDay } from '#service/extracts/run-day';
import { ServiceError } from '#service/http/errors';
import { shown } from '#service/http/validate';
import { jobWithin } from '#service/jobs/job-within';
import { PreferHeader, sendAsPreferred } from '#service/jobs/prefer-wait';
import { whyNoEmail } from '#service/outbox/mail';
import { keyIdOf, requireLEAs, scopeOf } from '#service/plugins/auth';
import { askedRules } from '#service/rules/asked-rules';
import { shownExtract } from '#service/schemas/extract';
import { NewExtract } from '#service/schemas/extract-request';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';
import type { ExtractJob } from '#store/extract-job';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'requestExtract',
        summary: 'Ask for an extract',
        description: `Extracts are made one at a time, in turns that go round between keys; ask for the status of this one at the address in the Location header. With \`Prefer: wait=30\`, the answer comes when the extract has ended, or after 30 seconds. They survive a restart of the service. If the request names a version of the
rulebook, by \`rulebook\` or \`publication\`, the extract is made with it; otherwise with the rules in effect when the service starts it.

With an \`Idempotency-Key\`, the same request sent again gets the first answer, with the header \`Idempotent-Replayed: true\`, and no second extract is made.`,
        headers: Type.Object({ ...IdempotencyHeader.properties, ...PreferHeader.properties }),
        body: NewExtract,
        response: responses(
          {
            202: contents(
              'Accepted; the Location header has the address of the extract',
              { 'application/json': Type.Ref('Extract') },
              ['location', 'cenr-rulebook', 'idempotent-replayed', 'preference-applied'],
            ),
          },
          [
            'CENR_REQUEST_INVALID',
            ...BODY_REFUSALS,
            'CENR_ALL_LEAS_MISSING',
            'CENR_NOT_FOUND',
            'CENR_IDEMPOTENCY_BUSY',
            'CENR_IDEMPOTENCY_KEY_REUSED',
            'CENR_TOO_MANY_WAITING',
          ],
        ),
      },
    },
    async (request, reply) => {
      const inEffect = await app.rules.current();
      const {
        rulebook: version,
        publication,
        runDate,
        columns: columnSet,
        name,
        emailWhenDone,
        ...asked
      } = request.body;
      const { rulebook, hash } = await askedRules(app, { rulebook: version, publication }, inEffect);
      const { columnSets } = rulebook.schemas.output;
      const scope = scopeOf(request);
      requireLEAs(scope, asked.reportingLEAs);
      const day = runDay(app, runDate);
      if (columnSet !== undefined && !Object.hasOwn(columnSets, columnSet))
        throw new ServiceError('CENR_REQUEST_INVALID', {
          errors: [
            {
              pointer: '/columns',
              message: `found ${shown(columnSet)}, expected one of ${Object.keys(columnSets).join(', ')}`,
            },
          ],
        });
      const refusal = emailWhenDone ? whyNoEmail(app.config, request.key) : undefined;
      if (refusal !== undefined)
        throw new ServiceError('CENR_REQUEST_INVALID', { errors: [{ pointer: '/emailWhenDone', message: refusal }] });
      // What cannot be understood is refused now, not by the job.
      checkRequest(asked, rulebook);
      const columns = columnSet ?? columnSetFor(asked, rulebook);
      const answer = await app.answerOnce(request, hashOf(request.body), async (remember) => {
        const now = app.clock();
        const job: ExtractJob = {
          id: app.newId('extract'),
          ...(name !== undefined && { name }),
          request: asked,
          reportingLEAs: asked.reportingLEAs,
          runDate: day,
          columns,
          rulebookHash: hash,
          ...((version ?? publication) !== undefined && { rulebookAsked: true }),
          ...(emailWhenDone && { mailTo: keyIdOf(request) }),
          requestedAt: now.toISOString(),
          status: 'Pending',
          progress: 0,
        };
        const extract = shownExtract(job);
        const accepted = { status: 202, location: extract.links.self, body: JSON.stringify(extract) };
        await app.jobs.extract.add(job, keyIdOf(request), remember(accepted));
        return accepted;
      });
      const job = { find: (id: string) => jobWithin(app, request, 'extract', id), shown: shownExtract };
      return sendAsPreferred(app, 'extract', answer, job, request, reply);
    },
  );
};

/** The order of keys is of no meaning in JSON. */
function hashOf(body: object): string {
  const ordered = Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['POST /v1/extracts', ordered]))
    .digest('hex');
}

export default route;
