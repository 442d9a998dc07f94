/** GET and DELETE /v1/rulebook/drafts/{id}/impact/{impactId} */
import { readFile } from 'node:fs/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { reportMarkdown } from '#authoring/impact/impact-text';
import type { ImpactReport } from '#authoring/impact/report';
import type { ImpactJob } from '#publishing/job';
import { seeImpact } from '#publishing/workflow';
import { ServiceError } from '#service/http/errors';
import { varyBy } from '#service/http/vary';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { actorOf, completeImpact, impactGone, impactOf, record } from '#service/rules/draft-answers';
import { ImpactParams, shownImpact } from '#service/schemas/impact';
import { contents, responses, text } from '#service/schemas/responses';

const JSON_TYPE = 'application/json';
const MARKDOWN = 'text/markdown';

const route: FastifyPluginAsyncTypebox = async (app) => {
  async function reportOf(job: ImpactJob): Promise<ImpactReport> {
    const bytes = await readFile(app.jobs.impact.filesOf(job).report, 'utf8').catch(impactGone);
    return JSON.parse(bytes) as ImpactReport;
  }

  /** Where it does not count, it is shown all the same: to an auditor, and of files that were changed since. */
  async function seen(request: FastifyRequest, job: ImpactJob): Promise<void> {
    if (request.method !== 'GET') return;
    await record(app, job.draft, (draft, at) => seeImpact(draft, job, actorOf(request), at));
  }

  app.get(
    '',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'getImpact',
        summary: 'An impact report',
        description: `The status, and when it is Complete the report: counts by field, old and new value, school and grade, the reasons, and samples. As text/markdown: only the report. When you read the complete report,
the draft records that you have read what it changes, which your approval needs (an auditor does not count). With \`Prefer: wait=30\`, the answer comes when the report has ended, or after 30 seconds. Contains student data.`,
        headers: PreferHeader,
        params: ImpactParams,
        response: responses(
          {
            200: contents(
              'The report',
              { [JSON_TYPE]: Type.Ref('Impact'), [MARKDOWN]: text('The report, when it is complete') },
              ['cenr-rulebook', 'preference-applied'],
            ),
          },
          ['CENR_NOT_FOUND', 'CENR_NOT_ACCEPTABLE', 'CENR_IMPACT_NOT_COMPLETE', 'CENR_IMPACT_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const type = request.accepts().type([JSON_TYPE, MARKDOWN]);
      if (!type)
        throw new ServiceError('CENR_NOT_ACCEPTABLE', {
          detail: `An impact report can be sent as ${JSON_TYPE} or ${MARKDOWN}.`,
        });
      const { params } = request;
      await jobAsPreferred(app, 'impact', () => impactOf(app, request, params), request, reply);
      const job = type === MARKDOWN ? await completeImpact(app, request, params) : await impactOf(app, request, params);
      varyBy(withRulebook(reply, job.hash), 'accept');
      if (job.status !== 'Complete') return shownImpact(job);
      const report = await reportOf(job);
      await seen(request, job);
      return type === MARKDOWN
        ? reply.type(`${MARKDOWN}; charset=utf-8`).send(reportMarkdown(report))
        : shownImpact(job, { ...report });
    },
  );

  app.delete(
    '',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'cancelImpact',
        summary: 'Cancel an impact report, or remove its files',
        description:
          'Cancels a report that is Pending or Processing, or removes the files of one that is Complete. The report stays in the list as Cancelled.',
        params: ImpactParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      await app.jobs.impact.cancel(await impactOf(app, request, request.params));
      return reply.code(204).send();
    },
  );
};

export default route;
