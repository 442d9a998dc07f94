/** What `cenr calibrate` does. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileOutput, streamOutput } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { counted } from '#base/text';
import { UserError } from '#base/user-error';
import { calibrate, isStatesFile } from '#pipeline/calibrate';
import { readGenerations } from '#pipeline/generations';
import { withDecided } from '#publishing/decided';
import { isRefused } from '#publishing/refusals';
import { calibrationLines, calibrationReport, decidedChanges } from '#reconcile/calibration-report';
import type { Rulebook } from '#rulebook/load/assemble';
import { referencesIn } from '#rulebook/load/reference-files';
import { today } from '../clock.ts';
import { requireFilesOrStore } from '../inputs.ts';
import { LOAD_MAKES_ONE, withStoreToRead } from '../open-store.ts';
import { rulebookFrom } from '../rulebook-from.ts';
import { say, seconds, withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { askedOf, type ReconcileCommandOptions, recordsOf } from './reconcile-files.ts';

export type CalibrateCommandOptions = Omit<ReconcileCommandOptions, 'versions'> & { readonly draft?: string };

/**
 * Calibrates the rules with files of the state, as the options of `cenr calibrate` say.
 * @throws UserError when no file is one of the state
 */
export async function calibrateFiles(paths: readonly string[], options: CalibrateCommandOptions): Promise<void> {
  const begun = performance.now();
  const { draft, out } = options;
  if (draft !== undefined) requireFree(draft);
  const [theirs, records] = await toldApart(paths, options);
  requireFilesOrStore(records, options.store);
  if (theirs.includes(out ?? '')) throw new UserError(`--out names a CENR file, "${out}"; give another file`);
  const temporaryDir = mkdtempSync(join(tmpdir(), 'cenr-calibrate-'));
  trackTempFile(temporaryDir);
  try {
    const { rulebook, storeDir } = await recordsOf(records, options, temporaryDir);
    const found = await withStoreToRead(
      storeDir,
      () =>
        withProgress((onProgress) =>
          calibrate({
            ...{ paths: theirs, encoding: options.encoding, storeDir, rulebook, generations: readGenerations() },
            ...{ asked: askedOf(options), runDate: options.runDate, today: today(), temporaryDir, onProgress },
          }),
        ),
      LOAD_MAKES_ONE,
    );
    if (out !== undefined) {
      const output = out === '-' ? streamOutput(terminal.out) : await fileOutput(out);
      const { name, version } = rulebook.about;
      const head = {
        kind: 'calibration',
        program: { name: 'cenr', version: VERSION },
        rulebook: { name, version, sha256: rulebook.hash },
      };
      await output.write(`${JSON.stringify({ ...head, ...calibrationReport(found) }, null, 2)}\n`);
      await output.finish();
    }
    say([
      ...calibrationLines(found),
      ...(draft === undefined ? [] : ['', ...writeDraft(draft, rulebook, decidedChanges(found))]),
      `in ${seconds(begun)}`,
    ]);
  } finally {
    rmSync(temporaryDir, { recursive: true, force: true });
    untrackTempFile(temporaryDir);
  }
}

/** Files of the state, and whatever else there is. */
async function toldApart(
  paths: readonly string[],
  options: CalibrateCommandOptions,
): Promise<readonly [theirs: string[], records: string[]]> {
  const rulebook = await rulebookFrom(options);
  const [theirs, records]: [string[], string[]] = [[], []];
  for (const path of paths) {
    if (!existsSync(path))
      throw new UserError(`there is no file "${path}"; give CENR files and files with the records`);
    const isTheirs = !statSync(path).isDirectory() && (await isStatesFile(path, rulebook, options.encoding));
    (isTheirs ? theirs : records).push(path);
  }
  if (theirs.length === 0)
    throw new UserError(
      'none of these files is a CENR file of the state: no line begins with CENR-R or names its columns',
    );
  return [theirs, records];
}

const FOLDERS = ['rules', 'schemas'] as const;

function requireFree(dir: string): void {
  for (const folder of FOLDERS)
    if (existsSync(join(dir, folder)))
      throw new UserError(`"${join(dir, folder)}" already exists; name another folder, so that nothing is overwritten`);
}

/** Writes the rules with what was decided; says what it did, and what to do with them. */
function writeDraft(dir: string, rulebook: Rulebook, changes: ReturnType<typeof decidedChanges>): string[] {
  if (changes.length === 0) return ['Nothing is decided against the rules as they are: no draft was written.'];
  const references = new Set(referencesIn(rulebook.files).map(({ path }) => path));
  const texts = rulebook.files
    .filter(({ path }) => !references.has(path))
    .map(({ path, text, json }) => ({ path, text: text ?? `${JSON.stringify(json, null, 2)}\n` }));
  const now = withDecided(texts, changes);
  if (isRefused(now)) throw new UserError(now.message);
  for (const { path, text } of now) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const title = `Readings decided by evidence: ${changes.map(({ reading }) => reading).join(', ')}`;
  return [
    `wrote ${counted(now.length, 'file')} to ${dir}, with ${counted(changes.length, 'reading')} changed:`,
    ...changes.map(({ reading, reason }) => `  ${reading}: ${reason}`),
    `Check them with cenr rules check --rules ${join(dir, 'rules')}; to publish them, make a draft of the service:`,
    `  cenr rules draft create --title ${JSON.stringify(title)} --reason ${JSON.stringify(changes.map(({ reason }) => reason).join(' '))}`,
    `  cenr rules draft put ID --dir ${join(dir, 'rules')}`,
  ];
}
