/** Where an extract goes: a file that appears under its name only when it is complete, or the standard output. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { trackTempFile, untrackTempFile } from './temp-files.ts';

export interface Written {
  readonly bytes: number;
  /** SHA-256 of all bytes, hexadecimal. */
  readonly sha256: string;
}

export interface Output {
  write(bytes: Uint8Array | string): Promise<void>;
  /** Makes the file appear under its name; it is on the disk when this resolves. */
  finish(): Promise<Written>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Length and checksum of what goes by. */
function measure(): { add(bytes: Uint8Array | string): Uint8Array; result(): Written } {
  const hash = createHash('sha256');
  let total = 0;
  return {
    add(bytes) {
      const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      hash.update(chunk);
      total += chunk.byteLength;
      return chunk;
    },
    result: () => ({ bytes: total, sha256: hash.digest('hex') }),
  };
}

const PARTIAL = '.partial-';

/** Whether this is the name of a file that is being written, or was when its process was killed. */
export const isPartial = (name: string): boolean => name.includes(PARTIAL);

/** What is written is about students. */
const OWNER_ONLY = 0o600;

/**
 * Removes the unfinished files in a folder, which nobody writes any more.
 * @param of what their names begin with
 */
export async function removePartials(dir: string, of = ''): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names) if (isPartial(name) && name.startsWith(of)) await rm(join(dir, name), { force: true });
}

/** @throws Error when the folder does not exist or cannot be written */
export async function fileOutput(path: string): Promise<Output> {
  // Processes of several machines may write into one folder: the number of a process alone says nothing.
  const partial = `${path}${PARTIAL}${process.pid}-${randomBytes(6).toString('hex')}`;
  // Nothing is awaited between making the file and noting it as unfinished: a signal in between would leave it behind.
  closeSync(openSync(partial, 'w', OWNER_ONLY));
  trackTempFile(partial);
  const file = await open(partial, 'r+');
  const measured = measure();
  return {
    async write(bytes) {
      const chunk = measured.add(bytes);
      await file.writeFile(chunk);
    },
    async finish() {
      await file.sync();
      await file.close();
      await rename(partial, path);
      untrackTempFile(partial);
      // The new name is durable only when the folder is.
      const folder = await open(dirname(path)).catch(() => undefined);
      await folder?.sync().catch(() => {});
      await folder?.close();
      return measured.result();
    },
    async abandon() {
      await file.close().catch(() => {});
      await rm(partial, { force: true });
      untrackTempFile(partial);
    },
  };
}

/** For `--out -`: written as it comes, with back-pressure. What was written cannot be taken back. */
export function streamOutput(stream: Writable): Output {
  const measured = measure();
  return {
    async write(bytes) {
      const chunk = measured.add(bytes);
      if (!stream.write(chunk)) await once(stream, 'drain');
    },
    finish: async () => measured.result(),
    abandon: async () => {},
  };
}

/** For what is only to be known by its length and its checksum: nothing is kept. */
export function measuringOutput(): Output {
  const measured = measure();
  return {
    write: async (bytes) => void measured.add(bytes),
    finish: async () => measured.result(),
    abandon: async () => {},
  };
}

/**
 * Packs what is written with gzip on its way to another output. Length and checksum are those of what was written, not
 * of what it is packed into.
 */
export function packedOutput(output: Output): Output {
  const measured = measure();
  const gzip = createGzip();
  const passedOn = (async () => {
    for await (const packed of gzip) await output.write(packed as Uint8Array);
  })();
  // It is awaited whenever there is something to wait for.
  passedOn.catch(() => {});
  return {
    async write(bytes) {
      if (!gzip.write(measured.add(bytes))) await Promise.race([once(gzip, 'drain'), passedOn]);
    },
    async finish() {
      gzip.end();
      await passedOn;
      await output.finish();
      return measured.result();
    },
    async abandon() {
      gzip.destroy();
      await passedOn.catch(() => {});
      await output.abandon();
    },
  };
}
