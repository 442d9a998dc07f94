/** Files in blocks of caret lines, whatever stands between their fields. */
import { asCaretBlocks, isMisfit } from './delimited.ts';
import { type Block, blocksOf } from './lines.ts';
import type { RecordTypes } from './record-types.ts';
import type { InputFile } from './upload.ts';

/**
 * A file as blocks of caret lines; `blocksOf` says how.
 * @throws UnreadableInputError as it does
 */
export const caretBlocksOf = (
  file: number,
  { path, recordType }: Pick<InputFile, 'path' | 'recordType'>,
  types: RecordTypes,
  onBytes?: (bytes: Uint8Array) => void,
): AsyncGenerator<Block> =>
  asCaretBlocks(blocksOf(file, path, onBytes), (line) => {
    const form = types.delimited(line, recordType);
    return form && !isMisfit(form) ? form : undefined;
  });
