/** An extract straight from files: no server, no store to set up. */

import type { Output, Written } from '#base/output';
import { beginWithRoom } from '#base/threads';
import {
  type Evidence,
  type EvidenceOptions,
  type EvidenceOutput,
  evidenceOutput,
  wantsReasons,
} from '#extract/evidence-output';
import { type LawResult, LawsInOrder } from '#extract/laws';
import { columnSetFor, type ExtractRequest } from '#extract/request';
import { addSeen, nothingSeen, type Seen } from '#extract/seen';
import { lawWarnings, linesOf, warningsOf } from '#extract/warnings';
import type { Problem } from '#intake/problem';
import type { RetiredNumbers } from '#intake/retired-numbers';
import type { Warning } from '#records/warning';
import type { Rulebook } from '#rulebook/load/assemble';
import { type FileFacts, type IntakeOptions, partFiles, problemFrom } from './part-files.ts';
import type { Setup } from './setup.ts';
import { addTally, type RangeResult, type Tally } from './steps.ts';

export interface FromFilesOptions extends IntakeOptions, EvidenceOptions {
  readonly rulebook: Rulebook;
  readonly request: ExtractRequest;
  /** CCYYMMDD; plain records count as loaded on this day. */
  readonly runDate: string;
  readonly columns?: string | undefined;
  /** Numbers that are replaced by others; every record keeps its own when absent. */
  readonly retired?: RetiredNumbers | undefined;
  readonly output: Output;
  /** Told of every problem, in the order of files and lines, when given. */
  readonly onProblem?: ((problem: Problem) => void | Promise<void>) | undefined;
}

export interface FilesSummary extends Written {
  readonly rows: number;
  readonly students: number;
  readonly tally: Tally;
  readonly seen: Seen;
  readonly warnings: readonly Warning[];
  /** Every law about columns of the file, and how many rows break it. */
  readonly laws: readonly LawResult[];
  /** The files as read; their SHA-256 only when checksums or a manifest were asked for. */
  readonly files: readonly FileFacts[];
  /** When a trace, leaves or a manifest were asked for. */
  readonly reasons?: Evidence;
}

/**
 * Makes an extract from files, which may hold the records of several LEAs: every record belongs to its student's
 * history, and the request only chooses the rows.
 * @throws UnreadableInputError, RequestError
 */
export async function extractFromFiles(options: FromFilesOptions): Promise<FilesSummary> {
  const { output, request, runDate } = options;
  beginWithRoom();
  const setup: Setup = {
    rulebook: { hash: options.rulebook.hash, files: options.rulebook.files },
    columns: options.columns ?? columnSetFor(request, options.rulebook),
    extract: { request, runDate, reasons: wantsReasons(options), saltKey: options.saltKey },
    intake: intakeOf(options, undefined, runDate),
  };
  let beside: EvidenceOutput | undefined;
  const abandon = async (): Promise<void> => {
    await output.abandon();
    await beside?.abandon();
  };
  const parted = await (async () => {
    beside = await evidenceOutput(options);
    return partFiles({ ...options, checksums: options.checksums ?? options.manifest ?? false }, setup);
  })().catch(async (error) => {
    await abandon();
    throw error;
  });
  try {
    const { tally } = parted;
    let rowCount = 0;
    let students = 0;
    const seen = nothingSeen();
    const laws = new LawsInOrder();
    for await (const range of parted.incoming()) {
      addTally(tally, range.tally);
      const made = range.made as RangeResult;
      addSeen(seen, made.seen);
      laws.add(made.laws, rowCount);
      await output.write(made.bytes);
      if (beside && made.reasons) {
        await beside.add(made.reasons);
        beside.addCounts(made.reasons.counts);
      }
      rowCount += made.rowCount;
      students += made.students;
    }
    if (options.onProblem)
      for (const line of parted.problems.merged()) await options.onProblem(problemFrom(line).problem);
    // The rows last: once they are there, so is everything that belongs to them.
    const reasons = await beside?.finish();
    const written = await output.finish();
    options.onProgress?.(1);
    const broken = laws.results();
    const warnings = [
      ...lawWarnings(broken, options.rulebook, rowCount),
      ...warningsOf(request, options.rulebook, rowCount, seen, () => linesOf(tally.counts)),
    ];
    return {
      ...written,
      rows: rowCount,
      students,
      tally,
      seen,
      warnings,
      laws: broken,
      files: parted.files,
      ...(reasons && { reasons }),
    };
  } catch (error) {
    await abandon();
    throw error;
  } finally {
    await parted.close();
  }
}

/**
 * What threads need to know of files that are kept nowhere: their places in the list stand for them, counted from 1 as
 * a store counts its files.
 */
const intakeOf = (
  {
    files,
    encoding,
    onProblem,
    retired,
  }: IntakeOptions & { readonly onProblem?: unknown; readonly retired?: RetiredNumbers | undefined },
  sender: string | undefined,
  loadDay: string,
): NonNullable<Setup['intake']> => ({
  sender,
  loadDay,
  encoding,
  fileNames: files.map((f) => f.name),
  recordTypes: files.map((f) => f.recordType),
  sources: files.map((_, i) => i + 1),
  wantProblems: onProblem !== undefined,
  retired,
});

/** Reads and checks files as one upload of `sender` would be, and keeps nothing. */
export async function checkFiles(
  options: IntakeOptions & {
    rulebook: Pick<Rulebook, 'hash' | 'files'>;
    sender?: string | undefined;
    loadDay: string;
    retired?: RetiredNumbers | undefined;
    onProblem?: ((problem: Problem) => void | Promise<void>) | undefined;
  },
): Promise<Tally> {
  const parted = await partFiles(options, {
    rulebook: { hash: options.rulebook.hash, files: options.rulebook.files },
    intake: intakeOf(options, options.sender, options.loadDay),
  });
  try {
    const { tally } = parted;
    for await (const range of parted.incoming()) addTally(tally, range.tally);
    if (options.onProblem)
      for (const line of parted.problems.merged()) await options.onProblem(problemFrom(line).problem);
    return tally;
  } finally {
    await parted.close();
  }
}
