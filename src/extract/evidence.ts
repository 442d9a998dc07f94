/**
 * What stands beside the rows of an extract, made where they are made: a trace line and a leaf of the Merkle tree for
 * each, and counts of all.
 */
import { ByteGatherer } from '#base/byte-builder';
import { LeafHasher } from '#base/leaf-hasher';
import type { SourceRecord } from '#records/record';
import type { Evaluation } from '#rulebook/compile/evaluation';
import { type Counts, countRow, noFieldCounts } from './counts.ts';
import type { CompiledRulebook } from './extractor.ts';
import { traceWriter } from './trace.ts';

/** The reasons of some rows, in their order. Plain data. */
export interface Reasons {
  /** Lines of the trace, as UTF-8. */
  readonly trace: Uint8Array<ArrayBuffer>;
  /** Leaves, one behind the other. */
  readonly leaves: Uint8Array<ArrayBuffer>;
  readonly counts: Counts;
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
