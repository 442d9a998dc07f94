import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { newId } from '#base/ids';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { broughtNothing } from '#intake/apply';
import type { Encoding } from '#intake/lines';
import { requireForAll } from '#intake/reference-files';
import { loadUpload } from '#pipeline/load-upload';
import { today } from '../clock.ts';
import { namedInputs, referenceLines, withReferencesOf } from '../inputs.ts';
import { openStore } from '../open-store.ts';
import {
  dayOption,
  encodingOption,
  problemsOption,
  recordTypeOption,
  rulesOrVersionOption,
  senderOption,
} from '../options.ts';
import { rulebookFrom } from '../rulebook-from.ts';
import { problemsFile, problemWords, recordLines, say, seconds, withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';

export const loadCommand = (): Command =>
  new Command('load')
    .description('Loads CALPADS files into a store as one upload. If the load is interrupted, nothing is stored.')
    .argument('<FILE...>', 'files or folders; files compressed with gzip can be read as they are')
    .addOption(senderOption())
    .requiredOption('--store <DIR>', 'the store folder; created if missing')
    .option('--load-date <DATE>', 'the Upload Date of records that do not have one (default: today)', dayOption)
    .addOption(problemsOption())
    .addOption(encodingOption())
    .addOption(recordTypeOption())
    .addOption(rulesOrVersionOption())
    .addHelpText('after', '\nExample:\n  cenr load sample --lea all --store data')
    .action(
      async (
        paths: string[],
        options: {
          lea: string;
          store: string;
          loadDate?: string;
          problems?: string;
          encoding: Encoding;
          as?: string;
          rules?: string;
        },
      ) => {
        const begun = performance.now();
        const inUse = await withReferencesOf(await rulebookFrom(options), options.store);
        const inputs = await namedInputs(paths, options.as, options.encoding, inUse);
        requireForAll(inputs, options.lea);
        const { files, rulebook, references } = inputs;
        const store = openStore(options.store);
        // Of its own, since the loading thread cannot remove its folders once it is told to end.
        const temporaryDir = mkdtempSync(join(tmpdir(), 'cenr-load-'));
        trackTempFile(temporaryDir);
        try {
          const now = new Date();
          const upload = await withProgress((onProgress) =>
            loadUpload({
              storeDir: options.store,
              id: newId('upload', now.getTime(), randomBytes(10)),
              sender: options.lea,
              files,
              receivedAt: now.toISOString(),
              loadDay: options.loadDate ?? today(now),
              encoding: options.encoding,
              rulebook,
              references,
              temporaryDir,
              onProgress,
            }),
          );
          if (options.problems !== undefined) {
            const file = problemsFile(options.problems);
            for await (const problems of store.forLEAs('all').problems(upload.id))
              for (const [, problem] of problems) await file.write(problem);
            await file.close();
          }
          say([
            `upload        ${upload.id}`,
            ...recordLines(upload, 'kept'),
            `  problems: ${problemWords(upload.problemCounts) || 'none'}`,
            ...referenceLines(inputs),
            `in ${seconds(begun)}`,
          ]);
          if (broughtNothing(upload)) terminal.exitCode = 1;
        } finally {
          await store.close();
          rmSync(temporaryDir, { recursive: true, force: true });
          untrackTempFile(temporaryDir);
        }
      },
    );
