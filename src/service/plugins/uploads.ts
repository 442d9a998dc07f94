/** Uploads: a folder to receive them in, and their turn to be loaded. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fp from 'fastify-plugin';
import type { Encoding } from '#intake/lines';
import type { InputFile, Upload } from '#intake/upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { type IncomingFolder, incomingFolder, turns } from '../http/receive.ts';

/** Loads files into the store as one upload. */
export type LoadUpload = (options: {
  readonly id: string;
  readonly sender: string;
  readonly files: readonly InputFile[];
  readonly receivedAt: string;
  readonly loadDay: string;
  readonly encoding: Encoding;
  /** In effect when its turn came. */
  readonly rulebook: Rulebook;
}) => Promise<Upload>;

declare module 'fastify' {
  interface FastifyInstance {
    readonly uploads: {
      /** A new upload: its id, and the folder for its files. */
      begin(): Promise<{ readonly id: string; readonly folder: IncomingFolder }>;
      /** Loads it when its turn comes. */
      load(id: string, sender: string, files: readonly InputFile[], encoding: Encoding): Promise<Upload>;
    };
  }
}

/** Folder of the store for files on their way in, and for what loading lays aside: student data stays in one place. */
export const INCOMING = 'incoming';

export default fp<{ readonly loadUpload: LoadUpload }>(
  async (app, { loadUpload }) => {
    const { storeDir, uploadBytes, uploadFiles, waitingUploads } = app.config;
    const dir = join(storeDir, INCOMING);
    const inTurn = turns(waitingUploads);
    // What a killed process left is student data; one service uses a store at a time.
    app.addHook('onReady', () => rm(dir, { recursive: true, force: true }));

    app.decorate('uploads', {
      async begin() {
        const id = app.newId('upload');
        return { id, folder: await incomingFolder(join(dir, id), { bytes: uploadBytes, files: uploadFiles }) };
      },
      async load(id, sender, files, encoding) {
        const upload = await inTurn(() => {
          const { rulebook } = app.rules.current();
          return loadUpload({
            id,
            sender,
            files,
            encoding,
            rulebook,
            receivedAt: app.clock().toISOString(),
            loadDay: app.today(),
          });
        });
        app.metrics.uploaded(upload);
        app.log.info({ uploadId: id, lines: upload.linesRead, rulebook: upload.rulebookHash }, 'upload loaded');
        return upload;
      },
    });
  },
  { name: 'uploads', dependencies: ['config', 'rules', 'metrics'] },
);
