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
      const { read, rejected } = await leas.linesSent();
      const [last] = await leas.uploads({ limit: 1 });
      const jobs = [];
      for (const kind of KINDS) {
        const count = async (status: 'Pending' | 'Processing' | 'Failed'): Promise<number> =>
          (await leas.jobs(kind).list({ limit: MOST_COUNTED, status })).length;
        const [pending, processing] = [await count('Pending'), await count('Processing')];
        jobs.push({ kind, pending, processing, failed: await count('Failed') });
      }
      return {
        students: await leas.students(),
        leas: [...(await leas.leas())],
        linesRead: read,
        linesRejected: rejected,
        ...(last && { lastUpload: last.receivedAt }),
        jobs,
        rulebook: (await app.rules.current()).hash,
        refused: app.rules.refused().map(({ reason }) => reason),
      };
    },
  );
};

export default route;
