/** Every history of a store, for work in a thread that has others to serve. */
import type { KeptHistory } from '#records/record';
import type { openHistories } from '#store/sqlite';

/**
 * All histories, some at a time; before the next ones, others have their turn.
 * @param most students at a time, about
 * @throws the signal's reason when it is aborted
 */
export async function* historiesInTurns(
  store: Pick<ReturnType<typeof openHistories>, 'students' | 'ranges' | 'histories'>,
  most: number,
  signal?: AbortSignal,
): AsyncGenerator<Iterable<KeptHistory>> {
  for (const range of store.ranges(Math.max(1, Math.ceil(store.students() / most)))) {
    signal?.throwIfAborted();
    yield store.histories(range);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
