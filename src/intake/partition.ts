/**
 * Kept lines by student: hashed into buckets by SSID, so that each student's records end up in one bucket and a bucket
 * fits into memory, however many students there are. On the disk as soon as there is a folder for it, in memory
 * otherwise.
 */
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ByteGatherer } from '#base/byte-builder';

/** So many that a bucket of a whole state's files is some tens of megabytes. */
export const BUCKETS = 128;
const PENDING_BYTES = 1 << 16;

/**
 * Every line of a bucket begins with the SSID, perhaps blank, and this. A rulebook may let pass an SSID of another
 * width than ten.
 */
export const SSID_END = '^';

/** The bucket of an SSID, by its last four digits: those differ most. A record without an SSID goes to bucket 0. */
export function bucketOf(ssid: string): number {
  let number = 0;
  // Nor need it consist of digits.
  for (let i = Math.max(0, ssid.length - 4); i < ssid.length; i++)
    number = number * 10 + Math.abs(ssid.charCodeAt(i) - 48);
  return number % BUCKETS;
}

const pathOf = (dir: string, bucket: number, writer: number): string => join(dir, `${bucket}-${writer}`);

/** Writes the kept lines of one thread. */
export class PartitionWriter {
  readonly #dir: string | undefined;
  readonly #writer: number;
  readonly #pending = Array.from({ length: BUCKETS }, () => new ByteGatherer(PENDING_BYTES));
  readonly #files = new Map<number, number>();

  /**
   * @param dir the folder for bucket files; `undefined` keeps everything in memory
   * @param writer a number that no other writer of this folder has
   */
  constructor(dir: string | undefined, writer: number) {
    this.#dir = dir;
    this.#writer = writer;
  }

  add(ssid: string, keptLine: string): void {
    const bucket = bucketOf(ssid);
    const pending = this.#pending[bucket] as ByteGatherer;
    pending.add(`${ssid}${SSID_END}${keptLine}\n`);
    if (this.#dir !== undefined && pending.length > PENDING_BYTES) this.#write(bucket);
  }

  /** All that was added, when it is in memory. */
  inMemory(): string {
    return this.#pending.map((pending) => pending.text()).join('');
  }

  /** Everything to the disk; nothing can be added afterwards. */
  close(): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      if ((this.#pending[bucket] as ByteGatherer).length > 0) this.#write(bucket);
    for (const file of this.#files.values()) closeSync(file);
  }

  #write(bucket: number): void {
    let file = this.#files.get(bucket);
    if (file === undefined) {
      file = openSync(pathOf(this.#dir as string, bucket, this.#writer), 'w');
      this.#files.set(bucket, file);
    }
    const pending = this.#pending[bucket] as ByteGatherer;
    pending.writeTo(file);
  }
}

/** The texts of a bucket, one for each writer that had something for it. They are removed from the disk. */
export function takeBucket(dir: string, bucket: number, writers: number): string[] {
  const texts: string[] = [];
  for (let writer = 0; writer < writers; writer++) {
    const path = pathOf(dir, bucket, writer);
    try {
      texts.push(readFileSync(path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    rmSync(path);
  }
  return texts;
}
