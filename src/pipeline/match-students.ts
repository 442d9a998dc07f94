/** Who among the students of a store requests for SSIDs may be about. */
import { inOrder } from '#base/in-order';
import { defaultThreads, ROOM_FOR_GARBAGE, Threads, threadFile } from '#base/threads';
import { UserError } from '#base/user-error';
import type { Candidate } from '#identity/candidates';
import { mergedCandidates } from '#identity/matcher';
import { matchParameters } from '#identity/parameters';
import type { Description } from '#identity/person';
import { BlockDamagedError } from '#records/block/sealed';
import { EVERYBODY } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/open';
import { SnapshotGoneError } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import { type MatchSetup, MatchSteps } from './match-steps.ts';
import type { MatchThread } from './match-thread.ts';

/** Below, starting threads takes longer than the work. */
const FEW_STUDENTS = 20_000;
const STUDENTS_A_RANGE = 4_000;
/** So many requests are held against the store at a time: memory is flat in both. */
const REQUESTS_AT_ONCE = 25_000;

export interface MatchOptions extends Omit<MatchSetup, 'rulebook'> {
  readonly rulebook: Rulebook;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((students: number) => void) | undefined;
  /** 0: in the calling thread. */
  readonly workers?: number | undefined;
}

/** A request with its candidates, best first. */
export type Matched<T> = readonly [request: T, candidates: readonly Candidate[]];

/**
 * Finds the candidates of requests, in the order of the requests. The store is read once for every 25,000 of them.
 * @throws UserError when the rules lack a parameter; the signal's reason when it is aborted
 */
export async function* matchStudents<T extends { readonly described: Description }>(
  requests: AsyncIterable<T>,
  options: MatchOptions,
): AsyncGenerator<Matched<T>> {
  const { mostCandidates } = matchParameters(options.rulebook);
  const work = await worker(options);
  try {
    let batch: T[] = [];
    const matched = async (): Promise<Matched<T>[]> => {
      const found = await work.match(batch.map(({ described }) => described));
      const candidates = mergedCandidates(found, mostCandidates);
      return batch.map((request, i) => [request, candidates[i] ?? []]);
    };
    for await (const request of requests) {
      batch.push(request);
      if (batch.length < REQUESTS_AT_ONCE) continue;
      yield* await matched();
      batch = [];
    }
    if (batch.length > 0) yield* await matched();
  } finally {
    await work.close();
  }
}

interface MatchWork {
  match(requests: readonly Description[]): Promise<readonly (readonly (readonly Candidate[])[])[]>;
  close(): Promise<void>;
}

async function worker(options: MatchOptions): Promise<MatchWork> {
  const { storeDir, snapshot, scope, replacements, signal, onProgress } = options;
  const { hash, files } = options.rulebook;
  const setup: MatchSetup = { storeDir, snapshot, scope, replacements, rulebook: { hash, files } };
  const store = await openHistories(storeDir, 'all', snapshot);
  const total = await store.students().finally(() => store.close());
  const workers = options.workers ?? (total <= FEW_STUDENTS ? 0 : defaultThreads());
  if (workers === 0) {
    const steps = await MatchSteps.open(setup);
    return {
      async match(requests) {
        steps.begin(requests);
        const students = await steps.range(EVERYBODY, signal);
        onProgress?.(students);
        return [steps.take()];
      },
      close: () => steps.close(),
    };
  }
  return threaded(setup, workers, total, options);
}

async function threaded(
  setup: MatchSetup,
  workers: number,
  total: number,
  { signal, onProgress }: Pick<MatchOptions, 'signal' | 'onProgress'>,
): Promise<MatchWork> {
  const threads = new Threads<MatchThread>({
    file: threadFile(import.meta.url, './match-thread'),
    count: workers,
    dataOf: () => setup,
    limits: ROOM_FOR_GARBAGE,
    errors: [SnapshotGoneError, BlockDamagedError, StoreTroubleError, UserError],
  }).start();
  const store = await openHistories(setup.storeDir, 'all', setup.snapshot);
  const ranges = await store.ranges(Math.max(1, Math.ceil(total / STUDENTS_A_RANGE))).finally(() => store.close());
  return {
    async match(requests) {
      await threads.onEach('begin', requests);
      const start = (range: (typeof ranges)[number]): Promise<number> =>
        threads.run('range', range, signal ? { signal } : {});
      for await (const students of inOrder(ranges, workers * 3, start)) onProgress?.(students);
      return threads.onEach('take', undefined);
    },
    close: () => threads.close(),
  };
}
