/** What retirements did to a student between two snapshots, in sentences. */
import { withDashes } from '#records/days';
import type { Store } from '#store/store';

/**
 * @param ssid of a row of one of two extracts
 * @param before and after: the snapshots that they were made from
 * @returns none for nearly every student
 */
export async function numbersMoved(
  { ssids }: Pick<Store, 'ssids'>,
  ssid: string,
  before: number | undefined,
  after: number | undefined,
): Promise<readonly string[]> {
  const [activeBefore, activeAfter] = [await ssids.activeOf(ssid, before), await ssids.activeOf(ssid, after)];
  if (activeBefore === ssid && activeAfter !== ssid) {
    const day = (await ssids.formerOf(activeAfter, after)).find(({ retired }) => retired === ssid)?.day ?? '';
    return [`SSID ${ssid} was retired on ${withDashes(day)}: its records belong to ${activeAfter}.`];
  }
  if (activeBefore !== ssid) return activeAfter === ssid ? [undone(ssid)] : [];
  const [then, now] = [await ssids.formerOf(ssid, before), await ssids.formerOf(ssid, after)];
  const without = (some: typeof then, others: typeof then): typeof then =>
    some.filter(({ retired }) => others.every((other) => other.retired !== retired));
  return [
    ...without(now, then).map(
      ({ retired, day }) => `SSID ${retired} was retired on ${withDashes(day)}: its records belong to this student.`,
    ),
    ...without(then, now).map(({ retired }) => undone(retired)),
  ];
}

const undone = (ssid: string): string => `The retirement of SSID ${ssid} was undone: its records belong to it again.`;
