/** One thread of rules-threads.ts: one piece of work. */
import { parentPort, workerData } from 'node:worker_threads';
import { RequestError } from '#extract/request';
import { RulebookLoadError } from '#rulebook/load/load';
import type { RulesReply, RulesTask } from './rules-threads.ts';
import { checkTexts, makeImpact } from './rules-work.ts';

const task = workerData as RulesTask;
const post = (reply: RulesReply): void => parentPort?.postMessage(reply);
const stopped = new AbortController();
parentPort?.on('message', () => stopped.abort(new Error('the work was stopped')));

try {
  if ('check' in task) post({ done: checkTexts(task.check.texts, task.check.today) });
  else
    post({
      done: await makeImpact(task.impact, { signal: stopped.signal, onProgress: (progress) => post({ progress }) }),
    });
} catch (error) {
  const isRefusal = error instanceof RulebookLoadError || error instanceof RequestError;
  post(isRefusal ? { refused: error.message } : { failure: error as Error });
}
