/** A rulebook ready for use: compiled, with threads for long streams while somebody needs them. */
import { setImmediate } from 'node:timers/promises';
import type { Rulebook } from '#rulebook/load/assemble';
import { createEvaluator, type Evaluator } from '../evaluations/evaluate.ts';
import type { ClosableThreads, LineThreads } from '../evaluations/line-threads.ts';
import { practiced, practiceOf } from '../evaluations/practice.ts';

export interface LentThreads {
  readonly threads: LineThreads | undefined;
  /** Nothing more will be asked of them. */
  giveBack(): void;
}

export interface PreparedRules {
  readonly rulebook: Rulebook;
  readonly hash: string;
  readonly evaluator: Evaluator;
  /** Threads that answer by this rulebook until they are given back, whatever takes effect meanwhile. */
  lend(): LentThreads;
  /** It is in effect: its threads stay, for the next stream. */
  keep(): void;
  /**
   * Starts the threads of one that is kept, so that no stream has to wait for it; they and the event loop practice, a
   * few milliseconds at a time.
   */
  warm(): void;
  /** It no longer is: its threads end when the last stream has given them back. */
  letGo(): void;
}

/** How often the event loop goes through the worked examples. */
const ROUNDS = 3;

/**
 * @param makeThreads without it nothing is lent
 * @param closing where the ending of threads is entered, to be waited for
 */
export function preparedRules(
  rulebook: Rulebook,
  makeThreads: ((rulebook: Rulebook) => ClosableThreads) | undefined,
  closing: Set<Promise<void>>,
): PreparedRules {
  let threads: ClosableThreads | undefined;
  let streams = 0;
  let kept = false;

  function endIfUnused(): void {
    if (kept || streams > 0 || !threads) return;
    const ended = threads.close().finally(() => closing.delete(ended));
    closing.add(ended);
    threads = undefined;
  }

  const evaluator = createEvaluator(rulebook);
  async function practice(): Promise<void> {
    const students = practiceOf(rulebook);
    for (let round = 0; round < ROUNDS; round++)
      for (const some of students) {
        await setImmediate(undefined, { ref: false });
        if (!kept) return;
        practiced(evaluator, some);
      }
  }

  return {
    rulebook,
    hash: rulebook.hash,
    evaluator,
    lend() {
      threads ??= makeThreads?.(rulebook);
      streams++;
      let given = false;
      return {
        threads,
        giveBack() {
          if (given) return;
          given = true;
          streams--;
          endIfUnused();
        },
      };
    },
    keep() {
      kept = true;
    },
    warm() {
      if (!kept) return;
      threads ??= makeThreads?.(rulebook);
      threads?.start();
      // Whoever has it in effect from then on is told what is wrong with it; practicing tells nobody.
      practice().catch(() => {});
    },
    letGo() {
      kept = false;
      endIfUnused();
    },
  };
}
