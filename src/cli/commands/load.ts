import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { newId } from '#base/ids';
import { fileOutput } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { amount, grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { broughtNothing } from '#intake/apply';
import type { Encoding } from '#intake/lines';
import { csvLine } from '#intake/problem';
import { requireForAll } from '#intake/reference-files';
import type { Upload } from '#intake/upload';
import { loadUpload } from '#pipeline/load-upload';
import type { Store } from '#store/store';
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
    .option(
      '--assign-blank-ssids',
      'give an SSID to enrollments that come without one, without looking whether the student has one; they wait otherwise',
    )
    .option(
      '--numbers <FILE>',
      'with --assign-blank-ssids: write line, local student ID and SSID of these to FILE, as CSV',
    )
    .addOption(rulesOrVersionOption())
    .addHelpText('after', '\nExample:\n  cenr load sample --lea all --store data')
    .action(load);

interface LoadCommandOptions {
  readonly lea: string;
  readonly store: string;
  readonly loadDate?: string;
  readonly problems?: string;
  readonly encoding: Encoding;
  readonly as?: string;
  readonly assignBlankSsids?: true;
  readonly numbers?: string;
  readonly rules?: string;
}

async function load(paths: string[], options: LoadCommandOptions): Promise<void> {
  const { numbers, assignBlankSsids: assigns = false } = options;
  if (numbers !== undefined && !assigns)
    throw new UserError('--numbers needs --assign-blank-ssids; without it no record gets an SSID');
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
        ...(assigns && { assignBlanks: { seed: randomBytes(SEED_BYTES).toString('hex'), by: 'command line' } }),
        onProgress,
      }),
    );
    if (options.problems !== undefined) {
      const file = problemsFile(options.problems);
      for await (const problems of store.forLEAs('all').problems(upload.id))
        for (const [, problem] of problems) await file.write(problem);
      await file.close();
    }
    if (numbers !== undefined) await writeNumbers(store, upload.id, numbers);
    say([
      `upload        ${upload.id}`,
      ...recordLines(upload, 'kept'),
      `  problems: ${problemWords(upload.problemCounts) || 'none'}`,
      ...assignedLines(upload),
      ...referenceLines(inputs),
      `in ${seconds(begun)}`,
    ]);
    if (broughtNothing(upload)) terminal.exitCode = 1;
  } finally {
    await store.close();
    rmSync(temporaryDir, { recursive: true, force: true });
    untrackTempFile(temporaryDir);
  }
}

/** Nobody can guess numbers that are drawn from so many. */
const SEED_BYTES = 32;

function assignedLines({ assigned }: Upload): string[] {
  if (!assigned) return [];
  const { drawn, before, joined } = assigned;
  return [
    `SSIDs         ${grouped(drawn)} new; ${amount(before, 'record')} of students who had one`,
    ...(joined > 0 ? [`  joined      ${amount(joined, 'record')} that waited for an SSID`] : []),
  ];
}

const AT_ONCE = 1_000;

async function writeNumbers(store: Store, upload: string, path: string): Promise<void> {
  const file = await fileOutput(path);
  try {
    await file.write(csvLine(['File', 'Line', 'Local Student ID', 'SSID', 'Origin']));
    for (let offset = 0; ; offset += AT_ONCE) {
      const found = await store.forLEAs('all').numbersGiven(upload, { offset, limit: AT_ONCE });
      for (const { file: name, line, localID, ssid, isNew } of found)
        await file.write(csvLine([basename(name), String(line), localID, ssid, isNew ? 'new' : 'before']));
      if (found.length < AT_ONCE) break;
    }
    await file.finish();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}
