/** An extract from a store: ranges of SSIDs are worked on side by side, and their rows written in order. */

import { inOrder } from '#base/in-order';
import { fileOutput, type Output, type Written } from '#base/output';
import { defaultThreads } from '#base/threads';
import { type Evidence, type EvidenceOptions, evidenceOutput, wantsReasons } from '#extract/evidence-output';
import { type LawResult, LawsInOrder } from '#extract/laws';
import { columnSetFor, type ExtractRequest } from '#extract/request';
import { addSeen, nothingSeen } from '#extract/seen';
import { lacksLEA, lawWarnings, warningsOf } from '#extract/warnings';
import type { SSIDRange } from '#records/scope';
import type { Warning } from '#records/warning';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/open';
import type { Setup } from './setup.ts';
import type { SharedRanges } from './shared-ranges.ts';
import { type StepThreads, stepThreads } from './step-threads.ts';
import { type RangeResult, Steps } from './steps.ts';

/** Up to this many students, starting threads takes longer than doing the work here. */
const FEW_STUDENTS = 3_000;
/**
 * Each thread is worth its start, and the warming up of all that it does, from about so many students on: for 200,000 a
 * second one takes half as much processor time again, and saves little time.
 */
const STUDENTS_A_THREAD = 250_000;
const STUDENTS_A_RANGE = 4_000;
/** Fewer students are made as soon by one process as others take to begin. */
const STUDENTS_TO_SHARE = 50_000;

/** What rows are made from. */
export interface RowsFromStore extends EvidenceOptions {
  readonly storeDir: string;
  readonly rulebook: Rulebook;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly columns?: string | undefined;
  /**
   * Number of the upload after which the store is to be seen (`Store.snapshot`); as it is now when absent. A manifest
   * names it, so give one for a manifest.
   */
  readonly snapshot?: number | undefined;
}

export interface FromStoreOptions extends RowsFromStore {
  /** The path under which the file appears when it is complete, or an output. */
  readonly out: string | Output;
  readonly signal?: AbortSignal | undefined;
  /** Told now and then how much is done, 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly workers?: number | undefined;
  /** Whether the calling thread has others to serve: then it does no more than little work itself. */
  readonly hasOthers?: boolean | undefined;
  /** Has ranges made elsewhere too, where this process has threads for the others. */
  readonly shared?: SharedRanges | undefined;
}

export interface StoreSummary extends Written {
  readonly rows: number;
  readonly students: number;
  readonly warnings: readonly Warning[];
  /** Every law about columns of the file, and how many rows break it. */
  readonly laws: readonly LawResult[];
  /** When a trace, leaves or a manifest were asked for. */
  readonly reasons?: Evidence;
}

/** How many threads students are worked on in; 0 for the calling one. */
function threadsFor(students: number, hasOthers = false): number {
  if (students <= FEW_STUDENTS) return 0;
  const worth = Math.min(defaultThreads(), Math.ceil(students / STUDENTS_A_THREAD));
  return worth === 1 && !hasOthers ? 0 : worth;
}

const setupOf = (rows: RowsFromStore): Setup => ({
  rulebook: { hash: rows.rulebook.hash, files: rows.rulebook.files },
  columns: rows.columns ?? columnSetFor(rows.request, rows.rulebook),
  extract: { request: rows.request, runDate: rows.runDate, reasons: wantsReasons(rows), saltKey: rows.saltKey },
});

/** Starts threads that make the rows of ranges. */
function rangeThreads(rows: RowsFromStore, count: number): StepThreads {
  const { storeDir: dir, snapshot, request } = rows;
  const setup = setupOf(rows);
  return stepThreads(count, () => ({ setup, store: { dir, scope: request.reportingLEAs, snapshot } }));
}

/** What makes ranges of an extract that is put together elsewhere. */
export interface RangeMaker {
  /** How many are made at a time. */
  readonly count: number;
  make(range: SSIDRange, signal: AbortSignal): Promise<RangeResult>;
  close(): Promise<void>;
}

/**
 * Makes ranges of somebody else's extract in threads of their own.
 * @param ranges about how many there are to make
 */
export function rangeMaker(rows: RowsFromStore, ranges: number): RangeMaker {
  const count = Math.max(1, threadsFor(ranges * STUDENTS_A_RANGE, true));
  const threads = rangeThreads(rows, count);
  return {
    count,
    make: (range, signal) => threads.run('range', range, { signal }),
    close: () => threads.close(),
  };
}

/**
 * Makes an extract of what the store holds for the request's LEAs.
 * @throws RequestError; the signal's reason when it is aborted. Nothing is left under the name of the file then.
 */
export async function extractFromStore(options: FromStoreOptions): Promise<StoreSummary> {
  const { request, signal, storeDir, snapshot } = options;
  const store = await openHistories(storeDir, request.reportingLEAs, snapshot);
  const output = typeof options.out === 'string' ? await fileOutput(options.out) : options.out;
  const beside = await evidenceOutput(options).catch(async (error) => {
    store.close();
    await output.abandon();
    throw error;
  });
  let pool: StepThreads | undefined;
  try {
    const total = await store.students();
    const threads = options.workers ?? threadsFor(total, options.hasOthers);
    let start: (range: SSIDRange) => Promise<RangeResult>;
    if (threads < 1) {
      const steps = new Steps(setupOf(options));
      start = (range) => steps.histories(store.histories(range, { signal }));
    } else {
      // Started before the ranges are known: threads take as long to wake up as the ranges take to count.
      const started = rangeThreads(options, threads);
      pool = started;
      start = (range) => started.run('range', range);
    }
    const { from = STUDENTS_TO_SHARE } = options.shared ?? {};
    // Where students are worked on in the calling thread, one range comes after the other.
    const shared = threads > 0 && total >= from ? options.shared : undefined;
    const ranges = await store.ranges(Math.max(1, Math.ceil(total / (shared?.studentsARange ?? STUDENTS_A_RANGE))));
    let rows = 0;
    let students = 0;
    const seen = nothingSeen();
    const laws = new LawsInOrder();
    const ahead = Math.max(1, threads * 3);
    const results = shared ? shared.inOrder(ranges, ahead, start) : inOrder(ranges, ahead, start);
    for await (const result of results) {
      signal?.throwIfAborted();
      await output.write(result.bytes);
      if (beside && result.reasons) {
        await beside.add(result.reasons);
        beside.addCounts(result.reasons.counts);
      }
      addSeen(seen, result.seen);
      laws.add(result.laws, rows);
      rows += result.rowCount;
      students += result.students;
      options.onProgress?.(students / Math.max(total, 1));
    }
    signal?.throwIfAborted();
    // The rows last: once they are there, so is everything that belongs to them.
    const reasons = await beside?.finish();
    const broken = laws.results();
    const lines = lacksLEA(request, seen) ? await store.linesSent() : { read: 0, rejected: 0 };
    const warnings = [
      ...lawWarnings(broken, options.rulebook, rows),
      ...warningsOf(request, options.rulebook, rows, seen, () => lines),
    ];
    return { ...(await output.finish()), rows, students, warnings, laws: broken, ...(reasons && { reasons }) };
  } catch (error) {
    await output.abandon();
    await beside?.abandon();
    throw error;
  } finally {
    store.close();
    await pool?.close();
  }
}
