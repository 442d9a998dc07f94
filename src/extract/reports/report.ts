/**
 * Reports: files made from the rows of an extract, as `rules/reports` declares them. They are made of the file when it
 * is there, of one made today or of one made months ago.
 */

import { closest } from '#base/closest';
import { UserError } from '#base/user-error';
import { csvLine } from '#intake/problem';
import { type OutputColumn, outputColumns, usualColumnSet } from '#records/layout';
import { columnsRead, compileReport } from '#rulebook/compile/report-program';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Report, ReportColumn } from '#rulebook/tree/nodes';
import { valuesOf } from '../file-rows.ts';
import { type Cell, countRow, newCell, partsOf } from './cells.ts';
import { hideSmallCells } from './suppress.ts';

/** What a report came to. */
export interface ReportSummary {
  /** Rows that were read. */
  readonly rows: number;
  /** Those that the report is about. */
  readonly counted: number;
  /** Cells that are not shown; absent for a report that hides none. */
  readonly hidden?: number;
}

const SSID = 'ssid';
const TOTAL = 'Total';
const COUNTED = { rows: 'Rows', students: 'Students' } as const;

/** @throws UserError when the rules declare no report of this name */
export function reportNamed({ extract }: Pick<Rulebook, 'extract'>, name: string): Report {
  const found = extract.reports.find(({ json }) => json.name === name);
  if (found) return found;
  const names = extract.reports.map(({ json }) => json.name);
  throw new UserError(
    names.length === 0
      ? `the rules declare no reports; a file in rules/reports declares one`
      : `there is no report "${name}".${closest(name, names)} There are ${names.join(', ')}`,
  );
}

/** Makes one report, row after row. */
export class ReportMaker {
  readonly #report: Report;
  readonly #columns: readonly OutputColumn[];
  readonly #belongs: (row: readonly string[]) => boolean;
  /** Places of the report's columns in the file. */
  readonly #places: readonly number[];
  readonly #ssid: number;
  readonly #root: Cell = newCell('');
  #rows = 0;
  #counted = 0;
  #student = 0;
  #lastSSID = '';

  /**
   * @param columnSet that the extract was made with
   * @throws UserError when the extract lacks a column that the report asks for
   */
  constructor({ extract, schemas }: Rulebook, report: Report, columnSet: string) {
    const { output } = schemas;
    this.#report = report;
    this.#columns = outputColumns(output, columnSet);
    const lacking = columnsRead(report, output.columns).find((column) => !this.#columns.includes(column));
    if (lacking)
      throw new UserError(
        `the report "${report.json.name}" asks for ${lacking.name}, which an extract of ${this.#columns.length} columns does not have; make the extract with the column set ${usualColumnSet(output)}`,
      );
    this.#belongs = compileReport(extract, report, this.#columns);
    this.#places = report.columns.map(({ column }) => this.#columns.indexOf(column));
    this.#ssid = this.#columns.findIndex(({ copyOf }) => copyOf === SSID);
  }

  /** The first line: names of columns. */
  head(): string {
    const { json, columns } = this.#report;
    return csvLine([...columns.map(({ name }) => name), ...(json.counts ? [COUNTED[json.counts]] : [])]);
  }

  /**
   * Takes the next row of the extract.
   * @param line without its end
   * @returns what there is to write of it: a line of a report that lists, `''` otherwise
   * @throws UserError for a line that is no row, and for a value that the report cannot write
   */
  row(line: string): string {
    this.#rows++;
    const row = valuesOf(line, this.#rows, this.#columns.length);
    const ssid = row[this.#ssid] as string;
    if (ssid < this.#lastSSID)
      throw new UserError(
        `line ${this.#rows} of the extract is out of order: rows are in ascending order of SSID; give the extract as cenr made it`,
      );
    if (ssid !== this.#lastSSID) this.#student++;
    this.#lastSSID = ssid;
    if (!this.#belongs(row)) return '';
    this.#counted++;
    const { json, columns } = this.#report;
    const values = columns.map((column, i) => this.#written(column, row[this.#places[i] as number] as string));
    if (json.counts === undefined) return csvLine(values);
    countRow(this.#root, values, json.counts === 'students' ? this.#student : this.#rows);
    return '';
  }

  #written({ column, instead }: ReportColumn, value: string): string {
    if (!instead || value === '') return value;
    const written = instead.get(value);
    if (written === undefined)
      throw new UserError(
        `the report "${this.#report.json.name}" does not say what to write for "${value}" in ${column.name} (line ${this.#rows} of the extract); add it to "instead" in ${this.#report.file}`,
      );
    return written;
  }

  /** The lines after the last row, in parts, and what the report came to. */
  *rest(): Generator<string, ReportSummary> {
    const { json, columns } = this.#report;
    const read = { rows: this.#rows, counted: this.#counted };
    if (json.counts === undefined) return read;
    const { suppress, totals = false } = json;
    const hidden = suppress && hideSmallCells(this.#root, suppress.atMost, totals);
    const shown = ({ isHidden, count }: Cell): string => (isHidden ? (suppress?.as ?? '') : String(count));
    const lines = function* (cell: Cell, path: readonly string[]): Generator<string> {
      for (const part of partsOf(cell)) yield* lines(part, [...path, part.value]);
      const isWhole = path.length === columns.length;
      if (isWhole || totals) yield csvLine([...path, ...columns.slice(path.length).map(() => TOTAL), shown(cell)]);
    };
    yield* lines(this.#root, []);
    return { ...read, ...(hidden !== undefined && { hidden }) };
  }
}
