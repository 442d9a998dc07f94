/**
 * What stands beside the rows of an extract, made where they are made: a trace line and a leaf of the Merkle tree for
 * each, and counts of all.
 */
import { hash } from 'node:crypto';
import { ByteGatherer } from '#base/byte-builder';
import { HASH_BYTES, LEAF } from '#base/merkle';
import type { SourceRecord } from '#records/record';
import type { Evaluation } from '#rulebook/compile/evaluation';
import { type Counts, countRow, noFieldCounts } from './counts.ts';
import type { CompiledRulebook } from './extractor.ts';
import { TRACE_LINE_END, traceWriter } from './trace.ts';

/** The reasons of some rows, in their order. Plain data. */
export interface Reasons {
  /** Lines of the trace, as UTF-8. */
  readonly trace: Uint8Array<ArrayBuffer>;
  /** Leaves, one behind the other. */
  readonly leaves: Uint8Array<ArrayBuffer>;
  readonly counts: Counts;
}

/** Characters of a leaf as text. */
const LEAF_WIDTH = HASH_BYTES * 2;
/** Parts the trace from the row where both stand in one line: JSON has no tab in it. */
const TRACE_END = '\t';

/** One line of a run, which holds a row with its reasons so that sorting and merging cannot part them. */
export function splitRunLine(line: string): { row: string; trace: string; leaf: Uint8Array } {
  const end = line.indexOf(TRACE_END, LEAF_WIDTH);
  return {
    leaf: Buffer.from(line.slice(0, LEAF_WIDTH), 'hex'),
    trace: line.slice(LEAF_WIDTH, end) + TRACE_LINE_END,
    row: line.slice(end + TRACE_END.length),
  };
}

/** Gathers the reasons of rows, one after another. */
export class ReasonsGatherer {
  readonly #compiled: CompiledRulebook;
  readonly #trace = new ByteGatherer();
  readonly #leaves = new ByteGatherer(1 << 16);
  readonly #traceOf: (x: Evaluation, enrollment: SourceRecord) => string;
  #counts: Counts;
  /** What is hashed for a leaf: its first byte, the row line, the trace line. */
  #hashed = Buffer.alloc(1 << 12, LEAF);

  /** @param compiled with recording */
  constructor(compiled: CompiledRulebook) {
    this.#compiled = compiled;
    this.#traceOf = traceWriter(compiled.program);
    this.#counts = noFieldCounts(compiled.rulebook);
  }

  /** Adds a row to `rows`, and its reasons here. */
  add(x: Evaluation, enrollment: SourceRecord, rows: ByteGatherer): void {
    countRow(this.#counts, x);
    const { rowEnd, end } = this.#fill(this.#compiled.rows.line(x, enrollment), this.#traceOf(x, enrollment));
    rows.addBytes(this.#hashed, 1, rowEnd);
    this.#trace.addBytes(this.#hashed, rowEnd, end);
    this.#leaves.addBytes(hash('sha256', this.#hashed.subarray(0, end), 'buffer'));
  }

  /** The row with its reasons as one line of a run, counted too. */
  runLine(x: Evaluation, enrollment: SourceRecord): string {
    countRow(this.#counts, x);
    const row = this.#compiled.rows.line(x, enrollment);
    const trace = this.#traceOf(x, enrollment);
    const { end } = this.#fill(row, trace);
    return hash('sha256', this.#hashed.subarray(0, end)) + trace.slice(0, -TRACE_LINE_END.length) + TRACE_END + row;
  }

  /** What was gathered since the last time. */
  take(): Reasons {
    const counts = this.#counts;
    this.#counts = noFieldCounts(this.#compiled.rulebook);
    return { trace: this.#trace.take(), leaves: this.#leaves.take(), counts };
  }

  #fill(row: string, trace: string): { rowEnd: number; end: number } {
    // No UTF-16 unit needs more than three bytes.
    const most = 1 + (row.length + trace.length) * 3;
    if (most > this.#hashed.length) this.#hashed = Buffer.alloc(most * 2, LEAF);
    const rowEnd = 1 + this.#hashed.write(row, 1, 'utf8');
    return { rowEnd, end: rowEnd + this.#hashed.write(trace, rowEnd, 'utf8') };
  }
}
