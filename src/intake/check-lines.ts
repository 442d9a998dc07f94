/**
 * A line as it came in, split, normalized and checked on its own (records.md sections 1 and 3). What passes becomes a
 * kept line; what does not is reported with everything that is wrong with it. Checks that need other records come
 * later, when a student's history is put together.
 */
import { cut, grouped, series } from '#base/text';
import { isRealDay, parseDay } from '#records/days';
import { type Code, codeSetOf, columnsIn, incomingColumns, type Layout, placeOfYear } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';
import { ssidNumber } from '#records/ssid';
import type { CheckProgram, ColumnChecks, CompiledCheck } from '#rulebook/compile/check-program';
import type { Evaluation, Replaced } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import { codesNear } from './codes-near.ts';
import { MOST_LINE_CHARACTERS } from './lines.ts';
import { type Problem, problemOf } from './problem.ts';
import { QuickCheck } from './quick-check.ts';
import { RecordTypes } from './record-types.ts';
import { type RetiredNumbers, yearOf } from './retired-numbers.ts';

/**
 * What becomes of a line: it is kept, rejected, of a record type that the extract does not use, or skipped like a blank
 * one, as a line of column names is.
 */
export type Fate = 'kept' | 'rejected' | 'notUsed' | 'blank';

/** What one line came to. */
export interface CheckedLine {
  readonly fate: Fate;
  /** `''` for a SENR record that asks for a new SSID. */
  readonly ssid: string;
  /** The line to keep, without the four fields before it; absent when it is not kept. */
  readonly text: string | undefined;
  /** Dates of an ODS extract; for a plain line the load day. */
  readonly uploaded: string;
  readonly lastUpdated: string;
  readonly problems: readonly Problem[];
  /** Problems that are reported for the first line of a file that has them, and for no other. */
  readonly onceAFile: readonly Problem[];
  /** The retired number that a kept line was sent with; its text has the active one. */
  readonly retired?: string;
}

/** Where a line stands. */
interface At {
  readonly file: string;
  readonly line: number;
  readonly recordType: string;
}

interface LineLayout {
  readonly index: number;
  readonly layout: Layout;
  readonly columns: readonly ColumnChecks[];
  readonly isDay: readonly boolean[];
  readonly ssid: number;
  /** Places of the gender and the birth date; -1 where there is none, or nothing is compared. */
  readonly gender: number;
  readonly birthDate: number;
  readonly lea: number;
  /** The place of its academic year, where that decides which columns a line has. */
  readonly year: number | undefined;
  /** The values of the line at hand by column. */
  readonly fields: string[];
}

const NONE: readonly Problem[] = [];

export interface LineChecker {
  /** The record types of its rulebook. */
  readonly types: RecordTypes;
  /** Lines over their bytes: which of them need not be checked here. */
  readonly quick: QuickCheck;
  /**
   * Checks one line.
   * @param text holds the line, without its line end, from `from` up to `to`; not blank
   * @param file and number: for problems only
   * @param isFirst whether it is the first line of its file, blank ones aside: that may hold the names of columns
   */
  check(text: string, file: string, number: number, from?: number, to?: number, isFirst?: boolean): CheckedLine;
}

/** Each of several LEAs sends its own records: for a line of one of them, that one is the sender. */
function senderNamer(x: Evaluation, sender: string | undefined): ((lea: string) => void) | undefined {
  if (!sender?.includes(',')) return undefined;
  const senders = sender.split(',');
  const all = series(senders, 'or');
  return (lea) => {
    x.sender = senders.includes(lea) ? lea : all;
  };
}

/**
 * @param sender the LEA that sends the records, several with commas between them, or `undefined` for a county or the
 * state, which sends for all
 * @param loadDay CCYYMMDD, the day a plain record counts as loaded
 * @param retired numbers that are replaced by others, where a store has any
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: measured: every line passes here, and the parts share its state
export function lineChecker(
  rulebook: Rulebook,
  program: CheckProgram,
  sender: string | undefined,
  loadDay: string,
  retired?: RetiredNumbers | undefined,
): LineChecker {
  const x = program.newEvaluation();
  x.sender = sender;
  x.runDate = loadDay;
  // One record for all lines: only its values change.
  const incoming = { ...x.incoming, values: [] as string[] };
  x.incoming = incoming;
  const split = new LineSplitter();
  const nameSender = senderNamer(x, sender);
  const types = new RecordTypes(rulebook);
  const layouts = new Map(
    rulebook.schemas.layouts.map((layout, index): [string, LineLayout] => {
      const columns = program.values[index] as readonly ColumnChecks[];
      const ssid = layout.columns.findIndex((c) => c.key === 'ssid');
      const lea = layout.columns.findIndex((c) => c.key === 'reportingLEA');
      const compared = (key: string | undefined) => layout.columns.findIndex((c) => c.key === key);
      return [
        layout.recordType,
        {
          index,
          layout,
          columns,
          isDay: incomingColumns(layout).map((c) => c.type === 'DT'),
          ssid,
          gender: compared(retired?.columns.gender),
          birthDate: compared(retired?.columns.birthDate),
          lea,
          year: placeOfYear(layout),
          fields: columns.map(() => ''),
        },
      ];
    }),
  );

  let quick: QuickCheck | undefined;
  return {
    types,
    // Its tables are large, and who checks a few lines has no use for them.
    get quick() {
      quick ??= new QuickCheck(
        ...([rulebook.schemas.layouts, program, x, incoming, loadDay, nameSender] as const),
        retired && new Set([...retired.replacements.keys()].map(ssidNumber)),
      );
      return quick;
    },
    check(text, file, number, from = 0, to = text.length, isFirst = number === 1) {
      split.line(text, from, Math.min(to, from + MOST_LINE_CHARACTERS));
      const recordType = split.value(0);
      const isOds = recordType.endsWith(ODS_SUFFIX);
      const known = layouts.get(isOds ? recordType.slice(0, -ODS_SUFFIX.length) : recordType);
      // An ODS line's dates are its last two fields however many stand before them; one too short to hold them is short
      // of everything else too.
      const dates = isOds ? datesOf(known) : 0;
      const before = Math.max(split.count - dates, 1);
      describeLine(recordType, known, before, isFirst);
      nameSender?.(known ? split.value(known.lea) : '');
      const isTooLong = to - from > MOST_LINE_CHARACTERS;
      if (isTooLong && known) tooMuch(`more than ${grouped(MOST_LINE_CHARACTERS)} characters`);
      const at = { file, line: number, recordType: known || TYPE_LIKE.test(recordType) ? recordType : '' };
      const found = checkLine(at);
      if (rejects(found)) return notKept('rejected', found);
      if (x.line.header) return notKept('blank', found);
      if (!known) return notKept(x.line.known ? 'notUsed' : 'rejected', found);
      // A line that long was cut.
      if (isTooLong) return notKept('rejected', found);
      return checkRecord(known, at, found, before, dates > 0);
    },
  };

  /**
   * The values of a line and what they are together.
   * @param before how many fields stand before the dates of an ODS extract
   */
  function checkRecord(
    known: LineLayout,
    at: At,
    { problems: ofLine, onceAFile }: LineProblems,
    before: number,
    hasDates: boolean,
  ): CheckedLine {
    const { fields } = known;
    const kept = readValues(known, before, hasDates);
    const sent = fields[known.ssid] as string;
    x.replacement = replaced(known, sent);
    const problems = checkFields(known, at, ofLine);
    if (rejects({ problems })) return notKept('rejected', { problems, onceAFile }, sent);
    const { length } = known.layout.columns;
    const active = x.replacement?.ssid;
    return {
      fate: 'kept',
      ssid: active ?? sent,
      text: active === undefined ? kept : kept.split('^').with(known.ssid, active).join('^'),
      ...(active !== undefined && { retired: sent }),
      uploaded: hasDates ? (fields[length] as string) : loadDay,
      lastUpdated: hasDates ? (fields[length + 1] as string) : loadDay,
      problems,
      onceAFile,
    };
  }

  /** What stands for the SSID of a line, where it is retired. */
  function replaced({ gender, birthDate, fields }: LineLayout, ssid: string): Replaced | undefined {
    const active = retired?.replacements.get(ssid);
    if (!active) return undefined;
    return { ...active, sentGender: fields[gender] || undefined, sentBirthYear: yearOf(fields[birthDate] ?? '') };
  }

  /** What checks of lines ask. */
  function describeLine(recordType: string, known: LineLayout | undefined, before: number, isFirst: boolean): void {
    const { line } = x;
    const length = known ? ownColumns(known, split) : 0;
    line.fields = split.count;
    line.most = known ? length + split.count - before : 0;
    line.excess = known ? Math.max(before - length, 0) : 0;
    line.filled = 0;
    line.beyond = '';
    for (let i = length; line.excess > 0 && i < Math.min(before, MOST_FIELDS); i++)
      if (split.length(i) > 0) tooMuch(split.value(i));
    // Beyond these only their number is known.
    if (line.excess > 0 && before > MOST_FIELDS) tooMuch(`field ${MOST_FIELDS + 1}`);
    line.known = known !== undefined || types.has(recordType);
    line.header = !line.known && isFirst && types.areColumnNames(allValues());
    x.stamp++;
  }

  /** One more value behind the last column, of which the first is shown. */
  function tooMuch(value: string): void {
    if (x.line.filled++ === 0) x.line.beyond = value;
  }

  /** Runs the checks of lines. */
  function checkLine(at: At): LineProblems {
    let found = NO_PROBLEMS;
    for (let i = 0; i < program.lines.length; i++) {
      const check = program.lines[i] as CompiledCheck;
      if (!check.fails(x)) continue;
      const problem = problemOf(check, at, cut(x.line.beyond, MOST_BEYOND), (name) =>
        lineLookup(x, undefined, [], name),
      );
      found =
        check.json.reported === 'onceAFile'
          ? { ...found, onceAFile: [...found.onceAFile, problem] }
          : { ...found, problems: [...found.problems, problem] };
    }
    return found;
  }

  function allValues(): string[] {
    return Array.from({ length: Math.min(split.count, MOST_FIELDS) }, (_, i) => split.value(i));
  }

  /** All values of a line, normalized, into `fields`; gives the text to keep. */
  function readValues({ layout, fields, isDay }: LineLayout, before: number, hasDates: boolean): string {
    const count = layout.columns.length;
    const values = allValues();
    const day = (i: number): string =>
      i < values.length ? (parseSlashes(values[i] as string) ?? (values[i] as string)) : '';
    for (let c = 0; c < before; c++) if (isDay[c]) values[c] = day(c);
    for (let c = 0; c < count; c++) fields[c] = c < before ? (values[c] as string) : '';
    // `-R` says where a line comes from; checks see the record type of its layout.
    fields[0] = layout.recordType;
    for (let c = count; c < fields.length; c++) fields[c] = hasDates ? day(before + c - count) : '';
    // What is too much is blank: a line with more was rejected.
    return values.slice(0, Math.min(before, count)).join('^');
  }

  function checkFields(known: LineLayout, at: At, ofLine: readonly Problem[]): readonly Problem[] {
    const { columns, fields } = known;
    incoming.values = fields;
    let problems = ofLine;
    const own = ownColumns(known, split);
    for (let c = 0; c < columns.length; c++) {
      // A column of later years is blank, and may be.
      if (c >= own && c < known.layout.columns.length) continue;
      const value = fields[c] as string;
      const { onBlank, onPresent } = columns[c] as ColumnChecks;
      problems = run(value === '' ? onBlank : onPresent, value, known, at, problems);
    }
    if (rejects({ problems })) return problems;
    return run(program.records[known.index] as readonly CompiledCheck[], undefined, known, at, problems);
  }

  /** @param value the value at hand; absent for checks of records, which name their column */
  function run(
    checks: readonly CompiledCheck[],
    value: string | undefined,
    { layout, fields }: LineLayout,
    at: At,
    problems: readonly Problem[],
  ): readonly Problem[] {
    if (value !== undefined) x.value = value;
    let found = problems;
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i] as CompiledCheck;
      if (check.isOfRetired && x.replacement === undefined) continue;
      if (!check.fails(x)) continue;
      const own = check.column ? (fields[incomingColumns(layout).indexOf(check.column)] ?? '') : '';
      const lookup = (name: string) =>
        name === 'column.codes'
          ? codesNear(value ?? own, codesOf(check), codeDayOf(layout, fields, check))
          : lineLookup(x, layout, fields, name, check);
      found = [...found, problemOf(check, at, value ?? own, lookup)];
    }
    return found;
  }

  function codesOf({ column }: CompiledCheck): readonly Code[] {
    return (column?.codeSet && codeSetOf(rulebook.schemas, column.codeSet)?.codes) || [];
  }
}

/** How many columns a line has, by its academic year; all of the layout when the year is not one. */
function ownColumns({ layout: { columns }, year }: LineLayout, line: LineSplitter): number {
  return year === undefined ? columns.length : columnsIn(columns, line.value(year));
}

/** How many dates stand at the end of a line of an ODS extract. */
const datesOf = (known: LineLayout | undefined): number => known?.layout.odsColumns?.length ?? 0;

/** What checks of lines found. */
type LineProblems = Pick<CheckedLine, 'problems' | 'onceAFile'>;

const rejects = ({ problems }: Pick<LineProblems, 'problems'>): boolean =>
  problems !== NONE && problems.some((p) => p.severity === 'reject');

const NO_PROBLEMS: LineProblems = { problems: NONE, onceAFile: NONE };

const notKept = (fate: Exclude<Fate, 'kept'>, { problems, onceAFile }: LineProblems, ssid = ''): CheckedLine => ({
  fate,
  ssid,
  text: undefined,
  uploaded: '',
  lastUpdated: '',
  problems,
  onceAFile,
});

/**
 * What may be shown as a record type: a few letters. Where carets are missing a whole line stands in field 1, and where
 * the record type is missing an SSID.
 */
const TYPE_LIKE = /^[A-Za-z]{1,4}(-[A-Za-z])?$/;
/** Of a value that is too much, so that a line that hangs on to another is not shown whole. */
const MOST_BEYOND = 30;

const SPACE = 32;
/**
 * No layout comes near this many fields; of a line with more only the number is known, and that is enough to refuse it.
 */
const MOST_FIELDS = 512;

/** One line at a time: where its values begin and end, without cutting them out. */
class LineSplitter {
  count = 0;
  #text = '';
  readonly #starts = new Int32Array(MOST_FIELDS);
  readonly #ends = new Int32Array(MOST_FIELDS);

  line(text: string, from: number, to: number): void {
    this.#text = text;
    let count = 0;
    for (let start = from; ; count++) {
      let next = text.indexOf('^', start);
      if (next < 0 || next > to) next = to;
      if (count < MOST_FIELDS) {
        let end = next;
        // Trailing blanks of a value say nothing (records.md section 1).
        while (end > start && text.charCodeAt(end - 1) === SPACE) end--;
        this.#starts[count] = start;
        this.#ends[count] = end;
      }
      if (next === to) break;
      start = next + 1;
    }
    this.count = count + 1;
  }

  /** Length of a value; 0 for a field that the line does not have. */
  length(field: number): number {
    return field < this.count ? (this.#ends[field] as number) - (this.#starts[field] as number) : 0;
  }

  value(field: number): string {
    return this.length(field) === 0 ? '' : this.#text.slice(this.#starts[field], this.#ends[field]);
  }
}

/** MM/DD/YYYY as CCYYMMDD; what is no day stays as it was sent, so that the report shows it. */
const parseSlashes = (sent: string): string | undefined =>
  sent[1] === '/' || sent[2] === '/' ? parseDay(sent) : undefined;

/** The day for which the codes of a check's column count; blank when the record does not say it. */
function codeDayOf(layout: Layout, fields: readonly string[], check?: CompiledCheck): string {
  const key = check?.column?.codeDay ?? layout.codeDay;
  const day = fields[layout.columns.findIndex((c) => c.key === key)] ?? '';
  return isRealDay(day) ? day : '';
}

function lineLookup(
  x: Evaluation,
  layout: Layout | undefined,
  fields: readonly string[],
  name: string,
  check?: CompiledCheck,
): string {
  const [of, part = ''] = name.split('.');
  switch (of) {
    case 'incoming': {
      const i = layout ? incomingColumns(layout).findIndex((c) => c.key === part) : -1;
      return fields[i] ?? '';
    }
    case 'column':
      return layout ? codeDayOf(layout, fields, check) : '';
    case 'line':
      return String(x.line[part as 'fields'] ?? '');
    case 'sender':
      return x.sender ?? '';
    case 'replacement':
      return x.replacement?.[part as 'ssid'] ?? '';
    default:
      return '';
  }
}
