/**
 * Horizons: what comes for the students of an extract, year by year, as `rules/horizons` declares it. The rules have
 * worked out the day; here students are put into years by it, and counted.
 */
import { closest } from '#base/closest';
import { UserError } from '#base/user-error';
import { academicYearDays, academicYearOf, dayAfter, withDashes } from '#records/days';
import { type OutputColumn, outputColumns, usualColumnSet } from '#records/layout';
import { columnsAsked, compileReport } from '#rulebook/compile/report-program';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Horizon } from '#rulebook/tree/nodes';
import { conditionsOfHorizon } from '#rulebook/tree/walk';
import { rowsIn } from '../file-rows.ts';
import { type Cell, countRow, newCell, partsOf } from '../reports/cells.ts';
import { academicYearFirstDay } from '../request.ts';
import type { HorizonCounts } from './counts-shape.ts';

/** A student at one school and grade, as a list has them. */
export interface HorizonStudent {
  readonly ssid: string;
  readonly period: string;
  /** CCYYMMDD */
  readonly day: string;
  /** By the columns of `by`, then of `decidedBy`. */
  readonly by: readonly string[];
  readonly decidedBy: readonly string[];
}

const [NOW, LATER, LEFT] = ['now', 'later', 'left'];
const SSID = 'ssid';

/** @throws UserError when the rules declare no horizon of this name, or several and none is named */
export function horizonNamed({ extract }: Pick<Rulebook, 'extract'>, name?: string): Horizon {
  const { horizons } = extract;
  const names = horizons.map(({ json }) => json.name);
  const found =
    name === undefined && horizons.length === 1 ? horizons[0] : horizons.find(({ json }) => json.name === name);
  if (found) return found;
  if (names.length === 0) throw new UserError('the rules declare no horizon; a file in rules/horizons declares one');
  throw new UserError(
    name === undefined
      ? `the rules declare several horizons; name one of ${names.join(', ')}`
      : `there is no horizon "${name}".${closest(name, names)} There are ${names.join(', ')}`,
  );
}

/** Works out a horizon, row after row. */
export class HorizonMaker {
  readonly #horizon: Horizon;
  readonly #columns: readonly OutputColumn[];
  readonly #counts: (row: readonly string[]) => boolean;
  readonly #left: (row: readonly string[]) => boolean;
  readonly #place: (column: OutputColumn) => number;
  readonly #asOf: string;
  readonly #firstDay: string;
  /** The academic years that are told one by one, that of the run date first. */
  readonly #years: readonly string[];
  readonly #roots: ReadonlyMap<string, Cell>;
  #rows = 0;
  #student = 0;
  #lastSSID = '';

  /**
   * @param columnSet that the extract was made with
   * @param asOf CCYYMMDD, the day that counts as now
   * @throws UserError when the extract lacks a column that the horizon asks for
   */
  constructor(rulebook: Rulebook, horizon: Horizon, columnSet: string, asOf: string) {
    const { extract, schemas } = rulebook;
    const columns = outputColumns(schemas.output, columnSet);
    const { by, decidedBy, day, counted, left } = horizon;
    const asked = columnsAsked([...by, ...decidedBy, day], conditionsOfHorizon(horizon), schemas.output.columns);
    const lacking = asked.find((column) => !columns.includes(column));
    if (lacking)
      throw new UserError(
        `the horizon "${horizon.json.name}" asks for ${lacking.name}, which an extract of ${columns.length} columns does not have; make the extract with the column set ${usualColumnSet(schemas.output)}`,
      );
    this.#horizon = horizon;
    this.#columns = columns;
    this.#counts = compileReport(extract, { where: counted }, columns);
    this.#left = left ? compileReport(extract, { where: left }, columns) : () => false;
    this.#place = (column) => columns.indexOf(column);
    this.#asOf = asOf;
    this.#firstDay = academicYearFirstDay(rulebook);
    const years = [academicYearOf(asOf, this.#firstDay)];
    while (years.length <= horizon.json.years)
      years.push(
        academicYearOf(dayAfter(academicYearDays(years.at(-1) as string, this.#firstDay).end), this.#firstDay),
      );
    this.#years = years;
    const periods = [NOW, ...years, LATER, ...(left ? [LEFT] : [])] as string[];
    this.#roots = new Map(periods.map((period) => [period, newCell('')]));
  }

  /**
   * Takes the next row of the extract.
   * @returns the student of the row, when the horizon is about the row
   */
  row(row: readonly string[]): HorizonStudent | undefined {
    this.#rows++;
    const ssid = row[this.#columns.findIndex(({ copyOf }) => copyOf === SSID)] as string;
    if (ssid !== this.#lastSSID) this.#student++;
    this.#lastSSID = ssid;
    const valueIn = (column: OutputColumn): string => row[this.#place(column)] as string;
    const day = valueIn(this.#horizon.day);
    const period = this.#counts(row) ? this.#periodOf(day) : this.#left(row) ? LEFT : undefined;
    if (period === undefined) return undefined;
    const by = this.#horizon.by.map(valueIn);
    countRow(this.#roots.get(period) as Cell, by, this.#student);
    return { ssid, period, day, by, decidedBy: this.#horizon.decidedBy.map(valueIn) };
  }

  #periodOf(day: string): string | undefined {
    if (day === '') return undefined;
    if (day <= this.#asOf) return NOW;
    const year = academicYearOf(day, this.#firstDay);
    return this.#years.includes(year) ? year : LATER;
  }

  /** What it came to. */
  result(): HorizonCounts {
    const { json, by } = this.#horizon;
    const says = (period: string): string => {
      if (period === NOW) return json.now;
      if (period === LEFT) return json.left?.says ?? '';
      // Those for whom it came earlier in the year of the run date are among those of now.
      if (period === this.#years[0]) return `${json.becomes} in the rest of ${period}`;
      return period === LATER ? `${json.becomes} after ${this.#years.at(-1)}` : `${json.becomes} in ${period}`;
    };
    const periods = [...this.#roots];
    return {
      name: json.name,
      says: json.says,
      asOf: withDashes(this.#asOf),
      rows: this.#rows,
      periods: periods.map(([period, root]) => ({ period, says: says(period), students: root.count })),
      by: by.map(({ name }) => name),
      cells: [
        ...cellsOf(
          periods.map(([, root]) => root),
          [],
        ),
      ],
      ...(json.leaving !== undefined && { leaving: json.leaving }),
      cannotTell: [...(json.cannotTell ?? [])],
    };
  }
}

/** The cells of several trees beside each other: parts in their order, then what they are part of. */
function* cellsOf(
  cells: readonly (Cell | undefined)[],
  values: readonly string[],
): Generator<HorizonCounts['cells'][number]> {
  const parts = new Set(cells.flatMap((cell) => (cell ? partsOf(cell).map(({ value }) => value) : [])));
  for (const value of [...parts].sort())
    yield* cellsOf(
      cells.map((cell) => cell?.parts.get(value)),
      [...values, value],
    );
  yield { values: [...values], students: cells.map((cell) => cell?.count ?? 0) };
}

/**
 * Works out a horizon from a file.
 * @param each is told of every student at every school and grade, in the order of the file
 * @throws UserError for a file that is no extract of this column set
 */
export async function horizonOf(
  maker: HorizonMaker,
  extract: AsyncIterable<Uint8Array>,
  columns: number,
  each?: (student: HorizonStudent) => void,
): Promise<HorizonCounts> {
  for await (const rows of rowsIn(extract, columns))
    for (const row of rows) {
      const student = maker.row(row);
      if (student) each?.(student);
    }
  return maker.result();
}
