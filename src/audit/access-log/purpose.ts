/** What data is requested for, as whoever requests it says. */
import { isPrintable } from '#base/text';

export const MOST_PURPOSE = 200;

export const PURPOSE_FORM = `1 to ${MOST_PURPOSE} printable characters in UTF-8`;

/** Whether a text can be entered in the access log as a purpose. */
export const isPurpose = (text: string): boolean =>
  text.trim() !== '' && text.length <= MOST_PURPOSE && !text.includes('\ufffd') && isPrintable(text);
