/** One thread of evaluation-threads.ts: lines in, answers out. */
import { parentPort, workerData } from 'node:worker_threads';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { createEvaluator } from './evaluate.ts';
import { answerLines } from './evaluate-lines.ts';
import type { LinesReply, LinesTask } from './evaluation-threads.ts';

const evaluator = createEvaluator(assemble(workerData as RulebookSource));
const post = (reply: LinesReply, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(reply, transfer);

parentPort?.on('message', ({ id, head, lines }: LinesTask) => {
  try {
    // The head always has its run date by now.
    const { count, bytes } = answerLines(evaluator.session(head, ''), lines);
    const own = new Uint8Array(bytes);
    post({ id, answered: { count, bytes: own } }, [own.buffer]);
  } catch (error) {
    // The message stays in this process: the service says nothing of it, and the log leaves messages out.
    post({ id, failure: (error as Error).message });
  }
});
