/**
 * Reference files: what they declare, their rows, and a rulebook with those that are loaded. Their rows stand among the
 * files of the rulebook, under `references/`: so its hash tells one directory from another, whoever keeps a rulebook
 * keeps the directory of then, and whoever is handed one has it.
 */
import type { CodeSet } from '#records/layout';
import { fitsForm } from '../operators/form.ts';
import type { Declarations, Located, ReferenceFile } from '../resolve/declared.ts';
import type { Value } from '../tree/values.ts';
import type { Finding, ReferenceFileJson, ReferenceRow, ReferenceRowsJson, SourceFile } from './declarations.ts';
import { fileHash, hashOf, inOrder } from './texts.ts';

/** Where the rows of a loaded reference file stand among the files of a rulebook. */
export const REFERENCE_ROWS = /^references\/([^/]+)\.json$/;

/** A reference file that was loaded: its name, the SHA-256 of the file as it came, and its rows. */
export interface LoadedReference extends ReferenceRowsJson {
  readonly name: string;
}

type Column = ReferenceFileJson['columns'][number];

/** The rows of a reference file, as a file of a rulebook. */
export function rowsFile({ name, sha256, rows }: LoadedReference): SourceFile {
  const json: ReferenceRowsJson = { sha256, rows };
  const text = `${JSON.stringify(json)}\n`;
  return { path: `references/${name}.json`, json, sha256: fileHash(text), text };
}

/** Rows of reference files that are among the files of a rulebook. */
export const referencesIn = (files: readonly SourceFile[]): readonly SourceFile[] =>
  files.filter(({ path }) => REFERENCE_ROWS.test(path));

/**
 * A rulebook with other reference files: of those with one name the one given counts.
 * @param all whether what is not given is taken out
 * @returns the same rulebook when nothing changes
 */
export function withReferences<T extends { readonly hash: string; readonly files: readonly SourceFile[] }>(
  source: T,
  rows: readonly SourceFile[],
  all = false,
): { readonly hash: string; readonly files: readonly SourceFile[] } {
  const given = new Map(rows.map((file) => [file.path, file]));
  const kept = source.files.filter(({ path }) => !(given.has(path) || (all && REFERENCE_ROWS.test(path))));
  const isSame =
    kept.length + rows.length === source.files.length &&
    rows.every(({ path, sha256 }) => source.files.some((file) => file.path === path && file.sha256 === sha256));
  if (isSame) return { hash: source.hash, files: source.files };
  const files = [...kept, ...rows].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { hash: hashOfFiles(files), files };
}

/** Of a rulebook that was kept without its texts, what is known of each file stands for its text. */
const hashOfFiles = (files: readonly SourceFile[]): string =>
  hashOf(inOrder(files.map(({ path, json, text }) => ({ path, text: text ?? JSON.stringify(json) }))));

/** A reference file that rules look into. */
export interface ReferenceInUse {
  readonly name: string;
  /** Of the file that was loaded. */
  readonly sha256: string;
  readonly rows: number;
}

/** The reference files that are loaded. */
export const loadedReferences = ({ references }: Pick<Declarations, 'references'>): ReferenceInUse[] =>
  [...references.values()].flatMap(({ json: { name }, loaded }) =>
    loaded ? [{ name, sha256: loaded.sha256, rows: loaded.rows.length }] : [],
  );

/** Every reference file that is declared, with its rows when it is loaded. */
export function referenceFilesIn(
  declared: ReadonlyMap<string, Located<ReferenceFileJson>>,
  files: readonly SourceFile[],
): ReadonlyMap<string, ReferenceFile> {
  const rowsOf = new Map(
    referencesIn(files).map(({ path, json }) => [REFERENCE_ROWS.exec(path)?.[1], json as ReferenceRowsJson]),
  );
  return new Map(
    Array.from(declared, ([name, located]): [string, ReferenceFile] => {
      const loaded = rowsOf.get(name);
      return [name, { ...located, ...(loaded && { loaded }) }];
    }),
  );
}

/** What a column has in each row, by its key; nothing while no file is loaded. */
export const valuesInRows = (
  { json: { key }, loaded }: ReferenceFile,
  column: Column,
  codeSets: readonly CodeSet[],
): ReadonlyMap<string, Value> =>
  new Map((loaded?.rows ?? []).map((row) => [row[key] ?? '', valueIn(row, column, codeSets)]));

const valueIn = (row: ReferenceRow, column: Column, codeSets: readonly CodeSet[]): Value =>
  column.span ? spanned(row[column.key] ?? '', codesOf(column, codeSets)).codes : (row[column.key] ?? '');

const codesOf = ({ codeSet }: Column, codeSets: readonly CodeSet[]): readonly string[] | undefined =>
  codeSets.find((set) => set.codeSet === codeSet)?.codes.map(({ code }) => code);

/**
 * The codes that a list with spans stands for: `KN-02 AD` is KN, 01, 02 and AD. What is none is told.
 * @param known the codes in their order
 */
function spanned(text: string, known: readonly string[] = []): { codes: readonly string[]; wrong?: string } {
  const codes: string[] = [];
  for (const part of text.split(' ').filter((word) => word !== '')) {
    const [first = '', last = first] = part.split('-');
    const [from, through] = [known.indexOf(first), known.indexOf(last)];
    if (from < 0 || through < from) return { codes: [], wrong: part };
    codes.push(...known.slice(from, through + 1));
  }
  return { codes };
}

/**
 * What is wrong with a value of a reference file, in words that go on from "found …, expected"; `undefined` when
 * nothing is.
 */
export function wrongValue(column: Column, value: string, codeSets: readonly CodeSet[]): string | undefined {
  if (value === '') return column.required ? 'a value' : undefined;
  if (column.form !== undefined && !fitsForm(value, column.form)) return `the form ${column.form}`;
  const known = codesOf(column, codeSets);
  if (column.span)
    return spanned(value, known).wrong === undefined ? undefined : `codes of ${column.codeSet}, such as KN-05`;
  return known && !known.includes(value) ? `a code of ${column.codeSet}` : undefined;
}

/** What a schema cannot say about reference files. */
export function referenceFindings({ references, schemas }: Declarations): Finding[] {
  return [...references.values()].flatMap(({ file, pointer, json }) =>
    [...aboutReference(json, schemas.codeSets)].map(([at, message]) => ({ file, pointer: pointer + at, message })),
  );
}

function* aboutReference(
  { key, columns }: ReferenceFileJson,
  codeSets: readonly CodeSet[],
): Generator<readonly [at: string, message: string]> {
  const found = columns.find((column) => column.key === key);
  if (!found) yield ['/key', `there is no column "${key}"; name the column by which rows are looked up`];
  else if (!found.required || found.span)
    yield ['/key', `the key "${key}" must be a required column with one value; set "required": true`];
  for (const [i, column] of columns.entries()) {
    if (columns.findIndex((other) => other.key === column.key) < i)
      yield [`/columns/${i}/key`, `the column "${column.key}" is declared twice; keep one`];
    if (column.span && !codesOf(column, codeSets))
      yield [`/columns/${i}/codeSet`, 'a span needs a code set of schemas/codesets, whose order it follows'];
  }
}
