/** Where the records come from: files or a store. */
import { UserError } from '#base/user-error';
import { inputFiles } from '#intake/input-files';
import { RecordTypes } from '#intake/record-types';
import type { InputFile } from '#intake/upload';
import type { RulebookSource } from '#rulebook/load/assemble';
import { say } from './summary.ts';

/**
 * @param give how the sentence begins
 * @throws UserError when both are named, or neither
 */
export function requireFilesOrStore(paths: readonly string[], store: string | undefined, give = 'give'): void {
  if (paths.length > 0 === (store !== undefined)) throw new UserError(`${give} files or --store DIR, not both`);
}

/**
 * The files that paths stand for; says which files of folders are passed over.
 * @throws UnreadableInputError, ForeignFileError as `inputFiles` does
 */
export async function filesFrom(paths: readonly string[], rulebook: RulebookSource): Promise<readonly InputFile[]> {
  const { files, passedOver } = await inputFiles(paths, new RecordTypes(rulebook));
  if (passedOver.length > 0) say(passedOver.map((says) => `passed over: ${says}`));
  return files;
}
