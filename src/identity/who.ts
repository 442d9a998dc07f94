/** What makes two requests of one LEA the same, and numbers that are new. */
import { createHash } from 'node:crypto';
import type { Description } from './person.ts';

/** A hash of names and birth date: the same for the same values, as they were sent. */
export const whoOf = ({ first, middle, last, birthDate }: Description): string =>
  createHash('sha256').update([first, middle, last, birthDate].join('\n')).digest('hex');

/**
 * Whole numbers that nobody can guess who does not know the seed: for a thread, which is handed plain data alone.
 * @param seed random bytes as a text
 */
export function randomFrom(seed: string): (below: number) => number {
  let drawn = 0;
  return (below) => {
    const bytes = createHash('sha256').update(`${seed} ${drawn++}`).digest();
    return Number(bytes.readBigUInt64BE() % BigInt(below));
  };
}

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
