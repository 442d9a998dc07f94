/** A response to a match: for lines of requests the SSID that was chosen, or that a new one is wanted. */
import { UserError } from '#base/user-error';

/** Stands for a number that is to be drawn. */
export const NEW = 'NEW';

export interface Choice {
  /** An SSID, or `NEW`. */
  readonly chosen: string;
  /** Where it stands, for messages. */
  readonly place: string;
}

const SSID = /^[0-9]{10}$/;
const NAMES = /[a-z]/i;

/**
 * Reads a response: on each line a request line and an SSID or `NEW`, with a caret, comma or tab between them. Further
 * columns are not looked at; a first line of column names and blank lines are passed over.
 * @param name of the file, for messages
 * @returns choices by request line
 * @throws UserError naming the line at fault
 */
export function choicesOf(text: string, name: string): ReadonlyMap<string, Choice> {
  const choices = new Map<string, Choice>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const [request = '', given = ''] = line.split(/[\^,\t]/).map((value) => value.trim().replace(/^"(.*)"$/, '$1'));
    const place = `${name}:${i + 1}`;
    const chosen = given.toUpperCase() === NEW ? NEW : given;
    if (chosen !== NEW && !SSID.test(chosen)) {
      if (i === 0 && NAMES.test(request)) continue;
      throw new UserError(`${place}: "${given}" is no SSID; expected its ten digits, or ${NEW}. Nothing was done`);
    }
    const known = choices.get(request);
    if (known && known.chosen !== chosen)
      throw new UserError(`${place}: request line ${request} has another choice at ${known.place}. Nothing was done`);
    choices.set(request, { chosen, place });
  }
  if (choices.size === 0) throw new UserError(`${name} holds no choice; expected a request line and an SSID or ${NEW}`);
  return choices;
}
