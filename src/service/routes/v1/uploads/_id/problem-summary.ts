/** GET /v1/uploads/{id}/problem-summary: problems by file and field, and which files CALPADS would post. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ServiceError } from '#service/http/errors';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { ProblemSummary, problemSummary } from '#service/uploads/problem-summary';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/problem-summary',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        operationId: 'getProblemSummary',
        summary: 'What the problems of an upload come to',
        description: 'Problems by file and by field, and for each file whether CALPADS would post it.',
        params: IdParams,
        response: responses(
          { 200: contents('The summary', { 'application/json': ProblemSummary }, ['cenr-rulebook']) },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const leas = app.store.forLEAs(scopeOf(request));
      const upload = await leas.upload(request.params.id);
      if (!upload) throw new ServiceError('CENR_NOT_FOUND');
      withRulebook(reply, upload.rulebookHash);
      return problemSummary(app, leas, upload);
    },
  );
};

export default route;
