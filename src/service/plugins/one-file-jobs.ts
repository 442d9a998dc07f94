/** Jobs that begin with one file: a folder to receive it in, and what is taken up of those that a process left. */
import { join } from 'node:path';
import fp from 'fastify-plugin';
import { type Incoming, incoming, removeOthers } from '../jobs/incoming.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The state's own files, to be reconciled. */
    readonly reconciliations: Incoming;
    /** Students without an SSID, to be matched. */
    readonly matches: Incoming;
  }
}

/** Folders of the store for the files of these jobs: student data stays in one place. */
export const RECONCILIATIONS = 'reconciliations';
export const MATCHES = 'matches';

const KINDS = [
  { name: RECONCILIATIONS, kind: 'reconciliation', prefix: 'reconciliation' },
  { name: MATCHES, kind: 'matching', prefix: 'match' },
] as const;

export default fp(
  async (app) => {
    for (const { name, kind, prefix } of KINDS) {
      const dir = join(app.config.storeDir, name);
      // Before the queue begins (plugins/jobs.ts).
      app.removeLeft(async () => {
        const jobs = app.store.forLEAs('all').jobs(kind);
        await removeOthers(app, dir, async (id) => (await jobs.get(id)) !== undefined);
      });
      app.decorate(name, incoming(app, { kind, prefix, dir, files: 1 }));
    }
  },
  { name: 'one-file-jobs', dependencies: ['config', 'store', 'replicas'] },
);
