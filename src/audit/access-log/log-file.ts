/** A file as the access log uses it. */
import { constants, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Tests give one that fails, or that is flushed when they like. */
export interface LogFile {
  /**
   * Bytes in the file.
   * @throws Error when another file, or none, stands under its name by now: what is written to this one would be lost
   */
  size(): Promise<number>;
  /** @returns fewer bytes than asked for at the end of the file */
  read(at: number, length: number): Promise<Buffer>;
  write(at: number, bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export type OpenLogFile = (path: string) => Promise<LogFile>;

/** Opens a file to read and write; makes it, for its owner only, when there is none. */
export const openLogFile: OpenLogFile = async (path) => {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const opened = await handle.stat();
  if (opened.size === 0) await flushFolder(dirname(path));
  return {
    // Looking and writing take microseconds, since the disk is not waited for; a thread would take longer to wake up.
    // Only the flush is worth one.
    async size() {
      const named = statSync(path);
      if (named.ino !== opened.ino || named.dev !== opened.dev)
        throw Object.assign(new Error(`another file is at "${path}"`), { code: 'ESTALE' });
      return named.size;
    },
    async read(at, length) {
      const bytes = Buffer.alloc(length);
      let read = 0;
      while (read < length) {
        const { bytesRead } = await handle.read(bytes, read, length - read, at + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return bytes.subarray(0, read);
    },
    async write(at, bytes) {
      let written = 0;
      while (written < bytes.length)
        written += writeSync(handle.fd, bytes, written, bytes.length - written, at + written);
    },
    truncate: (size) => handle.truncate(size),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
};

/** The name of a new file is kept by its folder, which has to be on the disk as well. */
export async function flushFolder(dir: string): Promise<void> {
  // Windows neither needs nor allows it.
  const folder = await open(dir, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

export const ACCESS_LOG = 'access.log';

/** The next log while the one before is put aside. */
export const NEXT_LOG = 'access.log.next';

/** The name of a log that was put aside, by its first and last entry. */
export const asideName = (first: number, last: number): string => `${ACCESS_LOG}.${first}-${last}`;

const ASIDE = /^access\.log\.(\d{1,16})-(\d{1,16})$/;

/** The first entry of a log that was put aside, by its name; `undefined` for every other file. */
export function firstOfAside(name: string): number | undefined {
  const first = ASIDE.exec(name)?.[1];
  return first === undefined ? undefined : Number(first);
}

export const ACCESS_LOG_HEAD = 'access.log.head';

export const ACCESS_LOG_LOCK = 'access.log.lock';
