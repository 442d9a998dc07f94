/** Files into a store as one upload, in the calling thread; `load-upload.ts` does it in a thread of its own. */
import { defaultThreads } from '#base/threads';
import type { Encoding } from '#intake/lines';
import type { ReadReference } from '#intake/reference-files';
import type { InputFile, Upload } from '#intake/upload';
import { sendersOf } from '#records/scope';
import { columnsRead } from '#rulebook/compile/columns-read';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { checksNotMade } from '#rulebook/tree/references';
import { openStore } from '#store/open';
import { type AssignBlanks, assignBlanks } from './assign-blanks.ts';
import { partFiles } from './part-files.ts';
import { retiredNumbers } from './retired-numbers.ts';
import { withLines } from './sent-lines.ts';
import type { Setup } from './setup.ts';
import { joinWaiting } from './waiting-records.ts';

/** What is to be loaded, as plain data. */
export interface LoadWork {
  readonly storeDir: string;
  readonly id: string;
  /** The LEA that sends the records, or `all`. */
  readonly sender: string;
  /** Of the job that loads it, as the store takes it. */
  readonly attempt?: number | undefined;
  readonly files: readonly InputFile[];
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** CCYYMMDD */
  readonly loadDay: string;
  readonly encoding?: Encoding | undefined;
  /** With the reference files that come in this upload. */
  readonly rulebook: RulebookSource;
  /** Reference files of this upload: in use once its records are stored. */
  readonly references?: readonly ReadReference[] | undefined;
  readonly temporaryDir?: string | undefined;
  /** Give a number to enrollments that come without one; they wait when absent. */
  readonly assignBlanks?: AssignBlanks | undefined;
}

export interface LoadOptions extends LoadWork {
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks and parts the files, large ones side by side in threads, and writes student after student into one
 * transaction: all accepted records, or none.
 * @returns the upload's report
 * @throws UnreadableInputError, StoreBusyError; the signal's reason when it is aborted: then nothing is stored
 */
export async function loadFiles(options: LoadOptions): Promise<Upload> {
  const { id, sender, attempt, files, loadDay, receivedAt, encoding, temporaryDir, signal, references = [] } = options;
  const onProgress = (fraction: number): void => {
    signal?.throwIfAborted();
    options.onProgress?.(fraction);
  };
  // Plain data, which can be handed to other threads.
  const rulebook = { hash: options.rulebook.hash, files: options.rulebook.files };
  const store = await openStore(options.storeDir);
  try {
    // Before the upload: its report names the rulebook.
    await store.keepRulebook(rulebook, receivedAt);
    const assembled = assemble(rulebook);
    const notMade = checksNotMade(assembled.checks);
    const upload = await store.load({ id, sender, attempt, files, often: columnsRead(assembled) }, async (writer) => {
      const blanks = options.assignBlanks && {
        ...{ ...options.assignBlanks, files, encoding, rulebook: assembled, loadDay, at: receivedAt },
        sender: sender === 'all' ? undefined : sender,
      };
      const numbers = blanks && (await assignBlanks(writer, blanks));
      const setup: Setup = {
        rulebook,
        intake: {
          sender: sender === 'all' ? undefined : sender,
          loadDay,
          encoding,
          fileNames: files.map((f) => f.name),
          recordTypes: files.map((f) => f.recordType),
          sources: files.map((_, i) => writer.source(i)),
          wantProblems: true,
          numbers: numbers?.byFile,
          retired: await retiredNumbers(store, assembled),
        },
      };
      const parted = await partFiles(
        { files, encoding, threads: defaultThreads(), checksums: true, temporaryDir, onProgress },
        setup,
      );
      try {
        const { tally } = parted;
        await parted.load(options.storeDir, writer);
        const scope = sender === 'all' ? sender : sendersOf(sender);
        const joined = numbers ? await joinWaiting(writer, assembled, scope) : 0;
        for (const { source, line, retired } of parted.sentWith) writer.ssids.keepSent(source, line, retired);
        const sent = { rulebook: assembled, files, encoding, signal };
        for await (const problem of withLines(parted.problems.merged(), sent)) {
          const waiting = writer.problem(problem);
          if (waiting) await waiting;
        }
        const { linesRead, blankLines, counts } = tally;
        return {
          id,
          sender,
          receivedAt,
          loadDay,
          files: parted.files,
          ...(references.length > 0 && { references: references.map(({ loaded }) => loaded) }),
          ...(notMade.length > 0 && { notMade: notMade.map(({ codes, message }) => ({ codes: [...codes], message })) }),
          linesRead,
          blankLines,
          counts,
          ...(numbers && { assigned: { drawn: numbers.drawn, before: numbers.before, joined } }),
          problemCounts: tally.problems,
          rulebookHash: rulebook.hash,
        };
      } finally {
        await parted.close();
      }
    });
    await store.loadReferences(
      references.map(({ file }) => file),
      { upload: id, sender, at: receivedAt },
    );
    return upload;
  } finally {
    await store.close();
  }
}
