/**
 * Whether an expression may come to nothing: absent, when there is no record, no value in effect or nothing to calculate
 * with; or blank, when it is there and empty. `false` is certain.
 */
import { layoutOf, type Schemas } from '#records/layout';
import type { ParameterJson } from '../load/declarations.ts';
import type { CalculationNode, Expression, FactNode } from './nodes.ts';
import { mayHaveNoValue } from './parameter-values.ts';
import { isPresent } from './values.ts';

/** What is known beside the rules themselves. */
export interface Known {
  /** Looks of which it is settled that they found a record. */
  readonly found?: ReadonlySet<FactNode>;
  /** Of records that were let in no required column is blank; these say which are. Without them every column may be. */
  readonly schemas?: Schemas;
  /**
   * Nothing is concluded from what parameters are now, since they may be set otherwise, nor from what calculations are
   * made of: each may be absent. So proofs have it, which rather say too little.
   */
  readonly cautiously?: true;
}

/** Whether an expression may be absent. */
export function mayBeAbsent(expression: Expression, known: Known = {}): boolean {
  switch (expression.kind) {
    case 'column':
    case 'interval':
    case 'loaded':
    case 'record':
      return typeof expression.record === 'object' && known.found?.has(expression.record) !== true;
    case 'field':
      return true;
    case 'context':
      return ['sender', 'replacement'].includes(expression.fact) || expression.part === 'academicYear';
    case 'parameter':
      return expression.type !== 'list' && (known.cautiously === true || mayHaveNoValue(expression.parameter));
    case 'fact':
      return expression.node.kind === 'calculation'
        ? mayGiveNothing(expression.node, known)
        : expression.node.aggregate !== undefined && expression.node.aggregate.ofNothing === undefined;
    case 'literal':
    case 'codeSet':
      return false;
  }
}

/** Whether an expression that is not absent may be blank, or an empty list. */
export function mayBeBlank(expression: Expression, known: Known = {}): boolean {
  if (expression.kind === 'literal') return !isPresent(expression.value);
  if (expression.type === 'list') return true;
  switch (expression.kind) {
    case 'column':
      return !isRequired(expression.recordType, expression.key, known.schemas);
    case 'context':
      return expression.fact === 'value';
    case 'parameter':
      return known.cautiously === true || holdsBlank(expression.parameter);
    case 'fact': {
      const { node, part } = expression;
      if (node.kind === 'look') return false;
      return part === undefined ? mayGiveBlank(node, known) : mayShareBeOpen(node, part, known);
    }
    default:
      return false;
  }
}

const isRequired = (recordType: string, key: string, schemas: Schemas | undefined): boolean =>
  schemas !== undefined &&
  layoutOf(schemas, recordType)?.columns.find((column) => column.key === key)?.required === true;

const holdsBlank = ({ values }: ParameterJson): boolean => values.some(({ value }) => value === '');

function mayGiveNothing({ calculation, operands, cases }: CalculationNode, known: Known): boolean {
  if (known.cautiously) return true;
  const isAbsent = (operand: Expression): boolean => mayBeAbsent(operand, known);
  const isMissing = (operand: Expression): boolean => isAbsent(operand) || mayBeBlank(operand, known);
  // A word that is none of the cases gives nothing; only of the choices of a parameter each has its case.
  const [by] = operands;
  if (cases && !(by?.kind === 'parameter' && by.parameter.choices)) return true;
  switch (calculation.absentIf) {
    case 'never':
      return false;
    case 'allMissing':
      return operands.every(isMissing);
    case 'anyMissing':
      return operands.some(isMissing);
    case 'firstMissing':
      return operands.slice(0, 1).some(isMissing);
    case 'anyAbsent':
      return operands.some(isAbsent);
    case 'whatever':
      return true;
  }
}

/** A value that may be blank at all is that of a case, or one that a list holds. */
function mayGiveBlank({ calculation, operands, cases, conditions }: CalculationNode, known: Known): boolean {
  if (!calculation.mayBeBlank) return false;
  if (known.cautiously) return true;
  if (conditions) return operands.some((operand) => mayBeBlank(operand, known));
  return cases
    ? operands.slice(1).some((operand) => mayBeBlank(operand, known))
    : operands.some((operand) => operand.type !== 'list' || mayHoldBlank(operand));
}

/** Whether a blank may be in a list. */
function mayHoldBlank(list: Expression): boolean {
  switch (list.kind) {
    case 'literal':
      return Array.isArray(list.value) && list.value.includes('');
    case 'parameter':
      return holdsBlank(list.parameter);
    case 'codeSet':
      return list.codes.some(({ code }) => code === '');
    case 'fact': {
      if (list.node.kind === 'look') return false;
      const { by, operands } = list.node;
      return by ? holdsBlank(by.parameter) : operands.some(mayHoldBlank);
    }
    default:
      return false;
  }
}

/** The days that intervals share have an end when one of them has; those made of days, when their second day is there. */
function mayShareBeOpen({ operands }: CalculationNode, part: 'start' | 'end', known: Known): boolean {
  if (operands.some(({ type }) => type === 'interval'))
    return operands.every((operand) => mayBeOpen(operand, part, known));
  const [, end] = operands;
  if (known.cautiously) return true;
  return part === 'end' && (end === undefined || mayBeAbsent(end, known) || mayBeBlank(end, known));
}

/** Whether an interval may have no first, or no last, day. */
export function mayBeOpen(interval: Expression, part: 'start' | 'end', known: Known): boolean {
  if (known.cautiously) return true;
  // The window of a request has both.
  if (interval.kind === 'context') return false;
  if (interval.kind === 'interval') {
    const { of, [part]: key } = interval.interval;
    return key === undefined || !isRequired(of, key, known.schemas);
  }
  return interval.kind !== 'fact' || interval.node.kind === 'look' || mayShareBeOpen(interval.node, part, known);
}
