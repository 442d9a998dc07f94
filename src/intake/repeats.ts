/** A record that an earlier line of the same upload has already sent: in which columns the two differ. */
import { type Column, incomingColumns } from '#records/layout';
import { fieldsOf, isODS, type SourceRecord } from '#records/record';
import type { KeyPlaces } from './keys.ts';

/** What says how a record is sent, not what it says. */
const OF_THE_SENDING = ['recordTypeCode', 'transactionTypeCode'];

/**
 * The columns in which two records with the same key differ, in the order of the file. The two dates of an ODS extract
 * count where both are lines of one.
 */
export function columnsThatDiffer(a: SourceRecord, b: SourceRecord, keys: KeyPlaces): Column[] {
  const [mine, other] = [fieldsOf(a), fieldsOf(b)];
  const { layout, uploaded, lastUpdated } = keys;
  const days = isODS(a) && isODS(b) ? [uploaded, lastUpdated] : [];
  return incomingColumns(layout).filter(({ key }, i) => {
    if (OF_THE_SENDING.includes(key)) return false;
    const day = days[i - layout.columns.length];
    if (day !== undefined) return a.values[day] !== b.values[day];
    return i < layout.columns.length && (mine[i] ?? '') !== (other[i] ?? '');
  });
}
