/**
 * Sorted runs of lines, merged: what comes out of many buckets, each in order, becomes one file in order. Every line
 * begins with a key of fixed width and ends in LF; runs go to the disk when there is a folder for them.
 */
import { closeSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Read at a time of each run: there may be hundreds. */
const READ_BYTES = 1 << 14;
/** So many characters are kept in memory where a folder can be had. */
const MOST_IN_MEMORY = 1 << 22;

export interface Runs {
  /** Adds a run: lines in ascending order of their keys, each ending in LF; bytes are UTF-8. */
  add(run: string | Uint8Array): void;
  /** Adds lines to a run that grows: their keys follow those of all lines that were added in this way. */
  extend(lines: string | Uint8Array): void;
  /**
   * All lines of all runs in ascending order of key, keys taken off, ends kept. Lines with the same key stand in the
   * order in which their runs were added, those of the run that grows first.
   * @param told is told the key of each line before the line is given
   */
  merged(told?: (key: string) => void): Generator<string>;
}

/** Where runs are: a folder; a function that gives one when they grow beyond memory; or memory, whatever they grow to. */
export type RunsPlace = string | (() => string) | undefined;

/**
 * @param name of the files, where there are files
 * @param keyWidth characters of the key
 */
export function runs(place: RunsPlace, name: string, keyWidth: number): Runs {
  const inMemory: string[] = [];
  const growing: string[] = [];
  const files: string[] = [];
  let size = 0;
  let grown: { readonly path: string; readonly file: number } | undefined;
  /** The folder, when it is time for it. */
  const folder = (more: number): string | undefined => {
    size += more;
    return typeof place === 'function' ? (size > MOST_IN_MEMORY ? place() : undefined) : place;
  };
  return {
    add(run) {
      if (run.length === 0) return;
      const dir = folder(run.length);
      if (dir === undefined) {
        inMemory.push(textOf(run));
        return;
      }
      const file = join(dir, `${name}-${files.length}`);
      writeFileSync(file, run);
      files.push(file);
    },
    extend(lines) {
      if (lines.length === 0) return;
      const dir = folder(lines.length);
      if (dir === undefined) {
        growing.push(textOf(lines));
        return;
      }
      if (!grown) {
        const path = join(dir, `${name}-grown`);
        grown = { path, file: openSync(path, 'w') };
      }
      const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines;
      for (let at = 0; at < bytes.length; ) at += writeSync(grown.file, bytes, at);
    },
    merged(told) {
      const sources = [linesOfTexts(growing)];
      if (grown) {
        closeSync(grown.file);
        sources.push(linesOfFile(grown.path));
        grown = undefined;
      }
      return merge([...sources, ...inMemory.map(linesOfText), ...files.map(linesOfFile)], keyWidth, told);
    },
  };
}

const textOf = (run: string | Uint8Array): string => (typeof run === 'string' ? run : new TextDecoder().decode(run));

function* linesOfTexts(texts: readonly string[]): Generator<string> {
  for (const text of texts) yield* linesOfText(text);
}

function* linesOfText(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from) + 1;
    yield text.slice(from, end);
    from = end;
  }
}

function* linesOfFile(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(READ_BYTES);
    let rest = '';
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      const text = rest + decoder.decode(buffer.subarray(0, read), { stream: true });
      const end = text.lastIndexOf('\n') + 1;
      yield* linesOfText(text.slice(0, end));
      rest = text.slice(end);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

interface Source {
  /** Place of the run among all. */
  readonly order: number;
  readonly lines: Generator<string>;
  line: string;
  key: string;
}

/** A binary heap of the runs by their next key. */
function* merge(
  sources: readonly Generator<string>[],
  keyWidth: number,
  told?: (key: string) => void,
): Generator<string> {
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
    told?.(first.key);
    yield first.line.slice(keyWidth);
    if (!advance(first)) {
      const last = heap.pop() as Source;
      if (heap.length > 0) heap[0] = last;
    }
    sink(0);
  }
}
