/** What makes two requests of one LEA the same, and numbers that are new. */
import { createHash } from 'node:crypto';
import type { Description } from './person.ts';

/** A hash of names and birth date: the same for the same values, as they were sent. */
export const whoOf = ({ first, middle, last, birthDate }: Description): string =>
  createHash('sha256').update([first, middle, last, birthDate].join('\n')).digest('hex');

const DIGITS = 10;

/**
 * A number of ten digits.
 * @param beginning the digits it begins with
 * @param below a random whole number from 0, below the one that is given
 */
export const drawnNumber = (beginning: string, below: (most: number) => number): string => {
  const digits = DIGITS - beginning.length;
  return beginning + String(below(10 ** digits)).padStart(digits, '0');
};
