/** Counts of an extract's values: worked out when they are first asked for, and kept beside its file. */
import { createReadStream } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { type ColumnCounts, valueCounts } from '#extract/value-counts';
import type { ExtractJob } from '#store/extract-job';
import { keepJson, keptJson } from './kept-json.ts';

/**
 * @throws ServiceError CENR_INPUTS_GONE when the rulebook is no longer kept; Error with code ENOENT when the file of the
 * extract is gone
 */
export async function keptCounts(app: FastifyInstance, job: ExtractJob): Promise<ColumnCounts[]> {
  const { counts } = app.jobs.extract.filesOf(job);
  const kept = await keptJson<ColumnCounts[]>(counts);
  if (kept !== undefined) return kept;
  // A file is written by one at a time: whoever asks meanwhile waits for the same.
  const being = underWay.get(counts) ?? made(app, job).finally(() => underWay.delete(counts));
  underWay.set(counts, being);
  return being;
}

/** By the path of the file that is to be. */
const underWay = new Map<string, Promise<ColumnCounts[]>>();

async function made(app: FastifyInstance, job: ExtractJob): Promise<ColumnCounts[]> {
  const { rows, counts } = app.jobs.extract.filesOf(job);
  const { rulebook } = await app.explanations.by(job.rulebookHash);
  const found = await valueCounts(createReadStream(rows, { highWaterMark: 1 << 20 }), rulebook, job.columns);
  await keepJson(counts, found);
  return found;
}
