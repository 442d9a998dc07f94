/** Writes what a job asks for: the file, its trace, the leaves that proofs are made of, and the manifest. */
import { writeFile } from 'node:fs/promises';
import { manifestBytes, manifestOf } from '#audit/manifest';
import type { ExtractRequest } from '#extract/request';
import { type StoredUpload, sendersOf } from '#intake/upload';
import { extractFromStore } from '#pipeline/from-store';
import type { LEAScope } from '#records/scope';
import type { Warning } from '#records/warning';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';
import type { WorkControl } from './job-queue.ts';

/** Where the files of a finished extract are. */
export interface ExtractFiles {
  /** The extract itself. */
  readonly rows: string;
  readonly trace: string;
  /** The leaves of its Merkle tree. */
  readonly leaves: string;
  readonly manifest: string;
}

/** What an extract is made from. */
export interface ExtractWork {
  readonly request: ExtractRequest;
  readonly rulebook: Rulebook;
  readonly runDate: string;
  readonly columns: string;
  /** The store as it was after this upload. */
  readonly snapshot: number;
  readonly files: ExtractFiles;
}

export interface WrittenExtract {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly students: number;
  readonly warnings: readonly Warning[];
}

/**
 * Writes the files of an extract.
 * @param store whose folder is `storeDir`
 * @param version of the program; the manifest names it
 * @param workers threads; 0 works in the calling one
 */
export async function writeExtract(
  {
    store,
    storeDir,
    version,
    request,
    rulebook,
    runDate,
    columns,
    snapshot,
    files,
  }: ExtractWork & { readonly store: Store; readonly storeDir: string; readonly version: string },
  control: WorkControl & { readonly workers?: number | undefined },
): Promise<WrittenExtract> {
  const made = await extractFromStore({
    storeDir,
    rulebook,
    request,
    runDate,
    columns,
    snapshot,
    out: files.rows,
    trace: files.trace,
    leaves: files.leaves,
    manifest: true,
    ...control,
  });
  const uploads = withoutNamesOfOthers(store.uploadsThrough(snapshot), request.reportingLEAs);
  const inputs = { from: 'store', snapshot, uploads } as const;
  await writeFile(
    files.manifest,
    manifestBytes(manifestOf({ request, runDate, columns, version, rulebook, inputs, made })),
  );
  return made;
}

/**
 * Whoever may read the manifest may know which uploads counted and their hashes, but not what another LEA calls its
 * files.
 */
const withoutNamesOfOthers = (uploads: readonly StoredUpload[], leas: LEAScope): StoredUpload[] =>
  uploads.map((upload) =>
    leas === 'all' || sendersOf(upload.sender).every((lea) => leas.includes(lea))
      ? upload
      : { ...upload, files: upload.files.map((file) => ({ ...file, name: '' })) },
  );
