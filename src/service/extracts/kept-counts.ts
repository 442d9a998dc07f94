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
export async function keptCounts(
  app: FastifyInstance,
  { id, columns, rulebookHash }: ExtractJob,
): Promise<ColumnCounts[]> {
  const { rows, counts } = app.jobs.extract.filesOf(id);
  const kept = await keptJson<ColumnCounts[]>(counts);
  if (kept !== undefined) return kept;
  const { rulebook } = await app.explanations.by(rulebookHash);
  const made = await valueCounts(createReadStream(rows, { highWaterMark: 1 << 20 }), rulebook, columns);
  await keepJson(counts, made);
  return made;
}
