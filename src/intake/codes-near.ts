/** The codes of a field, for the message about a value that is none of them. */
import { nearest } from '#base/closest';
import { series } from '#base/text';
import { withDashes } from '#records/days';
import type { Code } from '#records/layout';

/** So many codes are listed; of more, the nearest. */
const FEW = 8;
const NEAREST = 4;

/**
 * What might have been meant: `expected 10, 20, 30 or 50`, `the nearest codes are 05, 15`.
 * @param day CCYYMMDD: only codes that were in use then; blank: all
 */
export function codesNear(value: string, codes: readonly Code[], day: string): string {
  const on = day === '' ? '' : withDashes(day);
  const known = codes
    .filter(({ from, through }) => on === '' || ((from ?? '') <= on && (through ?? '9999-12-31') >= on))
    .map(({ code }) => code)
    .filter((code) => code !== '');
  if (known.length <= FEW) return `expected ${series(known, 'or')}`;
  return `the nearest of its ${known.length} codes are ${series(nearest(value, known, NEAREST))}`;
}
