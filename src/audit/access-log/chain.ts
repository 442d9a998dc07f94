/**
 * The chain of the access log: each entry names the hash of the one before it, so none can be changed, removed, added
 * or moved without every later one saying so. Pure. An entry is a line of JSON; its hash is the SHA-256 of the bytes of
 * the line before `,"hash"`, which the hash of the entry before belongs to.
 */
import { hash } from 'node:crypto';

/** A request, and what came of it. */
export interface Access {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly requestId: string;
  /** Id of the API key; absent for a request without a known one. */
  readonly keyId?: string;
  readonly role?: string;
  readonly method: string;
  /** The template of the route, such as `/v1/uploads/:id`. */
  readonly route: string;
  /** What was asked for, as far as the route has it; as it was sent. */
  readonly extract?: string;
  readonly upload?: string;
  /** Hash of a version of the rulebook, id of a draft, path of a rule file. */
  readonly rulebook?: string;
  readonly draft?: string;
  readonly file?: string;
  /** Id of an impact report, which has values of students. */
  readonly impact?: string;
  /** Id of a reconciliation, which has rows of students. */
  readonly reconciliation?: string;
  /** Id of a match, which has candidates. */
  readonly matching?: string;
  /** Id of an SSID extract, which lists students. */
  readonly ssidExtract?: string;
  /** Number of the activation of a version. */
  readonly activation?: string;
  /** Its name in log entries from before it was renamed. */
  readonly entry?: string;
  /** Id of an API key or of a person that was made, changed or ended. */
  readonly key?: string;
  readonly person?: string;
  readonly ssid?: string;
  readonly school?: string;
  readonly grade?: string;
  readonly field?: string;
  /** What the caller says it is for. */
  readonly purpose?: string;
  /** The students in the answer, where it has some of many: keyed hashes (disclosed.ts), with blanks between them. */
  readonly students?: string;
  readonly status: number;
  /** Code of the refusal. */
  readonly refusal?: string;
}

/** The log could be written again, or was taken up after a crash. */
export interface Recovery {
  readonly time: string;
  readonly event: 'recovered';
  /** Bytes at the end of the file that were cut off: never flushed as a whole, so no answer left for them. */
  readonly cutBytes: number;
  /** Requests since the last entry that were refused because they could not be entered; absent after a restart. */
  readonly unentered?: number;
}

/** The first entry of a new file: the one before was full, and stands beside it under the numbers of its entries. */
export interface Rotation {
  readonly time: string;
  readonly event: 'rotated';
}

/** What an entry tells. */
export type Told = Access | Recovery | Rotation;

export type Entry = Told & ChainEnd & { readonly previous: string };

/** The last entry of a chain: its number, from 1, and its hash, SHA-256 in hexadecimal. */
export interface ChainEnd {
  readonly number: number;
  readonly hash: string;
}

/** Where a chain begins. */
export const BEGINNING: ChainEnd = { number: 0, hash: '0'.repeat(64) };

/** What a request can name, in the order in which it is written. */
export const NAMED = [
  'extract',
  'upload',
  'rulebook',
  'draft',
  'file',
  'impact',
  'reconciliation',
  'matching',
  'ssidExtract',
  'activation',
  'entry',
  'key',
  'person',
  'ssid',
  'school',
  'grade',
  'field',
  'purpose',
] as const satisfies readonly (keyof Access)[];

/** All keys but `hash`, in the order in which they are written. */
const KEYS = [
  'number',
  'time',
  'event',
  'requestId',
  'keyId',
  'role',
  'method',
  'route',
  ...NAMED,
  'students',
  'status',
  'refusal',
  'cutBytes',
  'unentered',
  'previous',
] as const satisfies readonly Exclude<keyof Access | keyof Recovery | keyof Entry, 'hash'>[];

const BEGINS = /^\{"number":([1-9]\d{0,15}),/;
const LONGEST_BEGINNING = 32;
const ENDS = /^,"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/;
const ENDING = `,"previous":"","hash":""}`.length + 2 * 64;
const HASH_ENDING = `,"hash":""}`.length + 64;

const sha256 = (bytes: string | Uint8Array): string => hash('sha256', bytes);

/**
 * The next entry.
 * @returns its line, with the line feed, and the end that the chain then has
 */
export function nextLine(end: ChainEnd, event: Told): { readonly line: string; readonly end: ChainEnd } {
  const number = end.number + 1;
  const text = JSON.stringify({ ...event, number, previous: end.hash }, KEYS as unknown as string[]).slice(0, -1);
  const hash = sha256(text);
  return { line: `${text},"hash":"${hash}"}\n`, end: { number, hash } };
}

/**
 * The number and the hashes of a line, if it is an entry whose bytes give its hash.
 * @param line its bytes, without the line feed
 */
export function readLine(line: Buffer): (ChainEnd & { readonly previous: string }) | { readonly fault: string } {
  const begins = BEGINS.exec(line.toString('latin1', 0, LONGEST_BEGINNING));
  const ends = ENDS.exec(line.toString('latin1', Math.max(0, line.length - ENDING)));
  if (!begins || !ends) return { fault: 'the line is not a log entry: bytes were changed, added or removed' };
  const [, previous, hash] = ends as unknown as [string, string, string];
  if (sha256(line.subarray(0, line.length - HASH_ENDING)) !== hash)
    return { fault: 'its bytes do not have its hash: it was changed' };
  return { number: Number(begins[1]), previous, hash };
}

/**
 * Whether a line is the next entry of a chain.
 * @returns the end that the chain then has, or what is wrong, as the end of a sentence about the entry that is due
 */
export function follow(end: ChainEnd, line: Buffer): ChainEnd | { readonly fault: string } {
  const found = readLine(line);
  if ('fault' in found) return found;
  const due = end.number + 1;
  if (found.number > due)
    return { fault: `found log entry ${found.number} instead: this one was removed, or log entries were moved` };
  if (found.number < due)
    return {
      fault: `found log entry ${found.number} instead, repeated or moved: log entries were added or moved`,
    };
  if (found.previous !== end.hash)
    return { fault: 'it does not have the hash of the log entry before it: one of the two was replaced' };
  return { number: due, hash: found.hash };
}

/** An always equal length, so that writing it over the one before can never leave half of either. */
const HEAD_LENGTH = 104;

/** The text of the head: what the last flush was known to end with. */
export const headText = ({ number, hash }: ChainEnd): string =>
  `${JSON.stringify({ number, hash }).padEnd(HEAD_LENGTH - 1)}\n`;

/** The end that a head names, or `undefined` when it is not one, to the byte. */
export function readHead(text: string): ChainEnd | undefined {
  const found = /^\{"number":(\d{1,16}),"hash":"([0-9a-f]{64})"\}/.exec(text);
  if (!found) return undefined;
  const head = { number: Number(found[1]), hash: found[2] as string };
  return headText(head) === text ? head : undefined;
}
