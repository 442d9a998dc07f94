/** What `cenr reconcile` does. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { newId } from '#base/ids';
import { fileOutput, streamOutput } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { counted, grouped } from '#base/text';
import { UserError } from '#base/user-error';
import type { ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import { type CorrectionFile, CorrectionFiles, REASONS } from '#pipeline/correction-files';
import { readGenerations } from '#pipeline/generations';
import { loadFiles } from '#pipeline/load-files';
import { Places } from '#pipeline/places';
import { type Reconciled, reconcile } from '#pipeline/reconcile';
import { listBytes, reconciliationManifest, workbookBytes, writeBytes } from '#pipeline/reconciled-files';
import { replacementsInScope } from '#pipeline/retired-numbers';
import { CauseWords, requestWords } from '#reconcile/cause-words';
import { withDashes } from '#records/days';
import type { Rulebook } from '#rulebook/load/assemble';
import { today } from '../clock.ts';
import { namedInputs, requireFilesOrStore, withReferencesOf } from '../inputs.ts';
import { LOAD_MAKES_ONE, requireStore, withStoreToRead } from '../open-store.ts';
import { MANIFEST_ENDING, type ReplacementsOption, type RequestOptions, requestFrom } from '../options.ts';
import { followIn, replacementsFile } from '../replacements-file.ts';
import { rulebookFrom, versionsFrom } from '../rulebook-from.ts';
import { say, seconds, withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

export interface ReconcileCommandOptions extends Partial<RequestOptions>, ReplacementsOption {
  readonly store?: string;
  readonly runDate?: string;
  readonly out?: string;
  readonly rules?: string;
  readonly versions?: readonly string[];
  readonly encoding: Encoding;
  readonly as?: string;
  readonly corrections?: string;
}

/**
 * Reconciles the state's file with files or a store, as the options of `cenr reconcile` say.
 * @throws UserError for a file that is no CENR file, or a request that does not fit it
 */
export async function reconcileFiles(
  cenr: string,
  paths: readonly string[],
  options: ReconcileCommandOptions,
): Promise<void> {
  const begun = performance.now();
  requireFilesOrStore(paths, options.store);
  if (!existsSync(cenr)) throw new UserError(`there is no file "${cenr}"; give the CENR file that CALPADS made`);
  const { out } = options;
  if (out === cenr) throw new UserError(`--out names the CENR file itself, "${cenr}"; give another file`);
  const temporaryDir = mkdtempSync(join(tmpdir(), 'cenr-reconcile-'));
  trackTempFile(temporaryDir);
  let drafts: CorrectionFiles | undefined;
  try {
    const { rulebook, storeDir } = await recordsOf(paths, options, temporaryDir);
    const versions = await versionsFrom(rulebook, options);
    const list = await fileOutput(join(temporaryDir, 'rows.ndjson'));
    const { corrections } = options;
    drafts = await correctionsTo(corrections, rulebook);
    const found = await withStoreToRead(
      storeDir,
      async (store) => {
        const replacements = await replacementsInScope(store, 'all');
        const places = new Places(store);
        return withProgress((onProgress) =>
          reconcile({
            replacements,
            ...{ path: cenr, encoding: options.encoding, storeDir, rulebook, generations: readGenerations() },
            versions,
            ...{ asked: askedOf(options), runDate: options.runDate, today: today(), temporaryDir, onProgress },
            onRecords: async (body) => void (await places.learn(body)),
            fileOf(source) {
              const file = places.of(source)?.file;
              return file === undefined ? undefined : basename(file);
            },
            onRow: async (row) => list.write(`${JSON.stringify(row)}\n`),
            onCorrections: drafts && ((of) => (drafts as CorrectionFiles).add(of)),
          }),
        );
      },
      LOAD_MAKES_ONE,
    );
    await list.finish();
    const drafted = await drafts?.finish(found.numberOf);
    if (out !== undefined) await writeOut(out, cenr, found, rulebook, join(temporaryDir, 'rows.ndjson'));
    say([
      ...summaryLines(found),
      ...(out === undefined || out === '-' ? [] : [`written       ${out}`]),
      ...(drafted && corrections !== undefined ? correctionWords(drafted, corrections) : []),
      `in ${seconds(begun)}`,
    ]);
  } catch (error) {
    await drafts?.abandon();
    throw error;
  } finally {
    rmSync(temporaryDir, { recursive: true, force: true });
    untrackTempFile(temporaryDir);
  }
}

/** What tells where records come from. */
export type RecordsOptions = Pick<
  ReconcileCommandOptions,
  'store' | 'rules' | 'as' | 'encoding' | 'runDate' | 'replacements'
>;

/** The rules, and a store with the records: the one that is named, or one made of the files for as long as it takes. */
export async function recordsOf(
  paths: readonly string[],
  options: RecordsOptions,
  temporaryDir: string,
): Promise<{ readonly rulebook: Rulebook; readonly storeDir: string }> {
  const replacements = await replacementsFile(options.replacements, options.store);
  if (options.store !== undefined) {
    await requireStore(options.store, LOAD_MAKES_ONE);
    return { rulebook: await withReferencesOf(await rulebookFrom(options), options.store), storeDir: options.store };
  }
  const { files, rulebook, references } = await namedInputs(
    paths,
    options.as,
    options.encoding,
    await rulebookFrom(options),
  );
  const storeDir = join(temporaryDir, 'store');
  const now = new Date();
  await loadFiles({
    ...{ storeDir, id: newId('upload', now.getTime(), randomBytes(10)), sender: 'all', files, temporaryDir },
    ...{ receivedAt: now.toISOString(), loadDay: options.runDate ?? today(now), encoding: options.encoding },
    ...{ rulebook, references },
  });
  if (replacements) await followIn(storeDir, replacements, rulebook);
  return { rulebook, storeDir };
}

export function askedOf(options: Partial<RequestOptions>): Partial<ExtractRequest> {
  const { reportingLEAs, ...rest } = requestFrom({ ...options, lea: options.lea ?? [] });
  return options.lea ? { reportingLEAs, ...rest } : rest;
}

/** The rows, then the clusters and the summary; and beside them what was compared with what. */
async function writeOut(out: string, cenr: string, found: Reconciled, rulebook: Rulebook, rows: string): Promise<void> {
  const bytes = out.toLowerCase().endsWith('.xlsx') ? workbookBytes(rows, found) : listBytes(rows, found);
  if (out === '-') {
    const output = streamOutput(terminal.out);
    for await (const some of bytes) await output.write(some);
    await output.finish();
    return;
  }
  const written = await writeBytes(out, bytes);
  const about = { version: VERSION, theirs: cenr, rulebook, name: basename(out), written };
  const manifest = await reconciliationManifest(found, about);
  await writeBytes(out + MANIFEST_ENDING, Readable.from([`${JSON.stringify(manifest, null, 2)}\n`]));
}

/** Files of correction lines, or none where nobody asks for them. */
async function correctionsTo(dir: string | undefined, rulebook: Rulebook): Promise<CorrectionFiles | undefined> {
  if (dir === undefined) return undefined;
  if (existsSync(dir) && readdirSync(dir).length > 0)
    throw new UserError(`--corrections names "${dir}", which is not empty; give a folder of its own`);
  return CorrectionFiles.in(dir, new CauseWords(rulebook));
}

const correctionWords = (files: readonly CorrectionFile[], dir: string): string[] => [
  `corrections   drafts in ${dir}, with the reason of each line in ${REASONS}; check them before you send them`,
  ...(files.length === 0 ? ['  none: no difference has a cause in a record'] : []),
  ...files.map(({ name, lines }) => `  ${name}: ${counted(lines, 'line')}`),
];

const MOST_CLUSTERS = 20;
const MOST_UNREADABLE = 10;

function summaryLines({ request, runDate, facts, counts, clusters, words, notes }: Reconciled): string[] {
  const zeros = [...facts.zerosPutBack].map(([name, n]) => `${name} ${grouped(n)}`);
  return [
    `file          ${facts.form?.columns.length} columns: ${facts.form?.says}`,
    `request       ${requestWords(request.value)}`,
    ...request.because.map((says) => `  ${says}`),
    `run date      ${withDashes(runDate.value)}`,
    ...runDate.because.map((says) => `  ${says}`),
    `their rows    ${grouped(counts.read)} read, ${grouped(counts.unreadable)} of them unreadable`,
    ...facts.unreadableLines.slice(0, MOST_UNREADABLE).map(({ place, says }) => `  ${place}: ${says}`),
    ...(zeros.length > 0
      ? [`  leading zeros were lost, by a spreadsheet it seems, and were put back: ${zeros.join(', ')}`]
      : []),
    ...facts.sheetsPassedOver.map(
      (sheet) => `  sheet ${sheet} has no names of columns in its first row and was not read`,
    ),
    `our rows      ${grouped(counts.ours)}`,
    `  the same    ${grouped(counts.same)}${counts.onlyDays > 0 ? `, ${grouped(counts.onlyDays)} of them with another Upload Date or Last Date Updated only` : ''}`,
    `  differing   ${grouped(counts.changed)}`,
    `  nearest     ${grouped(counts.nearest)}`,
    `  only theirs ${grouped(counts.onlyTheirs)}`,
    `  only ours   ${grouped(counts.onlyOurs)}`,
    ...notes.map((says) => `note: ${says}`),
    ...clusters
      .slice(0, MOST_CLUSTERS)
      .flatMap((cluster) => ['', `${cluster.number}. ${words.cluster(cluster)}`, `   ${words.firstAction(cluster)}`]),
    ...(clusters.length > MOST_CLUSTERS
      ? ['', `and ${grouped(clusters.length - MOST_CLUSTERS)} more; --out FILE has all of them`]
      : []),
  ];
}
