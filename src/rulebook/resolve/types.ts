/** Types of expressions: which fit where, and how a finding speaks of them. */
import { isRealDay, parseDay, withDashes } from '#records/days';
import type { ParameterJson } from '../load/declarations.ts';
import type { Expression } from '../tree/nodes.ts';
import type { ValueType } from '../tree/values.ts';

/** The type of a value written out; `undefined` for what no rule may hold. */
export const literalType = (value: unknown): ValueType | undefined => {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'flag';
  if (Array.isArray(value)) return 'list';
  return undefined;
};

/** Whether a value of one type may stand where one of others is asked for. */
export const fitsType = (actual: ValueType, wanted: readonly ValueType[]): boolean =>
  actual === 'unknown' || wanted.includes('unknown') || wanted.includes(actual);

/**
 * A day written out where a day is wanted, as records have it. Rule files write days with dashes, all of them.
 * @param found is told of a day that is written as in records
 */
export function dayWrittenOut(
  expression: Expression,
  wanted: readonly ValueType[],
  found: (message: string) => void,
): Expression {
  if (expression.kind !== 'literal' || !wanted.includes('day')) return expression;
  const { value } = expression;
  if (typeof value !== 'string') return expression;
  if (isRealDay(value)) found(withoutDashes(value));
  const day = dashedDay(value);
  return day === undefined ? expression : { kind: 'literal', type: 'day', value: day };
}

/**
 * A list that a day is looked for in, as records have days.
 * @param found is told of each value that is no day written with dashes, by its place in the list
 */
export function daysWrittenOut(expression: Expression, found: (index: number, message: string) => void): Expression {
  if (expression.kind !== 'literal' || !Array.isArray(expression.value)) return expression;
  const value = (expression.value as readonly string[]).map((item, i) => {
    const day = item === '' ? item : dashedDay(item);
    if (day === undefined)
      found(i, isRealDay(item) ? withoutDashes(item) : `found "${item}", expected a day, CCYY-MM-DD, or a blank`);
    return day ?? item;
  });
  return { ...expression, value };
}

const withoutDashes = (day: string): string =>
  `found the day "${day}"; rule files write days with dashes: "${withDashes(day)}"`;

const DASHED = /^\d{4}-\d{2}-\d{2}$/;

const dashedDay = (text: string): string | undefined => (DASHED.test(text) ? parseDay(text) : undefined);

/**
 * Whether an expression may stand where one of the types is asked for. A text written out may stand for a day: records
 * are compared with it as it stands.
 */
export const fits = (expression: Expression, wanted: readonly ValueType[]): boolean =>
  fitsType(expression.type, wanted) || (wanted.includes('day') && isDayWrittenOut(expression));

const isDayWrittenOut = ({ kind, type, ...rest }: Expression): boolean =>
  kind === 'literal' && type === 'text' && 'value' in rest && (rest.value === '' || isRealDay(String(rest.value)));

/** `a text or day`, `an interval`: types in a sentence. */
export const oneOf = (types: readonly ValueType[]): string =>
  `${types[0] === 'interval' ? 'an' : 'a'} ${types.join(' or ')}`;

/** `this is a text`, with a hint where a day was meant. */
export const foundType = (expression: Expression, wanted: readonly ValueType[]): string =>
  `this is ${oneOf([expression.type])}${expression.kind === 'literal' && wanted.includes('day') ? '; use a parameter of type day, or write the day with dashes, CCYY-MM-DD' : ''}`;

/** What a reference to a parameter gives; a table can only be named by a calculation. */
export const PARAMETER_TYPES: Readonly<Record<ParameterJson['type'], ValueType>> = {
  text: 'text',
  number: 'number',
  day: 'day',
  flag: 'flag',
  choice: 'text',
  list: 'list',
  table: 'table',
};

/** Stands where a finding was made, and causes no further ones. */
export const unknown = (): Expression => ({ kind: 'literal', type: 'unknown', value: '' });
