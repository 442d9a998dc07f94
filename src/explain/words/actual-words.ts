/**
 * What comparisons came to, in words with actual values: "the enrollment has Enrollment Start Date 2022-08-15, before
 * 2023-07-01 (the first …)".
 */

import { shortList } from '#base/text';
import { withDashes } from '#records/days';
import { layoutOf } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { IntervalJson } from '#rulebook/load/declarations';
import { isEquality } from '#rulebook/operators/operator';
import type { Expression, Leaf } from '#rulebook/tree/nodes';
import type { Interval, Value } from '#rulebook/tree/values';
import { sourcesOf } from '#rulebook/tree/walk';
import { columnName, columnOf, expressionWords, type Glossary } from '#rulebook/words/words';
import type { Inspector } from '../inspector.ts';
import { columnValue } from '../what-would-change/edits.ts';

/** Whoever reads the words, and what they are about. */
export interface Reader {
  readonly inspector: Inspector;
  readonly glossary: Glossary;
  /** Whether every value of a record may be said; of others only days, codes and the LEA are. */
  readonly mayQuote: (record: SourceRecord) => boolean;
}

/** A statement in two parts, so that several about one subject can be put together. */
export interface Statement {
  readonly subject: string;
  readonly predicate: string;
}

/** A value of an output field or a column in a sentence: days with dashes, nothing as "blank". */
export const valueWords = (value: string, isDay: boolean): string =>
  value === '' ? 'blank' : isDay && /^\d{8}$/.test(value) ? withDashes(value) : value;

const shownDay = (day: string): string => valueWords(day, true);

/** "Student Program record" for `SPRG`; "Students with Disabilities Status record" for `SWDS`. */
export const recordTypeWords = (recordType: string, { schemas }: Glossary): string =>
  `${layoutOf(schemas, recordType)?.name ?? recordType} record`;

/** A record by the days it speaks of: "the Student Program record of 2022-09-01 to 2023-05-31". */
export function recordWords(
  record: SourceRecord,
  { inspector: { compiled }, glossary }: Pick<Reader, 'inspector' | 'glossary'>,
): string {
  const recordType = compiled.plan.types[record.type] as string;
  const noun = `the ${recordTypeWords(recordType, glossary)}`;
  const layout = layoutOf(glossary.schemas, recordType);
  if (!layout) return noun;
  const interval = compiled.rulebook.declared.intervals.find(({ json }) => json.of === recordType)?.json;
  const startKey = interval?.start ?? layout.codeDay;
  if (startKey === undefined) return noun;
  const start = columnValue(record, startKey, compiled.plan, layout);
  if (start === '') return `${noun} without a start`;
  if (interval?.end === undefined) return `${noun} from ${shownDay(start)}`;
  const end = columnValue(record, interval.end, compiled.plan, layout);
  return end === ''
    ? `${noun} from ${shownDay(start)}, still open,`
    : `${noun} of ${shownDay(start)} to ${shownDay(end)}`;
}

/** Whether the value of an expression may be said. */
const mayBeSaid = (expression: Expression, reader: Reader): boolean =>
  sourcesOf(expression).every((source) => {
    const record = source.kind === 'column' ? reader.inspector.record(source.record) : undefined;
    if (source.kind !== 'column' || !record || reader.mayQuote(record)) return true;
    const column = columnOf(source.recordType, source.key, reader.glossary.schemas);
    return !column || column.type === 'DT' || column.codeSet !== undefined || source.key === 'reportingLEA';
  });

const MOST_OF_A_LIST = 8;

/** A value as it stands in a sentence. */
function shown(value: Value, { type }: Expression): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) {
    return value.length === 0 ? 'an empty list' : shortList(value, MOST_OF_A_LIST);
  }
  if (typeof value === 'object') {
    const { start, end } = value as Interval;
    return end === '' ? `${shownDay(start)} and after` : `${shownDay(start)} to ${shownDay(end)}`;
  }
  return valueWords(String(value), type === 'day');
}

/** The side that something is compared with: its value, and what it is when that is not plain. */
function otherSide({ left, right: expression }: Leaf, reader: Reader): string {
  const words = sideWords(expression, reader);
  if (!mayBeSaid(expression, reader)) return words;
  const value = shown(reader.inspector.value(expression), expression);
  // A literal has no type of its own: it is a day when it is compared with one.
  if (expression.kind === 'literal') return shown(expression.value, left);
  if (expression.kind === 'parameter') return `${value} (${expression.parameter.says})`;
  return `${words} (${value})`;
}

/** An expression as a noun; a record that is in hand or that a look gives is told by its days. */
function sideWords(expression: Expression, reader: Reader): string {
  const { glossary } = reader;
  if (expression.kind === 'field') return fieldWords(expression.number, glossary);
  if (expression.kind === 'parameter') {
    const on = expression.on && reader.inspector.value(expression.on);
    return typeof on === 'string' ? `${expression.parameter.says} on ${shownDay(on)}` : expression.parameter.says;
  }
  if ((expression.kind === 'column' || expression.kind === 'interval') && expression.record !== 'enrollment') {
    const record = reader.inspector.record(expression.record);
    if (record && expression.kind === 'column')
      return `the ${columnName(expression.recordType, expression.key, glossary.schemas)} of ${recordWords(record, reader)}`;
    if (record) return recordWords(record, reader);
  }
  return expressionWords(expression, glossary);
}

/** "the Homeless Program Eligible (field 40)". */
export const fieldWords = (number: string, { schemas }: Glossary): string =>
  `the ${schemas.output.columns.find((c) => c.no === number)?.name ?? 'value'} (field ${number})`;

/**
 * What a comparison came to for what is in hand.
 * @param holds whether it holds now
 */
export function statementOf(leaf: Leaf, holds: boolean, reader: Reader): Statement {
  const { left, operator, right } = leaf;
  if (operator.asks === 'overlap') return overlapStatement(leaf, holds, reader);
  const { subject, has } = subjectOf(left, reader);
  const asksPresence = operator.asks === 'presence';
  if (asksPresence && holds !== (right.kind === 'literal' && right.value === true))
    return { subject, predicate: has ? `has no ${has}` : absence(left, reader.inspector.value(left)) };
  const isSaid = mayBeSaid(left, reader);
  const own = ownWords(left, has, isSaid, reader);
  return { subject, predicate: asksPresence ? own : `${own}${relationWords(leaf, holds, isSaid, reader)}` };
}

/** What the left side is, or has in a column; its value only where that may be said. */
function ownWords(left: Expression, has: string | undefined, isSaid: boolean, { inspector }: Reader): string {
  if (isSaid) return `${has ? `has ${has}` : 'is'} ${shown(inspector.value(left), left)}`;
  return has ? `has a ${has}` : 'is there';
}

/** How the value on the left stands to the other side. */
function relationWords(leaf: Leaf, holds: boolean, isSaid: boolean, reader: Reader): string {
  const { operator, right } = leaf;
  if (!isSaid && isEquality(operator))
    return ` ${holds ? 'that is the same as' : 'other than'} ${otherSide(leaf, reader)}`;
  // A value that is what it is compared with need not be said twice.
  if (operator.asks === 'sameness' && holds === isEquality(operator)) {
    if (right.kind === 'literal') return '';
    return ` (${right.kind === 'parameter' ? right.parameter.says : sideWords(right, reader)})`;
  }
  const list = reader.inspector.value(right);
  const relation = (Array.isArray(list) && list.length === 1 && operator.relationToOne) || operator.relation;
  if (!relation) return `; ${holds ? 'so' : 'it is not so that'} it ${operator.phrase} ${otherSide(leaf, reader)}`;
  return `, ${holds ? relation.holds : relation.fails} ${otherSide(leaf, reader)}`;
}

/** That a value is not there: a field without one is blank. */
export const absence = ({ kind }: Expression, value: Value): string =>
  kind === 'field' || value !== undefined ? 'is blank' : 'is absent';

function subjectOf(left: Expression, reader: Reader): { readonly subject: string; readonly has?: string } {
  if (left.kind !== 'column') return { subject: sideWords(left, reader) };
  const has = columnName(left.recordType, left.key, reader.glossary.schemas);
  if (left.record === 'enrollment') return { subject: 'the enrollment', has };
  const record = reader.inspector.record(left.record);
  return record ? { subject: recordWords(record, reader), has } : { subject: expressionWords(left, reader.glossary) };
}

function overlapStatement({ left, right }: Leaf, holds: boolean, reader: Reader): Statement {
  const { inspector, glossary } = reader;
  const mine = inspector.value(left) as Interval | undefined;
  const other = inspector.value(right) as Interval | undefined;
  const record = left.kind === 'interval' ? inspector.record(left.record) : undefined;
  const isOfEnrollment = left.kind === 'interval' && left.record === 'enrollment';
  const subject = isOfEnrollment
    ? 'the enrollment'
    : record
      ? recordWords(record, reader)
      : expressionWords(left, glossary);
  const noun = right.kind === 'interval' && right.record === 'enrollment' ? 'the enrollment' : sideWords(right, reader);
  const say = (predicate: string): Statement => ({ subject, predicate });
  if (!mine) return say('is absent');
  if (!other) return say(`has nothing to overlap: ${noun} is absent`);
  if (holds) return say(`has days in common with ${noun} (${shown(other, right)})`);
  const { start, end } = endsOf(left.kind === 'interval' ? left.interval : undefined, mine, record, reader);
  if (mine.end !== '' && mine.end < mine.start) return say(`${end}, before it starts on ${shownDay(mine.start)}`);
  if (other.end !== '' && other.end < other.start)
    return say(
      `has nothing to overlap: ${noun} ends on ${shownDay(other.end)}, before the start on ${shownDay(other.start)}`,
    );
  return mine.end !== '' && mine.end < other.start
    ? say(`${end}, before ${noun} began on ${shownDay(other.start)}`)
    : say(`${start}, after ${noun} ended on ${shownDay(other.end)}`);
}

/** Start and end of an interval by their columns; an end that follows from the next record says so. */
function endsOf(
  interval: IntervalJson | undefined,
  { start, end }: Interval,
  record: SourceRecord | undefined,
  { inspector, glossary }: Reader,
) {
  if (!interval) return { start: `begins on ${shownDay(start)}`, end: `ends on ${shownDay(end)}` };
  const layout = layoutOf(glossary.schemas, interval.of);
  const sent =
    interval.end !== undefined && record && layout
      ? columnValue(record, interval.end, inspector.compiled.plan, layout)
      : '';
  const name = (key: string): string => columnName(interval.of, key, glossary.schemas);
  return {
    start: `has ${name(interval.start)} ${shownDay(start)}`,
    end:
      sent === '' || interval.end === undefined
        ? `ends on ${shownDay(end)} (the day before the next one starts)`
        : `has ${name(interval.end)} ${shownDay(end)}`,
  };
}

/** Statements as one clause: those about one subject are put together, "and" stands before the last. */
export function clause(statements: readonly Statement[]): string {
  const bySubject = new Map<string, Set<string>>();
  for (const { subject, predicate } of statements) {
    const known = bySubject.get(subject);
    if (known) known.add(predicate);
    else bySubject.set(subject, new Set([predicate]));
  }
  return listed([...bySubject].map(([subject, predicates]) => `${subject} ${listed([...predicates])}`));
}

/** `a`, `a and b`, `a, b and c`; a comma before the "and" where the parts hold commas themselves. */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  if (parts.length < 2) return last;
  return `${parts.slice(0, -1).join(', ')}${parts.some((part) => part.includes(',')) ? ',' : ''} and ${last}`;
}
