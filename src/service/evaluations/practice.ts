/**
 * What threads practice on before the first stream comes: the worked examples of their rulebook, which reach every rule.
 * The engine compiles what runs often while it runs, and the first stream would wait for that.
 */
import { casesOf, lineWriter, requestOf } from '#authoring/examples/cases';
import type { Rulebook } from '#rulebook/load/assemble';
import { ServiceError } from '../http/errors.ts';
import type { EvaluationHead, Evaluator } from './evaluate.ts';
import { answerLines } from './evaluate-lines.ts';

/** Some students of one request, a line each. */
export interface Practice {
  readonly head: EvaluationHead;
  readonly lines: Uint8Array;
}

/** So few students take a thread some milliseconds, even the first time. */
const AT_ONCE = 5;

/** The examples of a rulebook as a stream has them; one that cannot be written as lines is left out. */
export function practiceOf(rulebook: Rulebook): Practice[] {
  const write = lineWriter(rulebook);
  const byHead = new Map<string, string[]>();
  for (const { request, runDate, given, records } of casesOf(rulebook)) {
    if (!request || runDate === undefined) continue;
    const head = JSON.stringify({ request: requestOf(request), runDate, onReject: 'skip' });
    const line = lineOf(() => [...given, ...records].map(write));
    if (line === undefined) continue;
    const lines = byHead.get(head) ?? [];
    lines.push(line);
    byHead.set(head, lines);
  }
  return [...byHead].flatMap(([head, lines]) =>
    Array.from({ length: Math.ceil(lines.length / AT_ONCE) }, (_, i) => ({
      head: JSON.parse(head) as EvaluationHead,
      lines: Buffer.from(lines.slice(i * AT_ONCE, (i + 1) * AT_ONCE).join('')),
    })),
  );
}

/** Answers students, and nobody reads it. Gives how many lines the answer has. */
export function practiced(evaluator: Evaluator, { head, lines }: Practice): number {
  try {
    // The head has its run date.
    return answerLines(evaluator.session(head, ''), { lines, first: 1 }).count;
  } catch (error) {
    // An example may ask what no caller may.
    if (error instanceof ServiceError) return 0;
    throw error;
  }
}

function lineOf(records: () => readonly string[]): string | undefined {
  try {
    return `${JSON.stringify({ records: records() })}\n`;
  } catch {
    // The check of rules says what is wrong with an example; practicing is no place to.
    return undefined;
  }
}
