/**
 * The chain of the access log on the disk: the log, and its head with the number and hash of the last entry. Entries are
 * appended and flushed; after a failure both files are opened again and what was not flushed as a whole is cut off.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AccessLogError } from './access-log-error.ts';
import {
  type Access,
  BEGINNING,
  type ChainEnd,
  headText,
  nextLine,
  type Recovery,
  readHead,
  readLine,
  type Told,
} from './chain.ts';
import {
  ACCESS_LOG,
  ACCESS_LOG_HEAD,
  asideName,
  flushFolder,
  type LogFile,
  NEXT_LOG,
  type OpenLogFile,
} from './log-file.ts';

interface Files {
  readonly log: LogFile;
  readonly head: LogFile;
}

/** The last entry that is known to be on the disk, and where it ends. */
interface FlushedEnd extends ChainEnd {
  readonly size: number;
}

/** Who may write a log beside whoever has the lock in its folder: where several machines share the folder. */
export interface ChainHold {
  /** An entry that is known to have been written: the log must not end before it. */
  readonly anchor: ChainEnd;
  /** Whether it was held when that was last looked at. */
  readonly isHeld: boolean;
  /**
   * Asked before entries are written.
   * @returns whether it was lost in the meantime and taken again: somebody else may have written
   * @throws Error when it is not held; then nothing is written
   */
  confirm(): Promise<boolean>;
  /** Told of the last entry when it is on the disk. */
  flushed(end: ChainEnd): void;
}

/** Where a log stands, the present moment, and how its files are opened. */
export interface ChainPlace {
  /** The folder of the store. */
  readonly dir: string;
  readonly clock: () => Date;
  readonly openFile: OpenLogFile;
  /** A log of so many bytes is put aside before more is written; none when not given. */
  readonly mostBytes?: number | undefined;
  /** Absent where the lock in the folder is enough. */
  readonly hold?: ChainHold | undefined;
}

/** Appends entries, one group after the other: a call waits for the one before it. */
export class ChainWriter {
  readonly #place: ChainPlace;
  /** Absent after a failure, until they are opened again. */
  #files: Files | undefined;
  #flushed: FlushedEnd;
  /** Requests since the last entry that could not be entered. */
  #unentered = 0;

  private constructor(place: ChainPlace, files: Files, flushed: FlushedEnd) {
    this.#place = place;
    this.#files = files;
    this.#flushed = flushed;
  }

  /**
   * Opens a log and takes up its chain. What a crash left behind the last whole entry is cut off, and an entry says so.
   * @throws AccessLogError when the log does not end as it was left; Error when it cannot be read or written
   */
  static async open(place: ChainPlace): Promise<ChainWriter> {
    await finishRotation(place.dir);
    const files = await openFiles(place);
    try {
      const { cut, ...flushed } = await lastEntry(files, place.dir);
      if (place.hold) requireAnchor(flushed, place.hold.anchor, place.dir);
      place.hold?.flushed(flushed);
      const writer = new ChainWriter(place, files, flushed);
      if (cut > 0) {
        await files.log.truncate(flushed.size);
        await files.log.sync();
        await writer.#write(files, [writer.#recovery(cut)]);
      }
      return writer;
    } catch (error) {
      await closeFiles(files);
      throw error;
    }
  }

  /** Whether the last that was written could be. */
  get isWritable(): boolean {
    return this.#files !== undefined && (this.#place.hold?.isHeld ?? true);
  }

  /**
   * Enters requests; with none, only opens the files again after a failure.
   * @throws Error when they cannot be written; then none of them is in the log
   */
  async append(accesses: readonly Access[]): Promise<void> {
    try {
      // What somebody else may have written is found when the files are opened again.
      if (this.#place.hold && (await this.#place.hold.confirm())) await this.#shut();
      if (this.#files) {
        if (accesses.length === 0) return;
        const { mostBytes } = this.#place;
        if (mostBytes !== undefined && this.#flushed.size >= mostBytes) await this.rotate();
        await this.#write(this.#files, accesses);
        return;
      }
      const { files, cut } = await this.#reopen();
      this.#files = files;
      await this.#write(files, [{ ...this.#recovery(cut), unentered: this.#unentered }, ...accesses]);
      this.#unentered = 0;
    } catch (error) {
      this.#unentered += accesses.length;
      await this.#shut();
      throw error;
    }
  }

  async #shut(): Promise<void> {
    const files = this.#files;
    this.#files = undefined;
    if (files) await closeFiles(files);
  }

  /**
   * Puts the log aside under the numbers of its entries, and goes on in a new file, which begins with the hash of the
   * last of them. Whatever moment the process dies at, the next one finds one or the other.
   * @throws Error when it cannot be written
   */
  async rotate(): Promise<void> {
    const { dir, openFile, clock } = this.#place;
    const files = this.#files as Files;
    const { number, hash, size } = this.#flushed;
    if ((await files.log.size()) !== size) throw this.#changed();
    const first = await firstNumber(files.log);
    if (first === undefined) return;
    const { line, end } = nextLine({ number, hash }, { time: clock().toISOString(), event: 'rotated' });
    const bytes = Buffer.from(line);
    const next = await openFile(join(dir, NEXT_LOG));
    try {
      await next.truncate(0);
      await next.write(0, bytes);
      await next.sync();
    } finally {
      await next.close();
    }
    await files.log.close();
    const [current, aside] = [join(dir, ACCESS_LOG), join(dir, asideName(first, number))];
    renameSync(current, aside);
    try {
      renameSync(join(dir, NEXT_LOG), current);
    } catch (error) {
      renameSync(aside, current);
      throw error;
    }
    this.#flushed = { ...end, size: bytes.length };
    await flushFolder(dir);
    this.#files = { log: await openFile(current), head: files.head };
    await files.head.write(0, Buffer.from(headText(end)));
    this.#place.hold?.flushed(end);
  }

  /** Flushes the head and closes both files. */
  async close(): Promise<void> {
    const files = this.#files;
    this.#files = undefined;
    if (!files) return;
    try {
      await files.head.sync();
    } finally {
      await closeFiles(files);
    }
  }

  /** Writes entries and flushes them; only then does the chain end with them. */
  async #write({ log, head }: Files, events: readonly Told[]): Promise<void> {
    const { size } = this.#flushed;
    let end: ChainEnd = this.#flushed;
    let text = '';
    for (const event of events) {
      const next = nextLine(end, event);
      text += next.line;
      end = next.end;
    }
    const bytes = Buffer.from(text);
    if ((await log.size()) !== size) throw this.#changed();
    await log.write(size, bytes);
    await log.sync();
    await head.write(0, Buffer.from(headText(end)));
    this.#flushed = { number: end.number, hash: end.hash, size: size + bytes.length };
    this.#place.hold?.flushed(end);
  }

  /**
   * Opens the files again and cuts off what was not flushed as a whole: a flush that failed may have written any part
   * of it.
   * @returns the files, and how many bytes were cut off
   */
  async #reopen(): Promise<{ readonly files: Files; readonly cut: number }> {
    const flushed = this.#flushed;
    const files = await openFiles(this.#place);
    const { log, head } = files;
    try {
      const size = await log.size();
      const { line, end } = await lastLine(log, Math.min(size, flushed.size));
      const found = line === undefined ? BEGINNING : readLine(line);
      if (end !== flushed.size || 'fault' in found || found.hash !== flushed.hash) throw this.#changed();
      // The head first: it must never name an entry that is not there.
      await head.write(0, Buffer.from(headText(flushed)));
      if (size > flushed.size) {
        await log.truncate(flushed.size);
        await log.sync();
      }
      return { files, cut: size - flushed.size };
    } catch (error) {
      await closeFiles(files);
      throw error;
    }
  }

  #recovery(cutBytes: number): Recovery {
    return { time: this.#place.clock().toISOString(), event: 'recovered', cutBytes };
  }

  #changed(): AccessLogError {
    return new AccessLogError(
      `the access log in "${this.#place.dir}" was changed by another process; cenr audit verify says where`,
    );
  }
}

/** Ends a rotation in which the process died: the log was put aside, or it was not. */
async function finishRotation(dir: string): Promise<void> {
  if (!existsSync(join(dir, NEXT_LOG))) return;
  if (existsSync(join(dir, ACCESS_LOG))) rmSync(join(dir, NEXT_LOG));
  else renameSync(join(dir, NEXT_LOG), join(dir, ACCESS_LOG));
  await flushFolder(dir);
}

/** The number of the first entry of a log; `undefined` when it has none. */
async function firstNumber(log: LogFile): Promise<number | undefined> {
  const begin = await log.read(0, BLOCK);
  const end = begin.indexOf(LINE_FEED);
  const found = end < 0 ? undefined : readLine(begin.subarray(0, end));
  return found && 'number' in found ? found.number : undefined;
}

async function openFiles({ dir, openFile }: ChainPlace): Promise<Files> {
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
async function lastEntry({ log, head }: Files, dir: string): Promise<FlushedEnd & { readonly cut: number }> {
  const ending =
    'Restore the file; or, to begin a new log, move access.log and access.log.head to another folder and keep them';
  const size = await log.size();
  const { line, end } = await lastLine(log, size);
  const found = line === undefined ? BEGINNING : readLine(line);
  if ('fault' in found)
    throw new AccessLogError(
      `the last log entry of the access log in "${dir}" is damaged: ${found.fault}. cenr audit verify says more. ${ending}`,
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
      `"${join(dir, ACCESS_LOG_HEAD)}" ${text === '' ? 'is missing or empty' : 'is damaged'}, and the access log has ${number} log entries. ${ending}`,
    );
  if (noted.number > number || (noted.number === number && noted.hash !== hash))
    throw new AccessLogError(
      `the access log in "${dir}" ended with log entry ${noted.number} and now ends with ${noted.number > number ? `log entry ${number}` : 'another one of that number'}: log entries were removed or changed. ${ending}`,
    );
  return { number, hash, size: end, cut: size - end };
}

/** @throws AccessLogError when a log ends before an entry that it had */
function requireAnchor({ number, hash }: ChainEnd, anchor: ChainEnd, dir: string): void {
  if (anchor.number < number || (anchor.number === number && anchor.hash === hash)) return;
  throw new AccessLogError(
    `the access log in "${dir}" ends with log entry ${number}, and the database names ${anchor.number === number ? 'another one of that number' : `log entry ${anchor.number}`}: log entries were removed or changed. Restore the file; cenr audit verify says more`,
  );
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
