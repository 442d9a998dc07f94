/** What a store takes and gives, as plain texts. */
import type { Form } from '#records/block/form';
import type { KeptRecord } from '#records/block/write';
import type { KeptHistory } from '#records/record';

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

/** SSID and text of each history. */
export const textsOf = (histories: Iterable<KeptHistory>): (readonly [ssid: string, text: string])[] =>
  Array.from(histories, (history) => [history.ssid, textOf(history) as string] as const);

/** SSID and body of each history. */
export const bodiesOf = (histories: Iterable<KeptHistory>): (readonly [ssid: string, body: string])[] =>
  Array.from(histories, (history) => [history.ssid, history.body()] as const);
