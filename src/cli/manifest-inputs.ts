/** What an extract was made from, found again from its manifest: the files or the store, and the rules. */
import { basename } from 'node:path';
import { measuredFile } from '#audit/comparing-output';
import { inManifestOrder, rulebookDifference, uploadsDifference } from '#audit/differences';
import type { Manifest, ManifestInputs } from '#audit/manifest';
import type { ExtractSecret } from '#audit/secret';
import { UserError } from '#base/user-error';
import type { Encoding } from '#intake/lines';
import type { InputFile } from '#intake/upload';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { REFERENCE_ROWS } from '#rulebook/load/reference-files';
import { knownSecretOf } from '#service/manifest-keys';
import { namedInputs, withReferencesOf } from './inputs.ts';
import { withStoreToRead } from './open-store.ts';
import type { ReplacementsOption } from './options.ts';
import { type ReplacementsFile, replacementsFile } from './replacements-file.ts';
import { rulebookFrom } from './rulebook-from.ts';

/** Something is not as the manifest or the proof says; the message names it. */
export class Differs extends UserError {}

/** Where whoever calls says the inputs are. */
export interface Given extends ReplacementsOption {
  readonly paths: readonly string[];
  readonly store?: string;
  readonly rules?: string;
}

export interface FilesOfManifest {
  readonly from: 'files';
  readonly rulebook: Rulebook;
  readonly files: readonly (InputFile & { readonly bytes: number })[];
  readonly encoding: Encoding;
  readonly replacements: ReplacementsFile | undefined;
}

export interface StoreOfManifest {
  readonly from: 'store';
  readonly rulebook: Rulebook;
  readonly storeDir: string;
  readonly snapshot: number;
  /** Absent for a manifest of the former format. */
  readonly secret: ExtractSecret | undefined;
}

/**
 * The inputs of an extract, unchanged since.
 * @throws Differs when one of them is not as the manifest says; UserError when they are not given, or are of the other
 * kind
 */
export async function inputsOf(manifest: Manifest, given: Given): Promise<FilesOfManifest | StoreOfManifest> {
  requireSameKind(manifest, given);
  const { inputs } = manifest;
  if (inputs.from === 'files') return filesOf(manifest, inputs, given);
  await replacementsFile(given.replacements, given.store);
  return await storeOf(manifest, inputs, given);
}

/** @throws UserError when an extract from files is asked of a store, or the reverse */
export function requireSameKind({ inputs }: Manifest, { store }: Pick<Given, 'store'>): void {
  if (inputs.from === (store === undefined ? 'files' : 'store')) return;
  throw new UserError(
    inputs.from === 'store'
      ? 'the extract was made from a store; give it with --store DIR'
      : 'the extract was made from files; give them',
  );
}

type From<K extends ManifestInputs['from']> = Extract<ManifestInputs, { from: K }>;

async function filesOf(manifest: Manifest, inputs: From<'files'>, given: Given): Promise<FilesOfManifest> {
  const { encoding, recordType } = inputs;
  const { files: named, rulebook } = await namedInputs(given.paths, recordType, encoding, await baseOf(given));
  requireSame(manifest, rulebook, given);
  const found = await Promise.all(
    named.map(async ({ path }) => ({
      path,
      name: basename(path),
      recordType: inputs.recordType,
      ...(await measuredFile(path)),
    })),
  );
  const files = inManifestOrder(inputs.files, found);
  if ('difference' in files) throw new Differs(files.difference);
  return {
    from: 'files',
    rulebook,
    files,
    encoding: inputs.encoding,
    replacements: await replacementsOf(inputs, given),
  };
}

/** @throws Differs when another Replacement SSID file is given, or none, or one too many */
async function replacementsOf(
  { replacements: then }: From<'files'>,
  { replacements: path }: Given,
): Promise<ReplacementsFile | undefined> {
  const found = await replacementsFile(path);
  if (found?.file.sha256 === then?.sha256) return found;
  throw new Differs(
    then === undefined
      ? 'the extract was made without a Replacement SSID file; leave --replacements out'
      : `the extract was made with the Replacement SSID file "${then.name}" with SHA-256 ${then.sha256}; ${found ? `found ${found.file.sha256}` : 'give it with --replacements FILE'}`,
  );
}

async function storeOf(manifest: Manifest, inputs: From<'store'>, given: Given): Promise<StoreOfManifest> {
  const { snapshot } = inputs;
  const storeDir = given.store as string;
  return await withStoreToRead(
    storeDir,
    async (store) => {
      const uploads = (await store.uploadsThrough(snapshot)).map((upload) => ({
        ...upload,
        files: upload.files.map((f) => ({ ...f, name: basename(f.name) })),
      }));
      const secret = manifest.secret === undefined ? undefined : await knownSecretOf(store, manifest);
      const difference = uploadsDifference(inputs, uploads, secret);
      if (difference !== undefined) throw new Differs(difference);
      if (secret?.id !== manifest.secret)
        throw new Differs(
          `the store has another secret than the manifest was made with: expected the id ${manifest.secret}, found ${secret?.id ?? 'no secret'}; this may be another store`,
        );
      const kept = given.rules === undefined ? await store.rulebook(manifest.rulebook.sha256) : undefined;
      const rulebook = kept ? assemble(kept) : await rulebookOf(manifest, given);
      return { from: 'store', rulebook, storeDir, snapshot, secret };
    },
    '; give the folder that the extract was made from',
  );
}

/** The rulebook of `--rules`, or the one that comes with the program when it is the same. */
async function rulebookOf(manifest: Manifest, given: Given): Promise<Rulebook> {
  const rulebook = await withReferencesOf(await baseOf(given), given.store);
  requireSame(manifest, rulebook, given);
  return rulebook;
}

const baseOf = ({ rules, store }: Given): Promise<Rulebook> =>
  rulebookFrom({ ...(rules !== undefined && { rules }), ...(store !== undefined && { store }) });

/** @throws Differs, UserError when the extract was made with another rulebook */
function requireSame(manifest: Manifest, rulebook: Rulebook, { rules, store }: Given): void {
  const difference = rulebookDifference(manifest, rulebook);
  if (difference === undefined) return;
  const path = referencesDiffer(manifest, rulebook);
  if (path !== undefined)
    throw new Differs(`the extract was made with another file of ${path}; give the file of then (${difference})`);
  if (rules !== undefined) throw new Differs(difference);
  throw new UserError(
    `the extract was made with another rulebook than the one in this program${store === undefined ? '' : ', and the store does not keep it'}; give the rules with --rules DIR (${difference})`,
  );
}

/** The name of a reference file that the extract was made with and the rulebook does not have, or has otherwise. */
function referencesDiffer({ rulebook }: Manifest, { files }: Rulebook): string | undefined {
  const hashes = (list: readonly { readonly path: string; readonly sha256?: string | null }[]) =>
    new Map(list.flatMap(({ path, sha256 }) => (REFERENCE_ROWS.test(path) ? [[path, sha256] as const] : [])));
  const [then, now] = [hashes(rulebook.files), hashes(files)];
  const path = [...then.keys(), ...now.keys()].find((one) => then.get(one) !== now.get(one));
  return path && REFERENCE_ROWS.exec(path)?.[1];
}
