/** Uploads as jobs: what was received lies in a folder of the store until its turn to be loaded comes. */
import { join } from 'node:path';
import { ForeignFileError } from '#intake/file-form';
import { type Encoding, UnreadableInputError } from '#intake/lines';
import { type ReadReference, requireForAll, takeReferences } from '#intake/reference-files';
import type { InputFile, Upload } from '#intake/upload';
import type { AssignBlanks } from '#pipeline/assign-blanks';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Store, StoreBusyError } from '#store/store';
import { isDiskFull, StoreTroubleError } from '#store/trouble';
import type { RulesHolder } from '../rules/rules-holder.ts';
import { type JobDefinition, removeFiles, type WorkControl } from './job-queue.ts';

/** Where the files of an upload are. */
export interface UploadFiles {
  readonly folder: string;
}

/** Loads files into the store as one upload. Rejects when the signal is aborted, leaving nothing behind. */
export type LoadUpload = (
  options: {
    readonly id: string;
    readonly sender: string;
    readonly attempt?: number | undefined;
    readonly files: readonly InputFile[];
    readonly receivedAt: string;
    readonly loadDay: string;
    readonly encoding: Encoding;
    /** In effect when its turn came. */
    readonly rulebook: Rulebook;
    readonly references: readonly ReadReference[];
    /** Give a number to enrollments that come without one. */
    readonly assignBlanks?: AssignBlanks | undefined;
  },
  control: WorkControl,
) => Promise<Upload>;

/** Nobody can guess numbers that are drawn from so many. */
const SEED_BYTES = 32;

/** How uploads are loaded, by the rules in effect when their turn comes. */
export const uploadJobs = (
  store: Store,
  rules: Pick<RulesHolder, 'current' | 'refresh'>,
  today: () => string,
  {
    loadUpload,
    onLoaded,
    random,
  }: {
    readonly loadUpload: LoadUpload;
    readonly onLoaded: (upload: Upload) => void;
    readonly random: (bytes: number) => Uint8Array;
  },
): JobDefinition<'upload', UploadFiles> => ({
  kind: 'upload',
  endings: { folder: '' },
  isFinal: true,
  // The order in which they came is the order in which they are loaded.
  isAlone: true,
  async make(
    { id, sender, attempt, files, encoding, recordType, requestedAt: receivedAt, blanksAssignedBy: by },
    { folder },
    control,
  ) {
    // A process that died right after it was stored could not note that.
    if (!(await store.forLEAs('all').upload(id))) {
      const inEffect = (await rules.current()).rulebook;
      const paths = files.map(({ name, at }) => ({ name, path: join(folder, at), recordType }));
      const taken = await takeReferences(paths, inEffect, encoding);
      requireForAll(taken, sender);
      const assignBlanks = by === undefined ? undefined : { by, seed: Buffer.from(random(SEED_BYTES)).toString('hex') };
      const work = { id, sender, attempt, ...taken, encoding, receivedAt, loadDay: today(), assignBlanks };
      onLoaded(await loadUpload(work, control));
      if (taken.references.length > 0) await rules.refresh();
    }
    await removeFiles({ folder });
    return {};
  },
  failed: 'The upload could not be loaded, and nothing of it was stored. The log of the service has the cause.',
  says: (error) =>
    error instanceof UnreadableInputError || error instanceof ForeignFileError ? error.message : undefined,
  // Another program is loading into the store, or there is no room now. What was accepted is not lost for it.
  isPassing: (error) => error instanceof StoreBusyError || error instanceof StoreTroubleError || isDiskFull(error),
});
