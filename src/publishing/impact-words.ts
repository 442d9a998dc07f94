/** The numbers of an impact report for people. */
import { counted } from '#base/text';
import type { ImpactNumbers } from './impact-numbers.ts';

/** In words: `12 values in 12 rows, 0 rows appear, 3 disappear`. */
export function numbersInWords({
  values,
  changed,
  appeared,
  disappeared,
  rejected,
  newestYear,
}: ImpactNumbers): string {
  const records = rejected
    ? `; ${counted(rejected.now, 'stored record')} would be rejected, before ${rejected.before}`
    : '';
  return `${counted(values, 'value')} in ${counted(changed, 'row')}, ${counted(appeared, 'row')} new, ${disappeared} gone${records}${newestYear ? ` (${newestYear})` : ''}`;
}
