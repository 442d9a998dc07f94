/** Reference files as they come: lines of a file become rows that rules look up. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { counted } from '#base/text';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import type { ReferenceFileJson, ReferenceRow, SourceFile } from '#rulebook/load/declarations';
import { rowsFile, withReferences, wrongValue } from '#rulebook/load/reference-files';
import { type DelimitedForm, isMisfit, rowOf } from './delimited.ts';
import { blocksOf, type Encoding, eachLine, isBlankLine, textOf, UnreadableInputError } from './lines.ts';
import { RecordTypes } from './record-types.ts';
import type { InputFile, Upload } from './upload.ts';

/** A reference file that was read. */
export interface ReadReference {
  /** What is said of it in the report of an upload. */
  readonly loaded: NonNullable<Upload['references']>[number];
  /** Its rows, as a file of a rulebook. */
  readonly file: SourceFile;
}

/** Files parted into those of records and reference files, and the rulebook that has the latter. */
export interface WithReferences {
  readonly files: readonly InputFile[];
  readonly references: readonly ReadReference[];
  readonly rulebook: Rulebook;
}

/** So many mistakes of a file are told. */
const MOST_TOLD = 5;

/**
 * Takes the reference files out of files that came together.
 * @throws UnreadableInputError for one that cannot be used: it is used as a whole, or not at all
 */
export async function takeReferences(
  files: readonly InputFile[],
  rulebook: Rulebook,
  encoding?: Encoding,
): Promise<WithReferences> {
  if (rulebook.declared.references.size === 0) return { files, references: [], rulebook };
  const types = new RecordTypes(rulebook);
  const references: ReadReference[] = [];
  const others: InputFile[] = [];
  for (const file of files) {
    const form = file.recordType === undefined ? types.reference(await firstLine(file.path)) : undefined;
    if (!form || isMisfit(form)) others.push(file);
    else references.push(await read(file, form, rulebook, encoding));
  }
  const twice = references.find(
    ({ loaded }, i) => references.findIndex((r) => r.loaded.reference === loaded.reference) < i,
  );
  if (twice)
    throw new UnreadableInputError(
      `found two files of "${twice.loaded.reference}", expected one: give the one that is to be used`,
    );
  if (references.length === 0) return { files, references, rulebook };
  const source = withReferences(
    rulebook,
    references.map(({ file }) => file),
  );
  return { files: others, references, rulebook: source.hash === rulebook.hash ? rulebook : assemble(source) };
}

/**
 * Refuses reference files that somebody loads for single LEAs.
 * @throws UnreadableInputError
 */
export function requireForAll({ references }: Pick<WithReferences, 'references'>, sender: string): void {
  const [first] = references;
  if (first && sender !== 'all')
    throw new UnreadableInputError(
      `"${basename(first.loaded.name)}" belongs to no student and no LEA, so it is loaded for all LEAs only: name "all" as the sender. Nothing was loaded.`,
    );
}

async function firstLine(path: string): Promise<string> {
  for await (const { bytes } of blocksOf(0, path)) {
    const text = Buffer.from(bytes).toString('utf8');
    let found: string | undefined;
    eachLine(text, (from, to) => {
      if (found === undefined && !isBlankLine(text, from, to)) found = text.slice(from, to);
    });
    if (found !== undefined) return found;
  }
  return '';
}

async function read(
  { name, path }: InputFile,
  form: DelimitedForm,
  { declared, schemas }: Rulebook,
  encoding: Encoding | undefined,
): Promise<ReadReference> {
  const { json } = declared.references.get(form.layout.recordType) as { readonly json: ReferenceFileJson };
  const hash = createHash('sha256');
  let bytesRead = 0;
  const rows: ReferenceRow[] = [];
  const lineOf = new Map<string, number>();
  const wrong: string[] = [];
  let isFirst = true;
  let number = 0;
  const line = (text: string): void => {
    const { values, more } = rowOf(form, text);
    const row = Object.fromEntries(json.columns.flatMap(({ key }, i) => (values[i] ? [[key, values[i]]] : [])));
    if (more.length > 0) wrong.push(`line ${number} has more fields than the first line names`);
    for (const column of json.columns) {
      const expected = wrongValue(column, row[column.key] ?? '', schemas.codeSets);
      if (expected !== undefined)
        wrong.push(`line ${number}, ${column.name}: found "${row[column.key] ?? ''}", expected ${expected}`);
    }
    const key = row[json.key] ?? '';
    const former = lineOf.get(key);
    if (former !== undefined && key !== '')
      wrong.push(
        `line ${number} has the same ${json.columns.find((c) => c.key === json.key)?.name} "${key}" as line ${former}`,
      );
    lineOf.set(key, number);
    rows.push(row);
  };
  const onBytes = (bytes: Uint8Array): void => {
    hash.update(bytes);
    bytesRead += bytes.length;
  };
  for await (const { bytes } of blocksOf(0, path, onBytes)) {
    const text = textOf(bytes, encoding);
    eachLine(text, (from, to) => {
      number++;
      if (isBlankLine(text, from, to)) return;
      if (!isFirst) line(text.slice(from, to));
      isFirst = false;
    });
  }
  if (rows.length === 0) wrong.push('it has no rows');
  if (wrong.length > 0) {
    const more = wrong.length > MOST_TOLD ? [`and ${counted(wrong.length - MOST_TOLD, 'more mistake')}`] : [];
    throw new UnreadableInputError(
      `"${basename(name)}" cannot be used as ${json.says}: ${[...wrong.slice(0, MOST_TOLD), ...more].join('; ')}. Correct the file and send it again. Nothing was loaded.`,
    );
  }
  const sha256 = hash.digest('hex');
  return {
    loaded: { name, reference: json.name, rows: rows.length, sha256, bytes: bytesRead },
    file: rowsFile({ name: json.name, sha256, rows }),
  };
}
