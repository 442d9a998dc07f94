/**
 * Kept lines by student: packed, and sorted by SSID in runs, of which a range of students can be read. On the disk when
 * there is a folder for them, in memory otherwise. Memory stays bounded, however many students there are and in
 * whatever order their lines come.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#records/layout';
import { CodedLines, keyAt, LinePacker, lengthAt, type PackedLayouts, type PackedPart } from '#records/packed-lines';
import { type Origin, plainType, type ReadPlan, type SourceRecord } from '#records/record';
import { WITHOUT_SSID } from '#records/ssid';
import type { QuickCheck } from './quick-check.ts';

/** What is sorted at a time. */
const RUN_BYTES = 1 << 23;
/** So many lines at most, so that key and place of a line are one number. */
const RUN_LINES = 1 << 19;
const WRITTEN_BYTES = 1 << 20;
/** Students are looked for in steps of so many bytes. */
const STEP_BYTES = 1 << 12;
/** What is put together at a time: of a small input little, so that every thread has work. */
const [LEAST_RANGE, MOST_RANGE, RANGES] = [1 << 20, 6 << 20, 48];

/** Lines in ascending order of students, and in the order in which they came for each of them. */
interface Run {
  readonly from: number;
  readonly to: number;
  /** Keys of some students, ascending, and where the lines of each begin. */
  readonly keys: Float64Array;
  readonly places: Float64Array;
}

/** What one writer sorted. Plain data. */
export interface SortedLines {
  /** The file with the lines, or the lines. */
  readonly path?: string;
  readonly bytes?: Uint8Array;
  readonly runs: readonly Run[];
  /** What stands for its numbers. */
  readonly texts: readonly string[];
}

/** Students by what their lines are sorted by (`ssidKey`). */
export interface KeyRange {
  readonly from: number;
  readonly below: number;
}

/** Sorts the kept lines of one thread. */
export class PartitionWriter {
  readonly #path: string | undefined;
  readonly #packer = new LinePacker();
  readonly #types: ReadonlyMap<string, readonly [index: number, ssid: number]>;
  readonly #runs: Run[] = [];
  #inMemory: Buffer = Buffer.alloc(0);
  #texts: readonly string[] = [];
  #lines = 0;
  #file: number | undefined;
  #written = 0;

  /**
   * @param dir a folder for the lines; `undefined` keeps them in memory
   * @param writer a number that no other writer of this folder has
   */
  constructor(layouts: readonly Layout[], dir: string | undefined, writer: number) {
    this.#path = dir === undefined ? undefined : join(dir, `lines-of-${writer}`);
    this.#types = new Map(
      layouts.map(({ recordType, columns }, i) => [recordType, [i, columns.findIndex(({ key }) => key === 'ssid')]]),
    );
  }

  /** Adds a line that was checked in the ordinary way, beside the same quick check. */
  add(quick: QuickCheck, origin: Origin, text: string): void {
    const fields = text.split('^');
    const [type, ssid] = this.#types.get(plainType(fields[0] as string)) as readonly [number, number];
    this.#packer.line(origin, type, ssid, fields, (c, value) => quick.numberOf(type, c, value));
    this.#added(quick);
  }

  /** Adds the line that passed last; all lines are of one quick check. */
  addPassed(quick: QuickCheck, source: number, line: number): void {
    quick.pack(this.#packer, source, line);
    this.#added(quick);
  }

  /** Ends; nothing can be added afterwards. */
  close(): SortedLines {
    if (this.#lines > 0) this.#endRun();
    if (this.#file !== undefined) closeSync(this.#file);
    const where = this.#path === undefined ? { bytes: this.#inMemory } : { path: this.#path };
    return { ...where, runs: this.#runs, texts: this.#texts };
  }

  #added({ texts }: QuickCheck): void {
    this.#texts = texts;
    this.#lines++;
    if (this.#path !== undefined && (this.#packer.length > RUN_BYTES || this.#lines >= RUN_LINES)) this.#endRun();
  }

  #endRun(): void {
    const { bytes } = this.#packer;
    const { keys: ordered, places } = sorted(bytes, this.#lines);
    const isInMemory = this.#path === undefined;
    const out = Buffer.allocUnsafeSlow(isInMemory ? bytes.length : Math.min(bytes.length, WRITTEN_BYTES));
    const from = this.#written;
    const keys: number[] = [];
    const starts: number[] = [];
    let used = 0;
    let next = from;
    let before = Number.NaN;
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      const key = ordered[i] as number;
      const length = lengthAt(bytes, place);
      if (this.#written >= next && key !== before) {
        keys.push(key);
        starts.push(this.#written);
        next = this.#written + STEP_BYTES;
      }
      before = key;
      if (used + length > out.length) {
        this.#write(out.subarray(0, used));
        used = 0;
      }
      if (length > out.length) this.#write(bytes.subarray(place, place + length));
      else {
        bytes.copy(out, used, place, place + length);
        used += length;
      }
      this.#written += length;
    }
    if (isInMemory) this.#inMemory = out;
    else this.#write(out.subarray(0, used));
    this.#runs.push({ from, to: this.#written, keys: Float64Array.from(keys), places: Float64Array.from(starts) });
    this.#packer.clear();
    this.#lines = 0;
  }

  #write(bytes: Buffer): void {
    this.#file ??= openSync(this.#path as string, 'w', 0o600);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
  }
}

/** Keys in ascending order and where their lines begin; those with the same key stay in their order. */
function sorted(bytes: Buffer, count: number): { keys: Float64Array; places: Uint32Array } {
  const places = new Uint32Array(count);
  const keys = new Float64Array(count);
  for (let [i, at] = [0, 0]; at < bytes.length; i++, at += lengthAt(bytes, at)) {
    places[i] = at;
    keys[i] = keyAt(bytes, at);
  }
  const order = orderOf(keys);
  const ordered = { keys: new Float64Array(count), places: new Uint32Array(count) };
  for (let i = 0; i < count; i++) {
    ordered.keys[i] = keys[order[i] as number] as number;
    ordered.places[i] = places[order[i] as number] as number;
  }
  return ordered;
}

/** Places in ascending order of keys; equal ones stay in their order. */
function orderOf(keys: Float64Array): Uint32Array {
  const { length } = keys;
  // Only lines of one student come in such numbers.
  if (length > RUN_LINES)
    return Uint32Array.from(keys.keys()).sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  // Of numbers alone they are sorted without asking anybody.
  const both = new Float64Array(length);
  for (let i = 0; i < length; i++) both[i] = ((keys[i] as number) - WITHOUT_SSID) * RUN_LINES + i;
  both.sort();
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    const number = both[i] as number;
    order[i] = number - Math.floor(number / RUN_LINES) * RUN_LINES;
  }
  return order;
}

/**
 * Ranges of students that ascend and have none in common, with about as many lines each. Those without an SSID are a
 * range of their own.
 */
export function rangesOf(all: readonly SortedLines[]): KeyRange[] {
  const runs = all.flatMap((one) => one.runs);
  const bytes = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  const size = Math.min(MOST_RANGE, Math.max(LEAST_RANGE, bytes / RANGES));
  const keys = Float64Array.from(runs.flatMap((run) => [...run.keys])).sort();
  const count = Math.ceil(bytes / size);
  const starts = new Set([WITHOUT_SSID, 0]);
  for (let i = 1; i < count; i++) starts.add(keys[Math.floor((i * keys.length) / count)] as number);
  return rangesFrom([...starts].sort((a, b) => a - b));
}

/** @param starts ascending */
export const rangesFrom = (starts: readonly number[]): KeyRange[] =>
  starts.map((from, i) => ({ from, below: starts[i + 1] ?? Number.POSITIVE_INFINITY }));

export interface IncomingStudent {
  /** `''` for the records that ask for an SSID, which are put together as one student. */
  readonly ssid: string;
  readonly records: SourceRecord[];
}

/** Reads what all writers sorted. */
export class SortedReader {
  readonly #all: readonly SortedLines[];
  readonly #layouts: PackedLayouts;
  readonly #files = new Map<string, number>();
  readonly #numbers: readonly Int32Array[];

  constructor(all: readonly SortedLines[], layouts: PackedLayouts) {
    this.#all = all;
    this.#layouts = layouts;
    this.#numbers = all.map(({ texts }) =>
      Int32Array.from(texts, (text) => (text === '' ? 0 : layouts.texts.add(text))),
    );
  }

  /**
   * The students of a range in ascending order of SSID. A student's records are read when it is its turn.
   * @param partOf divides the records without an SSID, of which there may be as many as lines; one student when absent
   */
  *students(range: KeyRange, plan: ReadPlan, partOf?: (record: SourceRecord) => number): Generator<IncomingStudent> {
    const { lines, isSorted } = this.#lines(range);
    const { places, keys } = lines;
    const order = isSorted ? undefined : orderOf(keys);
    const placeOf = (i: number): number => (order ? (order[i] as number) : i);
    for (let from = 0; from < places.length; ) {
      const key = keys[placeOf(from)] as number;
      const own: number[] = [];
      for (; from < places.length && keys[placeOf(from)] === key; from++) own.push(places[placeOf(from)] as number);
      for (const [ssid, student] of bySSID(lines, own)) {
        const read = (at: number): SourceRecord => lines.record(at, plan, 0);
        if (!isSorted && !inOrder(lines, student)) student.sort((a, b) => comparePlaces(lines, a, b));
        for (const part of ssid === '' && partOf ? inParts(student, (at) => partOf(read(at))) : [student])
          yield { ssid, records: part.map(read) };
      }
    }
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #lines({ from, below }: KeyRange): { lines: CodedLines; isSorted: boolean } {
    const found = this.#all.flatMap((sorted, i) =>
      sorted.runs.map((run) => ({ sorted, numbers: this.#numbers[i] as Int32Array, ...sliceOf(run, from, below) })),
    );
    const slices = found.filter((slice) => slice.to > slice.from);
    const bytes = Buffer.allocUnsafeSlow(slices.reduce((sum, slice) => sum + slice.to - slice.from, 0));
    let at = 0;
    const parts = slices.map(({ sorted, numbers, ...slice }): PackedPart => {
      const start = at;
      at += slice.to - slice.from;
      this.#read(sorted, slice.from, bytes.subarray(start, at));
      return { from: start, to: at, numbers };
    });
    return { lines: new CodedLines(this.#layouts, bytes, parts, from, below), isSorted: parts.length < 2 };
  }

  #read({ path, bytes }: SortedLines, from: number, into: Buffer): void {
    if (bytes) return void into.set(bytes.subarray(from, from + into.length));
    const name = path as string;
    const file = this.#files.get(name) ?? openSync(name, 'r');
    this.#files.set(name, file);
    for (let at = 0; at < into.length; ) {
      const read = readSync(file, into, at, into.length - at, from + at);
      if (read === 0) throw new Error(`${path} ends before its lines do`);
      at += read;
    }
  }
}

/** Where the students of a range stand in a run, with some around them. */
function sliceOf({ from, to, keys, places }: Run, least: number, below: number): { from: number; to: number } {
  const first = firstNotBelow(keys, least) - 1;
  const end = firstNotBelow(keys, below);
  return {
    from: first < 0 ? from : (places[first] as number),
    to: end < keys.length ? (places[end] as number) : to,
  };
}

function firstNotBelow(keys: Float64Array, key: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lines with one key by SSID; only of SSIDs that are not ten digits may there be several. */
function bySSID(lines: CodedLines, places: number[]): Iterable<readonly [ssid: string, places: number[]]> {
  if (haveOwnSSID(lines, places)) return [[lines.ssid(places[0] as number), places]];
  const found = Map.groupBy(places, (at) => lines.ssid(at));
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function haveOwnSSID(lines: CodedLines, places: readonly number[]): boolean {
  for (let i = 0; i < places.length; i++) if (!lines.hasOwnSSID(places[i] as number)) return false;
  return true;
}

const comparePlaces = (lines: CodedLines, a: number, b: number): number =>
  lines.source(a) - lines.source(b) || lines.lineNumber(a) - lines.lineNumber(b);

/** Several runs come from writers that worked side by side. */
function inOrder(lines: CodedLines, places: readonly number[]): boolean {
  for (let i = 1; i < places.length; i++)
    if (comparePlaces(lines, places[i - 1] as number, places[i] as number) > 0) return false;
  return true;
}

const inParts = (places: readonly number[], partOf: (at: number) => number): Iterable<number[]> =>
  Map.groupBy(places, partOf).values();
