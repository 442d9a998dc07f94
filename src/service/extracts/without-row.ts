/** Students without a row of a finished extract, read from what their survey left (survey-work.ts). */
import { open } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { ExtractJob } from '#store/extract-job';
import { isLineStart, linesFrom } from './extract-rows.ts';
import type { KeptWithoutRow } from './survey-files.ts';
import { isMissing } from './survey-work.ts';

export interface PlacedStudent {
  readonly student: KeptWithoutRow;
  /** Where it stands in the list. */
  readonly place: number;
}

/**
 * All of them from a place on, in ascending order of SSID.
 * @throws Error with code ENOENT when the list is gone
 */
export async function* withoutRow(app: FastifyInstance, job: ExtractJob, from = 0): AsyncGenerator<PlacedStudent> {
  const file = await open(app.jobs.extract.filesOf(job).withoutRow);
  let place = from;
  try {
    for await (const { line, next } of linesFrom(file, from)) {
      yield { student: JSON.parse(line) as KeptWithoutRow, place };
      place = next;
    }
  } finally {
    await file.close();
  }
}

/**
 * A page of those who are missing: who had a record in the window, or a rejected one.
 * @param after where the page begins in the list
 * @returns and where the next one begins, if there is one; `undefined` for a place that no page named
 */
export async function missingPage(
  app: FastifyInstance,
  job: ExtractJob,
  { reason, after, limit }: { readonly reason: string | undefined; readonly after: number; readonly limit: number },
): Promise<{ readonly found: readonly KeptWithoutRow[]; readonly next?: number } | undefined> {
  if (!isLineStart(app.jobs.extract.filesOf(job).withoutRow, after)) return undefined;
  const found: KeptWithoutRow[] = [];
  for await (const { student, place } of withoutRow(app, job, after)) {
    if (reason === undefined ? !isMissing(student.reason) : student.reason !== reason) continue;
    if (found.length === limit) return { found, next: place };
    found.push(student);
  }
  return { found };
}
