/** What answers whole lines of evaluations side by side, whoever does it. */
import type { EvaluationHead } from './evaluate.ts';

/** Whole lines, UTF-8, and the number of the first of them in the stream. */
export interface NumberedLines {
  readonly lines: Uint8Array;
  readonly first: number;
}

/** Whole lines, answered. */
export interface AnsweredLines {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Bytes that share their memory with no others, so that it can be handed to another thread; copied if they do. */
export const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.byteLength === bytes.buffer.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

/** Threads that answer lines, for streams that are worth it (`evaluation-threads.ts`). */
export interface LineThreads {
  readonly count: number;
  /** @param lines their bytes are not to be used again */
  answer(head: EvaluationHead, lines: NumberedLines): Promise<AnsweredLines>;
}

/** Threads, their beginning and their end. */
export interface ClosableThreads extends LineThreads {
  /** Starts them, and has each compile its rulebook; otherwise the first stream waits for that. */
  start(): void;
  close(): Promise<void>;
}
