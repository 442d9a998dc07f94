/** GET and POST /v1/rulebook/drafts/{id}/impact */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { checkRequest } from '#extract/request';
import type { ImpactJob } from '#publishing/job';
import { runDay } from '#service/extracts/run-day';
import { ServiceError } from '#service/http/errors';
import { requireLEAs, scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { actorOf, draftOf } from '#service/rules/draft-answers';
import { Impacts, NewImpact, shownImpact } from '#service/schemas/impact';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'listImpacts',
        summary: 'List impact reports on a draft, newest first',
        params: IdParams,
        response: responses({ 200: Impacts }, ['CENR_NOT_FOUND']),
      },
    },
    async (request) => {
      const { id } = await draftOf(app, request.params.id);
      return {
        impacts: (await app.store.forLEAs(scopeOf(request)).jobs('impact').list({ draft: id })).map((job) =>
          shownImpact(job),
        ),
      };
    },
  );

  app.post(
    '',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'requestImpact',
        summary: 'Ask for an impact report',
        description: `Reports what the current files of the draft change in an extract of the stored records, compared with the version that it was made from. It counts for an approval when it covers the newest academic year with rows, without schools, grades or statuses. Reports are made one at a time; ask for the status
of this one at the address in the Location header. They survive a restart of the service.`,
        params: IdParams,
        body: NewImpact,
        response: responses(
          {
            202: contents(
              'Accepted; the Location header has the address of the report',
              { 'application/json': Type.Ref('Impact') },
              ['location', 'cenr-rulebook'],
            ),
          },
          [...BODY_REFUSALS, 'CENR_ALL_LEAS_MISSING', 'CENR_NOT_FOUND', 'CENR_DRAFT_STATE', 'CENR_TOO_MANY_WAITING'],
        ),
      },
    },
    async (request, reply) => {
      const { request: asked, runDate } = request.body;
      const draft = await draftOf(app, request.params.id);
      if (draft.state === 'published' || draft.state === 'deleted')
        throw new ServiceError('CENR_DRAFT_STATE', {
          detail: `The draft is in the state "${draft.state}", so no impact report can be made. Make a new draft.`,
        });
      const scope = scopeOf(request);
      requireLEAs(scope, asked.reportingLEAs);
      const day = runDay(app, runDate);
      const { rulebook } = await app.rules.current();
      // What cannot be understood is refused now, not by the job.
      checkRequest(asked, rulebook);
      const now = app.clock();
      const { keyId, name } = actorOf(request);
      const job: ImpactJob = {
        id: app.newId('impact'),
        draft: draft.id,
        hash: draft.hash,
        against: draft.from,
        request: asked,
        reportingLEAs: asked.reportingLEAs,
        runDate: day,
        requestedAt: now.toISOString(),
        by: { keyId, name },
        status: 'Pending',
        progress: 0,
      };
      await app.jobs.impact.add(job, keyId);
      const accepted = shownImpact(job);
      return withRulebook(reply, draft.hash).code(202).header('location', accepted.links.self).send(accepted);
    },
  );
};

export default route;
