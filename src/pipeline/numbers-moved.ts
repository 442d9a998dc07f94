/** What retirements did to a student between two snapshots. */
import { withDashes } from '#records/days';
import { lineNumberOf, placeText, sourceOf } from '#records/record';
import type { Store } from '#store/store';

export interface NumbersMoved {
  /** None for nearly every student. */
  readonly sentences: readonly string[];
  /** The records that changed their student by it, as `placeText` has them. */
  readonly places: ReadonlySet<string>;
}

/**
 * @param ssid of a row of one of two extracts
 * @param before and after: the snapshots that they were made from
 * @throws SnapshotGoneError
 */
export async function numbersMoved(
  store: Pick<Store, 'ssids' | 'forLEAs'>,
  ssid: string,
  before: number | undefined,
  after: number | undefined,
): Promise<NumbersMoved> {
  const { ssids } = store;
  const places = new Set<string>();
  /** @param snapshot when the number was active */
  const add = async (number: string, snapshot: number | undefined): Promise<void> => {
    const body = (await store.forLEAs('all').history(number, snapshot))?.body() ?? '';
    for (const kept of body === '' ? [] : body.split('\n')) places.add(placeText(sourceOf(kept), lineNumberOf(kept)));
  };
  const [activeBefore, activeAfter] = [await ssids.activeOf(ssid, before), await ssids.activeOf(ssid, after)];
  if (activeBefore !== activeAfter && activeBefore === ssid) {
    const day = (await ssids.formerOf(activeAfter, after)).find(({ retired }) => retired === ssid)?.day ?? '';
    await add(ssid, before);
    return { places, sentences: [`${retiredOn(ssid, day)} to ${activeAfter}.`] };
  }
  if (activeBefore !== activeAfter) {
    await add(ssid, after);
    return { places, sentences: activeAfter === ssid ? [undone(ssid)] : [] };
  }
  const [then, now] = [await ssids.formerOf(ssid, before), await ssids.formerOf(ssid, after)];
  const sentences: string[] = [];
  for (const { retired, day } of now.filter((one) => then.every((other) => other.retired !== one.retired))) {
    await add(retired, before);
    sentences.push(`${retiredOn(retired, day)} to this student.`);
  }
  for (const { retired } of then.filter((one) => now.every((other) => other.retired !== one.retired))) {
    await add(retired, after);
    sentences.push(undone(retired));
  }
  return { places, sentences };
}

const retiredOn = (ssid: string, day: string): string =>
  `SSID ${ssid} was retired on ${withDashes(day)}: its records belong`;

const undone = (ssid: string): string => `The retirement of SSID ${ssid} was undone: its records belong to it again.`;
