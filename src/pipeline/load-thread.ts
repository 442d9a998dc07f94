/**
 * The loading thread: checks and parts the files side by side with others, and writes student after student into one
 * transaction.
 */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import { defaultThreads } from '#base/threads';
import type { Encoding } from '#intake/lines';
import type { InputFile, Upload } from '#intake/upload';
import type { RulebookSource } from '#rulebook/load/assemble';
import { openSqliteStore } from '#store/sqlite';
import { partFiles, problemFrom } from './part-files.ts';
import type { Setup } from './setup.ts';
import { addTally, Steps, sortedLines } from './steps.ts';

export interface LoadWork {
  readonly storeDir: string;
  readonly id: string;
  /** The LEA that sends the records, or `all`. */
  readonly sender: string;
  readonly files: readonly InputFile[];
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** CCYYMMDD */
  readonly loadDay: string;
  readonly encoding?: Encoding | undefined;
  readonly rulebook: RulebookSource;
  readonly temporaryDir?: string | undefined;
}

export type LoadThread = typeof setUp;

const setUp = () => ({ load });

async function load(work: LoadWork, context: TaskContext): Promise<Upload> {
  const { id, sender, files, loadDay, receivedAt, encoding, rulebook, temporaryDir } = work;
  const store = openSqliteStore(work.storeDir);
  let last = 0;
  const onProgress = (fraction: number): void => {
    if (fraction < last + 0.01) return;
    last = fraction;
    context.onProgress(fraction);
  };
  try {
    // Before the upload: its report names the rulebook.
    store.keepRulebook(rulebook, receivedAt);
    return await store.load({ id, sender, files }, async (writer) => {
      const setup: Setup = {
        rulebook,
        intake: {
          sender: sender === 'all' ? undefined : sender,
          loadDay,
          encoding,
          fileNames: files.map((f) => f.name),
          sources: files.map((_, i) => writer.source(i)),
          wantProblems: true,
        },
      };
      const parted = await partFiles(
        { files, encoding, threads: defaultThreads(), checksums: true, temporaryDir, onProgress },
        setup,
      );
      try {
        const steps = new Steps(setup);
        const { tally } = parted;
        for (const texts of parted.texts()) {
          let problems = '';
          for (const student of steps.students(texts)) {
            const merged = steps.merge(student, writer.body(student.ssid));
            writer.put(student.ssid, merged.body, merged.leas);
            addTally(tally, merged.tally);
            problems += merged.problems;
          }
          parted.problems.add(sortedLines(problems));
        }
        for (const line of parted.problems.merged()) writer.problem(problemFrom(line));
        const { linesRead, blankLines, counts } = tally;
        return {
          id,
          sender,
          receivedAt,
          loadDay,
          files: parted.files,
          linesRead,
          blankLines,
          counts,
          problemCounts: tally.problems,
          rulebookHash: rulebook.hash,
        };
      } finally {
        await parted.close();
      }
    });
  } finally {
    store.close();
  }
}

serveTasks(setUp);
