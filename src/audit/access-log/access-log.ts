/**
 * The access log of a store, `access.log`: who asked for what, when, for what purpose. Entries are flushed to the disk
 * before `enter` resolves; those that come while a flush is under way go out together with the next. Beside it stands
 * `access.log.head` with the number and hash of the last entry, written after each flush and not flushed itself: by it
 * the removal of the last entries is noticed.
 */
import { join } from 'node:path';
import {
  type Access,
  BEGINNING,
  type ChainEnd,
  headText,
  nextLine,
  type Recovery,
  readHead,
  readLine,
} from './chain.ts';
import { takeLock } from './lock.ts';
import { type LogFile, type OpenLogFile, openLogFile } from './log-file.ts';

export const ACCESS_LOG = 'access.log';
export const ACCESS_LOG_HEAD = 'access.log.head';
export const ACCESS_LOG_LOCK = 'access.log.lock';

/** The access log cannot be used; the message says why, and what to do. */
export class AccessLogError extends Error {
  readonly code = 'ACCESS_LOG';
  constructor(message: string) {
    super(message);
    this.name = 'AccessLogError';
  }
}

export interface AccessLog {
  /**
   * Enters a request.
   * @returns when the entry is on the disk
   * @throws Error when it cannot be written; then it is not in the log, and what was asked for must not be given
   */
  enter(access: Access): Promise<void>;
  /**
   * Whether entries can be written, as far as is known; tried anew when the last could not.
   * @throws Error when they cannot
   */
  ready(): Promise<void>;
  /** Writes what waits, and lets another process have the log. */
  close(): Promise<void>;
}

interface Waiting {
  /** Absent for whoever only asks whether the log can be written. */
  readonly access: Access | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Files {
  readonly log: LogFile;
  readonly head: LogFile;
}

/** What is known to be on the disk. */
interface Known extends ChainEnd {
  readonly size: number;
}

/**
 * Opens the access log of a store and takes up its chain. What a crash left behind the last whole entry is cut off, and
 * an entry says so.
 * @param dir the folder of the store, which exists
 * @param options clock: the present moment, for entries about the log itself; openFile: instead of the files of the
 * system
 * @throws AccessLogError when another process writes it, or when it does not end as it was left; Error when it cannot
 * be read or written
 */
export async function openAccessLog(
  dir: string,
  options: { readonly clock: () => Date; readonly openFile?: OpenLogFile },
): Promise<AccessLog> {
  const { clock, openFile = openLogFile } = options;
  const unlock = takeLock(join(dir, ACCESS_LOG_LOCK));
  if (!unlock)
    throw new AccessLogError(
      `another process writes the access log in "${dir}"; one service can use a store at a time, so stop the other or give --store another folder`,
    );
  let files: Files | undefined;
  try {
    files = await openFiles(dir, openFile);
    const { cut, ...known } = await lastEntry(files, dir);
    const log = logFrom(dir, known, files, clock, openFile, unlock);
    if (cut > 0) {
      await files.log.truncate(known.size);
      await files.log.sync();
      await log.recover(cut);
    }
    return log;
  } catch (error) {
    if (files) await closeFiles(files);
    unlock();
    throw error;
  }
}

async function openFiles(dir: string, openFile: OpenLogFile): Promise<Files> {
  const log = await openFile(join(dir, ACCESS_LOG));
  try {
    return { log, head: await openFile(join(dir, ACCESS_LOG_HEAD)) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Of a file that cannot be written any more, closing may fail too. */
const closeFiles = ({ log, head }: Files): Promise<unknown> => Promise.allSettled([log.close(), head.close()]);

const LINE_FEED = 10;
const BLOCK = 1 << 16;

/** The last whole entry of a log, held to its head, and how many bytes follow it. */
async function lastEntry({ log, head }: Files, dir: string): Promise<Known & { readonly cut: number }> {
  const ending =
    'Put the file back as it was; or, to begin a new log, move access.log and access.log.head to a folder of their own and keep them';
  const size = await log.size();
  const { line, end } = await lastLine(log, size);
  const found = line === undefined ? BEGINNING : readLine(line);
  if ('fault' in found)
    throw new AccessLogError(
      `the last entry of the access log in "${dir}" is damaged: ${found.fault}. cenr audit verify says more. ${ending}`,
    );
  const text = (await head.read(0, BLOCK)).toString('latin1');
  const { number, hash } = found;
  if (text === '' && number === 0) {
    await head.write(0, Buffer.from(headText(BEGINNING)));
    await head.sync();
    return { number, hash, size: 0, cut: size };
  }
  const noted = readHead(text);
  if (!noted)
    throw new AccessLogError(
      `"${join(dir, ACCESS_LOG_HEAD)}" ${text === '' ? 'is missing or empty' : 'is damaged'}, and the access log has ${number} entries. ${ending}`,
    );
  if (noted.number > number || (noted.number === number && noted.hash !== hash))
    throw new AccessLogError(
      `the access log in "${dir}" was left with entry ${noted.number} and now ends with ${noted.number > number ? `entry ${number}` : 'another one of that number'}: entries were removed or changed. ${ending}`,
    );
  return { number, hash, size: end, cut: size - end };
}

/** The last line that has a line feed, and where it ends. */
async function lastLine(
  log: LogFile,
  size: number,
): Promise<{ readonly line: Buffer | undefined; readonly end: number }> {
  for (let length = BLOCK; ; length *= 2) {
    const from = Math.max(0, size - length);
    const bytes = await log.read(from, size - from);
    const last = bytes.lastIndexOf(LINE_FEED);
    const before = last < 1 ? -1 : bytes.lastIndexOf(LINE_FEED, last - 1);
    if (before === -1 && from > 0) continue;
    return { line: last === -1 ? undefined : bytes.subarray(before + 1, last), end: from + last + 1 };
  }
}

function logFrom(
  dir: string,
  from: Known,
  opened: Files,
  clock: () => Date,
  openFile: OpenLogFile,
  unlock: () => void,
): AccessLog & { recover(cut: number): Promise<void> } {
  let known = from;
  /** Absent after a failure, until they are opened again. */
  let files: Files | undefined = opened;
  let unentered = 0;
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let closed = false;

  /** Writes entries and flushes them; only then are they known. */
  async function write({ log, head }: Files, events: readonly (Access | Recovery)[]): Promise<void> {
    let end: ChainEnd = known;
    let text = '';
    for (const event of events) {
      const next = nextLine(end, event);
      text += next.line;
      end = next.end;
    }
    const bytes = Buffer.from(text);
    if ((await log.size()) !== known.size) throw changed();
    await log.write(known.size, bytes);
    await log.sync();
    await head.write(0, Buffer.from(headText(end)));
    known = { number: end.number, hash: end.hash, size: known.size + bytes.length };
  }

  const changed = () =>
    new AccessLogError(
      `the access log in "${dir}" was changed by another than this process; cenr audit verify says where`,
    );

  /**
   * Opens the files again and cuts off what was not flushed as a whole. A flush that failed may have written any part
   * of it.
   */
  async function reopen(): Promise<{ readonly files: Files; readonly recovery: Recovery }> {
    const again = await openFiles(dir, openFile);
    try {
      const size = await again.log.size();
      const { line, end } = await lastLine(again.log, Math.min(size, known.size));
      const found = line === undefined ? BEGINNING : readLine(line);
      if (end !== known.size || 'fault' in found || found.hash !== known.hash) throw changed();
      // The head first: it must never name an entry that is not there.
      await again.head.write(0, Buffer.from(headText(known)));
      if (size > known.size) {
        await again.log.truncate(known.size);
        await again.log.sync();
      }
      return {
        files: again,
        recovery: { time: clock().toISOString(), event: 'recovered', cutBytes: size - known.size, unentered },
      };
    } catch (error) {
      await closeFiles(again);
      throw error;
    }
  }

  async function put(accesses: readonly Access[]): Promise<void> {
    try {
      if (files) {
        if (accesses.length > 0) await write(files, accesses);
        return;
      }
      const again = await reopen();
      files = again.files;
      await write(files, [again.recovery, ...accesses]);
      unentered = 0;
    } catch (error) {
      unentered += accesses.length;
      const broken = files;
      files = undefined;
      if (broken) await closeFiles(broken);
      throw error;
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await put(group.flatMap(({ access }) => access ?? []));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    flushing = undefined;
  }

  function wait(access: Access | undefined): Promise<void> {
    if (closed) return Promise.reject(new AccessLogError('the access log is closed'));
    return new Promise((resolve, reject) => {
      waiting.push({ access, resolve, reject });
      flushing ??= flush();
    });
  }

  return {
    enter: wait,
    ready: () => (files && !closed ? Promise.resolve() : wait(undefined)),
    recover: (cut) => write(opened, [{ time: clock().toISOString(), event: 'recovered', cutBytes: cut }]),
    async close() {
      if (closed) return;
      closed = true;
      await flushing;
      try {
        await files?.head.sync();
      } finally {
        if (files) await closeFiles(files);
        files = undefined;
        unlock();
      }
    },
  };
}
