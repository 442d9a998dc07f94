/** Files on their way in: streamed to disk as they come, within the limits, nothing of them in memory. */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { refuseTooFarUnpacked, UnreadableInputError } from '#intake/lines';
import type { InputFile } from '#intake/upload';
import { ServiceError } from './errors.ts';

export interface IncomingFolder {
  readonly dir: string;
  /** Writes one more file. @throws ServiceError when a limit is passed, UnreadableInputError for a damaged gzip file */
  add(name: string, source: Readable): Promise<void>;
  readonly files: readonly InputFile[];
  /** Whether not a single byte came. */
  isEmpty(): boolean;
  /** The paths of the files within the folder, in their order. */
  places(): readonly string[];
  /** Resolves when all files are on the disk, power cut or not. */
  flush(): Promise<void>;
  /** SHA-256 over names and contents of the files so far, hexadecimal. */
  contentHash(): string;
  remove(): Promise<void>;
}

/** A file or folder on the disk; where folders cannot be opened, their names need no flush. */
async function flushed(path: string): Promise<void> {
  const file = await open(path).catch(() => undefined);
  await file?.sync().catch(() => {});
  await file?.close();
}

/**
 * A folder of its own for the files of one upload.
 * @param limits bytes: of all files together, as sent and unpacked; files: how many
 */
export async function incomingFolder(
  dir: string,
  limits: { readonly bytes: number; readonly files: number },
): Promise<IncomingFolder> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const files: InputFile[] = [];
  const all = createHash('sha256');
  const left = { sent: limits.bytes, unpacked: limits.bytes };
  const tooLarge = () =>
    new ServiceError('CENR_BODY_TOO_LARGE', {
      detail: `An upload may have at most ${limits.bytes} bytes, all files together and decompressed.`,
      headers: { connection: 'close' },
    });

  return {
    dir,
    files,
    async add(sent, source) {
      if (files.length >= limits.files)
        throw new ServiceError('CENR_BODY_TOO_LARGE', {
          detail: `An upload may have at most ${limits.files} files.`,
          headers: { connection: 'close' },
        });
      const name = fileName(sent);
      // A folder for each file: two may have the same name, and messages name a file as its sender does.
      const folder = join(dir, String(files.length));
      await mkdir(folder, { mode: 0o700 });
      const path = join(folder, name);
      const hash = createHash('sha256');
      const unpacking = unpackedCounter(name, (bytes) => {
        left.unpacked -= bytes;
        if (left.unpacked < 0) throw tooLarge();
      });
      await pipeline(
        // Destroying a request destroys the connection, on which the refusal is still to be sent.
        source.iterator({ destroyOnReturn: false }),
        passing(hash, async (chunk) => {
          left.sent -= chunk.length;
          if (left.sent < 0) throw tooLarge();
          await unpacking.write(chunk);
        }),
        createWriteStream(path, { flags: 'wx', mode: 0o600 }),
      ).catch((error: unknown) => {
        unpacking.abandon();
        throw error;
      });
      await unpacking.end();
      all.update(`${name}\0${hash.digest('hex')}\n`);
      files.push({ name, path });
    },
    isEmpty: () => left.sent === limits.bytes,
    places: () => files.map(({ path }) => relative(dir, path)),
    async flush() {
      // Whoever was thought gone may have lost them: what is not there is not acknowledged.
      for (const { path } of files) await access(path);
      for (const { path } of files) for (const place of [path, dirname(path)]) await flushed(place);
      for (const place of [dir, dirname(dir)]) await flushed(place);
    },
    contentHash: () => all.copy().digest('hex'),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

function passing(hash: Hash, onChunk: (chunk: Buffer) => Promise<void>): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      onChunk(chunk).then(
        () => done(null, chunk),
        (error: Error) => done(error),
      );
    },
  });
}

/**
 * Counts the bytes that a gzip file unpacks to, without keeping them: a few kilobytes can unpack to gigabytes. The file
 * is stored as sent, so that its checksum is the one its sender has. A file that is not gzip is counted as it is.
 */
function unpackedCounter(
  name: string,
  count: (bytes: number) => void,
): { write(chunk: Buffer): Promise<void>; end(): Promise<void>; abandon(): void } {
  let start: Buffer | undefined = Buffer.alloc(0);
  let gunzip: Gunzip | undefined;
  let counted: Promise<void> | undefined;
  let failure: unknown;
  let packed = 0;
  let unpackedBytes = 0;

  function unpack(): Gunzip {
    const unpacked = createGunzip();
    const counter = new Writable({
      write(chunk: Buffer, _encoding, done) {
        try {
          count(chunk.length);
          unpackedBytes += chunk.length;
          refuseTooFarUnpacked(name, packed, unpackedBytes);
          done();
        } catch (error) {
          done(error as Error);
        }
      },
    });
    counted = pipeline(unpacked, counter).catch((error: NodeJS.ErrnoException) => {
      failure = error.code?.startsWith('Z_')
        ? new UnreadableInputError(`"${name}" begins like a gzip file, but cannot be decompressed; send it again`)
        : error;
    });
    return unpacked;
  }

  return {
    async write(sent) {
      let chunk = sent;
      if (start) {
        // The first byte of a file may come alone.
        chunk = Buffer.concat([start, sent]);
        start = chunk.length < 2 ? chunk : undefined;
        if (start) return;
        if (chunk[0] === 0x1f && chunk[1] === 0x8b) gunzip = unpack();
      }
      if (!gunzip) return count(chunk.length);
      const unpacking = gunzip;
      packed += chunk.length;
      // A stream that was destroyed may never call back.
      if (!failure)
        await Promise.race([new Promise<void>((resolve) => unpacking.write(chunk, () => resolve())), counted]);
      if (failure) throw failure;
    },
    async end() {
      if (start) count(start.length);
      gunzip?.end();
      await counted;
      if (failure) throw failure;
    },
    abandon: () => void gunzip?.destroy(),
  };
}

const LONGEST_NAME = 120;

/** A name that can stand in a folder and in a report, whatever was sent: no path, no control characters, not hidden. */
export function fileName(sent: string): string {
  const last = sent.split(/[/\\]/).at(-1) ?? '';
  const safe = last
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} ._()+-]/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(-LONGEST_NAME)
    .trim();
  return safe === '' ? 'upload' : safe;
}
