/** What answers whole lines of evaluations side by side, whoever does it. */
import type { EvaluationHead } from './evaluate.ts';

/** Whole lines, answered. */
export interface AnsweredLines {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Threads that answer lines, for streams that are worth it (`evaluation-threads.ts`). */
export interface LineThreads {
  readonly count: number;
  /** @param lines whole lines; not to be used again */
  answer(head: EvaluationHead, lines: Uint8Array): Promise<AnsweredLines>;
}

/** Threads, and their end. */
export type ClosableThreads = LineThreads & { close(): Promise<void> };
