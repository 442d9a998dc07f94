/**
 * Sorted runs of lines, merged: what comes out of many buckets, each in order, becomes one file in order. Every line
 * begins with a key of fixed width and ends in LF; runs go to the disk when there is a folder for them.
 */
import { join } from 'node:path';
import { letGo } from './byte-builder.ts';
import { type FilePart, linesOfText, PartReader, RunFile } from './run-file.ts';

/** So many characters are kept in memory where a folder can be had. */
const MOST_IN_MEMORY = 1 << 22;

/** Lines as a text, as UTF-8, or where somebody else wrote them. */
export type RunLines = string | Uint8Array<ArrayBuffer> | FilePart;

export interface Runs {
  /** Adds a run: lines in ascending order of their keys, each ending in LF. Bytes are used up. */
  add(run: RunLines): void;
  /** Adds lines to a run that grows: their keys follow those of all lines that were added in this way. */
  extend(lines: RunLines): void;
  /**
   * All lines of all runs in ascending order of key, keys taken off, ends kept. Lines with the same key stand in the
   * order in which their runs were added, those of the run that grows first.
   */
  merged(): Generator<string>;
}

/** Where runs are: a folder; a function that gives one when they grow beyond memory; or memory, whatever they grow to. */
export type RunsPlace = string | (() => string) | undefined;

/**
 * @param name of the file of those that are handed over, where there is a folder
 * @param keyWidth characters of the key
 */
export function runs(place: RunsPlace, name: string, keyWidth: number): Runs {
  const added: (string | FilePart)[] = [];
  const growing: (string | FilePart)[] = [];
  let size = 0;
  let own: RunFile | undefined;
  /** Lines where they are to be until they are merged. */
  const kept = (lines: RunLines): string | FilePart => {
    if (isPart(lines)) return lines;
    size += lines.length;
    const dir = typeof place === 'function' ? (size > MOST_IN_MEMORY ? place() : undefined) : place;
    if (dir === undefined) return typeof lines === 'string' ? lines : new TextDecoder().decode(lines);
    own ??= new RunFile(join(dir, name));
    if (typeof lines === 'string') own.add(lines);
    else own.addBytes(lines);
    return own.take();
  };
  const keep = (lines: RunLines, where: (string | FilePart)[]): void => {
    if (isPart(lines) ? lines.to > lines.from : lines.length > 0) where.push(kept(lines));
    if (lines instanceof Uint8Array) letGo(lines);
  };
  return {
    add: (run) => keep(run, added),
    extend: (lines) => keep(lines, growing),
    *merged() {
      own?.close();
      const reader = new PartReader(added.length + 1);
      const linesOf = (lines: string | FilePart) => (isPart(lines) ? reader.lines(lines) : linesOfText(lines));
      try {
        yield* merge([linesOfAll(growing, linesOf), ...added.map(linesOf)], keyWidth);
      } finally {
        reader.close();
      }
    },
  };
}

const isPart = (lines: RunLines): lines is FilePart => typeof lines === 'object' && 'path' in lines;

function* linesOfAll(
  parts: readonly (string | FilePart)[],
  linesOf: (lines: string | FilePart) => Generator<string>,
): Generator<string> {
  for (const part of parts) yield* linesOf(part);
}

interface Source {
  /** Place of the run among all. */
  readonly order: number;
  readonly lines: Generator<string>;
  line: string;
  key: string;
}

/** A binary heap of the runs by their next key. */
function* merge(sources: readonly Generator<string>[], keyWidth: number): Generator<string> {
  const heap: Source[] = [];
  const advance = (source: Source): boolean => {
    const next = source.lines.next();
    if (next.done) return false;
    source.line = next.value;
    source.key = next.value.slice(0, keyWidth);
    return true;
  };
  const isBefore = (a: Source, b: Source): boolean => a.key < b.key || (a.key === b.key && a.order < b.order);
  const sink = (from: number): void => {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right] as Source, heap[left] as Source) ? right : left;
      if (!isBefore(heap[least] as Source, heap[at] as Source)) return;
      [heap[at], heap[least]] = [heap[least] as Source, heap[at] as Source];
      at = least;
    }
  };
  for (const [order, lines] of sources.entries()) {
    const source: Source = { order, lines, line: '', key: '' };
    if (advance(source)) heap.push(source);
  }
  for (let i = heap.length >> 1; i >= 0; i--) sink(i);
  while (heap.length > 0) {
    const first = heap[0] as Source;
    yield first.line.slice(keyWidth);
    if (!advance(first)) {
      const last = heap.pop() as Source;
      if (heap.length > 0) heap[0] = last;
    }
    sink(0);
  }
}
