/**
 * Kept lines by student: hashed into buckets by SSID, so that each student's records end up in one bucket and a bucket
 * fits into memory, however many students there are. On the disk as soon as there is a folder for it, in memory
 * otherwise.
 */
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ByteGatherer } from '#base/byte-builder';
import {
  MARGIN_WIDTH,
  type Origin,
  placeInMargin,
  type ReadPlan,
  type SourceRecord,
  TextLines,
  writeMargin,
} from '#records/record';

/** So many that a bucket of a whole state's files is some tens of megabytes. */
export const BUCKETS = 128;
const PENDING_BYTES = 1 << 14;

/**
 * Every line of a bucket begins with the SSID, perhaps blank, and this. A rulebook may let pass an SSID of another
 * width than ten.
 */
const SSID_END = '^';

/** The bucket of an SSID, by its last four digits: those differ most. A record without an SSID goes to bucket 0. */
export function bucketOf(ssid: string): number {
  let number = 0;
  // Nor need it consist of digits.
  for (let i = Math.max(0, ssid.length - 4); i < ssid.length; i++)
    number = number * 10 + Math.abs(ssid.charCodeAt(i) - 48);
  return number % BUCKETS;
}

function bucketOfBytes({ bytes, from, to }: Span): number {
  let number = 0;
  for (let i = Math.max(from, to - 4); i < to; i++) number = number * 10 + Math.abs((bytes[i] as number) - 48);
  return number % BUCKETS;
}

/** Some bytes of a buffer. */
export interface Span {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** A line that is kept: its SSID, and its text as UTF-8. */
interface BytesOfLine {
  readonly ssid: Readonly<Span>;
  readonly kept: Readonly<Span>;
}

const CARET = 94;
const LINE_FEED = 10;

const pathOf = (dir: string, bucket: number, writer: number): string => join(dir, `${bucket}-${writer}`);

/** Says which bucket an SSID belongs to, from 0. */
type BucketOf = (ssid: string) => number;

/** Writes the kept lines of one thread. */
export class PartitionWriter {
  readonly #dir: string | undefined;
  readonly #writer: number;
  readonly #pending = Array.from({ length: BUCKETS }, () => new ByteGatherer(PENDING_BYTES));
  readonly #files = new Map<number, number>();
  readonly #bucketOf: BucketOf;

  /**
   * @param dir the folder for bucket files; `undefined` keeps everything in memory
   * @param writer a number that no other writer of this folder has
   */
  constructor(dir: string | undefined, writer: number, of: BucketOf = bucketOf) {
    this.#dir = dir;
    this.#writer = writer;
    this.#bucketOf = of;
  }

  add(ssid: string, keptLine: string): void {
    this.addLines(ssid, `${ssid}${SSID_END}${keptLine}\n`);
  }

  /** Adds lines of a student as they stand in a bucket. */
  addLines(ssid: string, lines: string): void {
    const bucket = this.#bucketOf(ssid);
    const pending = this.#pending[bucket] as ByteGatherer;
    pending.add(lines);
    if (this.#dir !== undefined && pending.length > PENDING_BYTES) this.#write(bucket);
  }

  /** Adds a line over its bytes; its bucket is that of `bucketOf`. */
  addBytes({ ssid, kept }: BytesOfLine, origin: Origin): void {
    const bucket = ssid.to === ssid.from ? 0 : bucketOfBytes(ssid);
    const pending = this.#pending[bucket] as ByteGatherer;
    const most = ssid.to - ssid.from + MARGIN_WIDTH + kept.to - kept.from + 2;
    const room = pending.room(most);
    let at = pending.length;
    for (let i = ssid.from; i < ssid.to; i++) room[at++] = ssid.bytes[i] as number;
    room[at++] = CARET;
    writeMargin(origin, room, at);
    at += MARGIN_WIDTH;
    const { bytes, from, to } = kept;
    for (let i = from; i < to; i++) room[at++] = bytes[i] as number;
    room[at] = LINE_FEED;
    pending.wrote(most);
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

const NO_TEXTS: readonly string[] = [];

/**
 * The lines of all buckets once more, parted by ranges of SSIDs: the texts of each range, in ascending order of ranges. A
 * store is written in this order. Before that comes nothing, once for each bucket.
 * @param buckets the texts of each bucket; the students of the first are a fair sample of all
 * @param dir a folder for them, with no files of buckets in it
 */
export function* inRanges(buckets: Iterable<readonly string[]>, dir: string): Generator<readonly string[]> {
  let writers: PartitionWriter[] = [];
  let starts: readonly string[] | undefined;
  for (const texts of buckets) {
    starts ??= startsOf(texts);
    const found = starts;
    // Texts of different writers stay apart: each is in the order of files and lines.
    for (const [i, text] of texts.entries()) {
      writers[i] ??= new PartitionWriter(dir, i, (ssid) => rangeOf(ssid, found));
      for (const [ssid, from, to] of linesIn(text))
        (writers[i] as PartitionWriter).addLines(ssid, text.slice(from, to));
    }
    // Whoever asks may see to other things.
    yield NO_TEXTS;
  }
  for (const writer of writers) writer.close();
  const count = writers.length;
  writers = [];
  for (let range = 0; range < BUCKETS; range++) {
    const texts = takeBucket(dir, range, count);
    if (texts.length > 0) yield texts;
  }
}

/** SSID, start and end of each line of a bucket. */
function* linesIn(text: string): Generator<readonly [ssid: string, from: number, to: number]> {
  for (let at = 0; at < text.length; ) {
    const to = text.indexOf('\n', at) + 1;
    yield [text.slice(at, text.indexOf(SSID_END, at)), at, to];
    at = to;
  }
}

/** The first SSID of each range but the first, so that the students of these texts are spread evenly. */
function startsOf(texts: readonly string[]): string[] {
  const ssids = [...new Set(texts.flatMap((text) => Array.from(linesIn(text), ([ssid]) => ssid)))].sort();
  const starts = Array.from(
    { length: BUCKETS - 1 },
    (_, i) => ssids[Math.floor(((i + 1) * ssids.length) / BUCKETS)] ?? '',
  );
  return [...new Set(starts)];
}

/** How many of the starts are not greater than an SSID. */
function rangeOf(ssid: string, starts: readonly string[]): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as string) <= ssid) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface IncomingStudent {
  /** `''` for the records that ask for an SSID, which are put together as one student. */
  readonly ssid: string;
  readonly records: SourceRecord[];
}

/** Where the kept lines of one student begin: text and offset. */
interface Lines {
  readonly texts: TextLines[];
  readonly offsets: number[];
}

/**
 * The students of a bucket in ascending order of SSID. A student's records are read when it is its turn: records of a
 * whole bucket at once would have to be moved about by the garbage collector, and would be gone from the processor's
 * caches when they are needed.
 * @param texts as the partition writes them, each in ascending order of file and line
 * @param partOf divides the records without an SSID, of which there may be as many as lines; one student when absent
 */
export function* studentsOf(
  texts: readonly string[],
  plan: ReadPlan,
  partOf?: (record: SourceRecord) => number,
): Generator<IncomingStudent> {
  const bySSID = new Map<string, Lines>();
  for (const text of texts) {
    const kept = new TextLines(text);
    for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) {
      const end = text.indexOf(SSID_END, at);
      const ssid = text.slice(at, end);
      let lines = bySSID.get(ssid);
      if (!lines) {
        lines = { texts: [], offsets: [] };
        bySSID.set(ssid, lines);
      }
      lines.texts.push(kept);
      lines.offsets.push(end + SSID_END.length);
    }
  }
  for (const ssid of [...bySSID.keys()].sort()) {
    const all = bySSID.get(ssid) as Lines;
    bySSID.delete(ssid);
    for (const lines of ssid === '' && partOf ? inParts(all, plan, partOf) : [all]) {
      const records = lines.offsets.map((_, i) => recordOf(lines, i, plan));
      // Several texts come from writers that worked side by side.
      if (texts.length > 1 && !inOrder(records)) records.sort((a, b) => (placeInMargin(a) < placeInMargin(b) ? -1 : 1));
      yield { ssid, records };
    }
  }
}

const recordOf = ({ texts, offsets }: Lines, i: number, plan: ReadPlan): SourceRecord =>
  (texts[i] as TextLines).record(offsets[i] as number, plan, 0);

function inParts(all: Lines, plan: ReadPlan, partOf: (record: SourceRecord) => number): Lines[] {
  const parts: Lines[] = [];
  for (let i = 0; i < all.offsets.length; i++) {
    const number = partOf(recordOf(all, i, plan));
    parts[number] ??= { texts: [], offsets: [] };
    const part = parts[number];
    part.texts.push(all.texts[i] as TextLines);
    part.offsets.push(all.offsets[i] as number);
  }
  return parts.filter((part) => part !== undefined);
}

function inOrder(records: readonly SourceRecord[]): boolean {
  for (let i = 1; i < records.length; i++)
    if (placeInMargin(records[i - 1] as SourceRecord) > placeInMargin(records[i] as SourceRecord)) return false;
  return true;
}
