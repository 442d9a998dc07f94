/**
 * Files through the three steps: lines are checked and sorted by student, the students of ranges put together, problems
 * merged into order.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { inOrder } from '#base/in-order';
import { type Runs, runs } from '#base/sorted-runs';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { caretBlocksOf } from '#intake/caret-blocks';
import { refuseForeign } from '#intake/file-form';
import { type Block, type Encoding, textBytes } from '#intake/lines';
import { type KeyRange, rangesFrom, rangesOf, type SortedLines } from '#intake/partition';
import type { StudentProblem } from '#intake/problem';
import { RecordTypes } from '#intake/record-types';
import type { SentWithRetired } from '#intake/retired-numbers';
import type { InputFile } from '#intake/upload';
import { type Form, formOf } from '#records/block/form';
import { WITHOUT_SSID } from '#records/ssid';
import { assemble } from '#rulebook/load/assemble';
import type { UploadWriter } from '#store/store';
import type { Setup } from './setup.ts';
import { stepThreads } from './step-threads.ts';
import {
  type AppliedResult,
  addTally,
  countProblem,
  type IncomingResult,
  inOrderOfKeys,
  type LinesResult,
  type LoadedResult,
  newTally,
  PROBLEM_KEY_WIDTH,
  Steps,
  type Tally,
} from './steps.ts';

/** Up to this many bytes of text, starting threads and writing lines takes longer than doing the work here. */
const SMALL_BYTES = 6_000_000;

/** Each thread takes some 70 MB of memory, and must be worth it. */
const BYTES_A_THREAD = 32_000_000;

export interface IntakeOptions {
  readonly files: readonly InputFile[];
  readonly encoding?: Encoding | undefined;
  readonly threads: number;
  /** Whether the SHA-256 of each file is wanted. */
  readonly checksums?: boolean;
  /** What may stand in field 1 of a caret file; the record types of the rulebook when absent. */
  readonly recordTypes?: RecordTypes | undefined;
  /** Where temporary files go; the system's folder for them when absent. */
  readonly temporaryDir?: string | undefined;
  /** Told now and then how much of the work is done, 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

export interface FileFacts {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What the lines of all files came to, and their kept lines by student. */
export interface Parted {
  readonly tally: Tally;
  /** Kept lines that came with a retired number. */
  readonly sentWith: readonly SentWithRetired[];
  readonly files: readonly FileFacts[];
  readonly problems: Runs;
  /** All students, those without an SSID first. */
  readonly ranges: readonly KeyRange[];
  /** Puts the students of all ranges together, and makes their rows where an extract is asked for. */
  incoming(): AsyncGenerator<IncomingResult>;
  /** Puts the students of all ranges into a store. */
  load(storeDir: string, writer: UploadWriter): Promise<void>;
  /** The lines themselves, for whoever puts students together elsewhere. */
  readonly sorted: readonly SortedLines[];
  close(): Promise<void>;
}

/** How much of the work it is to read the lines. */
const READ = 0.65;

/**
 * Reads, checks and parts all lines. `close` what it gives: it may hold threads and a temporary folder.
 * @throws ForeignFileError for files that are no caret files, before a line of any is read
 */
export async function partFiles(options: IntakeOptions, setup: Setup): Promise<Parted> {
  const types = options.recordTypes ?? new RecordTypes(setup.rulebook);
  await refuseForeign(options.files, types);
  const sizes = await Promise.all(options.files.map(async ({ path }) => (await stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const expected = await Promise.all(options.files.map(({ path }, i) => textBytes(path, sizes[i] as number)));
  const textSize = expected.reduce((sum, size) => sum + size, 0);
  const small = textSize <= SMALL_BYTES || options.threads < 1;
  const threads = Math.min(options.threads, Math.max(2, Math.ceil(textSize / BYTES_A_THREAD)));
  let dir: string | undefined;
  const makeDir = (): string => {
    if (dir !== undefined) return dir;
    dir = mkdtempSync(join(options.temporaryDir ?? tmpdir(), 'cenr-'));
    trackTempFile(dir);
    return dir;
  };
  const hashes = options.files.map(() => (options.checksums ? createHash('sha256') : undefined));
  let read = 0;
  const onBytes = (file: number) => (bytes: Uint8Array) => {
    hashes[file]?.update(bytes);
    read += bytes.length;
    options.onProgress?.((read / Math.max(total, 1)) * READ);
  };
  async function* blocks(): AsyncGenerator<Block> {
    for (const [i, file] of options.files.entries()) yield* caretBlocksOf(i, file, types, onBytes(i));
  }
  const facts = () =>
    options.files.map(({ name }, i) => ({ name, bytes: sizes[i] as number, sha256: hashes[i]?.digest('hex') ?? '' }));
  const removeDir = async (): Promise<void> => {
    if (dir === undefined) return;
    await rm(dir, { recursive: true, force: true });
    untrackTempFile(dir);
  };
  // A small input may have a problem in each value.
  const problems = runs(small ? makeDir : makeDir(), 'problems', PROBLEM_KEY_WIDTH);
  const parted = await (small
    ? here(blocks(), setup, problems)
    : inThreads(blocks(), setup, problems, makeDir(), threads)
  ).catch(async (error) => {
    await removeDir();
    throw error;
  });
  const ranges = rangesOf(parted.sorted);
  const applied = (result: AppliedResult, done: number): void => {
    for (const run of result.problems) problems.add(run);
    options.onProgress?.(READ + (1 - READ) * done);
  };
  return {
    tally: parted.tally,
    sentWith: parted.sentWith,
    sorted: parted.sorted,
    ranges,
    problems,
    files: facts(),
    async *incoming() {
      let done = 0;
      for await (const result of parted.incoming(ranges)) {
        applied(result, ++done / ranges.length);
        yield result;
      }
    },
    async load(storeDir, writer) {
      const starts = await writer.startsOfBlocks(ranges.map(({ from }) => from));
      const tasks = rangesFrom([...new Set([WITHOUT_SSID, ...starts])]).map((task) => within(ranges, task));
      let done = 0;
      for await (const result of parted.load(tasks, storeDir, writer)) {
        // That it is to stop is heard between two turns of the event loop.
        await immediate();
        await writer.change(result.changes);
        addTally(parted.tally, result.tally);
        applied(result, ++done / tasks.length);
      }
    },
    async close() {
      await parted.close();
      await removeDir();
    },
  };
}

/** The parts of a range. */
const within = (ranges: readonly KeyRange[], { from, below }: KeyRange): KeyRange[] =>
  ranges
    .filter((range) => range.from < below && range.below > from)
    .map((range) => ({ from: Math.max(range.from, from), below: Math.min(range.below, below) }));

interface PartedLines {
  readonly tally: Tally;
  readonly sentWith: readonly SentWithRetired[];
  readonly sorted: readonly SortedLines[];
  incoming(ranges: readonly KeyRange[]): AsyncGenerator<IncomingResult>;
  /** @param tasks ranges that stand in a store side by side, each in parts */
  load(tasks: readonly (readonly KeyRange[])[], storeDir: string, writer: UploadWriter): AsyncGenerator<LoadedResult>;
  close(): Promise<void>;
}

/** Blocks come in the order of files and lines, and so do their problems: they are one run, put aside as they come. */
async function gather(
  results: AsyncIterable<LinesResult>,
  problems: Runs,
): Promise<Pick<PartedLines, 'tally' | 'sentWith'>> {
  const tally = newTally();
  const reported = new Set<string>();
  const once: string[] = [];
  const sentWith: SentWithRetired[] = [];
  for await (const result of results) {
    addTally(tally, result.tally);
    problems.extend(result.problems);
    sentWith.push(...result.sentWith);
    for (const problem of result.onceAFile) {
      const key = `${problem.file} ${problem.code}`;
      if (reported.has(key)) continue;
      reported.add(key);
      countProblem(tally, problem);
      once.push(problem.line);
    }
  }
  problems.add(inOrderOfKeys(once).join(''));
  return { tally, sentWith };
}

async function here(blocks: AsyncIterable<Block>, setup: Setup, problems: Runs): Promise<PartedLines> {
  const steps = new Steps(setup);
  const partition = steps.partition(undefined, 0);
  async function* results(): AsyncGenerator<LinesResult> {
    for await (const block of blocks) yield steps.lines(block, partition);
  }
  const gathered = await gather(results(), problems);
  const sorted = [partition.close()];
  steps.endLines(sorted);
  return {
    ...gathered,
    sorted,
    async *incoming(ranges) {
      for (const range of ranges) yield steps.incoming(range);
    },
    async *load(tasks, _, writer) {
      for (const ranges of tasks) yield { ...(await steps.load(ranges, writer)), changes: [] };
    },
    close: async () => {},
  };
}

async function inThreads(
  blocks: AsyncIterable<Block>,
  setup: Setup,
  problems: Runs,
  dir: string,
  threads: number,
): Promise<PartedLines> {
  const pool = stepThreads(threads, (writer) => ({ setup, partition: { dir, writer } }));
  try {
    const lines = inOrder(blocks, threads * 2, (block) => pool.run('lines', block, { transfer: [block.bytes.buffer] }));
    const gathered = await gather(lines, problems);
    const sorted = await pool.onEach('sorted', undefined);
    await pool.onEach('endLines', sorted);
    return {
      ...gathered,
      sorted,
      async *incoming(ranges) {
        yield* inOrder(ranges, threads * 2, (range) => pool.run('incoming', range));
        // What comes after, the merging of problems, needs their memory.
        await pool.close();
      },
      async *load(tasks, storeDir, writer) {
        await pool.onEach('beginLoading', { dir: storeDir, elsewhere: await writer.elsewhere(formsOf(setup)) });
        yield* inOrder(tasks, threads * 2, (ranges) => pool.run('load', ranges));
        await pool.close();
      },
      close: () => pool.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

const formsOf = ({ rulebook }: Setup): Form[] => assemble(rulebook).schemas.layouts.map(formOf);

/** A problem from a line of a merged run. */
export const problemFrom = (line: string): StudentProblem => JSON.parse(line) as StudentProblem;
