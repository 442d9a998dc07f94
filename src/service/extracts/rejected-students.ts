/** Students of whom the store rejected records. */
import type { LEAStore } from '#store/store';

const AT_ONCE = 1_000;

/** All of them, ascending, as they were at a snapshot. */
export async function* rejectedStudents(store: LEAStore, snapshot: number | undefined): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const some = await store.rejectedStudents(after, AT_ONCE, snapshot);
    yield* some;
    const last = some.at(-1);
    if (last === undefined || some.length < AT_ONCE) return;
    after = last;
  }
}
