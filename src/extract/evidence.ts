/**
 * What stands beside the rows of an extract, made where they are made: a trace line and a leaf of the Merkle tree for
 * each, and counts of all.
 */
import { ByteGatherer } from '#base/byte-builder';
import { LeafHasher } from '#base/leaf-hasher';
import { HASH_BYTES } from '#base/merkle';
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
  readonly #writeTrace: ReturnType<typeof traceWriter>;
  #counts: Counts;
  readonly #hasher: LeafHasher;

  /**
   * @param compiled with recording
   * @param saltKey what the salts of leaves are made with; they have none without it
   */
  constructor(compiled: CompiledRulebook, saltKey?: Uint8Array) {
    this.#compiled = compiled;
    this.#hasher = new LeafHasher(saltKey);
    this.#writeTrace = traceWriter(compiled.program);
    this.#counts = noFieldCounts(compiled.rulebook);
  }

  /** Adds a row to `rows`, and its reasons here. */
  add(x: Evaluation, enrollment: SourceRecord, rows: ByteGatherer): void {
    const { row, trace, leaf } = this.#lines(x, enrollment);
    rows.addBytes(row);
    this.#trace.addBytes(trace);
    this.#leaves.addBytes(leaf);
  }

  /** The row with its reasons as one line of a run, counted too. */
  runLine(x: Evaluation, enrollment: SourceRecord): string {
    const { row, trace, leaf } = this.#lines(x, enrollment);
    return leaf.toString('hex') + trace.toString('utf8', 0, trace.length - TRACE_LINE_END.length) + TRACE_END + row;
  }

  #lines(x: Evaluation, enrollment: SourceRecord): Record<'row' | 'trace' | 'leaf', Buffer> {
    countRow(this.#counts, x);
    const hasher = this.#hasher;
    const lines = hasher.begin();
    this.#compiled.rows.write(x, enrollment, lines);
    const rowEnd = lines.length;
    this.#writeTrace(x, enrollment, lines);
    const leaf = hasher.leaf();
    return { row: lines.bytes(hasher.start, rowEnd), trace: lines.bytes(rowEnd), leaf };
  }

  /** What was gathered since the last time. */
  take(): Reasons {
    const counts = this.#counts;
    this.#counts = noFieldCounts(this.#compiled.rulebook);
    return { trace: this.#trace.take(), leaves: this.#leaves.take(), counts };
  }
}
