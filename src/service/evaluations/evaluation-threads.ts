/**
 * Threads that answer lines of evaluations (evaluate-lines.ts) side by side, each with a compiled rulebook of its own.
 */

import { defaultThreads, ROOM_FOR_GARBAGE, Threads, threadFile } from '#base/threads';
import type { RulebookSource } from '#rulebook/load/assemble';
import type { EvaluationThread } from './evaluation-thread.ts';
import type { ClosableThreads } from './line-threads.ts';

/**
 * @param rulebook plain data, of which each thread assembles its own
 * @param count how many threads; one for each core when not given
 */
export function evaluationThreads({ hash, files }: RulebookSource, count = defaultThreads()): ClosableThreads {
  const threads = new Threads<EvaluationThread>({
    file: threadFile(import.meta.url, './evaluation-thread'),
    count,
    dataOf: () => ({ hash, files }),
    limits: ROOM_FOR_GARBAGE,
  });
  return {
    count,
    answer: (head, lines) => threads.run('answer', { head, lines }, { transfer: [lines.lines.buffer as ArrayBuffer] }),
    start: () => void threads.start(),
    close: () => threads.close(),
  };
}
