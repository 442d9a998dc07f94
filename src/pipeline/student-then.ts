/** A student as a store had them at a snapshot, whichever of their numbers is asked for: under the active one of then. */

import { lineNumberOf, placeText, type RecordPlace, sourceOf } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { Retirement } from '#store/ssids';
import { MOST_REJECTIONS, type Rejection, type Store } from '#store/store';
import { Places } from './places.ts';

type Asked = Pick<Store, 'forLEAs' | 'ssids' | 'source'>;

export interface StudentThen {
  /** The active number; the one that was asked for when there is no such student in scope. */
  readonly ssid: string;
  /** Retired numbers that it stands for. */
  readonly formerly: readonly Retirement[];
  /** The records as a body; `undefined` when there is no such student in scope. */
  readonly body: string | undefined;
  /** Where lines were sent, by the number of their source. */
  readonly placeOf: Places['of'];
  /** The number that a line was sent with, where it is not the active one; `''` for one that was sent without. */
  readonly sentWith: (source: number, line: number) => string | undefined;
}

/**
 * @param asked an SSID; a retired one leads to the student who has its replacement
 * @param snapshot the store as it is when absent
 * @throws SnapshotGoneError
 */
export async function studentThen(
  store: Asked,
  asked: string,
  { scope, snapshot }: { readonly scope: LEAScope; readonly snapshot: number | undefined },
): Promise<StudentThen> {
  const active = await store.ssids.activeOf(asked, snapshot);
  const body = (await store.forLEAs(scope).history(active, snapshot))?.body();
  // Whoever may not see a student does not learn the numbers.
  const ssid = body === undefined ? asked : active;
  const places = new Places(store);
  const numbers = new Map<string, string>();
  const lines = (body ? body.split('\n') : []).map((kept) => ({ source: sourceOf(kept), line: lineNumberOf(kept) }));
  const [formerly, sentWith] = await Promise.all([
    body === undefined ? [] : store.ssids.formerOf(active, snapshot),
    store.ssids.sentWith(lines),
    places.learn(body ?? ''),
  ]);
  for (const [i, sent] of sentWith.entries()) {
    const { source, line } = lines[i] as RecordPlace;
    if (sent !== undefined && sent !== ssid) numbers.set(placeText(source, line), sent);
  }
  return {
    ...{ ssid, formerly, body },
    placeOf: places.of,
    sentWith: (source, line) => numbers.get(placeText(source, line)),
  };
}

/** A check that rejected a record of a student, and the retired number that the record was sent with. */
export interface StudentRejection extends Rejection {
  readonly ssid?: string;
}

/** Why records of the student were rejected by then, whichever of the numbers they had: those of the newest uploads first. */
export async function rejectionsThen(
  store: Asked,
  { ssid, formerly }: Pick<StudentThen, 'ssid' | 'formerly'>,
  { scope, snapshot }: { readonly scope: LEAScope; readonly snapshot: number | undefined },
): Promise<readonly StudentRejection[]> {
  const seen = store.forLEAs(scope);
  const found: StudentRejection[] = [...(await seen.rejections(ssid, MOST_REJECTIONS, snapshot))];
  if (formerly.length === 0) return found;
  for (const { retired } of formerly)
    for (const one of await seen.rejections(retired, MOST_REJECTIONS, snapshot)) found.push({ ...one, ssid: retired });
  // Ids of uploads ascend with time.
  return found.sort((a, b) => b.upload.localeCompare(a.upload)).slice(0, MOST_REJECTIONS);
}
