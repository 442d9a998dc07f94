/** Requests for SSIDs against the students of a store, and what is kept of it in the folder of the job. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOutput } from '#base/output';
import { compileRulebook } from '#extract/extractor';
import type { Candidate } from '#identity/candidates';
import { type LastEnrollment, PersonReader } from '#identity/columns';
import { matchParameters } from '#identity/parameters';
import type { Description } from '#identity/person';
import { requestsOf, type SSIDRequest } from '#pipeline/match-requests';
import { matchStudents } from '#pipeline/match-students';
import { historyOf } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import type { MatchingJob } from '#store/matching-job';
import type { LEAStore, Store } from '#store/store';
import type { WorkControl } from '../jobs/job-queue.ts';

/** Where what was found is kept. */
export const matchKeptIn = (folder: string) => ({ found: join(folder, 'matches.ndjson') });

/** Formerly all of them were in one file without an id. */
const ASSIGNED = /^assigned(\.\w+)?\.json$/;

/**
 * Where numbers that were assigned at once are kept: in a file of their own, since whoever else assigns some, at the same
 * moment in another process, would write over them.
 * @param id ascends with time
 */
export const assignedAt = (folder: string, id: string): string => join(folder, `assigned.${id}.json`);

/** All such files, oldest first. */
export const assignedFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(missingIsEmpty))
    .filter((name) => ASSIGNED.test(name))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    .map((name) => join(folder, name));

const missingIsEmpty = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === 'ENOENT') return [];
  throw error;
};

/** A line of what was found: a request and its candidates. */
export interface FoundRequest {
  readonly line: string;
  readonly described: Description;
  readonly enrollment: LastEnrollment;
  /** Who a student of the asking LEAs is, by the newest record; of others nothing is kept that may not be shown. */
  readonly candidates: readonly (Candidate & { readonly described?: Description | undefined })[];
}

export type MatchSource = Pick<MatchingJob, 'at' | 'file' | 'sender' | 'encoding'>;

export const personReader = (rulebook: Rulebook): PersonReader =>
  new PersonReader(rulebook.schemas.layouts, rulebook.schemas.output.copiesFrom, matchParameters(rulebook));

/**
 * The requests of the file of a match.
 * @param today CCYYMMDD
 * @throws as `requestsOf`
 */
export const requestsIn = (
  { at, file, sender, encoding }: MatchSource,
  folder: string,
  rulebook: Rulebook,
  today: string,
): AsyncGenerator<SSIDRequest> =>
  requestsOf({
    ...{ files: [{ name: file, path: join(folder, at) }], rulebook, encoding, loadDay: today },
    ...{ checks: compileRulebook(rulebook).checks, reader: personReader(rulebook) },
    sender: sender === 'all' ? undefined : sender,
  });

/** What a store says of who a student in scope is; `undefined` for others. */
export async function describedIn(store: LEAStore, ssid: string, reader: PersonReader) {
  const kept = await store.history(ssid);
  if (!kept) return undefined;
  const history = historyOf(kept.ssid, kept.records(reader.plan), reader.plan);
  return { described: reader.described(history), last: reader.last(history), leas: reader.leas(history), history };
}

interface MatchWork {
  readonly job: MatchingJob & { readonly snapshot?: number };
  readonly folder: string;
  readonly store: Store;
  readonly storeDir: string;
  readonly rulebook: Rulebook;
  readonly today: string;
  /** 0: in the calling thread; by the number of students when absent. */
  readonly workers?: number | undefined;
}

/**
 * Matches the requests of a job.
 * @throws UserError for a file that cannot be used; the reason of the signal
 */
export async function matchRequests(
  { job, folder, store, storeDir, rulebook, today, workers }: MatchWork,
  { signal, onProgress }: WorkControl,
): Promise<{ requests: number; withoutCandidate: number; candidates: number }> {
  const scope: LEAScope = job.reportingLEAs;
  const reader = personReader(rulebook);
  const inScope = store.forLEAs(scope);
  const total = Math.max(1, await store.forLEAs('all').students());
  const counts = { requests: 0, withoutCandidate: 0, candidates: 0 };
  let students = 0;
  const matched = matchStudents(requestsIn(job, folder, rulebook, today), {
    ...{ storeDir, snapshot: job.snapshot, scope, rulebook, signal, workers },
    replacements: await store.ssids.replacements(),
    onProgress: (more) => {
      students += more;
      onProgress(Math.min(1, students / total));
    },
  });
  const output = await fileOutput(matchKeptIn(folder).found);
  try {
    for await (const [{ line, described, enrollment }, candidates] of matched) {
      counts.requests++;
      counts.candidates += candidates.length;
      if (candidates.length === 0) counts.withoutCandidate++;
      const kept: FoundRequest['candidates'][number][] = [];
      for (const candidate of candidates)
        kept.push(
          candidate.isOwn
            ? { ...candidate, described: (await describedIn(inScope, candidate.ssid, reader))?.described }
            : { ...candidate, last: candidate.last && foreign(candidate.last) },
        );
      const found: FoundRequest = { line: String(line), described, enrollment, candidates: kept };
      await output.write(`${JSON.stringify(found)}\n`);
    }
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  return counts;
}

/** Of another LEA's enrollment the LEA alone is kept. */
const foreign = ({ lea }: LastEnrollment): LastEnrollment => ({
  ...{ lea, school: '', localID: '', grade: '', start: '', exit: '', exitReason: '' },
});
