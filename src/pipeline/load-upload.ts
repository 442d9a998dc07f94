/** Uploads into a store, in a thread of their own: reading is long, and SQLite does not wait in the background. */
import { Worker } from 'node:worker_threads';
import { type Encoding, UnreadableInputError } from '#intake/lines';
import type { InputFile, Upload } from '#intake/upload';
import type { RulebookSource } from '#rulebook/load/assemble';
import { StoreBusyError } from '#store/store';

export interface LoadOptions {
  readonly storeDir: string;
  readonly id: string;
  /** The LEA that sends the records, or `all`. */
  readonly sender: string;
  readonly files: readonly InputFile[];
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** CCYYMMDD */
  readonly loadDay: string;
  readonly encoding?: Encoding | undefined;
  readonly rulebook: RulebookSource;
  readonly temporaryDir?: string | undefined;
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

export type LoadMessage =
  | { readonly kind: 'progress'; readonly fraction: number }
  | { readonly kind: 'done'; readonly upload: Upload }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string };

/**
 * Loads an upload: all its accepted records, or none.
 * @returns the upload's report
 * @throws UnreadableInputError, StoreBusyError
 */
export function loadUpload(options: LoadOptions): Promise<Upload> {
  const { onProgress, rulebook, ...rest } = options;
  const worker = new Worker(new URL('./load-thread.ts', import.meta.url), {
    workerData: { ...rest, rulebook: { hash: rulebook.hash, files: rulebook.files } } satisfies LoadOptions,
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: LoadMessage) => {
      if (message.kind === 'progress') onProgress?.(message.fraction);
      else if (message.kind === 'done') resolve(message.upload);
      else reject(errorFrom(message));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the loading thread ended with exit code ${code}`)));
  });
}

// Errors lose their class on the way between threads.
function errorFrom({ name, message }: { name: string; message: string }): Error {
  if (name === 'UnreadableInputError') return new UnreadableInputError(message);
  if (name === 'StoreBusyError') return new StoreBusyError();
  return new Error(message);
}
