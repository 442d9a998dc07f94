/** Writes what a job asks for: the file, its trace, the leaves that proofs are made of, and the manifest. */
import { writeFile } from 'node:fs/promises';
import { manifestBytes, manifestOf, manifestUploads } from '#audit/manifest';
import type { ExtractSecret } from '#audit/secret';
import { signedManifest } from '#audit/signature';
import type { ExtractRequest } from '#extract/request';
import { extractFromStore, type RangeMaker, type RowsFromStore, rangeMaker } from '#pipeline/from-store';
import type { SharedRanges } from '#pipeline/shared-ranges';
import type { Warning } from '#records/warning';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';
import { secretOf, signingKeyOf } from '../manifest-keys.ts';
import type { WorkControl } from './job-queue.ts';

/** Where the files of a finished extract are. */
export interface ExtractFiles {
  /** The extract itself. */
  readonly rows: string;
  readonly trace: string;
  /** The leaves of its Merkle tree. */
  readonly leaves: string;
  readonly manifest: string;
  /** How many rows have each value; made when they are first asked for. */
  readonly counts: string;
  /** Rows and students that are exceptions, a line each, and how many of each kind; made when they are first asked for. */
  readonly exceptions: string;
  readonly exceptionCounts: string;
  /** Students without a row, a line each, and how many by reason; made when they are first asked for. */
  readonly withoutRow: string;
  readonly withoutRowCounts: string;
  /** A folder: what is behind values of fields, a file for each that was asked for. */
  readonly grounds: string;
  /** A folder, while it is made: what other processes made of parts of it. */
  readonly parts: string;
}

/** What an extract is made from. */
export interface ExtractRows {
  readonly request: ExtractRequest;
  readonly rulebook: Rulebook;
  readonly runDate: string;
  readonly columns: string;
  /** The store as it was after this upload. */
  readonly snapshot: number;
}

export interface ExtractWork extends ExtractRows {
  readonly files: ExtractFiles;
  /** Has ranges made elsewhere too. */
  readonly shared?: SharedRanges | undefined;
}

/** @param store whose place is `storeDir` */
type OfStore<Work> = Work & { readonly store: Store; readonly storeDir: string };

export interface WrittenExtract {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly students: number;
  readonly warnings: readonly Warning[];
}

async function rowsFrom({
  store,
  storeDir,
  request,
  rulebook,
  runDate,
  columns,
  snapshot,
}: OfStore<ExtractRows>): Promise<{ readonly rows: RowsFromStore; readonly secret: ExtractSecret }> {
  const inputs = { from: 'store', snapshot } as const;
  const secret = await secretOf(store, { request, runDate, columns, rulebook: { sha256: rulebook.hash }, inputs });
  const { saltKey } = secret;
  return { rows: { storeDir, rulebook, request, runDate, columns, snapshot, saltKey, manifest: true }, secret };
}

/**
 * Makes parts of an extract that another process writes.
 * @param parts about how many there are to make
 */
export const extractParts = async (work: OfStore<ExtractRows>, parts: number): Promise<RangeMaker> =>
  rangeMaker((await rowsFrom(work)).rows, parts);

/**
 * Writes the files of an extract.
 * @param version of the program; the manifest names it
 * @param workers threads; 0 works in the calling one
 */
export async function writeExtract(
  work: OfStore<ExtractWork> & { readonly version: string },
  control: WorkControl & { readonly workers?: number | undefined },
): Promise<WrittenExtract> {
  const { store, version, request, rulebook, runDate, columns, snapshot, files, shared } = work;
  const { rows, secret } = await rowsFrom(work);
  const { rows: out, trace, leaves } = files;
  const made = await extractFromStore({ ...rows, out, trace, leaves, shared, hasOthers: true, ...control });
  const uploads = manifestUploads(await store.uploadsThrough(snapshot), request.reportingLEAs, secret);
  const manifest = manifestOf({
    request,
    runDate,
    columns,
    version,
    rulebook,
    inputs: { from: 'store', snapshot, uploads },
    secret,
    made,
  });
  await writeFile(files.manifest, manifestBytes(signedManifest(manifest, await signingKeyOf(store))), { mode: 0o600 });
  return made;
}
