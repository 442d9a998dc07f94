/** Files as lines: CR LF or LF, a BOM dropped, gzip or not, a last line with or without an end (records.md section 1). Memory stays flat whatever the size. */
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

export const ENCODINGS = ['utf-8', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Thrown for input that cannot be read as lines at all; the message says which file, what was found and what to do. */
export class UnreadableInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableInputError';
  }
}

/** No CALPADS line comes near this; whatever does is another kind of file. */
const MOST_CHARACTERS = 1 << 16;
const CHUNK_BYTES = 1 << 20;

/** The two bytes every gzip file begins with. The file's name decides nothing. */
const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b;

/**
 * The files that paths stand for: a file is itself, a folder the files directly in it, in ascending order of name, hidden ones left out.
 * @throws UnreadableInputError for a path that does not exist, and for a folder without files
 */
export async function inputFiles(paths: readonly string[]): Promise<{ name: string; path: string }[]> {
  const files: { name: string; path: string }[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found) throw new UnreadableInputError(`there is no file or folder "${path}"`);
    if (!found.isDirectory()) {
      files.push({ name: path, path });
      continue;
    }
    const entries = (await readdir(path, { withFileTypes: true })).filter((e) => e.isFile() && !e.name.startsWith('.'));
    if (entries.length === 0) throw new UnreadableInputError(`the folder "${path}" holds no files`);
    for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) files.push({ name: join(path, name), path: join(path, name) });
  }
  return files;
}

/**
 * The lines of a file, in batches: a batch is what one chunk of the file completed. Line ends are taken off; blank lines are there, as `''`.
 * @param onBytes told of the bytes read, before unpacking, for progress and checksums
 * @throws UnreadableInputError for a damaged gzip file, and for a line no record could have
 */
export async function* linesOf(path: string, { encoding = 'utf-8', onBytes }: { encoding?: Encoding | undefined; onBytes?: (bytes: Uint8Array) => void } = {}): AsyncGenerator<string[]> {
  const name = basename(path);
  const decoder = new TextDecoder(encoding);
  let rest = '';
  try {
    for await (const chunk of await byteStream(path, onBytes)) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() as string;
      if (rest.length > MOST_CHARACTERS) throw new UnreadableInputError(`"${name}" has a line of more than ${MOST_CHARACTERS} characters; is it a caret-delimited text file?`);
      for (let i = 0; i < lines.length; i++) lines[i] = withoutReturn(lines[i] as string);
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw new UnreadableInputError(`"${name}" begins like a gzip file, but cannot be unpacked; send it again`);
    if ((error as NodeJS.ErrnoException).syscall) throw new UnreadableInputError(`"${name}" cannot be read: ${(error as Error).message}`);
    throw error;
  }
  rest += decoder.decode();
  if (rest !== '') yield [withoutReturn(rest)];
}

const withoutReturn = (line: string): string => (line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line);

async function byteStream(path: string, onBytes?: (bytes: Uint8Array) => void): Promise<Readable> {
  const file = await open(path);
  const start = new Uint8Array(2);
  await file.read(start, 0, 2, 0).finally(() => file.close());
  const bytes = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (onBytes) bytes.on('data', (chunk) => onBytes(chunk as Buffer));
  if (!isGzip(start)) return bytes;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  bytes.on('error', (error) => unpacked.destroy(error));
  return bytes.pipe(unpacked);
}
