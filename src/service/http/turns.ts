/** Fair turns: what one key asks for by the hundred does not hold up what another asks for once. */
import { ServiceError } from './errors.ts';

const RETRY_SECONDS = '30';

/** The refusal of what would wait behind too much of the same key. */
export const tooManyWaiting = (most: number): ServiceError =>
  new ServiceError('CENR_TOO_MANY_WAITING', {
    detail: `As many of these requests wait as one key may have waiting: ${most}.`,
    headers: { 'retry-after': RETRY_SECONDS },
  });

/**
 * Lets one after the other do something. Turns go round between the keys that wait, in the order in which each last had
 * one.
 * @param most of one key that may wait
 * @returns what does something when its turn comes; it throws ServiceError CENR_TOO_MANY_WAITING
 */
export function turns(most: number): <T>(keyId: string, act: () => Promise<T>) => Promise<T> {
  // A key goes to the end of the map when it has its turn.
  const waiting = new Map<string, (() => Promise<void>)[]>();
  let isBusy = false;

  async function work(): Promise<void> {
    isBusy = true;
    for (let [first] = waiting; first; [first] = waiting) {
      const [keyId, acts] = first;
      waiting.delete(keyId);
      const act = acts.shift() as () => Promise<void>;
      if (acts.length > 0) waiting.set(keyId, acts);
      await act();
    }
    isBusy = false;
  }

  return (keyId, act) => {
    const mine = waiting.get(keyId) ?? [];
    if (mine.length >= most) return Promise.reject(tooManyWaiting(most));
    return new Promise((resolve, reject) => {
      mine.push(async () => {
        try {
          resolve(await act());
        } catch (error) {
          reject(error);
        }
      });
      waiting.set(keyId, mine);
      if (!isBusy) void work();
    });
  };
}
