/** Where the records come from, files or a store, and the reference files that come with them. */

import { counted } from '#base/text';
import { UserError } from '#base/user-error';
import { inputFiles } from '#intake/input-files';
import type { Encoding } from '#intake/lines';
import { RecordTypes } from '#intake/record-types';
import { takeReferences, type WithReferences } from '#intake/reference-files';
import type { InputFile } from '#intake/upload';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { withReferences } from '#rulebook/load/reference-files';
import { checksNotMade } from '#rulebook/tree/references';
import { holdsStore } from '#store/sqlite';
import { withStore } from './open-store.ts';
import { say } from './summary.ts';

/**
 * @param give how the sentence begins
 * @throws UserError when both are named, or neither
 */
export function requireFilesOrStore(paths: readonly string[], store: string | undefined, give = 'give'): void {
  if (paths.length > 0 === (store !== undefined)) throw new UserError(`${give} files or --store DIR, not both`);
}

/**
 * The files that paths stand for; says which files of folders are passed over.
 * @param recordType what `--as` says they are, if it is given
 * @param rulebooks whose record types count
 * @throws UserError for a record type without a layout; UnreadableInputError, ForeignFileError as `inputFiles` does
 */
export async function namedFiles(
  paths: readonly string[],
  recordType: string | undefined,
  ...rulebooks: readonly Rulebook[]
): Promise<readonly InputFile[]> {
  const types = [...new Set(rulebooks.flatMap(({ schemas }) => schemas.layouts.map((layout) => layout.recordType)))];
  if (recordType !== undefined && !types.includes(recordType))
    throw new UserError(`--as ${recordType}: expected one of ${types.join(', ')}`);
  const known = rulebooks.flatMap(({ files }) => files);
  const { files, passedOver } = await inputFiles(paths, new RecordTypes({ files: known }), recordType);
  if (passedOver.length > 0) say(passedOver.map((says) => `passed over: ${says}`));
  return files;
}

/**
 * The files that paths stand for, as `namedFiles` gives them; reference files among them are taken out, and the rulebook
 * given back has them.
 * @throws UserError as `namedFiles`; UnreadableInputError for a reference file that cannot be used
 */
export async function namedInputs(
  paths: readonly string[],
  recordType: string | undefined,
  encoding: Encoding | undefined,
  rulebook: Rulebook,
): Promise<WithReferences> {
  return takeReferences(await namedFiles(paths, recordType, rulebook), rulebook, encoding);
}

/** The rulebook with the reference files that a store has in use. */
export async function withReferencesOf(rulebook: Rulebook, store: string | undefined): Promise<Rulebook> {
  if (store === undefined || !holdsStore(store)) return rulebook;
  const rows = await withStore(store, (kept) => kept.references(), { readOnly: true });
  const source = withReferences(rulebook, rows);
  return source.hash === rulebook.hash ? rulebook : assemble(source);
}

/** What is said of reference files that were read, and of checks that were not made without one. */
export const referenceLines = ({ references, rulebook }: WithReferences): string[] => [
  ...references.map(
    ({ loaded: { reference, rows, sha256 } }) => `${reference}: ${counted(rows, 'row')}, SHA-256 ${sha256}`,
  ),
  ...checksNotMade(rulebook.checks).map(({ message }) => message),
];
