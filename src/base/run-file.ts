/**
 * Lines on the disk, run after run in one file: whoever makes them in a thread writes them there, and hands over where
 * they stand, not what they are.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { ByteGatherer } from './byte-builder.ts';

/** Written at a time. */
const WRITTEN_BYTES = 1 << 16;
/** Read at a time of each run, and of all that are read side by side: of a whole state there are thousands. */
const READ_BYTES = 1 << 14;
const READ_OF_ALL = 1 << 25;
const LEAST_READ = 1 << 10;

const LF = 10;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Where lines stand in a file. */
export interface FilePart {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** Gathers lines, and gives them as a run: a `ByteGatherer` as bytes, a `RunFile` as the place where they stand. */
export interface RunWriter<Run> {
  add(lines: string): void;
  /** What was added since it was last asked. */
  take(): Run;
}

/** Writes runs into a file of its own. */
export class RunFile implements RunWriter<FilePart> {
  readonly #path: string;
  readonly #gathered = new ByteGatherer(WRITTEN_BYTES);
  #file: number | undefined;
  #from = 0;
  #to = 0;

  /** @param path of a file that does not exist; it is made when there is something to write */
  constructor(path: string) {
    this.#path = path;
  }

  add(lines: string): void {
    this.#gathered.add(lines);
    if (this.#gathered.length > WRITTEN_BYTES) this.#write();
  }

  addBytes(lines: Uint8Array): void {
    this.#gathered.addBytes(lines);
    if (this.#gathered.length > WRITTEN_BYTES) this.#write();
  }

  take(): FilePart {
    this.#write();
    const part = { path: this.#path, from: this.#from, to: this.#to };
    this.#from = this.#to;
    return part;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #write(): void {
    if (this.#gathered.length === 0) return;
    this.#file ??= openSync(this.#path, 'a', 0o600);
    this.#to += this.#gathered.length;
    this.#gathered.writeTo(this.#file);
  }
}

/** Reads parts of files, each of which is opened once. */
export class PartReader {
  readonly #files = new Map<string, number>();
  readonly #atOnce: number;
  /** For all parts: what was read is made text at once. */
  #buffer: Uint8Array<ArrayBuffer>;

  /** @param parts how many are read side by side */
  constructor(parts: number) {
    this.#atOnce = Math.max(LEAST_READ, Math.min(READ_BYTES, Math.floor(READ_OF_ALL / parts)));
    this.#buffer = new Uint8Array(this.#atOnce);
  }

  /** The lines of a part, each with its end. */
  *lines({ path, from, to }: FilePart): Generator<string> {
    let atOnce = this.#atOnce;
    for (let at = from; at < to; ) {
      if (this.#buffer.length < atOnce) this.#buffer = new Uint8Array(atOnce);
      const read = readSync(this.#open(path), this.#buffer, 0, Math.min(atOnce, to - at), at);
      const end = read === 0 ? 0 : this.#buffer.lastIndexOf(LF, read - 1) + 1;
      if (end > 0) {
        const text = decoder.decode(this.#buffer.subarray(0, end));
        at += end;
        yield* linesOfText(text);
        // A line that is longer than what is read at a time.
      } else if (read > 0 && at + read < to) atOnce *= 2;
      else throw new Error(`${path} ends before its lines do`);
    }
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #open(path: string): number {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = openSync(path, 'r');
      this.#files.set(path, file);
    }
    return file;
  }
}

export function* linesOfText(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from) + 1;
    yield text.slice(from, end);
    from = end;
  }
}
