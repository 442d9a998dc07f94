/** Where the records come from: files or a store. */
import { UserError } from '#base/user-error';

/**
 * @param give how the sentence begins
 * @throws UserError when both are named, or neither
 */
export function requireFilesOrStore(paths: readonly string[], store: string | undefined, give = 'give'): void {
  if (paths.length > 0 === (store !== undefined)) throw new UserError(`${give} files or --store DIR, not both`);
}
