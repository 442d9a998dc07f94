/** What a store takes and gives, as plain texts. */
import type { Form } from '#records/block/form';
import type { KeptRecord } from '#records/block/write';
import type { KeptHistory } from '#records/record';
import { EVERYBODY } from '#records/scope';
import type { LEAStore } from '#store/store';

const FORM: Form = { recordType: 'SENR', columns: ['recordTypeCode', 'transactionTypeCode'] };
/** The margin, and field 1 with its caret. */
const BEFORE_TEXT = 37;

/** A record for each line of a text; none of a blank one. */
export const recordsOf = (text: string): KeptRecord[] =>
  text === ''
    ? []
    : text.split('\n').map((line, i) => ({
        form: FORM,
        source: 1,
        line: i + 1,
        uploaded: '',
        lastUpdated: '',
        fields: ['SENR', ...line.split('^')],
      }));

/** The text that records were made of. */
export const textOf = (history: KeptHistory | undefined): string | undefined =>
  history
    ?.body()
    .split('\n')
    .map((line) => line.slice(BEFORE_TEXT))
    .join('\n');

type Batches = AsyncIterable<readonly KeptHistory[]> | Iterable<readonly KeptHistory[]>;

type Texts = readonly (readonly [ssid: string, text: string])[];

/** SSID and text of each history. */
export const textsOf = (batches: Batches): Promise<Texts> =>
  eachOf(batches, (history) => [history.ssid, textOf(history) as string] as const);

/** SSID and body of each history. */
export const bodiesOf = (batches: Batches): Promise<(readonly [ssid: string, body: string])[]> =>
  eachOf(batches, (history) => [history.ssid, history.body()] as const);

async function eachOf<T>(batches: Batches, read: (history: KeptHistory) => T): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch.map(read));
  return all;
}

/** The histories of every student with an enrollment, range after range. */
export async function* inRanges(
  seen: Pick<LEAStore, 'ranges' | 'histories'>,
  parts: number,
  snapshot?: number,
): AsyncGenerator<readonly KeptHistory[]> {
  for (const range of await seen.ranges(parts, snapshot)) yield* seen.histories(range, { snapshot });
}

/** Students who are being read: those who came first, and all of them when the others have come too. */
export async function begunReading(
  seen: Pick<LEAStore, 'histories'>,
  snapshot?: number,
): Promise<{ readonly first: Texts; all(): Promise<Texts> }> {
  const batches = seen.histories(EVERYBODY, { snapshot })[Symbol.asyncIterator]();
  const { value, done } = await batches.next();
  const first = done ? [] : await textsOf([value]);
  return { first, all: async () => [...first, ...(await textsOf({ [Symbol.asyncIterator]: () => batches }))] };
}
