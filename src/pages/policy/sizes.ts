/** How large fields of forms are, in characters. */

/** Of a day or an SSID. */
export const DAY_SIZE = 12;
/** Of what is said in a sentence or two. */
export const TEXT_LINES = 3;
