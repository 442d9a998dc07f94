/** Days and years that a line does not break: browsers would break them behind each dash. */

/** What is left as it is: tags, and what may hold text alone. */
const LEFT = '<(textarea|select|svg|code|pre)\\b[^]*?</\\1>|<[^>]*>';
/** `2023-08-16`, `2023-2024` */
const DAY = '\\b\\d{4}-(?:\\d\\d-\\d\\d|\\d{4})\\b';
const EITHER = new RegExp(`${LEFT}|${DAY}`, 'g');

/** HTML in which no line ends within a day or an academic year. */
export const unbroken = (html: string): string =>
  html.replace(EITHER, (found) => (found.startsWith('<') ? found : `<span class="day">${found}</span>`));
