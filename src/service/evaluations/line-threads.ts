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

/** Threads that answer lines, for streams that are worth it (`evaluation-threads.ts`). */
export interface LineThreads {
  readonly count: number;
  /** @param lines their bytes are not to be used again */
  answer(head: EvaluationHead, lines: NumberedLines): Promise<AnsweredLines>;
}

/** Threads, and their end. */
export type ClosableThreads = LineThreads & { close(): Promise<void> };
