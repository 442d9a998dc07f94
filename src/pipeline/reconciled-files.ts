/** What is written of a reconciliation, for the command line and the service alike: list, workbook and manifest. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { fileOutput, type Written } from '#base/output';
import type { ShownRow } from '#reconcile/findings-list';
import { clusterLine, summaryOf } from '#reconcile/summary';
import { findingsWorkbook } from '#reconcile/workbook';
import type { Reconciled } from './reconcile.ts';

/**
 * The list: the rows that are not the same, then the clusters, then the summary.
 * @param rows a file with the rows as NDJSON
 */
export async function* listBytes(rows: string, found: Reconciled): AsyncGenerator<Uint8Array | string> {
  yield* numberedRows(rows, found);
  for (const cluster of found.clusters) yield `${JSON.stringify(clusterLine(cluster, found.words))}\n`;
  yield `${JSON.stringify({ kind: 'summary', ...summaryOf(found) })}\n`;
}

/** The workbook. @param rows as for `listBytes` */
export const workbookBytes = (rows: string, found: Reconciled): AsyncIterable<Uint8Array> =>
  findingsWorkbook(numberedRows(rows, found), found, found.comparison);

/** The rows, with the numbers that their clusters have in the end. */
async function* numberedRows(path: string, { numberOf }: Reconciled): AsyncGenerator<string> {
  const renumbered = <T extends { readonly cluster?: number }>(one: T): T =>
    one.cluster === undefined ? one : { ...one, cluster: numberOf(one.cluster) };
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const row = JSON.parse(line) as ShownRow;
    const numbered = { ...row, fields: row.fields.map(renumbered), causes: row.causes.map(renumbered) };
    yield `${JSON.stringify(numbered)}\n`;
  }
}

interface ManifestOf {
  readonly version: string;
  /** The state's file. */
  readonly theirs: string;
  readonly rulebook: { readonly hash: string };
  /** What was written of it. */
  readonly name: string;
  readonly written: Written;
}

/** What was compared with what, with the hashes of both. */
export async function reconciliationManifest(
  found: Reconciled,
  { version, theirs, rulebook, name, written }: ManifestOf,
): Promise<object> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(theirs)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  const { counts, request, runDate } = summaryOf(found);
  return {
    kind: 'reconciliation',
    program: { name: 'cenr', version },
    theirs: { name: basename(theirs), bytes, sha256: hash.digest('hex') },
    ours: { ...found.ours, rulebook: { sha256: rulebook.hash }, request, runDate },
    file: { name, ...written },
    counts,
  };
}

/** Writes all bytes to a file, which appears when it is complete. */
export async function writeBytes(path: string, bytes: AsyncIterable<Uint8Array | string>): Promise<Written> {
  const output = await fileOutput(path);
  try {
    for await (const some of bytes) await output.write(some);
    return await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}
