/**
 * A line as it came in, split, normalized and checked on its own (records.md sections 1 and 3). What passes becomes a kept line; what does not is reported
 * with everything that is wrong with it. Checks that need other records come later, when a student's history is put together.
 */
import { isRealDay, parseDay } from '../records/days.ts';
import { incomingColumns, type Layout } from '../records/layout.ts';
import { ODS_SUFFIX } from '../records/record.ts';
import type { Rulebook } from '../rulebook/assemble.ts';
import type { CheckProgram, ColumnChecks, CompiledCheck } from '../rulebook/check-program.ts';
import type { Evaluation } from '../rulebook/evaluation.ts';
import { type Problem, problemOf } from './problem.ts';

/** What one line came to. */
export interface CheckedLine {
  /** `''` for a SENR record that asks for a new SSID. */
  readonly ssid: string;
  /** The line to keep, without the four fields before it; absent when the record was rejected. */
  readonly text: string | undefined;
  /** Dates of an ODS extract; for a plain line the load day. */
  readonly uploaded: string;
  readonly lastUpdated: string;
  readonly problems: readonly Problem[];
}

interface LineLayout {
  readonly index: number;
  readonly layout: Layout;
  readonly count: number;
  readonly ssid: number;
  readonly days: readonly number[];
  /** The values of the line at hand, blank where it has none. */
  readonly fields: string[];
}

const NONE: readonly Problem[] = [];

export interface LineChecker {
  /**
   * Checks one line.
   * @param text holds the line, without its line end, from `from` up to `to`; not blank
   * @param file and number: for problems only
   */
  check(text: string, file: string, number: number, from?: number, to?: number): CheckedLine;
}

/**
 * @param sender the LEA that sends the records, or `undefined` for a county or the state, which sends for all
 * @param loadDay CCYYMMDD, the day a plain record counts as loaded
 */
export function lineChecker(rulebook: Rulebook, program: CheckProgram, sender: string | undefined, loadDay: string): LineChecker {
  const x = program.newEvaluation();
  x.sender = sender;
  // One record for all lines: only its values change.
  const incoming = { ...x.incoming, values: [] as string[] };
  x.incoming = incoming;
  const layouts = new Map(
    rulebook.schemas.layouts.map((layout, index): [string, LineLayout] => [
      layout.recordType,
      {
        index,
        layout,
        count: layout.columns.length,
        ssid: layout.columns.findIndex((c) => c.key === 'ssid'),
        days: layout.columns.flatMap((c, i) => (c.type === 'DT' ? [i] : [])),
        fields: [],
      },
    ]),
  );

  return {
    check(text, file, number, from = 0, to = text.length) {
      const typeEnd = text.indexOf('^', from);
      const recordType = text.slice(from, typeEnd < 0 || typeEnd > to ? to : typeEnd).trimEnd();
      const isOds = recordType.endsWith(ODS_SUFFIX);
      const known = layouts.get(isOds ? recordType.slice(0, -ODS_SUFFIX.length) : recordType);
      const fields = known?.fields ?? [];
      const split = splitLine(text, from, to, fields);
      const count = Math.abs(split);
      // An ODS line's dates are its last two fields however many stand before them; one too short to hold them is short of everything else too.
      const before = isOds ? Math.max(count - 2, 1) : count;
      x.line.fields = count;
      x.line.excess = known ? Math.max(before - known.count, 0) : 0;
      x.line.layout = known !== undefined;
      x.stamp++;
      const at = { file, line: number, recordType };
      const faults = program.lines.filter((check) => check.fails(x));
      if (faults.length || !known) {
        return rejected('', faults.map((check) => problemOf(check, at, '', (name) => lineLookup(x, undefined, fields, name))));
      }
      let changed = split < 0;
      for (let i = 0; i < known.days.length; i++) if (normalizeDay(fields, known.days[i] as number)) changed = true;
      const uploaded = isOds ? odsDay(fields, before, count) : '';
      const lastUpdated = isOds ? odsDay(fields, before + 1, count) : '';
      const kept = changed ? fields.slice(0, before).join('^') : text.slice(from, isOds ? endOfField(text, from, to, before) : to);
      // `-R` says where a line comes from; checks see the record type of its layout.
      fields[0] = known.layout.recordType;
      for (let i = before; i < known.count; i++) fields[i] = '';
      fields[known.count] = uploaded;
      fields[known.count + 1] = lastUpdated;
      const ssid = fields[known.ssid] as string;
      const problems = checkFields(fields, known, at);
      if (problems.some((p) => p.severity === 'reject')) return rejected(ssid, problems);
      return { ssid, text: kept, uploaded: isOds ? uploaded : loadDay, lastUpdated: isOds ? lastUpdated : loadDay, problems };
    },
  };

  function checkFields(fields: string[], { index, layout }: LineLayout, at: { file: string; line: number; recordType: string }): readonly Problem[] {
    incoming.values = fields;
    let problems = NONE;
    const report = (check: CompiledCheck, value: string): void => {
      problems = [...problems, problemOf(check, at, value, (name) => lineLookup(x, layout, fields, name, check))];
    };
    const columns = program.values[index] as readonly ColumnChecks[];
    for (let c = 0; c < columns.length; c++) {
      const value = fields[c] as string;
      const { onBlank, onPresent } = columns[c] as ColumnChecks;
      const checks = value === '' ? onBlank : onPresent;
      if (checks.length === 0) continue;
      x.value = value;
      for (let i = 0; i < checks.length; i++) {
        const check = checks[i] as CompiledCheck;
        if (check.fails(x)) report(check, value);
      }
    }
    if (problems !== NONE && problems.some((p) => p.severity === 'reject')) return problems;
    for (const check of program.records[index] as readonly CompiledCheck[]) {
      if (check.fails(x)) report(check, check.column ? (fields[incomingColumns(layout).indexOf(check.column)] as string) : '');
    }
    return problems;
  }
}

const rejected = (ssid: string, problems: readonly Problem[]): CheckedLine => ({ ssid, text: undefined, uploaded: '', lastUpdated: '', problems });

const SPACE = 32;
const CARET = 94;

/**
 * The values of a line, into an array that is used again for the next line of that type. Trailing blanks of a value say nothing and are dropped (records.md section 1).
 * @returns how many; negative when blanks were dropped
 */
function splitLine(text: string, from: number, to: number, fields: string[]): number {
  let count = 0;
  let start = from;
  let dropped = false;
  for (let i = from; i <= to; i++) {
    if (i < to && text.charCodeAt(i) !== CARET) continue;
    let end = i;
    while (end > start && text.charCodeAt(end - 1) === SPACE) end--;
    if (end < i) dropped = true;
    fields[count++] = end === start ? '' : text.slice(start, end);
    start = i + 1;
  }
  return dropped ? -count : count;
}

/** MM/DD/YYYY becomes CCYYMMDD; what is no day stays as it was sent, so that the report shows it. Whether it changed. */
function normalizeDay(fields: string[], i: number): boolean {
  const sent = fields[i];
  if (sent === undefined || sent.length !== 10 || sent[2] !== '/') return false;
  const day = parseDay(sent);
  if (day === undefined) return false;
  fields[i] = day;
  return true;
}

function odsDay(fields: string[], i: number, count: number): string {
  if (i >= count) return '';
  normalizeDay(fields, i);
  return fields[i] as string;
}

/** The offset of the caret behind the first `count` fields of the line. */
function endOfField(text: string, from: number, to: number, count: number): number {
  let at = from - 1;
  for (let i = 0; i < count; i++) {
    at = text.indexOf('^', at + 1);
    if (at < 0 || at >= to) return to;
  }
  return at;
}

function lineLookup(x: Evaluation, layout: Layout | undefined, fields: readonly string[], name: string, check?: CompiledCheck): string {
  const [of, part = ''] = name.split('.');
  switch (of) {
    case 'incoming': {
      const i = layout ? incomingColumns(layout).findIndex((c) => c.key === part) : -1;
      return fields[i] ?? '';
    }
    case 'column': {
      const key = check?.column?.codeDay ?? layout?.codeDay;
      const day = layout ? (fields[layout.columns.findIndex((c) => c.key === key)] ?? '') : '';
      return isRealDay(day) ? day : '';
    }
    case 'line':
      return String(x.line[part as 'fields'] ?? '');
    case 'sender':
      return x.sender ?? '';
    default:
      return '';
  }
}
