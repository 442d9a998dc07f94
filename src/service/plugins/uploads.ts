/** Uploads: a folder to receive each in, and what is taken up of those that a process left. */
import { join } from 'node:path';
import fp from 'fastify-plugin';
import { isOver } from '#publishing/job';
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
    app.removeLeft(async () => {
      const leas = app.store.forLEAs('all');
      const jobs = leas.jobs('upload');
      // Where several share a store, whoever takes such a job next sees whether somebody waits for it still.
      if (!app.store.replicas)
        for (const status of ['Pending', 'Processing'] as const)
          for (const job of await jobs.list({ status }))
            if (job.isAwaited && !(await leas.upload(job.id))) await app.jobs.upload.giveUp(job);
      await removeOthers(app, dir, async (id) => {
        const job = await jobs.get(id);
        return job !== undefined && !isOver(job);
      });
    });

    app.decorate('uploads', incoming(app, { kind: 'upload', prefix: 'upload', dir, files: uploadFiles }));
  },
  { name: 'uploads', dependencies: ['config', 'store', 'replicas'] },
);
