/** Where the records come from: files or a store. */
import { UserError } from '#base/user-error';
import { inputFiles } from '#intake/input-files';
import { RecordTypes } from '#intake/record-types';
import type { InputFile } from '#intake/upload';
import type { Rulebook } from '#rulebook/load/assemble';
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
 * @param recordType what `--as` says they are, if it is given
 * @param rulebooks whose record types count
 * @throws UserError for a record type without a layout; UnreadableInputError, ForeignFileError as `inputFiles` does
 */
export async function namedFiles(
  paths: readonly string[],
  recordType: string | undefined,
  ...rulebooks: readonly Rulebook[]
): Promise<readonly InputFile[]> {
  const types = [...new Set(rulebooks.flatMap(({ schemas }) => schemas.layouts.map((layout) => layout.recordType)))];
  if (recordType !== undefined && !types.includes(recordType))
    throw new UserError(`--as ${recordType}: expected one of ${types.join(', ')}`);
  const known = rulebooks.flatMap(({ files }) => files);
  const { files, passedOver } = await inputFiles(paths, new RecordTypes({ files: known }), recordType);
  if (passedOver.length > 0) say(passedOver.map((says) => `passed over: ${says}`));
  return files;
}
