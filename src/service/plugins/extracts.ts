/**
 * The runner of extract jobs: begins when the service is ready, finishes or puts back what it is doing when the service
 * stops.
 */
import { join } from 'node:path';
import fp from 'fastify-plugin';
import { RequestError } from '#extract/request';
import { type ExtractJobs, extractJobs, type MakeExtract } from '../jobs/extract-jobs.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly extracts: ExtractJobs;
  }
}

const FOLDER = 'extracts';

export default fp<{ readonly makeExtract: MakeExtract }>(
  async (app, { makeExtract }) => {
    const { storeDir, shutdownGrace } = app.config;
    const jobs = extractJobs({
      store: app.store,
      make: makeExtract,
      dir: join(storeDir, FOLDER),
      rulebookOf({ rulebookAsked, rulebookHash }) {
        const rules = rulebookAsked ? app.rules.by(rulebookHash) : app.rules.current();
        if (!rules)
          throw new RequestError(
            'rulebook',
            `the version ${rulebookHash} of the rulebook, which was asked for, is not kept any more`,
          );
        return rules.rulebook;
      },
      clock: app.clock,
      onStatus({ id, status, rows }, error) {
        app.metrics.extract(status, rows);
        if (error === undefined)
          app.log.info({ extractId: id, ...(rows !== undefined && { rows }) }, `extract ${status}`);
        else app.log.error({ extractId: id, err: error }, 'extract failed');
      },
      onTrouble: (error) => app.log.error({ err: error }, 'the queue of extracts cannot be read'),
    });
    app.decorate('extracts', jobs);
    app.addHook('onReady', async () => jobs.start());
    // While requests finish, so may the extract; both have the same time.
    let stopped: Promise<void> | undefined;
    app.addHook('preClose', async () => {
      stopped = jobs.stop(shutdownGrace);
    });
    app.addHook('onClose', async () => stopped);
  },
  { name: 'extracts', dependencies: ['config', 'store', 'rules', 'metrics'] },
);
