/** What `cenr reconcile` does. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { newId } from '#base/ids';
import { fileOutput, type Output, streamOutput, type Written } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import type { ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import { readGenerations } from '#pipeline/generations';
import { loadFiles } from '#pipeline/load-files';
import { type Reconciled, reconcile } from '#pipeline/reconcile';
import { requestWords } from '#reconcile/cause-words';
import { clusterLine, summaryOf } from '#reconcile/summary';
import { findingsWorkbook } from '#reconcile/workbook';
import { withDashes } from '#records/days';
import type { Rulebook } from '#rulebook/load/assemble';
import { today } from '../clock.ts';
import { namedInputs, requireFilesOrStore, withReferencesOf } from '../inputs.ts';
import { LOAD_MAKES_ONE, requireStore, withStoreToRead } from '../open-store.ts';
import { MANIFEST_ENDING, type RequestOptions, requestFrom } from '../options.ts';
import { rulebookFrom, versionsFrom } from '../rulebook-from.ts';
import { say, seconds, withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

export interface ReconcileCommandOptions extends Partial<RequestOptions> {
  readonly store?: string;
  readonly runDate?: string;
  readonly out?: string;
  readonly rules?: string;
  readonly versions?: readonly string[];
  readonly encoding: Encoding;
  readonly as?: string;
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
  try {
    const { rulebook, storeDir } = await recordsOf(paths, options, temporaryDir);
    const versions = versionsFrom(rulebook, options);
    const list = await fileOutput(join(temporaryDir, 'rows.ndjson'));
    const files = new Map<number, string | undefined>();
    const found = await withStoreToRead(
      storeDir,
      (store) =>
        withProgress((onProgress) =>
          reconcile({
            ...{ path: cenr, encoding: options.encoding, storeDir, rulebook, generations: readGenerations() },
            versions,
            ...{ asked: askedOf(options), runDate: options.runDate, today: today(), temporaryDir, onProgress },
            fileOf(source) {
              if (!files.has(source)) files.set(source, store.source(source)?.file);
              const file = files.get(source);
              return file === undefined ? undefined : basename(file);
            },
            onRow: async (row) => list.write(`${JSON.stringify(row)}\n`),
          }),
        ),
      LOAD_MAKES_ONE,
    );
    await list.finish();
    if (out !== undefined) await writeOut(out, cenr, found, rulebook, temporaryDir);
    say([
      ...summaryLines(found),
      ...(out === undefined || out === '-' ? [] : [`written       ${out}`]),
      `in ${seconds(begun)}`,
    ]);
  } finally {
    rmSync(temporaryDir, { recursive: true, force: true });
    untrackTempFile(temporaryDir);
  }
}

/** What tells where records come from. */
export type RecordsOptions = Pick<ReconcileCommandOptions, 'store' | 'rules' | 'as' | 'encoding' | 'runDate'>;

/** The rules, and a store with the records: the one that is named, or one made of the files for as long as it takes. */
export async function recordsOf(
  paths: readonly string[],
  options: RecordsOptions,
  temporaryDir: string,
): Promise<{ readonly rulebook: Rulebook; readonly storeDir: string }> {
  if (options.store !== undefined) {
    requireStore(options.store, LOAD_MAKES_ONE);
    return { rulebook: withReferencesOf(rulebookFrom(options), options.store), storeDir: options.store };
  }
  const { files, rulebook, references } = await namedInputs(paths, options.as, options.encoding, rulebookFrom(options));
  const storeDir = join(temporaryDir, 'store');
  const now = new Date();
  await loadFiles({
    ...{ storeDir, id: newId('upload', now.getTime(), randomBytes(10)), sender: 'all', files, temporaryDir },
    ...{ receivedAt: now.toISOString(), loadDay: options.runDate ?? today(now), encoding: options.encoding },
    ...{ rulebook, references },
  });
  return { rulebook, storeDir };
}

export function askedOf(options: Partial<RequestOptions>): Partial<ExtractRequest> {
  const { reportingLEAs, ...rest } = requestFrom({ ...options, lea: options.lea ?? [] });
  return options.lea ? { reportingLEAs, ...rest } : rest;
}

/** The rows, then the clusters and the summary; and beside them what was compared with what. */
async function writeOut(
  out: string,
  cenr: string,
  found: Reconciled,
  rulebook: Rulebook,
  temporaryDir: string,
): Promise<void> {
  const output: Output = out === '-' ? streamOutput(terminal.out) : await fileOutput(out);
  const rows = createReadStream(join(temporaryDir, 'rows.ndjson'));
  try {
    if (out.toLowerCase().endsWith('.xlsx'))
      for await (const bytes of findingsWorkbook(rows, found, found.comparison)) await output.write(bytes);
    else {
      for await (const bytes of rows) await output.write(bytes as Buffer);
      for (const cluster of found.clusters)
        await output.write(`${JSON.stringify(clusterLine(cluster, found.words))}\n`);
      await output.write(`${JSON.stringify({ kind: 'summary', ...summaryOf(found) })}\n`);
    }
    const written = await output.finish();
    if (out !== '-') await writeManifest(out, cenr, found, rulebook, written);
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

async function writeManifest(
  out: string,
  cenr: string,
  found: Reconciled,
  rulebook: Rulebook,
  written: Written,
): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(cenr)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  const { counts, request, runDate } = summaryOf(found);
  const manifest = {
    kind: 'reconciliation',
    program: { name: 'cenr', version: VERSION },
    theirs: { name: basename(cenr), bytes, sha256: hash.digest('hex') },
    ours: { ...found.ours, rulebook: { sha256: rulebook.hash }, request, runDate },
    file: { name: basename(out), ...written },
    counts,
  };
  const output = await fileOutput(out + MANIFEST_ENDING);
  await output.write(`${JSON.stringify(manifest, null, 2)}\n`);
  await output.finish();
}

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
    `  the same    ${grouped(counts.same)}${counts.onlyDays > 0 ? `, ${grouped(counts.onlyDays)} of them but for the days each side took the record in` : ''}`,
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
