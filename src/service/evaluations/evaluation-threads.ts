/**
 * Threads that answer lines of evaluations (evaluate-lines.ts) side by side, each with a compiled rulebook of its own.
 */

import { defaultThreads, ROOM_FOR_GARBAGE, Threads, threadFile } from '#base/threads';
import type { RulebookSource } from '#rulebook/load/assemble';
import type { EvaluationThread } from './evaluation-thread.ts';
import type { ClosableThreads } from './line-threads.ts';

/** How often each thread goes through the worked examples before the first stream comes. */
const ROUNDS = 10;

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
  let asked = false;
  // A round is short: a stream that comes meanwhile waits for no more than that, and ends the practice.
  async function practice(): Promise<void> {
    for (let round = 0; round < ROUNDS && !asked; round++) await threads.run('practice', undefined);
  }
  return {
    count,
    answer(head, lines) {
      asked = true;
      return threads.run('answer', { head, lines }, { transfer: [lines.lines.buffer as ArrayBuffer] });
    },
    start() {
      threads.start();
      // What goes wrong, or is cut short by the end of the service, a stream will be told of.
      for (let thread = 0; thread < count; thread++) practice().catch(() => {});
    },
    close: () => threads.close(),
  };
}
