/**
 * The runner of impact reports: begins when the service is ready, finishes or puts back what it is doing when the
 * service stops.
 */
import { join } from 'node:path';
import fp from 'fastify-plugin';
import { type ImpactJobs, impactJobs, type MakeImpact } from '../jobs/impact-jobs.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly impacts: ImpactJobs;
  }
}

const FOLDER = 'impacts';

export default fp<{ readonly makeImpact: MakeImpact }>(
  async (app, { makeImpact }) => {
    const { storeDir, shutdownGrace } = app.config;
    const jobs = impactJobs({
      store: app.store,
      make: makeImpact,
      dir: join(storeDir, FOLDER),
      rulebookInForce: () => app.rules.current().rulebook,
      clock: app.clock,
      onStatus({ id, status }, error) {
        if (error === undefined) app.log.info({ impactId: id }, `impact report ${status}`);
        else app.log.error({ impactId: id, err: error }, 'impact report failed');
      },
      onTrouble: (error) => app.log.error({ err: error }, 'the queue of impact reports cannot be read'),
    });
    app.decorate('impacts', jobs);
    app.addHook('onReady', async () => jobs.start());
    let stopped: Promise<void> | undefined;
    app.addHook('preClose', async () => {
      stopped = jobs.stop(shutdownGrace);
    });
    app.addHook('onClose', async () => stopped);
  },
  { name: 'impacts', dependencies: ['config', 'store', 'rules'] },
);
