/** Types of expressions: which fit where, and how a finding speaks of them. */
import { isRealDay } from '#records/days';
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
  `this is ${oneOf([expression.type])}${expression.kind === 'literal' && wanted.includes('day') ? '; use a parameter of type day, or write the day as CCYYMMDD' : ''}`;

/** What a reference to a parameter gives; a table can only be named by a calculation. */
export const PARAMETER_TYPES: Readonly<Record<ParameterJson['type'], ValueType | undefined>> = {
  text: 'text',
  number: 'number',
  day: 'day',
  flag: 'flag',
  choice: 'text',
  list: 'list',
  table: undefined,
};

/** Stands where a finding was made, and causes no further ones. */
export const unknown = (): Expression => ({ kind: 'literal', type: 'unknown', value: '' });
