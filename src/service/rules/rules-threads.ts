/**
 * Work on rules in threads of their own: the event loop goes on answering, and what takes too much memory or time ends
 * its thread and nothing else.
 */
import { Worker } from 'node:worker_threads';
import { RequestError } from '#extract/request';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { CheckOutcome, ImpactWork, MadeImpact } from './rules-work.ts';

export type RulesTask =
  | { readonly check: { readonly texts: RulebookTexts; readonly today: string } }
  | { readonly impact: ImpactWork };

export type RulesReply =
  | { readonly progress: number }
  | { readonly done: unknown }
  /** What was asked for cannot be done; the message is for whoever asked. */
  | { readonly refused: string }
  | { readonly failure: Error };

/** The thread took more memory or time than it may. */
export class GaveUpError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'GaveUpError';
  }
}

/** The check of the shipped rulebook takes a second or two and less than half of this memory. */
const CHECK_MS = 60_000;
const MOST_MEGABYTES = 512;

interface How {
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  readonly mostMs?: number;
}

async function run<T>(task: RulesTask, { signal, onProgress, mostMs }: How = {}): Promise<T> {
  const worker = new Worker(new URL('./rules-thread.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer =
    mostMs === undefined
      ? undefined
      : setTimeout(() => reject(new GaveUpError(`it took more than ${mostMs / 1_000} seconds`)), mostMs);
  const stop = (): void => worker.postMessage('stop');
  signal?.addEventListener('abort', stop);
  worker.on('message', (reply: RulesReply) => {
    if ('progress' in reply) onProgress?.(reply.progress);
    else if ('done' in reply) resolve(reply.done as T);
    else if ('refused' in reply) reject(new RequestError('draft', reply.refused));
    else reject(reply.failure);
  });
  worker.on('error', (error: NodeJS.ErrnoException) =>
    reject(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? new GaveUpError(`it took more than ${MOST_MEGABYTES} MB of memory`)
        : error,
    ),
  );
  worker.on('exit', (code) => reject(new Error(`the thread ended with exit code ${code}`)));
  try {
    if (signal?.aborted) stop();
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

/** @throws GaveUpError */
export const checkInThread = (texts: RulebookTexts, today: string): Promise<CheckOutcome> =>
  run({ check: { texts, today } }, { mostMs: CHECK_MS });

/** @throws RequestError for a draft or a request that cannot be used; GaveUpError; the reason of `signal` */
export const impactInThread = (
  work: ImpactWork,
  how: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
): Promise<MadeImpact> => run({ impact: work }, how);
