/**
 * A line as it came in, split, normalized and checked on its own (records.md sections 1 and 3). What passes becomes a
 * kept line; what does not is reported with everything that is wrong with it. Checks that need other records come
 * later, when a student's history is put together.
 */
import { cut, grouped, series } from '#base/text';
import { isRealDay, parseDay } from '#records/days';
import { type Code, codeSetOf, incomingColumns, type Layout } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';
import type { CheckProgram, ColumnChecks, CompiledCheck } from '#rulebook/compile/check-program';
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import { codesNear } from './codes-near.ts';
import { MOST_LINE_CHARACTERS } from './lines.ts';
import { type Problem, problemOf } from './problem.ts';
import { RecordTypes } from './record-types.ts';

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
  /** Columns that a check of records, or the program itself, reads. */
  readonly read: readonly number[];
  readonly days: readonly number[];
  /**
   * By column: the length beyond which there is a check, and whether there are checks for blanks and for other values.
   * Flat, since every line asks.
   */
  readonly mostLength: Float64Array;
  readonly hasOnBlank: Uint8Array;
  readonly hasOnPresent: Uint8Array;
  readonly hasOnOdd: Uint8Array;
  /** By column: values known to be clear, short ones as numbers. */
  readonly clear: readonly Set<number | string>[];
  readonly isDay: readonly boolean[];
  readonly ssid: number;
  readonly lea: number;
  /** The values of the line at hand by column: all of them, or those that were read. */
  readonly fields: string[];
}

const NONE: readonly Problem[] = [];

export interface LineChecker {
  /** The record types of its rulebook. */
  readonly types: RecordTypes;
  /**
   * Checks one line.
   * @param text holds the line, without its line end, from `from` up to `to`; not blank
   * @param file and number: for problems only
   * @param isFirst whether it is the first line of its file, blank ones aside: that may hold the names of columns
   */
  check(text: string, file: string, number: number, from?: number, to?: number, isFirst?: boolean): CheckedLine;
}

/** Each of several LEAs sends its own records: for a line of one of them, that one is the sender. */
function senderNamer(
  x: Evaluation,
  sender: string | undefined,
  line: LineSplitter,
): (known: LineLayout | undefined) => void {
  if (!sender?.includes(',')) return () => {};
  const senders = sender.split(',');
  const all = series(senders, 'or');
  return (known) => {
    const lea = known ? line.value(known.lea) : '';
    x.sender = senders.includes(lea) ? lea : all;
  };
}

/**
 * @param sender the LEA that sends the records, several with commas between them, or `undefined` for a county or the
 * state, which sends for all
 * @param loadDay CCYYMMDD, the day a plain record counts as loaded
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: measured: every line passes here, and the parts share its state
export function lineChecker(
  rulebook: Rulebook,
  program: CheckProgram,
  sender: string | undefined,
  loadDay: string,
): LineChecker {
  const x = program.newEvaluation();
  x.sender = sender;
  x.runDate = loadDay;
  // One record for all lines: only its values change.
  const incoming = { ...x.incoming, values: [] as string[] };
  x.incoming = incoming;
  const split = new LineSplitter();
  const nameSender = senderNamer(x, sender, split);
  const types = new RecordTypes(rulebook);
  const layouts = new Map(
    rulebook.schemas.layouts.map((layout, index): [string, LineLayout] => {
      const columns = program.values[index] as readonly ColumnChecks[];
      const readByRecords = program.readByRecords[index] as ReadonlySet<number>;
      const ssid = layout.columns.findIndex((c) => c.key === 'ssid');
      const lea = layout.columns.findIndex((c) => c.key === 'reportingLEA');
      return [
        layout.recordType,
        {
          index,
          layout,
          columns,
          read: [...new Set([...readByRecords, ssid])],
          days: incomingColumns(layout).flatMap((c, i) => (c.type === 'DT' ? [i] : [])),
          mostLength: Float64Array.from(columns, (checks) => checks.onLonger.length),
          hasOnBlank: Uint8Array.from(columns, (checks) => Number(checks.onBlank.length > 0)),
          hasOnPresent: Uint8Array.from(columns, (checks) => Number(checks.onPresent.length > 0)),
          hasOnOdd: Uint8Array.from(columns, (checks) => Number(checks.onOdd.length > 0)),
          clear: columns.map(() => new Set()),
          isDay: incomingColumns(layout).map((c) => c.type === 'DT'),
          ssid,
          lea,
          fields: columns.map(() => ''),
        },
      ];
    }),
  );

  return {
    types,
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
      nameSender(known);
      const isTooLong = to - from > MOST_LINE_CHARACTERS;
      if (isTooLong && known) tooMuch(`more than ${grouped(MOST_LINE_CHARACTERS)} characters`);
      const at = { file, line: number, recordType: TYPE_LIKE.test(recordType) ? recordType : '' };
      const found = checkLine(at);
      if (rejects(found)) return notKept('rejected', found);
      if (x.line.header) return notKept('blank', found);
      if (!known) return notKept(x.line.known ? 'notUsed' : 'rejected', found);
      // A line that long was cut.
      if (isTooLong) return notKept('rejected', found);
      return checkRecord(known, at, found, { before, isOds, hasDates: dates > 0 }, text, from, to);
    },
  };

  /**
   * The values of a line and what they are together.
   * @param form how many fields stand before the dates of an ODS extract, and whether there are any
   */
  function checkRecord(
    known: LineLayout,
    at: At,
    { problems: before, onceAFile }: LineProblems,
    { before: beforeDates, isOds, hasDates }: { before: number; isOds: boolean; hasDates: boolean },
    text: string,
    from: number,
    to: number,
  ): CheckedLine {
    const { fields } = known;
    // Most lines come as they are kept, and of those only what checks look at is cut out.
    const whole = isOds || x.line.excess > 0 || split.hasTrailingBlanks || hasOtherDays(split, known);
    const kept = whole ? readWhole(known, beforeDates, hasDates) : undefined;
    const ofFields = checkFields(known, at, whole);
    const problems = before.length > 0 ? [...before, ...ofFields] : ofFields;
    const ssid = fields[known.ssid] as string;
    if (rejects({ problems })) return notKept('rejected', { problems, onceAFile }, ssid);
    const { length } = known.layout.columns;
    return {
      fate: 'kept',
      ssid,
      text: kept ?? text.slice(from, to),
      uploaded: hasDates ? (fields[length] as string) : loadDay,
      lastUpdated: hasDates ? (fields[length + 1] as string) : loadDay,
      problems,
      onceAFile,
    };
  }

  /** What checks of lines ask. */
  function describeLine(recordType: string, known: LineLayout | undefined, before: number, isFirst: boolean): void {
    const { line } = x;
    const { length = 0 } = known?.layout.columns ?? [];
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
  function readWhole({ layout, fields, isDay }: LineLayout, before: number, hasDates: boolean): string {
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

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: measured: every value of every line passes this loop
  function checkFields(known: LineLayout, at: At, whole: boolean): readonly Problem[] {
    const { columns, read, fields, mostLength, hasOnBlank, hasOnPresent, hasOnOdd } = known;
    incoming.values = fields;
    if (!whole) for (let i = 0; i < read.length; i++) fields[read[i] as number] = split.value(read[i] as number);
    let problems = NONE;
    const { hasUnprintable, hasOdd } = split;
    for (let c = 0; c < columns.length; c++) {
      const length = whole ? (fields[c] as string).length : split.length(c);
      if (length === 0) {
        if (hasOnBlank[c] === 1) problems = run((columns[c] as ColumnChecks).onBlank, '', known, at, whole, problems);
        continue;
      }
      if (hasOnPresent[c] === 1 && (whole || hasUnprintable || !isKnownClear(known, c, length)))
        problems = run((columns[c] as ColumnChecks).onPresent, fieldValue(known, whole, c), known, at, whole, problems);
      if (length > (mostLength[c] as number))
        problems = run(
          (columns[c] as ColumnChecks).onLonger.checks,
          fieldValue(known, whole, c),
          known,
          at,
          whole,
          problems,
        );
      if (hasOdd && hasOnOdd[c] === 1)
        problems = run((columns[c] as ColumnChecks).onOdd, fieldValue(known, whole, c), known, at, whole, problems);
      if (hasUnprintable)
        problems = run(
          (columns[c] as ColumnChecks).onUnprintable,
          fieldValue(known, whole, c),
          known,
          at,
          whole,
          problems,
        );
    }
    if (problems !== NONE && problems.some((p) => p.severity === 'reject')) return problems;
    return run(program.records[known.index] as readonly CompiledCheck[], undefined, known, at, whole, problems);
  }

  function fieldValue(known: LineLayout, whole: boolean, c: number): string {
    return whole ? (known.fields[c] as string) : split.value(c);
  }

  /** @param value the value at hand; absent for checks of records, which name their column */
  function run(
    checks: readonly CompiledCheck[],
    value: string | undefined,
    known: LineLayout,
    at: At,
    whole: boolean,
    problems: readonly Problem[],
  ): readonly Problem[] {
    if (value !== undefined) x.value = value;
    let found = problems;
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i] as CompiledCheck;
      if (!check.fails(x)) continue;
      const values = known.columns.map((_, c) => fieldValue(known, whole, c));
      const own = check.column ? (values[incomingColumns(known.layout).indexOf(check.column)] ?? '') : '';
      const lookup = (name: string) =>
        name === 'column.codes'
          ? codesNear(value ?? own, codesOf(check), codeDayOf(known.layout, values, check))
          : lineLookup(x, known.layout, values, name, check);
      found = [...found, problemOf(check, at, value ?? own, lookup)];
    }
    return found;
  }

  function codesOf({ column }: CompiledCheck): readonly Code[] {
    return (column?.codeSet && codeSetOf(rulebook.schemas, column.codeSet)?.codes) || [];
  }

  /**
   * Whether a value has been found clear before. Codes are few, and most so short that they need not even be cut out of
   * their line.
   */
  function isKnownClear({ columns, clear, isDay, ssid }: LineLayout, c: number, length: number): boolean {
    if (isDay[c] || c === ssid || length > LONGEST_CLEAR) return false;
    const known = clear[c] as Set<number | string>;
    const value = length > SHORT ? split.value(c) : split.asNumber(c);
    if (known.has(value)) return true;
    if (value === -1 || known.size >= MOST_CLEAR || !(columns[c] as ColumnChecks).isClear(split.value(c))) return false;
    known.add(typeof value === 'string' ? ownText(value) : value);
    return true;
  }
}

/** A text of its own: one cut out of a block of lines would keep the whole block in memory. */
const ownText = (value: string): string => Buffer.from(value).toString();
/** How many dates stand at the end of a line of an ODS extract. */
const datesOf = (known: LineLayout | undefined): number => known?.layout.odsColumns?.length ?? 0;

/** Values of so many characters fit into one number. */
const SHORT = 4;
/** Codes and names are shorter. Long values do not come again, and thousands of them would fill the memory. */
const LONGEST_CLEAR = 32;
/** Columns with more values than this have other checks to hope for. */
const MOST_CLEAR = 512;

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
const CARET = 94;
const SLASH = 47;
/** 8/5/2023 and 08/05/2023. */
const SHORTEST_SLASHED = 8;
const LONGEST_SLASHED = 10;
/** What decoding puts for bytes that are no text. */
const REPLACEMENT = 0xfffd;
/**
 * No layout comes near this many fields; of a line with more only the number is known, and that is enough to refuse it.
 */
const MOST_FIELDS = 512;

/** Letters without accents, digits, and what else names have: of a line made of these no value is odd. */
const PLAIN = /[A-Za-z0-9 .'-]/;
/** What a character says of its line: that it is no plain one, that it is not printable. */
const [ODD, UNPRINTABLE] = [1, 2];
/** Of each character up to the last control character. */
const SAYS = Uint8Array.from({ length: 160 }, (_, code) =>
  code < 32 || code > 126 ? ODD | UNPRINTABLE : PLAIN.test(String.fromCharCode(code)) ? 0 : ODD,
);

const saidBy = (code: number): number =>
  code < SAYS.length ? (SAYS[code] as number) : code === REPLACEMENT ? ODD | UNPRINTABLE : ODD;

/** One line at a time: where its values begin and end, without cutting them out. */
class LineSplitter {
  count = 0;
  hasTrailingBlanks = false;
  /** A character that is not printable, or the one that decoding puts for bytes that are no text. */
  hasUnprintable = false;
  /** A character that is no plain one (`PLAIN`), or a value that begins with a blank. */
  hasOdd = false;
  #text = '';
  readonly #starts = new Int32Array(MOST_FIELDS);
  readonly #ends = new Int32Array(MOST_FIELDS);

  line(text: string, from: number, to: number): void {
    this.#text = text;
    let count = 0;
    let trailing = false;
    let said = 0;
    for (let start = from, i = from; ; start = ++i) {
      for (; i < to; i++) {
        const code = text.charCodeAt(i);
        if (code === CARET) break;
        said |= saidBy(code);
      }
      if (text.charCodeAt(start) === SPACE) said |= ODD;
      let end = i;
      // Trailing blanks of a value say nothing (records.md section 1).
      if (end > start && text.charCodeAt(end - 1) === SPACE) {
        trailing = true;
        while (end > start && text.charCodeAt(end - 1) === SPACE) end--;
      }
      if (count < MOST_FIELDS) {
        this.#starts[count] = start;
        this.#ends[count] = end;
      }
      count++;
      if (i >= to) break;
    }
    this.count = count;
    this.hasUnprintable = (said & UNPRINTABLE) !== 0;
    this.hasOdd = said !== 0;
    this.hasTrailingBlanks = trailing;
  }

  /** Length of a value; 0 for a field that the line does not have. */
  length(field: number): number {
    return field < this.count ? (this.#ends[field] as number) - (this.#starts[field] as number) : 0;
  }

  value(field: number): string {
    return this.length(field) === 0 ? '' : this.#text.slice(this.#starts[field], this.#ends[field]);
  }

  /**
   * A value of at most four ASCII characters as a number that no other such value has; -1 for one with other
   * characters.
   */
  asNumber(field: number): number {
    let number = 0;
    const end = this.#ends[field] as number;
    for (let i = this.#starts[field] as number; i < end; i++) {
      const code = this.#text.charCodeAt(i);
      if (code > 127) return -1;
      number = (number << 7) | code;
    }
    return number;
  }

  /** Whether a value may be a day with slashes. */
  hasSlashes(field: number): boolean {
    const length = this.length(field);
    if (length < SHORTEST_SLASHED || length > LONGEST_SLASHED) return false;
    const start = this.#starts[field] as number;
    return this.#text.charCodeAt(start + 1) === SLASH || this.#text.charCodeAt(start + 2) === SLASH;
  }
}

function hasOtherDays(split: LineSplitter, { days }: LineLayout): boolean {
  for (let i = 0; i < days.length; i++) if (split.hasSlashes(days[i] as number)) return true;
  return false;
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
    default:
      return '';
  }
}
