/** Small words that sentences of every room are made with. */

/** With a capital at its beginning. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `12,345` */
export const grouped = (n: number): string => n.toLocaleString('en-US');

/** The noun for so many: `row` for one, else `rows`. */
export const plural = (n: number, noun: string): string => (n === 1 ? noun : `${noun}s`);

/** `0 rows`, `1 row`, `12345 rows` */
export const counted = (n: number, noun: string): string => `${n} ${plural(n, noun)}`;

/** `0 rows`, `1 row`, `12,345 rows` */
export const amount = (n: number, noun: string): string => `${grouped(n)} ${plural(n, noun)}`;

/** `academic year ID`, from `academicYearID`: names in files have no blanks. */
export const spaced = (text: string): string =>
  text
    .replaceAll(/(?<=[a-z0-9])[A-Z](?![A-Z])/g, (capital) => ` ${capital.toLowerCase()}`)
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ');

/** `no rows`, `1 row`, `12345 rows` */
export const countedOrNo = (n: number, noun: string): string => `${n || 'no'} ${plural(n, noun)}`;

/** `a`, `a and b`, `a, b and c` */
export const series = (parts: readonly string[], joint: 'and' | 'or' = 'and'): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${joint} ${parts.at(-1)}`;

/** `a, b, c`; of more than `most` those and how many are left: `a, b and 3 more` */
export const shortList = (parts: readonly string[], most: number): string =>
  parts.length > most ? `${parts.slice(0, most).join(', ')} and ${parts.length - most} more` : parts.join(', ');

/** A text; of a longer one than `most` characters only these, and `…`. */
export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);

/** Whether a text has no control characters, and none that turn the direction of what is read. */
export const isPrintable = (text: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text);
