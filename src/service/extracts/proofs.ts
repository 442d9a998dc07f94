/** Proofs of the rows of a finished extract. */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { leavesIn } from '#audit/leaves';
import { readManifest } from '#audit/manifest';
import { indexOfLeaf, type Proof, proofOf } from '#audit/proof';
import type { ExtractJob } from '#store/extract-job';
import { secretOf } from '../manifest-keys.ts';
import { extractGone } from './extract-answers.ts';

/**
 * What makes proofs: it is given a row and its trace, both without their ends. The leaves are read once for all.
 * @throws ServiceError CENR_EXTRACT_FILE_GONE
 */
export async function proofMaker(
  app: FastifyInstance,
  job: ExtractJob,
): Promise<(row: string, trace: string) => Proof> {
  const { leaves: leafFile, manifest: manifestFile } = app.jobs.extract.filesOf(job);
  const [bytes, manifestBytes] = await Promise.all([readFile(leafFile), readFile(manifestFile)]).catch(extractGone);
  const manifest = readManifest(manifestBytes);
  const secret = manifest.secret === undefined ? undefined : await secretOf(app.store, manifest);
  const leaves = leavesIn(bytes);
  return (row, trace) =>
    proofOf({ row, trace, index: indexOfLeaf(bytes, { row, trace, secret }), leaves, secret, manifest });
}
