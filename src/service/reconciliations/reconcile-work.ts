/** A reconciliation as work: their file against a store, and what is kept of it in the folder of the job. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { fileOutput } from '#base/output';
import type { ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import { type CorrectionFile, CorrectionFiles } from '#pipeline/correction-files';
import { readGenerations } from '#pipeline/generations';
import { Places } from '#pipeline/places';
import { type LookedAt, lookAt, reconcile } from '#pipeline/reconcile';
import { listBytes, reconciliationManifest, workbookBytes, writeBytes } from '#pipeline/reconciled-files';
import { replacementsInScope } from '#pipeline/retired-numbers';
import { versionsInEffect, withReferencesOfOther } from '#pipeline/versions-in-effect';
import { CauseWords } from '#reconcile/cause-words';
import { clusterLine, summaryOf } from '#reconcile/summary';
import { isOf } from '#records/scope';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { openStore } from '#store/open';
import { keepJson } from '../extracts/kept-json.ts';
import type { WorkControl } from '../jobs/job-queue.ts';

/** What a reconciliation is made from. Plain data. */
export interface ReconciliationWork {
  /** Their file. */
  readonly path: string;
  readonly encoding: Encoding;
  /** The folder of the job, where all that is made goes. */
  readonly folder: string;
  readonly rulebook: RulebookSource;
  readonly request: ExtractRequest;
  readonly runDate: string;
  readonly because: { readonly request: readonly string[]; readonly runDate: readonly string[] };
  readonly snapshot: number;
}

/** A file that is looked at before it is compared. Plain data. */
export interface LookWork extends Pick<ReconciliationWork, 'path' | 'encoding' | 'rulebook'> {
  readonly asked: Partial<ExtractRequest>;
  readonly runDate: string | undefined;
  /** CCYYMMDD */
  readonly today: string;
}

/** @throws UserError for a file that is no CENR file, RequestError for a request that does not fit it */
export const lookAtFile = (work: LookWork): Promise<LookedAt> =>
  lookAt({ ...work, rulebook: assemble(work.rulebook), generations: readGenerations() });

/** Where what was made is kept. */
export const keptIn = (folder: string) => ({
  list: join(folder, 'list.ndjson'),
  clusters: join(folder, 'clusters.json'),
  summary: join(folder, 'summary.json'),
  workbook: join(folder, 'workbook.xlsx'),
  manifest: join(folder, 'manifest.json'),
  corrections: join(folder, 'corrections'),
  correctionList: join(folder, 'corrections.json'),
});

export interface MadeReconciliation {
  readonly counts: Readonly<Record<string, number>>;
  readonly clusters: number;
  readonly corrections: number;
}

/** How a column counts differing rows. */
export interface FieldCount {
  readonly field: string;
  readonly name: string;
  rows: number;
}

/**
 * Makes a reconciliation. What was made before it, by a process that died, is made anew.
 * @throws UserError for a file or a request that cannot be used; the reason of the signal
 */
export async function makeReconciliation(
  work: ReconciliationWork & { readonly storeDir: string; readonly version: string },
  { signal, onProgress }: WorkControl,
): Promise<MadeReconciliation> {
  const { path, folder, request, storeDir, version, because } = work;
  const rulebook = assemble(work.rulebook);
  const kept = keptIn(folder);
  const sent = relative(folder, path).split(sep)[0];
  for (const name of await readdir(folder))
    if (name !== sent) await rm(join(folder, name), { recursive: true, force: true });
  const temporaryDir = await mkdtemp(join(folder, 'work-'));
  const store = await openStore(storeDir, { readOnly: true });
  const places = new Places(store);
  const drafts = await CorrectionFiles.in(kept.corrections, new CauseWords(rulebook));
  try {
    const rows = await fileOutput(join(temporaryDir, 'rows.ndjson'));
    const fields = new Map<string, FieldCount>();
    const found = await reconcile({
      ...{ path, encoding: work.encoding, storeDir, snapshot: work.snapshot, rulebook, generations: readGenerations() },
      versions: withReferencesOfOther(await versionsInEffect(store), rulebook),
      ...{ asked: request, runDate: work.runDate, today: work.runDate, temporaryDir, signal, onProgress },
      replacements: await replacementsInScope(store, request.reportingLEAs, work.snapshot),
      onRecords: async (body) => void (await places.learn(body)),
      fileOf: (source) => places.of(source)?.file,
      mayTell: (lea, source) => isOf(request.reportingLEAs, lea, places.of(source)?.sender),
      async onRow(row) {
        for (const { field, name } of row.fields) {
          const of = fields.get(field) ?? { field, name, rows: 0 };
          of.rows++;
          fields.set(field, of);
        }
        await rows.write(`${JSON.stringify(row)}\n`);
      },
      onCorrections: (of) => drafts.add(of),
    });
    await rows.finish();
    const drafted: readonly CorrectionFile[] = await drafts.finish(found.numberOf);
    const outcome = {
      ...found,
      request: { ...found.request, because: because.request },
      runDate: { ...found.runDate, because: because.runDate },
    };
    const list = join(temporaryDir, 'rows.ndjson');
    const written = await writeBytes(kept.list, listBytes(list, outcome));
    await writeBytes(kept.workbook, workbookBytes(list, outcome));
    const about = { version, theirs: path, rulebook, name: basename(kept.list), written };
    await keepJson(kept.manifest, await reconciliationManifest(outcome, about));
    await keepJson(
      kept.clusters,
      outcome.clusters.map((cluster) => clusterLine(cluster, outcome.words)),
    );
    const ordered = [...fields.values()].sort((a, b) => b.rows - a.rows);
    await keepJson(kept.summary, { ...summaryOf(outcome), fields: ordered });
    await keepJson(kept.correctionList, drafted);
    return { counts: outcome.counts, clusters: outcome.clusters.length, corrections: drafted.length };
  } catch (error) {
    await drafts.abandon();
    throw error;
  } finally {
    await store.close();
    await rm(temporaryDir, { recursive: true, force: true });
  }
}
