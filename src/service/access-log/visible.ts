/** Which entries of the access log somebody may see: all, or those about their own LEAs. */
import type { Access, Entry } from '#audit/access-log/chain';
import type { LEAScope } from '#records/scope';
import type { Caller, Store } from '#store/store';

/** Whose ids the log has: keys and people, those who are gone included. */
export const callersOf = async (store: Store): Promise<ReadonlyMap<string, Caller>> =>
  new Map([...(await store.keys()), ...(await store.persons())].map((caller) => [caller.id, caller]));

/**
 * Whether a student is within reach.
 * @param scope LEAs of whoever asks
 */
export async function isStudentInReach(store: Store, scope: LEAScope, ssid: string): Promise<boolean> {
  const own = store.forLEAs(scope);
  // A retired number is in reach of whoever may see the student who has its replacement.
  const active = await store.ssids.activeOf(ssid);
  return (await own.history(active)) !== undefined || (await own.rejections(ssid, 1)).length > 0;
}

/**
 * Tells which entries somebody may see. Of certain LEAs: requests of their own keys and people, and those that name one
 * of their students, extracts or uploads and nobody else's student.
 */
export function visibleTo(
  store: Store,
  scope: LEAScope,
  callers: ReadonlyMap<string, Caller>,
): (entry: Entry) => Promise<boolean> {
  if (scope === 'all') return async () => true;
  const own = store.forLEAs(scope);
  const known = new Map<string, Promise<boolean>>();
  const once = (what: string, find: () => Promise<boolean>): Promise<boolean> => {
    const found = known.get(what) ?? find();
    known.set(what, found);
    return found;
  };
  const isOwnCaller = ({ keyId = '' }: Access): boolean => {
    const leas = callers.get(keyId)?.leas;
    return leas !== undefined && leas !== 'all' && leas.every((lea) => scope.includes(lea));
  };
  return async (entry) => {
    if ('event' in entry) return false;
    const { ssid, extract, upload } = entry;
    if (isOwnCaller(entry)) return true;
    if (ssid !== undefined) return once(`student ${ssid}`, () => isStudentInReach(store, scope, ssid));
    return (
      (extract !== undefined &&
        (await once(`extract ${extract}`, async () => (await own.jobs('extract').get(extract)) !== undefined))) ||
      (upload !== undefined && (await once(`upload ${upload}`, async () => (await own.upload(upload)) !== undefined)))
    );
  };
}
