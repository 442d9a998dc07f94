/**
 * The access log of a store, `access.log`: who asked for what, when, for what purpose. Entries are flushed to the disk
 * before `enter` resolves; those that come while a flush is under way go out together with the next. Beside it stands
 * `access.log.head` with the number and hash of the last entry, written after each flush and not flushed itself: by it
 * the removal of the last entries is noticed.
 */
import { join } from 'node:path';
import { AccessLogError } from './access-log-error.ts';
import type { Access } from './chain.ts';
import { type ChainHold, ChainWriter } from './chain-writer.ts';
import { takeLock } from './lock.ts';
import { ACCESS_LOG_LOCK, type OpenLogFile, openLogFile } from './log-file.ts';

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

export interface AccessLogOptions {
  /** The present moment, for entries about the log itself. */
  readonly clock: () => Date;
  /** Instead of the files of the system. */
  readonly openFile?: OpenLogFile;
  /** A log of so many is put aside before more is written. */
  readonly mostBytes?: number | undefined;
  /** Where several machines share the folder: asked each time who may write. */
  readonly hold?: ChainHold;
}

/**
 * Opens the access log of a store and takes up its chain. What a crash left behind the last whole entry is cut off, and
 * an entry says so.
 * @param dir the folder of the store, or of one of the chains of its log, which exists
 * @throws AccessLogError when another process writes it, or when it does not end as it was left; Error when it cannot
 * be read or written
 */
export async function openAccessLog(
  dir: string,
  { openFile = openLogFile, ...options }: AccessLogOptions,
): Promise<AccessLog> {
  const unlock = takeLock(join(dir, ACCESS_LOG_LOCK));
  if (!unlock)
    throw new AccessLogError(
      `another process writes the access log in "${dir}"; one service can use a store at a time, so stop the other or give --store another folder`,
    );
  try {
    return new GroupingLog(await ChainWriter.open({ dir, openFile, ...options }), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * Puts the access log of a store aside, and begins a new file that goes on with its chain.
 * @param dir the folder of the store, which no service uses
 * @throws AccessLogError when a service writes it, or when it does not end as it was left
 */
export async function rotateAccessLog(dir: string, clock: () => Date): Promise<void> {
  const unlock = takeLock(join(dir, ACCESS_LOG_LOCK));
  if (!unlock)
    throw new AccessLogError(
      `a service writes the access log in "${dir}". It puts the log aside by itself when that has CENR_ACCESS_LOG_BYTES bytes; to do it now, stop the service first`,
    );
  try {
    const chain = await ChainWriter.open({ dir, clock, openFile: openLogFile });
    try {
      await chain.rotate();
    } finally {
      await chain.close();
    }
  } finally {
    unlock();
  }
}

interface Waiting {
  /** Absent for whoever only asks whether the log can be written. */
  readonly access: Access | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Lets those wait who come while a flush is under way, and enters them together. */
class GroupingLog implements AccessLog {
  readonly #chain: ChainWriter;
  readonly #unlock: () => void;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #isClosed = false;

  /** @param unlock lets another process have the log */
  constructor(chain: ChainWriter, unlock: () => void) {
    this.#chain = chain;
    this.#unlock = unlock;
  }

  enter(access: Access): Promise<void> {
    return this.#wait(access);
  }

  ready(): Promise<void> {
    return this.#chain.isWritable && !this.#isClosed ? Promise.resolve() : this.#wait(undefined);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#flushing;
    try {
      await this.#chain.close();
    } finally {
      this.#unlock();
    }
  }

  #wait(access: Access | undefined): Promise<void> {
    if (this.#isClosed) return Promise.reject(new AccessLogError('the access log is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ access, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#chain.append(group.flatMap(({ access }) => access ?? []));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#flushing = undefined;
  }
}
