/**
 * Whether an expression may come to nothing: absent, when there is no record, no value in force or nothing to calculate
 * with; or blank, when it is there and empty. `false` is certain.
 */
import { columnIndex, layoutOf, type Schemas } from '#records/layout';
import type { CalculationNode, Expression, FactNode } from './nodes.ts';
import { mayHaveNoValue } from './parameter-values.ts';
import { isPresent } from './values.ts';

/** What is known beside the rules themselves. */
export interface Known {
  /** Looks of which it is settled that they found a record. */
  readonly found?: ReadonlySet<FactNode>;
  /** Of records that were let in no required column is blank; these say which are. Without them every column may be. */
  readonly schemas?: Schemas;
  /** Parameters need not be what they are now: they may be set so that they have no value, or a blank one. */
  readonly anySetting?: true;
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
      return expression.fact === 'sender' || expression.part === 'academicYear';
    case 'parameter':
      return expression.type !== 'list' && (known.anySetting === true || mayHaveNoValue(expression.parameter));
    case 'fact':
      return expression.node.kind === 'calculation' && mayGiveNothing(expression.node, known);
    case 'literal':
    case 'codeSet':
      return false;
  }
}

/** Whether an expression that is not absent may be blank, or an empty list. */
export function mayBeBlank(expression: Expression, known: Known = {}): boolean {
  switch (expression.kind) {
    case 'literal':
      return !isPresent(expression.value);
    case 'column':
      return !(known.schemas && isRequired(expression.recordType, expression.key, known.schemas));
    case 'context':
      return expression.fact === 'value' || expression.type === 'list';
    case 'parameter':
      return (
        expression.type === 'list' ||
        known.anySetting === true ||
        expression.parameter.values.some(({ value }) => value === '')
      );
    case 'fact':
      // An end of an interval may be open.
      if (expression.part !== undefined || expression.type === 'list') return true;
      return expression.node.kind === 'calculation' && mayGiveBlank(expression.node, known);
    case 'codeSet':
      return true;
    default:
      return false;
  }
}

function isRequired(recordType: string, key: string, schemas: Schemas): boolean {
  const layout = layoutOf(schemas, recordType);
  return layout?.columns[columnIndex(layout, key)]?.required === true;
}

/** By calculation: which operands must be absent, or missing (absent or blank), for its value to be absent. */
const ABSENT_IF: Readonly<Record<string, 'never' | 'allMissing' | 'anyMissing' | 'anyAbsent' | 'whatever'>> = {
  labels: 'never',
  earliest: 'allMissing',
  latest: 'allMissing',
  firstPresent: 'allMissing',
  addYears: 'anyMissing',
  dayBefore: 'anyMissing',
  academicYear: 'anyMissing',
  dayOfAcademicYear: 'anyMissing',
  firstOf: 'anyMissing',
  countOf: 'anyAbsent',
  choose: 'anyAbsent',
  intersection: 'anyAbsent',
  daysCounted: 'whatever',
};

function mayGiveNothing({ calculate, operands, cases }: CalculationNode, known: Known): boolean {
  const isAbsent = (operand: Expression): boolean => mayBeAbsent(operand, known);
  const isMissing = (operand: Expression): boolean => isAbsent(operand) || mayBeBlank(operand, known);
  // A word that is none of the cases gives nothing; only of the choices of a parameter each has its case.
  const [by] = operands;
  if (cases && !(by?.kind === 'parameter' && by.parameter.choices)) return true;
  switch (ABSENT_IF[calculate]) {
    case 'never':
      return false;
    case 'allMissing':
      return operands.every(isMissing);
    case 'anyMissing':
      return operands.some(isMissing);
    case 'anyAbsent':
      return operands.some(isAbsent);
    default:
      return true;
  }
}

/** The first of a list may be blank, and so may a case. */
const mayGiveBlank = ({ calculate, operands, cases }: CalculationNode, known: Known): boolean =>
  calculate === 'firstOf' || (cases !== undefined && operands.slice(1).some((operand) => mayBeBlank(operand, known)));
