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
}

const NONE: readonly Problem[] = [];

export interface LineChecker {
  /**
   * Checks one line.
   * @param line without its line end; not blank
   * @param file and number: for problems only
   */
  check(line: string, file: string, number: number): CheckedLine;
}

/**
 * @param sender the LEA that sends the records, or `undefined` for a county or the state, which sends for all
 * @param loadDay CCYYMMDD, the day a plain record counts as loaded
 */
export function lineChecker(rulebook: Rulebook, program: CheckProgram, sender: string | undefined, loadDay: string): LineChecker {
  const x = program.newEvaluation();
  x.sender = sender;
  const layouts = new Map(
    rulebook.schemas.layouts.map((layout, index): [string, LineLayout] => [
      layout.recordType,
      {
        index,
        layout,
        count: layout.columns.length,
        ssid: layout.columns.findIndex((c) => c.key === 'ssid'),
        days: layout.columns.flatMap((c, i) => (c.type === 'DT' ? [i] : [])),
      },
    ]),
  );

  return {
    check(line, file, number) {
      const fields = line.split('^');
      const changed = dropTrailingBlanks(fields);
      const recordType = fields[0] as string;
      const isOds = recordType.endsWith(ODS_SUFFIX);
      const known = layouts.get(isOds ? recordType.slice(0, -ODS_SUFFIX.length) : recordType);
      // An ODS line's dates are its last two fields however many stand before them; one too short to hold them is short of everything else too.
      const before = isOds ? Math.max(fields.length - 2, 1) : fields.length;
      x.line = { fields: fields.length, excess: known ? Math.max(before - known.count, 0) : 0, layout: known !== undefined };
      x.stamp++;
      const at = { file, line: number, recordType };
      const faults = run(x, program.lines, []);
      if (faults.length || !known) {
        return rejected('', faults.map((check) => problemOf(check, at, '', (name) => lineLookup(x, undefined, fields, name))));
      }
      let sent = changed;
      for (const i of known.days) sent = normalizeDay(fields, i) || sent;
      const uploaded = isOds ? odsDay(fields, before) : '';
      const lastUpdated = isOds ? odsDay(fields, before + 1) : '';
      if (isOds) fields.length = before;
      const text = sent ? fields.join('^') : isOds ? line.slice(0, endOfField(line, before)) : line;
      while (fields.length < known.count) fields.push('');
      fields.push(uploaded, lastUpdated);
      const ssid = fields[known.ssid] as string;
      const problems = checkFields(fields, known, at);
      if (problems.some((p) => p.severity === 'reject')) return rejected(ssid, problems);
      return { ssid, text, uploaded: isOds ? uploaded : loadDay, lastUpdated: isOds ? lastUpdated : loadDay, problems };
    },
  };

  function checkFields(fields: string[], { index, layout }: LineLayout, at: { file: string; line: number; recordType: string }): readonly Problem[] {
    x.incoming = { ...x.incoming, values: fields };
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

function run(x: Evaluation, checks: readonly CompiledCheck[], faults: CompiledCheck[]): CompiledCheck[] {
  for (const check of checks) if (check.fails(x)) faults.push(check);
  return faults;
}

const SPACE = 32;

/** Trailing blanks of a value say nothing (records.md section 1). Whether any were there. */
function dropTrailingBlanks(fields: string[]): boolean {
  let dropped = false;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as string;
    if (field !== '' && field.charCodeAt(field.length - 1) === SPACE) {
      fields[i] = field.replace(/ +$/, '');
      dropped = true;
    }
  }
  return dropped;
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

function odsDay(fields: string[], i: number): string {
  if (i >= fields.length) return '';
  normalizeDay(fields, i);
  return fields[i] as string;
}

/** The offset of the caret behind the first `count` fields. */
function endOfField(line: string, count: number): number {
  let at = -1;
  for (let i = 0; i < count; i++) at = line.indexOf('^', at + 1);
  return at < 0 ? line.length : at;
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
