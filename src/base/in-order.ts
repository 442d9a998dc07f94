/**
 * Runs tasks with at most `ahead` under way, and gives their results in the order of the tasks: work is done side by
 * side, memory stays bounded.
 */
export async function* inOrder<T, R>(
  tasks: AsyncIterable<T> | Iterable<T>,
  ahead: number,
  start: (task: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for await (const task of tasks) {
    const result = start(task);
    // A later task may fail while an earlier one is awaited: its failure is told in its turn, and must not count as
    // unhandled until then.
    result.catch(() => {});
    underWay.push(result);
    if (underWay.length >= ahead) yield await (underWay.shift() as Promise<R>);
  }
  while (underWay.length > 0) yield await (underWay.shift() as Promise<R>);
}
