/** Uploads: a folder to receive each in, and what is taken up of those that a process left. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fp from 'fastify-plugin';
import { type IncomingFolder, incomingFolder } from '../http/receive.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly uploads: {
      /**
       * A new upload: its id, and the folder for its files.
       * @param keyId of the API key that sends it
       * @throws ServiceError CENR_TOO_MANY_WAITING
       */
      begin(keyId: string): Promise<{ readonly id: string; readonly folder: IncomingFolder }>;
    };
  }
}

/** Folder of the store for files on their way in, and for what loading lays aside: student data stays in one place. */
export const INCOMING = 'incoming';

export default fp(
  async (app) => {
    const { storeDir, uploadBytes, uploadFiles } = app.config;
    const dir = join(storeDir, INCOMING);

    // Before the queue begins (plugins/jobs.ts). What a killed process was still receiving is student data, and nobody
    // was told that it arrived; one service uses a store at a time.
    app.addHook('onReady', async () => {
      const leas = app.store.forLEAs('all');
      const left = (['Pending', 'Processing'] as const).flatMap((status) => leas.jobs('upload').list({ status }));
      for (const job of left) if (job.isAwaited && !leas.upload(job.id)) await app.jobs.upload.giveUp(job);
      const kept = new Set(left.filter((job) => !job.isAwaited).map(({ id }) => id));
      for (const name of await readdir(dir).catch(() => []))
        if (!kept.has(name)) await rm(join(dir, name), { recursive: true, force: true });
    });

    app.decorate('uploads', {
      async begin(keyId) {
        app.jobs.upload.requireRoom(keyId);
        const id = app.newId('upload');
        return { id, folder: await incomingFolder(join(dir, id), { bytes: uploadBytes, files: uploadFiles }) };
      },
    });
  },
  { name: 'uploads', dependencies: ['config', 'store'] },
);
