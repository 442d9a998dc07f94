/** Records that came to have one key when a number was retired, with the places where they stand. */
import { basename } from 'node:path';
import type { RecordPlace } from '#records/record';
import { isOf, type LEAScope } from '#records/scope';
import type { DoubleRecord } from '#store/ssids';
import type { Store } from '#store/store';

export interface ShownDouble {
  readonly recordType: string;
  /** File and line; of another LEA's record only whose it is. */
  readonly holds: string;
  readonly replaced: string;
}

/** @param scope LEAs of whoever reads it */
export async function shownDoubles(
  store: Pick<Store, 'source'>,
  doubles: readonly DoubleRecord[] = [],
  scope: LEAScope = 'all',
): Promise<ShownDouble[]> {
  const place = async (lea: string, { source, line }: RecordPlace): Promise<string> => {
    const from = await store.source(source);
    return isOf(scope, lea, from?.sender) ? `${basename(from?.file ?? '')}:${line}` : 'sent by another LEA';
  };
  return Promise.all(
    doubles.map(async ({ recordType, lea, holds, replaced }) => ({
      recordType,
      holds: await place(lea, holds),
      replaced: await place(lea, replaced),
    })),
  );
}

/** `two SENR records have one key now: new.txt:1 holds, old.txt:3 does not`. */
export const doubleWords = ({ recordType, holds, replaced }: ShownDouble): string =>
  `two ${recordType} records have one key now: ${holds} holds, ${replaced} does not`;
