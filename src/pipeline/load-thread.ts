/**
 * The loading thread: checks and parts the files side by side with others, and writes student after student into one
 * transaction.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Upload } from '#intake/upload';
import { openSqliteStore } from '#store/sqlite';
import type { LoadMessage, LoadOptions } from './load-upload.ts';
import { partFiles, problemFrom } from './part-files.ts';
import { defaultThreads } from './pool.ts';
import type { Setup } from './setup.ts';
import { addTally, Steps, sortedLines } from './steps.ts';

const post = (message: LoadMessage): void => parentPort?.postMessage(message);
const options = workerData as LoadOptions;

async function load(): Promise<Upload> {
  const { id, sender, files, loadDay, receivedAt, encoding, rulebook } = options;
  const store = openSqliteStore(options.storeDir);
  let last = 0;
  const onProgress = (fraction: number): void => {
    if (fraction < last + 0.01) return;
    last = fraction;
    post({ kind: 'progress', fraction });
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
        { files, encoding, threads: defaultThreads(), checksums: true, temporaryDir: options.temporaryDir, onProgress },
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

load().then(
  (upload) => post({ kind: 'done', upload }),
  (error: Error) => post({ kind: 'failed', name: error.name, message: error.message }),
);
