/** Students of whom the store rejected records. */
import type { LEAStore, Store } from '#store/store';

const AT_ONCE = 1_000;

/**
 * All of them, ascending, as they were at a snapshot, each with the numbers that their records were sent with: a retired
 * one stands for the student who has its replacement, and for itself where that student is out of reach.
 * @param seen what is asked of the store
 */
export async function rejectedStudents(
  { ssids }: Pick<Store, 'ssids'>,
  seen: LEAStore,
  snapshot: number | undefined,
): Promise<Map<string, readonly string[]>> {
  const retired = await ssids.replacements();
  const found = new Map<string, readonly string[]>();
  let isMoved = false;
  for await (const sent of numbersIn(seen, snapshot)) {
    const active = retired.has(sent) ? await ssids.activeOf(sent, snapshot) : sent;
    const ssid = active === sent || (await seen.history(active, snapshot)) ? active : sent;
    isMoved ||= ssid !== sent;
    found.set(ssid, [...(found.get(ssid) ?? []), sent]);
  }
  return isMoved ? new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1))) : found;
}

async function* numbersIn(seen: LEAStore, snapshot: number | undefined): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const some = await seen.rejectedStudents(after, AT_ONCE, snapshot);
    yield* some;
    const last = some.at(-1);
    if (last === undefined || some.length < AT_ONCE) return;
    after = last;
  }
}
