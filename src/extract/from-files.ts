/** An extract straight from files: no server, no store to set up. */
import type { Problem } from '../intake/problem.ts';
import type { RulebookSource } from '../rulebook/assemble.ts';
import { type IntakeOptions, partFiles, problemFrom } from '../work/intake.ts';
import { addTally, ROW_KEY_WIDTH, type Setup, type Tally } from '../work/steps.ts';
import { type Output, type Written, writeAll } from './output.ts';
import type { ExtractRequest } from './request.ts';

export interface FromFilesOptions extends IntakeOptions {
  readonly rulebook: RulebookSource;
  readonly request: ExtractRequest;
  /** CCYYMMDD; plain records count as loaded on this day. */
  readonly runDate: string;
  readonly columns?: string | undefined;
  readonly output: Output;
  /** Told of every problem, in the order of files and lines, when given. */
  readonly onProblem?: ((problem: Problem) => void | Promise<void>) | undefined;
}

export interface FilesSummary extends Written {
  readonly rows: number;
  readonly students: number;
  readonly tally: Tally;
}

/**
 * Makes an extract from files, which may hold the records of several LEAs: every record belongs to its student's history, and the request only chooses the rows.
 * @throws UnreadableInputError, RequestError
 */
export async function extractFromFiles(options: FromFilesOptions): Promise<FilesSummary> {
  const { output, request, runDate } = options;
  const setup: Setup = {
    rulebook: { hash: options.rulebook.hash, files: options.rulebook.files },
    columns: options.columns,
    extract: { request, runDate },
    intake: intakeOf(options, undefined, runDate),
  };
  const parted = await partFiles(options, setup).catch(async (error) => {
    await output.abandon();
    throw error;
  });
  try {
    const { tally } = parted;
    const rows = parted.newRuns('rows', ROW_KEY_WIDTH);
    let rowCount = 0;
    let students = 0;
    for await (const bucket of parted.buckets()) {
      addTally(tally, bucket.tally);
      rows.add(bucket.rows);
      rowCount += bucket.rowCount;
      students += bucket.students;
    }
    if (options.onProblem) for (const line of parted.problems.merged()) await options.onProblem(problemFrom(line));
    await writeAll(output, rows.merged());
    const written = await output.finish();
    options.onProgress?.(1);
    return { ...written, rows: rowCount, students, tally };
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    await parted.close();
  }
}

/** What threads need to know of files that are kept nowhere: their places in the list stand for them. */
const intakeOf = (
  { files, encoding, onProblem }: IntakeOptions & { readonly onProblem?: unknown },
  sender: string | undefined,
  loadDay: string,
): NonNullable<Setup['intake']> => ({
  sender,
  loadDay,
  encoding,
  fileNames: files.map((f) => f.name),
  sources: files.map((_, i) => i),
  wantProblems: onProblem !== undefined,
});

/** Reads and checks files as one upload of `sender` would be, and keeps nothing. */
export async function checkFiles(
  options: IntakeOptions & {
    rulebook: RulebookSource;
    sender?: string | undefined;
    loadDay: string;
    onProblem?: ((problem: Problem) => void | Promise<void>) | undefined;
  },
): Promise<Tally> {
  const parted = await partFiles(options, {
    rulebook: { hash: options.rulebook.hash, files: options.rulebook.files },
    intake: intakeOf(options, options.sender, options.loadDay),
  });
  try {
    const { tally } = parted;
    for await (const bucket of parted.buckets()) addTally(tally, bucket.tally);
    if (options.onProblem) for (const line of parted.problems.merged()) await options.onProblem(problemFrom(line));
    return tally;
  } finally {
    await parted.close();
  }
}
