/** The files that the service is started with take effect. */
import { inEffectAt, publishedAt } from '#publishing/in-effect';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';

/** Why what was published takes effect again after a time with the files of a folder. */
const WITHOUT_FOLDER = 'the service was started again without a folder of rules';

/**
 * Activates the files that the service is started with, unless they are already in effect. A version that was published or
 * restored stays in effect over the files that come with the program, and not over a folder that was named: there the
 * files are the truth.
 * @param named whether somebody named the folder of the files
 * @param at the present moment, ISO 8601 in UTC
 */
export async function activateFiles(store: Store, rulebook: Rulebook, named: boolean, at: string): Promise<void> {
  await store.keepRulebook(rulebook, at);
  for (;;) {
    const activations = await store.activations();
    const activation = inEffectAt(activations, at);
    const published = named ? undefined : publishedAt(activations, at);
    const hash = published?.hash ?? rulebook.hash;
    if (activation?.hash === hash) return;
    const made = await store.activate(
      {
        ...{ hash, from: at, createdAt: at },
        ...(published ? { how: 'restored', reason: WITHOUT_FOLDER } : { how: 'files' }),
      },
      activations,
    );
    // Another process that begins at the same moment may have done so: it is decided anew.
    if (made) return;
  }
}
