/** What a store gives, as plain texts. */
import type { KeptHistory } from '#records/record';

/** SSID and body of each history. */
export const bodiesOf = (histories: Iterable<KeptHistory>): (readonly [ssid: string, body: string])[] =>
  Array.from(histories, (history) => [history.ssid, history.body()] as const);
