/** Uploads into a store, in a thread of their own: reading is long, and SQLite does not wait in the background. */
import { beginWithRoom, ROOM_FOR_GARBAGE, runInThread, threadFile } from '#base/threads';
import { ForeignFileError } from '#intake/file-form';
import { UnreadableInputError } from '#intake/lines';
import type { Upload } from '#intake/upload';
import { BlockDamagedError } from '#records/block/sealed';
import { StoreBusyError } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import type { LoadOptions } from './load-files.ts';
import type { LoadThread } from './load-thread.ts';

/**
 * Loads an upload: all its accepted records, or none.
 * @returns the upload's report
 * @throws UnreadableInputError, ForeignFileError, StoreBusyError; the signal's reason when it is aborted
 */
export function loadUpload({ onProgress, signal, rulebook, ...work }: LoadOptions): Promise<Upload> {
  const { hash, files } = rulebook;
  beginWithRoom();
  return runInThread<LoadThread, 'load'>(
    {
      file: threadFile(import.meta.url, './load-thread'),
      limits: ROOM_FOR_GARBAGE,
      errors: [UnreadableInputError, ForeignFileError, StoreBusyError, StoreTroubleError, BlockDamagedError],
    },
    'load',
    { ...work, rulebook: { hash, files } },
    { onProgress, signal },
  );
}
