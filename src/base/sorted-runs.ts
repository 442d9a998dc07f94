/**
 * Sorted runs of lines, merged: what comes out of many buckets, each in order, becomes one file in order. Every line
 * begins with a key of fixed width and ends in LF; runs go to the disk when there is a folder for them.
 */
import { closeSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const READ_BYTES = 1 << 16;

export interface Runs {
  /** Adds a run: lines in ascending order of their keys, each ending in LF; bytes are UTF-8. */
  add(run: string | Uint8Array): void;
  /**
   * All lines of all runs in ascending order of key, keys taken off, ends kept. Lines with the same key stand in the
   * order in which their runs were added.
   */
  merged(): Generator<string>;
}

/**
 * @param dir the folder for run files; `undefined` keeps the runs in memory
 * @param keyWidth characters of the key
 */
export function runs(dir: string | undefined, name: string, keyWidth: number): Runs {
  const inMemory: string[] = [];
  const files: string[] = [];
  return {
    add(run) {
      if (run.length === 0) return;
      if (dir === undefined) {
        inMemory.push(typeof run === 'string' ? run : new TextDecoder().decode(run));
        return;
      }
      const file = join(dir, `${name}-${files.length}`);
      writeFileSync(file, run);
      files.push(file);
    },
    merged: () => merge([...inMemory.map(linesOfText), ...files.map(linesOfFile)], keyWidth),
  };
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
