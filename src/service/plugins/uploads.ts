/** Uploads: a folder to receive each in, and what is taken up of those that a process left. */
import { join } from 'node:path';
import fp from 'fastify-plugin';
import { type Incoming, incoming, removeOthers } from '../jobs/incoming.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly uploads: Incoming;
  }
}

/** Folder of the store for files on their way in, and for what loading lays aside: student data stays in one place. */
export const INCOMING = 'incoming';

export default fp(
  async (app) => {
    const { storeDir, uploadFiles } = app.config;
    const dir = join(storeDir, INCOMING);

    // Before the queue begins (plugins/jobs.ts).
    app.addHook('onReady', async () => {
      const leas = app.store.forLEAs('all');
      const waiting = await leas.jobs('upload').list({ status: 'Pending' });
      const left = [...waiting, ...(await leas.jobs('upload').list({ status: 'Processing' }))];
      // Where several share a store, whoever takes such a job next sees whether somebody waits for it still.
      const isAlone = app.store.replicas === undefined;
      for (const job of left)
        if (isAlone && job.isAwaited && !(await leas.upload(job.id))) await app.jobs.upload.giveUp(job);
      const kept = new Set(left.filter((job) => !isAlone || !job.isAwaited).map(({ id }) => id));
      await removeOthers(app, dir, (id) => kept.has(id));
    });

    app.decorate('uploads', incoming(app, { kind: 'upload', prefix: 'upload', dir, files: uploadFiles }));
  },
  { name: 'uploads', dependencies: ['config', 'store'] },
);
