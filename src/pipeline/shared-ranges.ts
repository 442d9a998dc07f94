/** Ranges of one extract that are made here and elsewhere: put together in order, as if all were made here. */
import type { SSIDRange } from '#records/scope';
import type { RangeResult } from './steps.ts';

/** Who makes which task, by its place from 0: whoever takes a task makes it. */
export interface TaskBoard<R> {
  /** Takes the first task from this place on that nobody has, and gives its place; `undefined` when there is none. */
  take(from: number): Promise<number | undefined>;
  /**
   * What somebody else makes of a task, once it is there; `undefined` when nobody has the task any more.
   * @throws the reason when the work is ended
   */
  made(place: number): Promise<R | undefined>;
}

/** Has ranges made here and elsewhere; gives their results in order. */
export interface SharedRanges {
  /** From so many students on; 50,000 when not given. */
  readonly from?: number | undefined;
  /** About how many students a range has; 4,000 when not given. */
  readonly studentsARange?: number | undefined;
  /**
   * @param ahead so many results of this process wait at a time
   * @param start makes a range here
   */
  inOrder(
    ranges: readonly SSIDRange[],
    ahead: number,
    start: (range: SSIDRange) => Promise<RangeResult>,
  ): AsyncIterable<RangeResult>;
}

/**
 * Does tasks that others do too. No more than `ahead` of them are under way or waiting here, and one more when somebody
 * did not do the next one; what is waiting elsewhere takes no memory.
 */
export async function* sharedInOrder<T, R>(
  tasks: readonly T[],
  ahead: number,
  start: (task: T) => Promise<R>,
  board: TaskBoard<R>,
): AsyncGenerator<R> {
  const own = new Map<number, Promise<R>>();
  const take = async (from: number): Promise<boolean> => {
    const place = await board.take(from);
    if (place === undefined) return false;
    const result = start(tasks[place] as T);
    // Its failure is told in its turn, and must not count as unhandled until then.
    result.catch(() => {});
    own.set(place, result);
    return true;
  };
  for (let place = 0; place < tasks.length; place++) {
    let mayTake = true;
    while (mayTake && own.size < ahead) mayTake = await take(place);
    let result: R | undefined;
    while (result === undefined) {
      result = await (own.get(place) ?? board.made(place));
      if (result === undefined) await take(place);
    }
    own.delete(place);
    yield result;
  }
}
