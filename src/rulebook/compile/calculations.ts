/** Calculations as closures over those of their operands. */
import type { CalculationNode } from '../tree/nodes.ts';
import { isFixed, type Table, tableOn } from '../tree/parameter-values.ts';
import type { Value } from '../tree/values.ts';
import type { Compiling, Get } from './compiling.ts';
import type { Evaluation } from './evaluation.ts';
import { compileParameter, compileValue } from './values.ts';

/** What a calculation gives, worked out each time it is asked. */
export function compileCalculation(compiling: Compiling, node: CalculationNode): Get {
  const operands = node.operands.map((operand) => compileValue(compiling, operand));
  const { compute } = node.calculation;
  if (!compute) {
    const [by, ...cases] = operands as [Get, ...Get[]];
    const byWord = new Map(node.cases?.map((word, i) => [word, cases[i] as Get]));
    return (x) => byWord.get(by(x) as string)?.(x);
  }
  const values = gathered(operands);
  const { by } = node;
  if (by && !isFixed(by.parameter)) {
    const asked = compileParameter(compiling, by, (day, whose) => tableOn(by.parameter, day, whose));
    return (x) => compute(values(x), asked(x));
  }
  const table = by ? tableOn(by.parameter, '') : NO_LABELS;
  return (x) => compute(values(x), table);
}

const NO_LABELS: Table = new Map();

/** The values of several references, in one array that is used again: nobody keeps it. */
function gathered(operands: readonly Get[]): (x: Evaluation) => readonly Value[] {
  const values = operands.map((): Value => undefined);
  return (x) => {
    for (let i = 0; i < operands.length; i++) values[i] = (operands[i] as Get)(x);
    return values;
  };
}

/** A fact's value, worked out at most once for each stamp. */
export function remember<T>(index: number, get: (x: Evaluation) => T): (x: Evaluation) => T {
  return (x) => {
    if (x.stamps[index] === x.stamp) return x.remembered[index] as T;
    const value = get(x);
    x.stamps[index] = x.stamp;
    x.remembered[index] = value;
    return value;
  };
}
