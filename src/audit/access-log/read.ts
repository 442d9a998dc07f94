/**
 * Reading an access log from its folder: to verify it, or to list its entries. The service may be writing it meanwhile.
 */
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BEGINNING, type ChainEnd, type Entry, follow, readHead, readLine } from './chain.ts';
import { isLocked } from './lock.ts';
import { ACCESS_LOG, ACCESS_LOG_HEAD, ACCESS_LOG_LOCK, firstOfAside } from './log-file.ts';

/** What is wrong with a log: at which entry, and a sentence. */
export interface LogFault {
  readonly entry: number;
  readonly reason: string;
}

export interface Verdict {
  /** The last entry of those that are whole, from the first on. */
  readonly end: ChainEnd;
  readonly fault?: LogFault;
  /** The number of the first entry, where the log begins later: files that were put aside are elsewhere. */
  readonly begins?: number;
}

/** A line of the log: its bytes, and its entry if it can be read as one. */
export interface ReadLine {
  readonly text: string;
  readonly entry: Entry | undefined;
}

const LINE_FEED = 10;
/** Progress is told after so many entries. */
const TOLD_ENTRIES = 1_000;
/** No entry comes near this. */
export const MOST_LINE_BYTES = 1 << 18;

/** Whether a folder holds an access log, or what is left of one. */
export async function holdsAccessLog(dir: string): Promise<boolean> {
  const found = await Promise.all(
    [ACCESS_LOG, ACCESS_LOG_HEAD].map((name) => stat(join(dir, name)).catch(() => undefined)),
  );
  return found.some((file) => file?.isFile());
}

/** Where a log is read. */
export interface LogPlace {
  /** A folder that files which were put aside have been moved to. */
  readonly archive?: string | undefined;
  /** Whether the log may begin where it likes: files that were put aside are not here. */
  readonly beginsAnywhere?: boolean;
  /** An entry that the log is known to have had, with its hash; number 0: none. */
  readonly anchor?: ChainEnd | undefined;
  /** Told now and then how much was read: the number of an entry, and that of the last one by the head. */
  readonly onProgress?: ((entry: number, last: number) => void) | undefined;
}

/**
 * Reads a log from its first entry to its last, files that were put aside included, and holds each entry to the one
 * before it, and all to the head.
 * @param dir the folder of the store
 * @param onLine told of each line, whole or not; what it returns is waited for
 * @throws Error when the log cannot be read
 */
export async function verifyAccessLog(
  dir: string,
  onLine?: (line: ReadLine) => Promise<void> | void,
  { archive, beginsAnywhere = false, anchor, onProgress }: LogPlace = {},
): Promise<Verdict> {
  // Both before the log: what is written meanwhile is behind what the head says, and may end in the middle of a line.
  const head = await readFile(join(dir, ACCESS_LOG_HEAD), 'latin1').catch(orMissing);
  const written = isLocked(join(dir, ACCESS_LOG_LOCK));
  const noted = head === undefined ? undefined : readHead(head);
  let end: ChainEnd | undefined;
  let fault: LogFault | undefined;
  let begins: number | undefined;
  for await (const { bytes, whole } of allLines(dir, archive)) {
    if (!whole && written) break;
    if (onLine) await onLine(lineOf(bytes));
    if (fault) continue;
    end ??= beginsAnywhere ? before(bytes) : BEGINNING;
    begins ??= end.number + 1;
    const due = end.number + 1;
    const next = whole ? asNoted(followed(end, bytes), noted, anchor) : { fault: unfinished(due, noted) };
    if ('fault' in next) fault = { entry: due, reason: next.fault };
    else end = next;
    tell(due, noted, onProgress);
    if (fault && !onLine) break;
  }
  end ??= BEGINNING;
  fault ??= faultOfHead(head, noted, end) ?? faultOfAnchor(anchor, end);
  return { end, ...(fault && { fault }), ...(begins !== undefined && begins > 1 && { begins }) };
}

function tell(entry: number, noted: ChainEnd | undefined, onProgress: LogPlace['onProgress']): void {
  if (entry % TOLD_ENTRIES === 0) onProgress?.(entry, Math.max(entry, noted?.number ?? 0));
}

/** Where a chain ended before it goes on with a line. */
function before(line: Buffer): ChainEnd {
  const found = readLine(line);
  return 'fault' in found ? BEGINNING : { number: found.number - 1, hash: found.previous };
}

/** As `follow`; a log that begins later lacks a file that was put aside. */
function followed(end: ChainEnd, bytes: Buffer): ReturnType<typeof follow> {
  const next = follow(end, bytes);
  const found = readLine(bytes);
  if (!('fault' in next) || 'fault' in found || found.number <= end.number + 1) return next;
  const { event } = (lineOf(bytes).entry ?? {}) as { event?: string };
  return event === 'rotated'
    ? {
        fault: `log entries ${end.number + 1} to ${found.number - 1} are missing: they were removed, or the file that they stand in is elsewhere; say where with --archive`,
      }
    : next;
}

/** As what was found: an entry of which the hash is known elsewhere has that hash. */
function asNoted(
  next: ReturnType<typeof follow>,
  noted: ChainEnd | undefined,
  anchor: ChainEnd | undefined,
): ReturnType<typeof follow> {
  if ('fault' in next) return next;
  const isOther = (known: ChainEnd | undefined): boolean => known?.number === next.number && known.hash !== next.hash;
  if (isOther(noted))
    return { fault: 'its hash is not the one in access.log.head: it was replaced, or access.log.head was changed' };
  return isOther(anchor) ? { fault: 'its hash is not the one that the database names: it was replaced' } : next;
}

const unfinished = (due: number, noted: ChainEnd | undefined): string =>
  noted && noted.number < due
    ? 'its line is not finished, as after a crash during writing: the service sent no answer for it. The next start of the service removes it and logs that'
    : 'its line is not finished: bytes were changed or removed';

function faultOfHead(head: string | undefined, noted: ChainEnd | undefined, end: ChainEnd): LogFault | undefined {
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

function faultOfAnchor(anchor: ChainEnd | undefined, { number }: ChainEnd): LogFault | undefined {
  if (!anchor || anchor.number <= number) return undefined;
  return {
    entry: number + 1,
    reason: `the log ends before it, and the database names log entry ${anchor.number}: log entries were removed at the end`,
  };
}

interface Line {
  readonly bytes: Buffer;
  readonly whole: boolean;
}

/** The lines of all files, in their order: those that were put aside, and the log itself. */
async function* allLines(dir: string, archive: string | undefined): AsyncGenerator<Line> {
  const read = new Set<string>();
  for (;;) {
    yield* asideLines(dir, archive, read);
    const log = await open(join(dir, ACCESS_LOG)).catch(orMissing);
    // The service may put the log aside at any time: what was opened is the next file only if nothing else was.
    if (log && (await asides(dir, archive)).some(({ name }) => !read.has(name))) {
      await log.close();
      continue;
    }
    if (log) yield* linesOf(log);
    return;
  }
}

async function* asideLines(dir: string, archive: string | undefined, read: Set<string>): AsyncGenerator<Line> {
  for (const { name, path } of await asides(dir, archive)) {
    if (read.has(name)) continue;
    read.add(name);
    yield* linesOf(await open(path));
  }
}

/** A file that was put aside. */
export interface Aside {
  readonly name: string;
  readonly path: string;
  /** The number of its first entry. */
  readonly first: number;
}

/** The files that were put aside, in the order of their entries; one that is in both folders counts once. */
export async function asides(dir: string, archive?: string): Promise<readonly Aside[]> {
  const found = new Map<string, { readonly first: number; readonly path: string }>();
  for (const place of archive === undefined ? [dir] : [archive, dir])
    for (const name of await readdir(place)) {
      const first = firstOfAside(name);
      if (first !== undefined) found.set(name, { first, path: join(place, name) });
    }
  return Array.from(found, ([name, { first, path }]) => ({ name, first, path })).sort((a, b) => a.first - b.first);
}

/** The lines of a file, which is closed then. */
async function* linesOf(file: FileHandle): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
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

/** A line and, if it can be read as one, its entry. */
export function lineOf(bytes: Buffer): ReadLine {
  const text = bytes.toString();
  try {
    const entry: unknown = JSON.parse(text);
    return { text, entry: typeof entry === 'object' && entry !== null ? (entry as Entry) : undefined };
  } catch {
    return { text, entry: undefined };
  }
}

export function orMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
