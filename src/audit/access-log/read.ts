/**
 * Reading an access log from its folder: to verify it, or to list its entries. The service may be writing it meanwhile.
 */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BEGINNING, type ChainEnd, type Entry, follow, readHead } from './chain.ts';
import { isLocked } from './lock.ts';
import { ACCESS_LOG, ACCESS_LOG_HEAD, ACCESS_LOG_LOCK } from './log-file.ts';

/** What is wrong with a log: at which entry, and a sentence. */
export interface Fault {
  readonly entry: number;
  readonly reason: string;
}

export interface Verdict {
  /** The last entry of those that are whole, from the first on. */
  readonly end: ChainEnd;
  readonly fault?: Fault;
}

/** A line of the log: its bytes, and its entry if it can be read as one. */
export interface ReadLine {
  readonly text: string;
  readonly entry: Entry | undefined;
}

const LINE_FEED = 10;
/** No entry comes near this. */
const MOST_LINE_BYTES = 1 << 18;

/** Whether a folder holds an access log, or what is left of one. */
export async function holdsAccessLog(dir: string): Promise<boolean> {
  const found = await Promise.all(
    [ACCESS_LOG, ACCESS_LOG_HEAD].map((name) => stat(join(dir, name)).catch(() => undefined)),
  );
  return found.some((file) => file?.isFile());
}

/**
 * Reads a log from its first entry to its last and holds each to the one before it, and all to the head.
 * @param dir the folder of the store
 * @param onLine told of each line, whole or not; what it returns is waited for
 * @throws Error when the log cannot be read
 */
export async function verifyAccessLog(
  dir: string,
  onLine?: (line: ReadLine) => Promise<void> | void,
): Promise<Verdict> {
  // Both before the log: what is written meanwhile is behind what the head says, and may end in the middle of a line.
  const head = await readFile(join(dir, ACCESS_LOG_HEAD), 'latin1').catch(orMissing);
  const written = isLocked(join(dir, ACCESS_LOG_LOCK));
  const noted = head === undefined ? undefined : readHead(head);
  let end = BEGINNING;
  let fault: Fault | undefined;
  for await (const { bytes, whole } of linesOf(join(dir, ACCESS_LOG))) {
    if (!whole && written) break;
    if (onLine) await onLine(lineOf(bytes));
    if (fault) continue;
    const due = end.number + 1;
    const next = whole ? follow(end, bytes) : { fault: unfinished(due, noted) };
    if ('fault' in next) fault = { entry: due, reason: next.fault };
    else if (noted?.number === due && noted.hash !== next.hash)
      fault = {
        entry: due,
        reason: 'its hash is not the one in access.log.head: it was replaced, or access.log.head was changed',
      };
    else end = next;
    if (fault && !onLine) break;
  }
  fault ??= faultOfHead(head, noted, end);
  return { end, ...(fault && { fault }) };
}

const unfinished = (due: number, noted: ChainEnd | undefined): string =>
  noted && noted.number < due
    ? 'its line is not finished, as after a crash during writing: the service sent no answer for it. The next start of the service removes it and logs that'
    : 'its line is not finished: bytes were changed or removed';

function faultOfHead(head: string | undefined, noted: ChainEnd | undefined, end: ChainEnd): Fault | undefined {
  const entry = end.number + 1;
  if (!noted)
    return {
      entry,
      reason: `access.log.head, which has the number of log entries, is ${head === undefined ? 'missing' : 'damaged'}: log entries may be missing here`,
    };
  if (noted.number > end.number)
    return {
      entry,
      reason: `the log ends before it, and access.log.head names log entry ${noted.number}: log entries were removed at the end`,
    };
  return undefined;
}

async function* linesOf(path: string): AsyncGenerator<{ readonly bytes: Buffer; readonly whole: boolean }> {
  if ((await stat(path).catch(orMissing)) === undefined) return;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      yield { bytes: bytes.subarray(from, end), whole: true };
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > MOST_LINE_BYTES) break;
  }
  if (rest.length > 0) yield { bytes: rest, whole: false };
}

function lineOf(bytes: Buffer): ReadLine {
  const text = bytes.toString();
  try {
    const entry: unknown = JSON.parse(text);
    return { text, entry: typeof entry === 'object' && entry !== null ? (entry as Entry) : undefined };
  } catch {
    return { text, entry: undefined };
  }
}

function orMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
