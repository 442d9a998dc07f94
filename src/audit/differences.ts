/**
 * What differs between what a manifest says and what is found, each in one sentence that names the first difference;
 * `undefined` when nothing does.
 */
import type { Written } from '#base/output';
import { keyColumns } from '#extract/file-rows';
import type { OutputColumn } from '#records/layout';
import type { Warning } from '#records/warning';
import type { Rulebook, RulebookSource } from '#rulebook/load/assemble';
import type { FirstDifference, RowKey } from './comparing-output.ts';
import {
  hiddenUpload,
  type Manifest,
  type ManifestFile,
  type ManifestInputs,
  type ManifestUpload,
  type ShownUpload,
} from './manifest.ts';
import type { ExtractSecret } from './secret.ts';

const both = (expected: string, found: string): string => `expected SHA-256 ${expected}, found ${found}`;

/** Puts files into the order of the manifest, by name, and by content where a name has changed. */
export function inManifestOrder<T extends ManifestFile>(
  expected: readonly ManifestFile[],
  found: readonly T[],
): readonly T[] | { readonly difference: string } {
  const left = [...found];
  const take = (is: (file: T) => boolean): T | undefined => {
    const i = left.findIndex(is);
    return i < 0 ? undefined : left.splice(i, 1)[0];
  };
  const ordered: T[] = [];
  for (const { name, sha256 } of expected) {
    const file = take((f) => f.name === name && f.sha256 === sha256) ?? take((f) => f.sha256 === sha256);
    if (!file) {
      const changed = left.find((f) => f.name === name);
      return {
        difference: changed
          ? `the input file ${name} has changed: ${both(sha256, changed.sha256)}`
          : `the input file ${name} is missing: expected SHA-256 ${sha256}`,
      };
    }
    ordered.push(file);
  }
  const [more] = left;
  return more
    ? { difference: `the file ${more.name} (SHA-256 ${more.sha256}) is not an input of the extract; leave it out` }
    : ordered;
}

/**
 * @param found the uploads of the store through the snapshot of the manifest; names without folders
 * @param secret of the store, for this extract
 */
export function uploadsDifference(
  { uploads }: Extract<ManifestInputs, { from: 'store' }>,
  found: readonly ShownUpload[],
  secret: Pick<ExtractSecret, 'uploadKey'> | undefined,
): string | undefined {
  for (const [i, expected] of uploads.entries()) {
    const difference = uploadDifference(expected, found[i], secret);
    if (difference !== undefined) return difference;
  }
  const more = found[uploads.length];
  return more && `the store has one more upload before the snapshot: ${more.seq} (${more.id})`;
}

function uploadDifference(
  expected: ManifestUpload,
  upload: ShownUpload | undefined,
  secret: Pick<ExtractSecret, 'uploadKey'> | undefined,
): string | undefined {
  const name = `upload ${expected.seq}`;
  if ('keyedHash' in expected) {
    if (!upload) return `${name}, of another LEA, is missing from the store`;
    return secret && hiddenUpload(upload, secret.uploadKey).keyedHash !== expected.keyedHash
      ? `${name}, of another LEA, is not the one that the manifest was made with: its id or its files differ`
      : undefined;
  }
  if (!upload) return `${name} (${expected.id}) is missing from the store`;
  for (const [f, file] of expected.files.entries()) {
    const other = upload.files[f];
    if (!other) return `the file ${file.name} of ${name} is missing from the store: expected SHA-256 ${file.sha256}`;
    const store =
      upload.id === expected.id
        ? ''
        : `, and the upload is ${upload.id}, where the manifest has ${expected.id}: this may be another store`;
    if (other.sha256 !== file.sha256)
      return `the file ${file.name} of ${name} differs: ${both(file.sha256, other.sha256)}${store}`;
  }
  const more = upload.files[expected.files.length];
  return more && `${name} of the store has one more file: ${more.name} (SHA-256 ${more.sha256})`;
}

export function rulebookDifference(
  { rulebook }: Pick<Manifest, 'rulebook'>,
  { hash, files }: RulebookSource,
): string | undefined {
  if (rulebook.sha256 === hash) return undefined;
  const found = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  for (const { path, sha256 } of rulebook.files) {
    if (!found.has(path)) return `the rulebook differs: the file ${path} is missing`;
    const other = found.get(path) ?? null;
    if (other !== sha256) return `the rulebook differs: in ${path}, ${both(String(sha256), String(other))}`;
  }
  const known = new Set(rulebook.files.map(({ path }) => path));
  const more = files.find(({ path }) => !known.has(path));
  return more
    ? `the rulebook differs: it also has the file ${more.path}`
    : `the rulebook differs: ${both(rulebook.sha256, hash)}`;
}

type Laws = NonNullable<Manifest['laws']>;

const sameBytes = (a: Written, b: Written): boolean => a.sha256 === b.sha256 && a.bytes === b.bytes;
const inBytes = (expected: Written, found: Written): string =>
  `expected ${expected.bytes} bytes with SHA-256 ${expected.sha256}, found ${found.bytes} with ${found.sha256}`;

/** Between the manifest and that of the extract made anew, from the same inputs and rulebook. */
export function madeDifference(expected: Manifest, found: Manifest): string | undefined {
  if (!sameBytes(expected.file, found.file)) return `the extract differs: ${inBytes(expected.file, found.file)}`;
  if (!sameBytes(expected.trace, found.trace)) return `the trace differs: ${inBytes(expected.trace, found.trace)}`;
  if (expected.merkleRoot !== found.merkleRoot)
    return `the Merkle root differs: expected ${expected.merkleRoot}, found ${found.merkleRoot}`;
  for (const key of ['rows', 'students'] as const)
    if (expected[key] !== found[key])
      return `the number of ${key} differs: expected ${expected[key]}, found ${found[key]}`;
  const field = expected.fields.find((f, i) => JSON.stringify(f) !== JSON.stringify(found.fields[i]));
  if (field) return `the counts of field ${field.number} ${field.name} differ`;
  return warningDifference(expected.warnings ?? [], found.warnings ?? []) ?? lawDifference(expected, found);
}

/** The first warning that only one of two manifests has. */
function warningDifference(expected: readonly Warning[], found: readonly Warning[]): string | undefined {
  for (let i = 0; i < Math.max(expected.length, found.length); i++) {
    const [said, is] = [expected[i], found[i]].map((warning) => (warning ? `"${warning.message}"` : 'no warning'));
    if (said !== is || expected[i]?.code !== found[i]?.code)
      return `the warnings differ: expected ${said}, found ${is}`;
  }
}

/** A law that a manifest does not name is broken by no row: an extract of no students names none. */
function lawDifference({ laws: expected = [] }: Manifest, { laws: found = [] }: Manifest): string | undefined {
  const brokenBy = (laws: Laws, law: string): number => laws.find(({ name }) => name === law)?.brokenBy ?? 0;
  if ([...expected, ...found].some(({ name }) => brokenBy(expected, name) !== brokenBy(found, name)))
    return 'the numbers of rows that break a law of the rules differ';
}

/** A column of an extract, as `outputColumns` gives it. */
type NamedColumn = Pick<OutputColumn, 'name' | 'copyOf'>;

/**
 * The difference of a file from the extract made anew. It names students: it is for whoever has the file, and for no
 * log.
 * @param columns of the extract
 * @param rulebook it was made with
 */
export function rowDifference(
  difference: FirstDifference,
  columns: readonly NamedColumn[],
  rulebook: Pick<Rulebook, 'extract'>,
): string {
  const places = keyColumns(columns, rulebook);
  const named = (key: RowKey): string => places.map((place, i) => `${columns[place]?.name} ${key[i]}`).join(', ');
  const row = `row ${difference.row}`;
  if (difference.kind === 'moved') return `the rows are in another order: ${row} (${named(difference.key)}) was moved`;
  if (difference.kind === 'rows') {
    const { missing, added } = difference;
    if (missing && added) return `${row} (${named(missing)}) was replaced by a row for ${named(added)}`;
    return missing ? `${row} (${named(missing)}) is missing` : `${row} (${named(added ?? [])}) was added`;
  }
  const column = columns[difference.column - 1];
  const where = column ? `in column ${difference.column} ${column.name}` : 'after its last column';
  return `${row} (${named(difference.key)}) differs ${where}`;
}
