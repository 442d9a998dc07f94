/** What may stand in field 1 of a line, and how a line of column names is told from a record (records.md section 1). */
import type { CodeSet, Layout, OutputLayout } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';
import { grammarOf, type RulebookSource } from '#rulebook/load/assemble';
import type { ReferenceFileJson } from '#rulebook/load/declarations';
import {
  type DelimitedForm,
  type DelimitedLayout,
  formInOrder,
  formOfHeader,
  isMisfit,
  type Misfit,
} from './delimited.ts';

/**
 * Letters alone, without "Code" at the end: "1.08 SSID", "ssid", "Record Type" and "RECORD_TYPE_CODE" are names of
 * columns however they are written.
 */
const lettersOf = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()
    .replace(/code$/, '');

/** The columns of a reference file behind an empty one, where those of records have the record type. */
const asLayout = ({ name, columns, separator, ignored = [] }: ReferenceFileJson): DelimitedLayout => ({
  recordType: name,
  name,
  keyColumns: [],
  file: { separator, header: true, ignored },
  columns: [{ key: '', name: '', type: 'CS' as const, required: false }, ...columns].map((column) => ({
    ...column,
    no: '',
    max: 0,
    lengthKnown: false,
    required: column.required ?? false,
  })),
});

/** The record types of a rulebook. */
export class RecordTypes {
  /** What stands in field 1 of a row of the extract itself. */
  readonly ofRows: string;
  readonly #known: ReadonlySet<string>;
  readonly #columns: ReadonlySet<string>;
  readonly #delimited: readonly DelimitedLayout[];
  readonly #references: readonly DelimitedLayout[];

  constructor({ files }: Pick<RulebookSource, 'files'>) {
    const of = <T>(grammar: string): T[] =>
      files.flatMap(({ path, json }) => (grammarOf(path) === grammar ? [json as T] : []));
    const layouts = of<Layout>('layout');
    const [output] = of<OutputLayout>('output-layout');
    const codes = of<CodeSet>('codeset').find(({ codeSet }) => codeSet === 'RecordType')?.codes ?? [];
    const types = [...layouts.map((l) => l.recordType), ...codes.map(({ code }) => code)];
    this.#delimited = layouts.filter((layout): layout is DelimitedLayout => layout.file !== undefined);
    this.#references = of<ReferenceFileJson>('reference-file').map(asLayout);
    this.ofRows = output?.columns[0]?.literal ?? '';
    this.#known = new Set([
      ...types,
      ...types.filter((type) => !type.endsWith(ODS_SUFFIX)).map((type) => type + ODS_SUFFIX),
    ]);
    this.#columns = new Set(
      layouts.flatMap(({ columns, odsColumns = [] }) =>
        [...columns, ...odsColumns].flatMap(({ name, key }) => [lettersOf(name), lettersOf(key)]),
      ),
    );
  }

  /** Whether CALPADS knows the record type, used by the extract or not. */
  has(recordType: string): boolean {
    return this.#known.has(recordType);
  }

  /**
   * How a file is read that is no caret file, by its first line.
   * @param recordType what the sender says its records are
   * @returns a misfit for one that names some columns of a layout and lacks others, or has more; `undefined` for a caret
   * file
   */
  delimited(firstLine: string, recordType?: string): DelimitedForm | Misfit | undefined {
    if (this.has((firstLine.split('^', 1)[0] as string).trimEnd())) return undefined;
    const layouts = this.#delimited.filter((layout) => recordType === undefined || layout.recordType === recordType);
    const found = layouts.flatMap((layout) => (layout.file.header ? (formOfHeader(layout, firstLine) ?? []) : []));
    const inOrder = layouts.find(({ file }) => recordType !== undefined && !file.header);
    return found.find((form) => !isMisfit(form)) ?? found[0] ?? (inOrder && formInOrder(inOrder));
  }

  /** How a reference file is read, by its first line; as `delimited`. Its name stands in for a record type. */
  reference(firstLine: string): DelimitedForm | Misfit | undefined {
    if (this.has((firstLine.split('^', 1)[0] as string).trimEnd())) return undefined;
    const found = this.#references.flatMap((layout) => formOfHeader(layout, firstLine) ?? []);
    return found.find((form) => !isMisfit(form)) ?? found[0];
  }

  /** Whether these are the fields of a line of column names: two or more, and at least half of them are names. */
  areColumnNames(fields: readonly string[]): boolean {
    const filled = fields.filter((field) => field.trim() !== '');
    if (filled.length < 2) return false;
    return filled.filter((field) => this.#columns.has(lettersOf(field))).length * 2 >= filled.length;
  }
}
