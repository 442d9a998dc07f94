/**
 * The rows of the state's file, whatever its generation and form, in the columns of the output layout: days as CCYYMMDD,
 * zeros that a spreadsheet took off put back, and every line that cannot be read said with its place.
 */
import { type Runs, type RunsPlace, runs } from '#base/sorted-runs';
import { UserError } from '#base/user-error';
import { keyColumns } from '#extract/file-rows';
import { LINE_END } from '#extract/row';
import { parseDay } from '#records/days';
import type { OutputColumn } from '#records/layout';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { type FileColumns, formOfRow, type Generations, headerColumns, knownForms } from './generations.ts';
import type { RetiredRow } from './matches.ts';
import type { RawFile, RawLine } from './raw-lines.ts';

/** A line that is no row, and why. */
export interface Unreadable {
  /** `line 12`, or `sheet 2, row 12`. */
  readonly place: string;
  readonly says: string;
}

/** What was found while a file was read. */
export interface TheirFacts {
  form: FileColumns | undefined;
  hasHeader: boolean;
  /** Lines that are not blank, without the header. */
  read: number;
  unreadable: number;
  /** The first of them. */
  readonly unreadableLines: Unreadable[];
  /** By name of the column: values whose zeros were put back. */
  readonly zerosPutBack: Map<string, number>;
  /** Values of days that were written in another way. */
  daysRewritten: number;
  /** Sheets without a header that names the columns: their lines are not read. */
  readonly sheetsPassedOver: number[];
  /** By key of a column that tells something of the request: each value, and how many rows have it. */
  readonly values: ReadonlyMap<string, Map<string, number>>;
  /** By key of a day: the first and the last, blank ones left out, and how many are blank. */
  readonly days: ReadonlyMap<string, DaySpan>;
}

export interface DaySpan {
  first: string;
  last: string;
  blank: number;
  /** Where the first and the last stand. */
  firstAt?: string;
  lastAt?: string;
}

/** So many lines that cannot be read are kept. */
const MOST_KEPT = 1_000;
const SSID = 'ssid';
const LEA = 'reportingLEA';
const KEY_WIDTH = 10;
const ROWS_A_RUN = 20_000;
/** Stands before the columns of a row: where its line is. */
const PLACE: OutputColumn = { no: '0', key: 'place', name: 'Place', type: 'CS', max: 20, lengthKnown: false };

/** Reads one file. */
export class TheirRows {
  readonly facts: TheirFacts;
  /** Rows under a retired number, by their place. */
  readonly retired = new Map<string, RetiredRow>();
  readonly #rulebook: Rulebook;
  readonly #generations: Generations;
  readonly #leas: LEAScope | undefined;
  readonly #name: string;
  readonly #replacements: ReadonlyMap<string, string>;
  readonly #forms: readonly FileColumns[];
  #columns: readonly OutputColumn[] = [];
  /** By column, its place in a line. */
  #places: readonly number[] = [];
  #width = 0;
  #sheet: number | undefined;

  /**
   * @param name of the file, for messages
   * @param leas whose rows are expected; those of any when absent
   * @param replacements of retired numbers: a row with one of these is read as one of the student who has it now
   */
  constructor(
    name: string,
    rulebook: Rulebook,
    generations: Generations,
    leas?: LEAScope,
    replacements: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#replacements = replacements;
    this.#name = name;
    this.#rulebook = rulebook;
    this.#generations = generations;
    this.#leas = leas;
    const { output } = rulebook.schemas;
    this.#forms = knownForms(output, generations);
    const told = [...rulebook.extract.selection.json.onePer.filter((key) => key !== SSID), generations.academicYear];
    this.facts = {
      form: undefined,
      hasHeader: false,
      read: 0,
      unreadable: 0,
      unreadableLines: [],
      zerosPutBack: new Map(),
      daysRewritten: 0,
      sheetsPassedOver: [],
      values: new Map(told.map((key) => [key, new Map()])),
      days: new Map(
        output.columns.filter(({ type }) => type === 'DT').map(({ key }) => [key, { first: '', last: '', blank: 0 }]),
      ),
    };
  }

  /** The columns of the sorted rows: their place, then those of the file. */
  get columns(): readonly OutputColumn[] {
    return [PLACE, ...this.#columns];
  }

  /**
   * Reads all of a file.
   * @param place where rows are until they are in order
   * @returns the rows as text with carets, in ascending order of SSID, to be read once; a second row with a key is said
   * to be unreadable
   * @throws UserError for a file that is no CENR file, or has no row
   */
  async read(file: RawFile, place: RunsPlace): Promise<AsyncIterable<Uint8Array>> {
    const sorted = runs(place, 'theirs', KEY_WIDTH);
    let lines: string[] = [];
    const flush = (): void => {
      if (lines.length > 0) sorted.add(lines.sort(byKey).join(''));
      lines = [];
    };
    for await (const some of file.lines)
      for (const line of some) {
        const row = this.#row(line, file.writing);
        if (row !== undefined && lines.push(row) === ROWS_A_RUN) flush();
      }
    flush();
    this.#requireRows();
    return this.#inOrder(sorted);
  }

  /**
   * Reads all of a file for what its rows tell of the request; the rows are not kept.
   * @throws UserError as `read`
   */
  async look(file: RawFile): Promise<TheirFacts> {
    for await (const some of file.lines) for (const line of some) this.#row(line, file.writing);
    this.#requireRows();
    return this.facts;
  }

  #requireRows(): void {
    const { form, read, unreadable, unreadableLines } = this.facts;
    if (!form || read === 0) throw new UserError(`"${this.#name}" has no rows`);
    if (read === unreadable)
      throw new UserError(
        `no line of "${this.#name}" is a row of a CENR file: ${unreadableLines[0]?.place}: ${unreadableLines[0]?.says}`,
      );
  }

  async *#inOrder(sorted: Runs): AsyncGenerator<Uint8Array> {
    const columns = this.columns;
    const keys = keyColumns(columns, this.#rulebook);
    const ssid = columns.findIndex(({ key }) => key === SSID);
    const encoder = new TextEncoder();
    let student = '';
    let met = new Map<string, string>();
    let gathered = '';
    for (const line of sorted.merged()) {
      const values = line.slice(0, -1).split('^');
      if (values[ssid] !== student) {
        student = values[ssid] as string;
        met = new Map();
      }
      const key = keys.map((place) => values[place]).join('^');
      const first = met.get(key);
      const place = values[0] as string;
      if (first !== undefined) {
        const isRetired = this.retired.delete(place) || this.retired.has(first);
        const why = isRetired ? '; one of the two has a retired SSID, and the other its replacement' : '';
        this.#refuse(place, `it is a second row for the student, school and grade of ${first}${why}`);
        continue;
      }
      met.set(key, place);
      gathered += line.slice(0, -1) + LINE_END;
      if (gathered.length < 1 << 16) continue;
      yield encoder.encode(gathered);
      gathered = '';
    }
    yield encoder.encode(gathered);
  }

  /** A line as it is sorted; `undefined` for a header and for what cannot be read. */
  #row(line: RawLine, writing: RawFile['writing']): string | undefined {
    if (line.sheet !== this.#sheet && !this.#beginsSheet(line)) return undefined;
    if (!this.facts.form && !this.#begins(line, writing)) return undefined;
    const { fields, number, sheet } = line;
    const place = sheet === undefined ? `line ${number}` : `sheet ${sheet}, row ${number}`;
    this.facts.read++;
    const wrong = this.#wrongWidth(fields, writing);
    if (wrong !== undefined) return this.#refuse(place, wrong);
    const values = this.#columns.map((column, i) =>
      this.#value(fields[this.#places[i] as number]?.trim() ?? '', column),
    );
    const says = this.#fault(values);
    if (says !== undefined) return this.#refuse(place, says);
    this.#note(values, place);
    const at = this.#columns.findIndex(({ key }) => key === SSID);
    const sent = values[at] as string;
    const ssid = this.#replacements.get(sent) ?? sent;
    values[at] = ssid;
    if (ssid !== sent) this.retired.set(place, { retired: sent, replacement: ssid, values: [place, ...values] });
    return `${ssid}${[place, ...values].join('^')}\n`;
  }

  #wrongWidth(fields: readonly string[], writing: RawFile['writing']): string | undefined {
    const isRight = writing === 'workbook' ? fields.length <= this.#width : fields.length === this.#width;
    return isRight ? undefined : `it has ${fields.length} fields, expected ${this.#width}`;
  }

  /** The first line of a file: a header, or a row that tells the columns by their number. */
  #begins(line: RawLine, writing: RawFile['writing']): boolean {
    const { output } = this.#rulebook.schemas;
    const { fields, number, sheet } = line;
    this.#sheet = sheet;
    const named = headerColumns(fields, output);
    if (named) {
      this.facts.hasHeader = true;
      this.#places = named.flatMap((column, i) => (column && named.indexOf(column) === i ? [i] : []));
      const columns = this.#places.map((i) => named[i] as OutputColumn);
      this.#take({ name: 'header', says: 'as the names in its first line say', columns }, fields.length);
      return false;
    }
    // A title stands alone in its line.
    if (writing === 'workbook' && fields.filter((field) => field !== '').length <= 1) return false;
    const where = `line ${number} of "${this.#name}"`;
    const widths = this.#forms.map(({ columns }) => columns.length).filter((width) => width >= fields.length);
    const width = writing === 'workbook' && widths.length > 0 ? Math.min(...widths) : fields.length;
    const padded = [...fields, ...Array.from({ length: Math.max(0, width - fields.length) }, () => '')];
    const form = formOfRow(padded, this.#forms, where);
    this.#places = form.columns.map((_, i) => i);
    this.#take(form, form.columns.length);
    return true;
  }

  #take(form: FileColumns, width: number): void {
    this.facts.form = form;
    this.#columns = form.columns;
    this.#width = width;
    const keys = form.columns.map(({ copyOf }) => copyOf);
    const { onePer } = this.#rulebook.extract.selection.json;
    const missing = onePer.filter((key) => !keys.includes(key));
    if (missing.length > 0)
      throw new UserError(
        `"${this.#name}" lacks a column that tells rows apart (${missing.join(', ')}); give the file with all of its columns`,
      );
  }

  /** A further sheet goes on where it has the header again; any other sheet is about something else. */
  #beginsSheet({ sheet, fields }: RawLine): boolean {
    if (!this.facts.form) return true;
    if (headerColumns(fields, this.#rulebook.schemas.output)) {
      this.#sheet = sheet;
      return false;
    }
    const { sheetsPassedOver } = this.facts;
    if (sheet !== undefined && !sheetsPassedOver.includes(sheet)) sheetsPassedOver.push(sheet);
    return false;
  }

  #value(text: string, { key, name, type }: OutputColumn): string {
    if (text === '') return text;
    if (type === 'DT') return this.#day(text);
    const digits = this.#generations.digits[key];
    if (digits === undefined || text.length >= digits || !/^\d+$/.test(text)) return text;
    this.facts.zerosPutBack.set(name, (this.facts.zerosPutBack.get(name) ?? 0) + 1);
    return text.padStart(digits, '0');
  }

  #day(text: string): string {
    if (/^\d{8}$/.test(text)) return text;
    const [, month = '', day = '', year = ''] = /^(\d\d?)\/(\d\d?)\/(\d{4})$/.exec(text) ?? [];
    const written = year === '' ? text : `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`;
    const parsed = parseDay(written);
    if (parsed === undefined) return text;
    this.facts.daysRewritten++;
    return parsed;
  }

  /** Why values are no row. */
  #fault(values: readonly string[]): string | undefined {
    for (const [i, { key, literal, name }] of this.#columns.entries()) {
      const value = values[i] as string;
      if (value.includes('^')) return `its ${name} holds a caret`;
      if (literal !== undefined && literal !== '' && value !== literal)
        return `its ${name} is "${value}", expected ${literal}`;
      if (key === SSID && !/^\d{10}$/.test(value)) return `its ${name} is "${value}", expected ten digits`;
      if (key === LEA && this.#leas !== undefined && this.#leas !== 'all' && !this.#leas.includes(value))
        return `its ${name} is ${value}, which is not asked for (${this.#leas.join(', ')})`;
    }
  }

  /** Remembers what tells which request made the file. */
  #note(values: readonly string[], place: string): void {
    for (const [i, { key, copyOf }] of this.#columns.entries()) {
      const value = values[i] as string;
      const counts = this.facts.values.get(copyOf ?? key);
      if (counts) counts.set(value, (counts.get(value) ?? 0) + 1);
      const span = this.facts.days.get(key);
      if (!span) continue;
      if (value === '') span.blank++;
      else {
        if (span.first === '' || value < span.first) [span.first, span.firstAt] = [value, place];
        if (value > span.last) [span.last, span.lastAt] = [value, place];
      }
    }
  }

  #refuse(place: string, says: string): undefined {
    this.facts.unreadable++;
    if (this.facts.unreadableLines.length < MOST_KEPT) this.facts.unreadableLines.push({ place, says });
  }
}

const byKey = (a: string, b: string): number => {
  const [first, second] = [a.slice(0, KEY_WIDTH), b.slice(0, KEY_WIDTH)];
  return first < second ? -1 : first > second ? 1 : 0;
};
