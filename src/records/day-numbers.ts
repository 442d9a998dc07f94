/**
 * Days as small numbers, straight from their bytes: what is known of days is then kept in flat lists, one day beside the
 * next. Days that are none have numbers too (`20230231`), as long as they look like one of two centuries.
 */

const FIRST_YEAR = 1900;
const YEARS = 200;
const DAYS_OF_YEAR = 12 * 31;
/** One more than the greatest number. */
export const DAY_NUMBERS = YEARS * DAYS_OF_YEAR + 1;

const ZEROS = 0x30303030;
const SLASH = 47;
const ZERO = 48;

/** The number of the day CCYYMMDD whose eight bytes begin at `from`; 0 for anything else. */
export function dayNumber(bytes: DataView, from: number): number {
  const year = fourDigits(bytes.getInt32(from, true) ^ ZEROS);
  const rest = fourDigits(bytes.getInt32(from + 4, true) ^ ZEROS);
  return numberOf(year, (rest / 100) | 0, rest % 100);
}

/** The same of a text. */
export function dayNumberOf(text: string): number {
  if (text.length !== 8) return 0;
  let day = 0;
  for (let i = 0; i < 8; i++) day = day * 10 + digit(text.charCodeAt(i));
  return day > 99_999_999 ? 0 : numberOf((day / 10_000) | 0, ((day / 100) | 0) % 100, day % 100);
}

/** The same of a day `M/D/CCYY`, with one or two digits for month and day. */
export function slashedDayNumber(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  let month = 0;
  let day = 0;
  let year = 0;
  for (; at < from + 2 && bytes[at] !== SLASH; at++) month = month * 10 + digit(bytes[at] as number);
  if (bytes[at++] !== SLASH) return 0;
  const begun = at;
  for (; at < begun + 2 && bytes[at] !== SLASH; at++) day = day * 10 + digit(bytes[at] as number);
  if (bytes[at++] !== SLASH || to - at !== 4) return 0;
  for (; at < to; at++) year = year * 10 + digit(bytes[at] as number);
  return numberOf(year, month, day);
}

/** The day of a number, CCYYMMDD. */
export function dayOfNumber(number: number): string {
  const index = number - 1;
  const year = FIRST_YEAR + ((index / DAYS_OF_YEAR) | 0);
  const month = (((index % DAYS_OF_YEAR) / 31) | 0) + 1;
  return String(year * 10_000 + month * 100 + (index % 31) + 1);
}

function numberOf(year: number, month: number, day: number): number {
  if (year < FIRST_YEAR || year >= FIRST_YEAR + YEARS || month < 1 || month > 12 || day < 1 || day > 31) return 0;
  return (year - FIRST_YEAR) * DAYS_OF_YEAR + (month - 1) * 31 + day;
}

// A byte that is no digit makes a number far too great.
const digit = (byte: number): number => (byte >= ZERO && byte <= ZERO + 9 ? byte - ZERO : 1e9);

/** Four digits, the first in the lowest byte. */
function fourDigits(word: number): number {
  // Each byte above 9 carries into its highest bit.
  if ((((word & 0x7f7f7f7f) + 0x76767676) | word) & 0x80808080) return -1;
  return (word & 0xf) * 1000 + ((word >> 8) & 0xf) * 100 + ((word >> 16) & 0xf) * 10 + ((word >> 24) & 0xf);
}
