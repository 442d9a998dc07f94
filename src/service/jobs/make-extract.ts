/** Makes what a job asks for: the file, its trace, the leaves that proofs are made of, and the manifest. */
import { writeFile } from 'node:fs/promises';
import { manifestBytes, manifestOf } from '#audit/manifest';
import type { StoredUpload } from '#intake/upload';
import { extractFromStore } from '#pipeline/from-store';
import type { LEAScope } from '#records/scope';
import type { Store } from '#store/store';
import type { MakeExtract } from './extract-jobs.ts';

export interface ExtractMakerOptions {
  readonly store: Store;
  readonly storeDir: string;
  /** Of the program; the manifest names it. */
  readonly version: string;
  /** Threads; 0 works in the calling one. */
  readonly workers?: number | undefined;
}

export const extractMaker =
  ({ store, storeDir, version, workers }: ExtractMakerOptions): MakeExtract =>
  async ({ request, rulebook, runDate, columns, snapshot, files, signal, onProgress }) => {
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
      signal,
      onProgress,
      workers,
    });
    const uploads = withoutNamesOfOthers(store.uploadsThrough(snapshot), request.reportingLEAs);
    const inputs = { from: 'store', snapshot, uploads } as const;
    await writeFile(
      files.manifest,
      manifestBytes(manifestOf({ request, runDate, columns, version, rulebook, inputs, made })),
    );
    return made;
  };

/**
 * Whoever may read the manifest may know which uploads counted and their hashes, but not what another LEA calls its
 * files.
 */
const withoutNamesOfOthers = (uploads: readonly StoredUpload[], leas: LEAScope): StoredUpload[] =>
  uploads.map((upload) =>
    leas === 'all' || leas.includes(upload.sender)
      ? upload
      : { ...upload, files: upload.files.map((file) => ({ ...file, name: '' })) },
  );
