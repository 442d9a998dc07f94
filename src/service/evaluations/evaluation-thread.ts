/** One thread of evaluation-threads.ts: lines in, answers out. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { createEvaluator, type EvaluationHead } from './evaluate.ts';
import { answerLines } from './evaluate-lines.ts';
import { type AnsweredLines, type NumberedLines, ownBytes } from './line-threads.ts';
import { type Practice, practiced, practiceOf } from './practice.ts';

export interface LinesWork {
  readonly head: EvaluationHead;
  readonly lines: NumberedLines;
}

export type EvaluationThread = typeof setUp;

function setUp(source: RulebookSource) {
  const rulebook = assemble(source);
  const evaluator = createEvaluator(rulebook);
  let practice: readonly Practice[] | undefined;
  return {
    answer({ head, lines }: LinesWork, { transfer }: TaskContext): AnsweredLines {
      // The head always has its run date by now.
      const { count, bytes } = answerLines(evaluator.session(head, ''), lines);
      const own = ownBytes(bytes);
      transfer(own.buffer);
      return { count, bytes: own };
    },
    /** Answers the worked examples once, and nobody reads it. Gives how many there are. */
    practice(_: undefined): number {
      practice ??= practiceOf(rulebook);
      return practice.reduce((count, some) => count + practiced(evaluator, some), 0);
    },
  };
}

serveTasks(setUp);
