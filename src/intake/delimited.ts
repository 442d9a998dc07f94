/**
 * Files as other systems write them: one record a line, with commas, tabs or the like between the fields, perhaps with
 * the names of the columns in the first line, and without a record type. A layout says so under `file`. Lines become
 * caret lines of the record type, each where it was, and go the way of all lines.
 */
import { type Column, type FileLooks, headingOf, type Layout } from '#records/layout';
import { type Block, eachLine, isBlankLine } from './lines.ts';

const SEPARATORS: Readonly<Record<FileLooks['separator'], string>> = {
  comma: ',',
  tab: '\t',
  bar: '|',
  semicolon: ';',
  caret: '^',
};

/** What a value holds that cannot be kept in a line of carets becomes this, and FRMT0004 refuses it. */
const UNKEPT = '\u001e';

/** A layout with the looks of its files. */
export type DelimitedLayout = Layout & { readonly file: FileLooks };

/** By column of the layout, the place of its field in a line of the file; -1 for none. */
export interface DelimitedForm {
  readonly layout: DelimitedLayout;
  readonly places: readonly number[];
  /** How many fields the first line has. */
  readonly width: number;
}

/** Why a file is not read with a layout: what its first line lacks, or has beyond the columns of the layout. */
export interface Misfit {
  readonly layout: DelimitedLayout;
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

export const isMisfit = (found: DelimitedForm | Misfit): found is Misfit => 'missing' in found;

/** "SSID", "ssid" and "Student_ID" or "Student ID": letters and digits alone tell names apart. */
const plain = (name: string): string => name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();

/**
 * Whether a file is one of a layout, by its first line.
 * @param line without its line end
 * @returns how it is read; a misfit when its first line names some of the columns and is not right for them; `undefined`
 * for a file of another kind
 */
export function formOfHeader(layout: DelimitedLayout, line: string): DelimitedForm | Misfit | undefined {
  const names = fieldsIn(line, SEPARATORS[layout.file.separator]).map(plain);
  const columns = layout.columns.slice(1);
  const placeOf = (column: Column): number =>
    Math.max(names.indexOf(plain(headingOf(column))), names.indexOf(plain(column.key)));
  const places = [-1, ...columns.map(placeOf)];
  // One name alone may be any line.
  if (names.length < 2 || places.filter((place) => place >= 0).length < 2) return undefined;
  const ignored = new Set((layout.file.ignored ?? []).map(plain));
  const missing = columns.filter((c, i) => c.required && places[i + 1] === -1).map(headingOf);
  const unknown = names.filter((name, i) => name !== '' && !places.includes(i) && !ignored.has(name));
  return missing.length > 0 || unknown.length > 0
    ? { layout, missing, unknown }
    : { layout, places, width: names.length };
}

/** How a file without names of columns is read, of which somebody says what its records are. */
export const formInOrder = (layout: DelimitedLayout): DelimitedForm => ({
  layout,
  places: layout.columns.map((_, i) => i - 1),
  width: layout.columns.length - 1,
});

/** The fields of a line. A value may stand in quotation marks, and hold the separator and doubled marks then. */
export function fieldsIn(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const fields: string[] = [];
  for (let at = 0; at <= line.length; at++) {
    const quoted = /^ *"((?:[^"]|"")*)" */.exec(line.slice(at));
    const after = quoted ? at + quoted[0].length : at;
    if (quoted && (after === line.length || line[after] === separator)) {
      fields.push((quoted[1] as string).replaceAll('""', '"'));
      at = after;
      continue;
    }
    const end = line.indexOf(separator, at);
    fields.push(line.slice(at, end < 0 ? line.length : end));
    at = end < 0 ? line.length : end;
  }
  return fields;
}

/** The values of a line by column, but for the record type, and what the line has beyond the first line's fields. */
export function rowOf(
  { layout, places, width }: DelimitedForm,
  line: string,
): { readonly values: readonly string[]; readonly more: readonly string[] } {
  const fields = fieldsIn(line, SEPARATORS[layout.file.separator]).map((field) => field.trim());
  return { values: places.slice(1).map((place) => fields[place] ?? ''), more: fields.slice(width) };
}

/** A line of the file as a caret line. What it has beyond the first line's fields stays, so that it is refused. */
export function asCaretLine(form: DelimitedForm, line: string): string {
  const { values, more } = rowOf(form, line);
  const kept = [...values, ...more].map((value) => value.replaceAll('^', UNKEPT));
  return [form.layout.recordType, ...kept].join('^');
}

/**
 * Blocks of a file as blocks of caret lines. The line of names becomes a blank one, so that every line keeps its number.
 * @param formOf how to read the file, by its first line; `undefined` for a caret file
 */
export async function* asCaretBlocks(
  blocks: AsyncIterable<Block>,
  formOf: (firstLine: string) => DelimitedForm | undefined,
): AsyncGenerator<Block> {
  let form: DelimitedForm | undefined;
  let isKnown = false;
  for await (const block of blocks) {
    if (isKnown && !form) {
      yield block;
      continue;
    }
    const { buffer, byteOffset, byteLength } = block.bytes;
    // All that is looked for is ASCII; every other byte stays what it is.
    const text = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    const lines: string[] = [];
    eachLine(text, (from, to) => {
      const line = text.slice(from, to);
      if (isBlankLine(text, from, to)) lines.push(line);
      else if (isKnown) lines.push(form ? asCaretLine(form, line) : line);
      else {
        isKnown = true;
        form = formOf(Buffer.from(line, 'latin1').toString('utf8'));
        lines.push(form && !form.layout.file.header ? asCaretLine(form, line) : '');
      }
    });
    if (!form) yield block;
    else yield { ...block, bytes: new Uint8Array(Buffer.from(`${lines.join('\n')}\n`, 'latin1')) };
  }
}
