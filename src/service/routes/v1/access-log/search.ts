/** POST /v1/access-log/search: who asked for what, when and for what purpose; who has seen a student. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { searchLog } from '#service/access-log/search';
import { scopeOf } from '#service/plugins/auth';
import { AccessLogAnswer, AccessLogQuestion } from '#service/schemas/access-log';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/search',
    {
      config: { access: ['auditor'] },
      schema: {
        tags: ['access log'],
        operationId: 'searchAccessLog',
        summary: 'Search the access log',
        description:
          'Who asked for what, when and for what purpose, newest first; with `ssid`, who has seen this student. The search is in the body, so that no address names a student. One answer reads a part of the log and says which; `next` goes on with what is before it. Of certain LEAs, a key finds requests of their own keys and people, and those about their own students, extracts and uploads. The search itself stands in the log.',
        body: AccessLogQuestion,
        response: responses({ 200: contents('What was found', { 'application/json': AccessLogAnswer }) }, [
          ...BODY_REFUSALS,
          'CENR_NOT_FOUND',
        ]),
      },
    },
    async (request) => {
      const { body } = request;
      request.sought = body.ssid;
      const answer = await searchLog(app, body, scopeOf(request));
      request.disclosed = answer.entries.flatMap(({ named }) => named['ssid'] ?? []);
      return answer;
    },
  );
};

export default route;
