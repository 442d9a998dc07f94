/** Work about SSIDs that is long: matches, lists, searches for anomalies. Whoever calls it may be a thread. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileOutput } from '#base/output';
import { rowsIn } from '#extract/file-rows';
import { type About, namedRulebook } from '#extract/forms/about';
import type { FormColumn, Rows } from '#extract/forms/columns';
import { listColumns, listForm } from '#extract/forms/list';
import { REPLACEMENT_COLUMNS, replacementValues } from '#identity/replacements';
import { findAnomalies } from '#pipeline/find-anomalies';
import { replacementsOf } from '#pipeline/replacements';
import { ssidExtract } from '#pipeline/ssid-extract';
import { assemble, type Rulebook, type RulebookSource } from '#rulebook/load/assemble';
import type { AnomalySearchJob } from '#store/anomaly-search-job';
import type { MatchingJob } from '#store/matching-job';
import { openStore } from '#store/open';
import type { SSIDExtractJob } from '#store/ssid-extract-job';
import type { Store } from '#store/store';
import { keptJson } from '../extracts/kept-json.ts';
import type { WorkControl, WriteFiles } from '../jobs/job-queue.ts';
import { matchRequests } from './match-work.ts';

/** What the folder of a store has for it. Plain data, all of it. */
interface StoreWork {
  readonly rulebook: RulebookSource;
  /** CCYYMMDD */
  readonly today: string;
}

export interface MatchingWork extends StoreWork {
  readonly job: MatchingJob & { readonly snapshot?: number };
  readonly folder: string;
}
export type Matched = Awaited<ReturnType<typeof matchRequests>>;

/** Where the files of an SSID extract are. */
export interface SSIDExtractFiles {
  readonly rows: string;
  /** Its columns, and what is said of it. */
  readonly about: string;
}
export interface SSIDListWork extends StoreWork {
  readonly job: SSIDExtractJob;
  readonly files: SSIDExtractFiles;
  /** Only for this work; whoever gives it removes it. */
  readonly temporaryDir: string;
}
export interface WrittenList {
  readonly rows: number;
  readonly sha256: string;
}

export interface SearchWork extends StoreWork {
  readonly job: AnomalySearchJob;
  /** ISO 8601 in UTC. */
  readonly at: string;
}
export interface Searched {
  readonly sinceLast: boolean;
}

/** Who does such work: the service has threads for it. */
export interface SSIDWork {
  readonly match: WriteFiles<MatchingWork, Matched>;
  readonly list: WriteFiles<SSIDListWork, WrittenList>;
  readonly search: WriteFiles<SearchWork, Searched>;
}

/** @param workers threads beside the calling one; 0 for none */
export const ssidWorkIn = (storeDir: string, workers?: number): SSIDWork => {
  const withStore = async <T>(source: RulebookSource, work: (store: Store, rulebook: Rulebook) => Promise<T>) => {
    const store = await openStore(storeDir);
    try {
      return await work(store, assemble(source));
    } finally {
      await store.close();
    }
  };
  return {
    match: ({ job, folder, rulebook: source, today }, control) =>
      withStore(source, (store, rulebook) =>
        matchRequests({ job, folder, store, storeDir, rulebook, today, workers }, control),
      ),
    list: ({ rulebook: source, ...work }, control) =>
      withStore(source, (store, rulebook) => writeList(work, { store, storeDir, rulebook, workers }, control)),
    search: ({ job, rulebook: source, today, at }, { signal, onProgress }) =>
      withStore(source, async (store, rulebook) => {
        const total = Math.max(1, await store.forLEAs('all').students());
        let students = 0;
        const { sinceLast } = await findAnomalies({
          ...{ store, storeDir, rulebook, day: today, at, by: job.by, signal, workers },
          onProgress(more) {
            students += more;
            onProgress(Math.min(1, students / total));
          },
        });
        return { sinceLast };
      }),
  };
};

interface MadeList {
  readonly rows: Rows;
  readonly columns: readonly FormColumn[];
  readonly about: About;
}
/** What is kept beside the lines. */
type KeptAbout = Pick<MadeList, 'columns' | 'about'>;

interface From {
  readonly store: Store;
  readonly storeDir: string;
  readonly rulebook: Rulebook;
  readonly workers: number | undefined;
}

async function writeList(
  work: Omit<SSIDListWork, 'rulebook'>,
  from: From,
  { signal }: WorkControl,
): Promise<WrittenList> {
  const { files } = work;
  const made = await (work.job.list === 'ssids' ? enrolledList(work, from, signal) : replacedList(work, from));
  const hash = createHash('sha256');
  const output = await fileOutput(files.rows);
  let rows = 0;
  const counted = async function* (): Rows {
    for await (const some of made.rows) {
      signal.throwIfAborted();
      rows += some.length;
      yield some;
    }
  };
  try {
    for await (const piece of listForm('text', counted(), made.columns, made.about)) {
      hash.update(piece);
      await output.write(piece);
    }
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  const sha256 = hash.digest('hex');
  const kept: KeptAbout = { columns: made.columns, about: { ...made.about, sha256 } };
  await writeFile(files.about, JSON.stringify(kept), { mode: 0o600 });
  return { rows, sha256 };
}

async function enrolledList(
  { job, today, temporaryDir }: Omit<SSIDListWork, 'rulebook'>,
  { store, storeDir, rulebook, workers }: From,
  signal: AbortSignal,
): Promise<MadeList> {
  const { rows, columns, sha256, request } = await ssidExtract({
    ...{ storeDir, snapshot: job.snapshot, rulebook, reportingLEAs: job.reportingLEAs, asOf: job.asOf ?? today },
    ...{ runDate: job.runDate, temporaryDir, signal, workers, replacements: await store.ssids.replacements() },
  });
  const namesFrom = namedRulebook(rulebook);
  const made = { request, runDate: job.runDate, rulebook: namesFrom };
  return { rows, columns, about: { sha256, columns: 'SSID extract', sheet: 'SSID', namesFrom, made } };
}

async function replacedList({ job }: Omit<SSIDListWork, 'rulebook'>, { store, rulebook }: From): Promise<MadeList> {
  const lines = await replacementsOf(store, rulebook, job.reportingLEAs);
  const about = { sha256: '', columns: 'Replacement SSID extract', sheet: 'Replacement SSIDs' };
  return {
    rows: (async function* () {
      yield lines.map(replacementValues);
    })(),
    columns: listColumns(REPLACEMENT_COLUMNS),
    about: { ...about, namesFrom: namedRulebook(rulebook) },
  };
}

/** What was written, to be sent in another form. @returns `undefined` when it is no longer there */
export async function writtenList({ rows, about }: SSIDExtractFiles): Promise<MadeList | undefined> {
  const kept = await keptJson<KeptAbout>(about);
  return kept && { ...kept, rows: rowsIn(createReadStream(rows), kept.columns.length) };
}
