/** A rulebook ready for use: compiled, with threads for long streams while somebody needs them. */
import type { Rulebook } from '#rulebook/load/assemble';
import { createEvaluator, type Evaluator } from '../evaluations/evaluate.ts';
import type { ClosableThreads, LineThreads } from '../evaluations/line-threads.ts';

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
  /** Starts the threads of one that is kept, so that no stream has to wait for it. */
  warm(): void;
  /** It no longer is: its threads end when the last stream has given them back. */
  letGo(): void;
}

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

  return {
    rulebook,
    hash: rulebook.hash,
    evaluator: createEvaluator(rulebook),
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
    },
    letGo() {
      kept = false;
      endIfUnused();
    },
  };
}
