/** That the files which the service is started with take force. */
import { inForceAt, publishedAt } from '#publishing/activation';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';

/** Why what was published takes force again after a time with the files of a folder. */
const WITHOUT_FOLDER = 'the service was started again without a folder of rules';

/**
 * Enters the files that the service is started with, unless they are in force already. A version that was published or
 * restored stays in force over the files that come with the program, and not over a folder that was named: there the
 * files are the truth.
 * @param named whether somebody named the folder of the files
 * @param at the present moment, ISO 8601 in UTC
 */
export function enterFiles(store: Store, rulebook: Rulebook, named: boolean, at: string): void {
  store.keepRulebook(rulebook, at);
  const entries = store.tookForce();
  const entry = inForceAt(entries, at);
  const published = named ? undefined : publishedAt(entries, at);
  const hash = published?.hash ?? rulebook.hash;
  if (entry?.hash === hash) return;
  store.takeForce({
    hash,
    from: at,
    enteredAt: at,
    ...(published ? { how: 'restored', reason: WITHOUT_FOLDER } : { how: 'files' }),
  });
}
