/** Counts of an extract's values: worked out when they are first asked for, and kept beside its file. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { fileOutput } from '#base/output';
import { type ColumnCounts, valueCounts } from '#extract/value-counts';
import type { ExtractJob } from '#store/extract-job';

/**
 * @throws ServiceError CENR_INPUTS_GONE when the rulebook is no longer kept; Error with code ENOENT when the file of the
 * extract is gone
 */
export async function keptCounts(
  app: FastifyInstance,
  { id, columns, rulebookHash }: ExtractJob,
): Promise<ColumnCounts[]> {
  const { rows, counts } = app.jobs.extract.filesOf(id);
  const kept = await readFile(counts, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined) return JSON.parse(kept) as ColumnCounts[];
  const { rulebook } = app.explanations.by(rulebookHash);
  const made = await valueCounts(createReadStream(rows, { highWaterMark: 1 << 20 }), rulebook, columns);
  const output = await fileOutput(counts);
  await output.write(JSON.stringify(made));
  await output.finish();
  return made;
}
