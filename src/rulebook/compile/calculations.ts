/** Calculations as closures over those of their operands. */
import type { CalculationNode, Condition } from '../tree/nodes.ts';
import { isFixed, type Table, tableOn } from '../tree/parameter-values.ts';
import type { Value } from '../tree/values.ts';
import { nodesIn } from '../tree/walk.ts';
import type { Compiling, Get, Test } from './compiling.ts';
import { compileCondition } from './conditions.ts';
import type { Evaluation } from './evaluation.ts';
import { compileParameter, compileValue } from './values.ts';

/** What a calculation gives, worked out each time it is asked. */
export function compileCalculation(compiling: Compiling, node: CalculationNode): Get {
  const operands = node.operands.map((operand) => compileValue(compiling, operand));
  const { compute } = node.calculation;
  if (node.conditions) return compileByCondition(compiling, node.conditions, operands);
  if (!compute) {
    const [by, ...cases] = operands as [Get, ...Get[]];
    const byWord = new Map(node.cases?.map((word, i) => [word, cases[i] as Get]));
    return (x) => byWord.get(by(x) as string)?.(x);
  }
  const values = gathered(operands);
  const { by } = node;
  const table = node.row?.values ?? (by ? tableOn(by.parameter, '') : NO_LABELS);
  const tableOf =
    by && !isFixed(by.parameter)
      ? compileParameter(compiling, by, (day, whose) => tableOn(by.parameter, day, whose))
      : undefined;
  const observe = compiling.observer?.calculation;
  if (observe)
    return (x) => {
      const given = values(x);
      const value = compute(given, tableOf?.(x) ?? table);
      observe(node, given, value);
      return value;
    };
  return tableOf ? (x) => compute(values(x), tableOf(x)) : (x) => compute(values(x), table);
}

/** The operand of the first condition that holds, or the last operand; of a condition alone whether it holds. */
function compileByCondition(compiling: Compiling, conditions: readonly Condition[], operands: readonly Get[]): Get {
  const tests = conditions.map((condition) => compileCondition(compiling, condition, false));
  const last = operands.at(-1);
  if (!last) return tests[0] as Get;
  return (x) => {
    for (let i = 0; i < tests.length; i++) if ((tests[i] as Test)(x)) return (operands[i] as Get)(x);
    return last(x);
  };
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

/** A calculation's value, worked out as seldom as it can be: for each record, enrollment or request. */
export function rememberedAsLong(node: CalculationNode, get: Get): Get {
  const { index, perRecord } = node;
  if (perRecord) return get;
  if (isOfRequest(node))
    return (x) => {
      if (x.stamps[index] === x.requestStamp) return x.remembered[index] as Value;
      const value = get(x);
      x.stamps[index] = x.requestStamp;
      x.remembered[index] = value;
      return value;
    };
  return (x) => {
    if (x.stamps[index] === x.stamp) return x.remembered[index] as Value;
    const value = get(x);
    x.stamps[index] = x.stamp;
    x.remembered[index] = value;
    return value;
  };
}

/** Whether nothing but the days asked for can give the calculation another value. */
const isOfRequest = (node: CalculationNode): boolean =>
  nodesIn([node]).every(
    (below) =>
      ['calculation', 'fact', 'literal', 'parameter'].includes(below.kind) ||
      (below.kind === 'context' && (below.fact === 'window' || below.fact === 'request')),
  );
