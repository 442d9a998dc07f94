/**
 * Other values that a column might have: those that would make a comparison with it come out otherwise.
 */
import { addDays, addMonths, addYears, isRealDay } from '#records/days';
import { type Column, codeSetOf, type Layout, layoutOf } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Later } from '#rulebook/calculations/calculation';
import type { Expression } from '#rulebook/tree/nodes';
import { holdsOn, type Validity } from '#rulebook/tree/parameter-values';
import type { Interval, Value } from '#rulebook/tree/values';
import type { Dependencies, Target } from './dependencies.ts';
import { around, type ColumnChange, columnValue, daysBetween, type StudentInHand } from './edits.ts';

/** A change of one column, and the layout of its record. */
export interface Proposal {
  readonly edit: ColumnChange;
  readonly layout: Layout;
}

/** Every other value of every column that is looked at, whether or not it makes a difference. */
export function proposals(
  { targets }: Dependencies,
  inHand: StudentInHand,
): { readonly moved: Proposal[]; readonly written: Proposal[]; readonly codes: Proposal[] } {
  const moved: (Proposal & { readonly days: number })[] = [];
  const [written, codes]: [Proposal[], Proposal[]] = [[], []];
  for (const target of targets) {
    const layout = layoutOf(inHand.schemas, target.recordType);
    const column = layout?.columns.find((c) => c.key === target.key);
    if (!layout || !column) continue;
    for (const record of recordsOf(target, inHand)) {
      if (!inHand.mayChange(record)) continue;
      const from = columnValue(record, target.key, inHand.inspector.compiled.plan, layout);
      for (const to of proposedValues(target, record, from, column, layout, inHand)) {
        const edit = { kind: 'change', record, key: target.key, from, to } as const;
        if (column.type !== 'DT') codes.push({ edit, layout });
        else if (isRealDay(from) && isRealDay(to)) moved.push({ edit, layout, days: daysBetween(from, to) });
        else written.push({ edit, layout });
      }
    }
  }
  return { moved: moved.sort((a, b) => a.days - b.days), written, codes };
}

/** The records that a target stands for: one, or each that a look considers. */
function recordsOf({ record, scope }: Target, { inspector, enrollment }: StudentInHand): readonly SourceRecord[] {
  if (record === 'enrollment') return [enrollment];
  if (record === 'record') return scope ? inspector.candidates(scope) : [];
  const given = inspector.record(record);
  return typeof record === 'object' && given ? [given] : [];
}

/** The values that a column might have instead. */
function proposedValues(
  target: Target,
  record: SourceRecord,
  from: string,
  column: Column,
  layout: Layout,
  inHand: StudentInHand,
): ReadonlySet<string> {
  const found = new Set<string>();
  const { other } = target;
  const isDay = column.type === 'DT';
  const add = (value: Value): void => {
    if (typeof value === 'string') {
      if (!isDay) found.add(value);
      else if (value === '') found.add('');
      else for (const day of around(value)) found.add(day);
    } else if (Array.isArray(value)) for (const item of value as readonly string[]) add(item);
    else if (typeof value === 'object') {
      const { start, end } = value as Interval;
      add(start);
      if (end !== '') add(end);
    }
  };
  if (other.kind === 'expression')
    for (const value of othersOf(target, other.expression, record, inHand)) add(earlier(value, other.later));
  if (other.kind === 'values') other.values.forEach(add);
  if (other.kind === 'order' && target.scope)
    for (const rival of inHand.inspector.candidates(target.scope))
      if (rival !== record) add(columnValue(rival, target.key, inHand.inspector.compiled.plan, layout));
  // A value that is blank and may be any day: that from which the record speaks.
  if (isDay && other.kind === 'anything')
    add(from || columnValue(record, layout.codeDay, inHand.inspector.compiled.plan, layout));
  if (!isDay) for (const code of codesOf(column, record, layout, inHand, from)) found.add(code);
  if (!column.required) found.add('');
  found.delete(from);
  return found;
}

/** What the other side of a comparison is, for whichever records it can be asked. */
function othersOf(
  { record, scope }: Target,
  expression: Expression,
  own: SourceRecord,
  { inspector }: StudentInHand,
): readonly Value[] {
  if (!scope) return [inspector.value(expression)];
  if (record === 'record') return [inspector.withRecord(own, () => inspector.value(expression))];
  return inspector
    .candidates(scope)
    .map((candidate) => inspector.withRecord(candidate, () => inspector.value(expression)));
}

/** A day so much earlier, for what is compared after something was added to it, the last thing first. */
function earlier(value: Value, later: readonly Later[]): Value {
  if (typeof value !== 'string' || !isRealDay(value)) return value;
  return later.reduce((day, { unit, count }) => ADDING[unit](day, -count), value);
}

const ADDING: Readonly<Record<Later['unit'], (day: string, count: number) => string>> = {
  days: addDays,
  months: addMonths,
  years: addYears,
};

// Any other code makes a comparison with one code come out otherwise; a second one is for rules that know the first.
const MOST_CODES = 2;

/** Some codes of a column's code set that may be used on its day; what stands there now is none of them. */
export function codesOf(
  column: Column,
  record: SourceRecord,
  layout: Layout,
  inHand: StudentInHand,
  from: string,
): string[] {
  const set = column.codeSet === undefined ? undefined : codeSetOf(inHand.schemas, column.codeSet);
  if (!set) return [];
  const day = codeDayOf(column, record, layout, inHand);
  const codes: string[] = [];
  for (const { code, ...days } of set.codes)
    if (code !== from && code !== '' && isInForce(days, day) && codes.push(code) === MOST_CODES) break;
  return codes;
}

const codeDayOf = (column: Column, record: SourceRecord, layout: Layout, { inspector }: StudentInHand): string =>
  columnValue(record, column.codeDay ?? layout.codeDay, inspector.compiled.plan, layout);

/** Whether something may be used on a day; on a blank one it may. */
export const isInForce = (days: Validity, day: string): boolean => day === '' || holdsOn(days, day);
