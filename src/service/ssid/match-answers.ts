/** What the routes of matches have in common: the one within reach, what was found, and the refusals. */
import { open } from 'node:fs/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { UserError } from '#base/user-error';
import { RequestsRefusedError } from '#pipeline/match-requests';
import type { MatchingJob } from '#store/matching-job';
import { StoreBusyError } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import { linesFrom } from '../extracts/extract-rows.ts';
import { keptJson } from '../extracts/kept-json.ts';
import { type ErrorCode, ServiceError } from '../http/errors.ts';
import { goneAs } from '../http/send-file.ts';
import { jobWithin } from '../jobs/job-within.ts';
import { type AssignedShown, shownMatching } from '../schemas/matching.ts';
import { assignedFiles, type FoundRequest, matchKeptIn } from './match-work.ts';

export const MATCH_REFUSALS = [
  'CENR_NOT_FOUND',
  'CENR_MATCH_NOT_COMPLETE',
  'CENR_MATCH_GONE',
] as const satisfies readonly ErrorCode[];

/** The refusal when one of its files is no longer there. */
export const matchGone = goneAs('CENR_MATCH_GONE');

/** The same, when it is complete, and where what was found is kept. @throws ServiceError as MATCH_REFUSALS says */
export async function completeMatching(app: FastifyInstance, request: FastifyRequest, id: string) {
  const job = await jobWithin(app, request, 'matching', id);
  if (job.status === 'Cancelled') throw new ServiceError('CENR_MATCH_GONE');
  if (job.status !== 'Complete')
    throw new ServiceError('CENR_MATCH_NOT_COMPLETE', {
      detail: `The status of the match is ${job.status}.${job.failure === undefined ? '' : ` It failed: ${job.failure}`}`,
    });
  const { folder } = app.jobs.matching.filesOf(job);
  return { job, folder, kept: matchKeptIn(folder) };
}

/** Numbers that requests of a match have by now, by line. */
export async function assignedIn(folder: string): Promise<Readonly<Record<string, AssignedShown>>> {
  const kept = [];
  for (const path of await assignedFiles(folder)) kept.push(await keptJson<Record<string, AssignedShown>>(path));
  return Object.assign({}, ...kept);
}

export async function matchingShown(app: FastifyInstance, job: MatchingJob) {
  if (job.status !== 'Complete') return shownMatching(job);
  const assigned = await assignedIn(app.jobs.matching.filesOf(job).folder);
  return shownMatching(job, Object.keys(assigned).length);
}

/** What was found, from a place in the file on. @throws ServiceError CENR_MATCH_GONE */
export async function* foundFrom(
  path: string,
  start: number,
): AsyncGenerator<{ readonly found: FoundRequest; readonly next: number }> {
  const file = await open(path).catch(matchGone);
  try {
    for await (const { line, next } of linesFrom(file, start))
      if (line !== '') yield { found: JSON.parse(line) as FoundRequest, next };
  } finally {
    await file.close();
  }
}

/** What was thrown for what was sent, as a refusal with the place and the reason; everything else is thrown on. */
export async function refusedAs<T>(code: ErrorCode, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RequestsRefusedError)
      throw new ServiceError('CENR_NOT_REQUESTS', {
        errors: error.lines.map(({ file, line, says }) => ({ message: `${file}:${line}: ${says}` })),
      });
    if (error instanceof UserError && !(error instanceof StoreBusyError) && !(error instanceof StoreTroubleError))
      throw new ServiceError(code, { detail: error.message });
    throw error;
  }
}
