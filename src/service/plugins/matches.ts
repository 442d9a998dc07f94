/** Matches of requests for SSIDs: a folder to receive each file in, and what is taken up of those that a process left. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fp from 'fastify-plugin';
import { type IncomingFolder, incomingFolder } from '../http/receive.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly matches: {
      /**
       * A new match: its id, and the folder for its file.
       * @param keyId of the API key that sends it
       * @throws ServiceError CENR_TOO_MANY_WAITING
       */
      begin(keyId: string): Promise<{ readonly id: string; readonly folder: IncomingFolder }>;
    };
  }
}

/** Folder of the store for the files of matches: student data stays in one place. */
export const MATCHES = 'matches';

export default fp(
  async (app) => {
    const { storeDir, uploadBytes } = app.config;
    const dir = join(storeDir, MATCHES);

    // Before the queue begins (plugins/jobs.ts). What a killed process was still receiving is student data, and nobody
    // was told that it arrived.
    app.addHook('onReady', async () => {
      const jobs = app.store.forLEAs('all').jobs('matching');
      for (const name of await readdir(dir).catch(() => []))
        if (!jobs.get(name)) await rm(join(dir, name), { recursive: true, force: true });
    });

    app.decorate('matches', {
      async begin(keyId) {
        app.jobs.matching.requireRoom(keyId);
        const id = app.newId('match');
        return { id, folder: await incomingFolder(join(dir, id), { bytes: uploadBytes, files: 1 }) };
      },
    });
  },
  { name: 'matches', dependencies: ['config', 'store'] },
);
