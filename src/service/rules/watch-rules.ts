/**
 * Watches a folder of rules by looking at it twice a second: reading some hundred small files takes a few milliseconds,
 * and unlike notifications of the file system it works for editors that write by renaming, for folders that are removed
 * and made again, and for folders of other machines.
 */
import type { FastifyInstance } from 'fastify';
import type { RulesFolder } from './rules-folder.ts';

const EVERY_MS = 500;

type Watching = Pick<FastifyInstance, 'rules' | 'log'>;

/**
 * A valid change of the folder takes effect; an invalid one is reported and ignored.
 * @param every milliseconds between two looks
 * @returns ends it, once a look that is under way is done
 */
export function watchRules(app: Watching, folder: RulesFolder, every = EVERY_MS): () => Promise<void> {
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= lookAt(app, folder).finally(() => {
      looking = undefined;
    });
  }, every);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}

/** One look; what goes wrong with it, such as a store that cannot be written, is logged. */
export async function lookAt(app: Watching, folder: RulesFolder): Promise<void> {
  try {
    const found = folder.look();
    if (found) await app.rules.folder(found);
  } catch (error) {
    app.log.error({ err: error }, 'the watched folder of rules cannot be watched');
  }
}
