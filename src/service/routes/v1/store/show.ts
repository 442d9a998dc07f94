/** GET /v1/store: what is stored and what is in work, in numbers. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { scopeOf } from '#service/plugins/auth';
import { StoreView } from '#service/schemas/administration';
import { contents, responses } from '#service/schemas/responses';

const KINDS = ['upload', 'extract', 'impact'] as const;
const MOST_COUNTED = 1_000;

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'getStore',
        summary: 'Show what is stored and what is in work',
        response: responses({ 200: contents('In numbers', { 'application/json': StoreView }) }, []),
      },
    },
    async (request) => {
      const leas = app.store.forLEAs(scopeOf(request));
      const { read, rejected } = leas.linesSent();
      const [last] = leas.uploads({ limit: 1 });
      return {
        students: await leas.students(),
        leas: [...leas.leas()],
        linesRead: read,
        linesRejected: rejected,
        ...(last && { lastUpload: last.receivedAt }),
        jobs: KINDS.map((kind) => {
          const count = (status: 'Pending' | 'Processing' | 'Failed'): number =>
            leas.jobs(kind).list({ limit: MOST_COUNTED, status }).length;
          return {
            kind,
            pending: count('Pending'),
            processing: count('Processing'),
            failed: count('Failed'),
          };
        }),
        rulebook: app.rules.current().hash,
        refused: app.rules.refused().map(({ reason }) => reason),
      };
    },
  );
};

export default route;
