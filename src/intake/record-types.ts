/** What may stand in field 1 of a line, and how a line of column names is told from a record (records.md section 1). */
import type { CodeSet, Layout, OutputLayout } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';
import { grammarOf, type RulebookSource } from '#rulebook/load/assemble';

/**
 * Letters alone, without "Code" at the end: "1.08 SSID", "ssid", "Record Type" and "RECORD_TYPE_CODE" are names of
 * columns however they are written.
 */
const lettersOf = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()
    .replace(/code$/, '');

/** The record types of a rulebook. */
export class RecordTypes {
  /** What stands in field 1 of a row of the extract itself. */
  readonly ofRows: string;
  readonly #known: ReadonlySet<string>;
  readonly #columns: ReadonlySet<string>;

  constructor({ files }: Pick<RulebookSource, 'files'>) {
    const of = <T>(grammar: string): T[] =>
      files.flatMap(({ path, json }) => (grammarOf(path) === grammar ? [json as T] : []));
    const layouts = of<Layout>('layout');
    const [output] = of<OutputLayout>('output-layout');
    const codes = of<CodeSet>('codeset').find(({ codeSet }) => codeSet === 'RecordType')?.codes ?? [];
    const types = [...layouts.map((l) => l.recordType), ...codes.map(({ code }) => code)];
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

  /** Whether these are the fields of a line of column names: two or more, and at least half of them are names. */
  areColumnNames(fields: readonly string[]): boolean {
    const filled = fields.filter((field) => field.trim() !== '');
    if (filled.length < 2) return false;
    return filled.filter((field) => this.#columns.has(lettersOf(field))).length * 2 >= filled.length;
  }
}
