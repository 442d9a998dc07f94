/** Where the records come from: files or a store. */
import { UserError } from '#base/user-error';
import { inputFiles } from '#intake/lines';
import type { InputFile } from '#intake/upload';
import { layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';

/**
 * @param give how the sentence begins
 * @throws UserError when both are named, or neither
 */
export function requireFilesOrStore(paths: readonly string[], store: string | undefined, give = 'give'): void {
  if (paths.length > 0 === (store !== undefined)) throw new UserError(`${give} files or --store DIR, not both`);
}

/**
 * The files that paths stand for.
 * @param recordType what `--as` says they are, if it is given
 * @throws UserError for a record type without a layout; UnreadableInputError as `inputFiles` does
 */
export async function namedFiles(
  paths: readonly string[],
  recordType: string | undefined,
  { schemas }: Rulebook,
): Promise<InputFile[]> {
  if (recordType !== undefined && !layoutOf(schemas, recordType))
    throw new UserError(
      `--as ${recordType}: expected one of ${schemas.layouts.map((layout) => layout.recordType).join(', ')}`,
    );
  return (await inputFiles(paths)).map((file) => ({ ...file, recordType }));
}
