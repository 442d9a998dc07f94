/**
 * The one traversal of the typed tree. `below` says what stands below each kind of node; everything else here, and every
 * question that is asked of all conditions, expressions or facts of a rulebook, is made of it. Nodes come depth first, in
 * the order in which rule files have them: sentences and pages keep that order.
 */
import type { IntervalJson, ParameterJson } from '../load/declarations.ts';
import type {
  CheckTree,
  Condition,
  Expression,
  ExtractTree,
  FactNode,
  Field,
  Horizon,
  Law,
  Leaf,
  LookNode,
  Node,
  RecordSource,
} from './nodes.ts';

/** What stands right below a node. A new kind of node gets its case here, and nowhere else. */
export function below(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'all':
    case 'any':
      return node.of;
    case 'not':
      return [node.of];
    case 'leaf':
      return [node.left, node.right];
    case 'column':
    case 'interval':
    case 'record':
      return lookThatGives(node.record);
    case 'loaded':
      // An expression and an entry of an order have this name.
      return 'record' in node ? lookThatGives(node.record) : [];
    case 'parameter':
      return [node.on, node.whose].filter((asked) => asked !== undefined);
    case 'codeSet':
      return node.on ? [node.on] : [];
    case 'fact':
      return [node.node];
    case 'literal':
    case 'context':
    case 'field':
      return [];
    case 'look':
      return [node.where, ...node.order, node.value, node.within].filter((part) => part !== undefined);
    case 'calculation':
      return [...(node.conditions ?? []), ...node.operands, ...(node.by ? [node.by] : [])];
    case 'greatest':
    case 'least':
      return [node.by];
    case 'preferring':
      return [node.condition];
  }
}

const lookThatGives = (record: RecordSource): readonly LookNode[] => (typeof record === 'object' ? [record] : []);

const isFact = (node: Node): node is FactNode => node.kind === 'look' || node.kind === 'calculation';
const isCondition = (node: Node): node is Condition => 'id' in node;
const isExpression = (node: Node): node is Expression => 'type' in node && !isFact(node);

/** @param enters whether a node counts, and what stands below it */
function gathered(nodes: readonly Node[], enters: (node: Node) => boolean, into: Node[] = []): Node[] {
  for (const node of nodes)
    if (enters(node)) {
      into.push(node);
      gathered(below(node), enters, into);
    }
  return into;
}

/** Nodes and all that stands below them, by way of facts too. A fact counts once, where it is met first. */
export function nodesIn(roots: readonly Node[]): Node[] {
  const met = new Set<FactNode>();
  return gathered(roots, (node) => {
    if (!isFact(node)) return true;
    const isNew = !met.has(node);
    met.add(node);
    return isNew;
  });
}

/** Nodes and what stands below them, without the facts that they ask for. A root that is a fact is entered. */
export const ownNodesIn = (roots: readonly Node[]): Node[] =>
  roots.flatMap((root) => [root, ...gathered(below(root), (node) => !isFact(node))]);

// What stands in nodes themselves, without what the facts that they ask for look at.

/** Every condition, each before those in it. */
export const conditionsIn = (roots: readonly Node[]): Condition[] => ownNodesIn(roots).filter(isCondition);

/** Every comparison. */
export const leavesIn = (roots: readonly Node[]): Leaf[] => ownNodesIn(roots).filter((node) => node.kind === 'leaf');

/** Every expression: both sides of comparisons, operands, and the days for which parameters and codes are asked. */
export const expressionsIn = (roots: readonly Node[]): Expression[] => ownNodesIn(roots).filter(isExpression);

// What nodes ask for, by way of facts too.

/** Every fact asked for, facts of facts included, each once. Roots that are facts count. */
export const factsIn = (roots: readonly Node[]): FactNode[] => nodesIn(roots).filter(isFact);

/** Every look among these. */
export const looksIn = (roots: readonly Node[]): LookNode[] => nodesIn(roots).filter((node) => node.kind === 'look');

/** Every parameter named, each once: those of the nodes themselves come before those of facts. */
export function parametersIn(roots: readonly Node[]): ParameterJson[] {
  const met = new Map<string, ParameterJson>();
  for (const root of [...roots, ...factsIn(roots)]) {
    for (const expression of expressionsIn([root]))
      if (expression.kind === 'parameter') met.set(expression.parameter.name, expression.parameter);
  }
  return [...met.values()];
}

/** Every interval named. */
export const intervalsIn = (roots: readonly Node[]): ReadonlySet<IntervalJson> =>
  new Set(nodesIn(roots).flatMap((node) => (node.kind === 'interval' ? [node.interval] : [])));

// Where to begin.

/** The conditions of a field's rules. */
export const conditionsOf = ({ rules }: Pick<Field, 'rules'>): Condition[] =>
  rules.flatMap(({ condition }) => condition ?? []);

const valuesOf = ({ rules }: Pick<Field, 'rules'>): Expression[] => rules.map(({ value }) => value);

/** What the rules of a field ask and what they give: the conditions first, then the values. */
export const partsOf = (field: Pick<Field, 'rules'>): (Condition | Expression)[] => [
  ...conditionsOf(field),
  ...valuesOf(field),
];

/** The conditions of a law. */
export const conditionsOfLaw = ({ when, must }: Pick<Law, 'when' | 'must'>): Condition[] => [
  ...(when ? [when] : []),
  must,
];

/** The conditions of a horizon. */
export const conditionsOfHorizon = ({ counted, left }: Pick<Horizon, 'counted' | 'left'>): Condition[] => [
  counted,
  ...(left ? [left] : []),
];

/**
 * Whatever is asked for its own sake: the conditions of selection, fields and checks first, then the values of fields,
 * then laws, reports and horizons.
 */
export const rootsOf = ({ extract, checks }: { readonly extract: ExtractTree; readonly checks: CheckTree }): Node[] => [
  extract.selection.where,
  ...extract.selection.order,
  ...extract.fields.flatMap(conditionsOf),
  ...checks.checks.map(({ condition }) => condition),
  ...extract.fields.flatMap(valuesOf),
  ...extract.laws.flatMap(conditionsOfLaw),
  ...extract.reports.flatMap(({ where }) => where ?? []),
  ...extract.horizons.flatMap(conditionsOfHorizon),
];

// Single expressions.

/** The fact that an expression asks itself: for its value, for a record, or for a column of that record. */
export const factOf = (expression: Expression): FactNode | undefined => below(expression).find(isFact);

/** The look that an expression asks itself. */
export function lookOf(expression: Expression): LookNode | undefined {
  const fact = factOf(expression);
  return fact?.kind === 'look' ? fact : undefined;
}

/** An expression and all those that its value is worked out from: through calculations, not through looks. */
export const sourcesOf = (expression: Expression): Expression[] =>
  gathered([expression], ({ kind }) => kind !== 'look').filter(isExpression);

/** Whether an expression or a condition is about the record that has this name. */
export const concerns = (node: Expression | Condition, record: 'enrollment' | 'record'): boolean =>
  expressionsIn([node]).some(
    (e) =>
      ('record' in e && e.record === record) ||
      (record === 'record' && e.kind === 'fact' && e.node.kind === 'calculation' && e.node.perRecord),
  );

// Fields and those that they read.

/** The numbers of the fields that a field reads. */
export const fieldsRead = ({ rules }: Field): Set<string> =>
  new Set(
    nodesIn(rules.flatMap(({ condition, value }) => (condition ? [condition, value] : [value]))).flatMap((node) =>
      node.kind === 'field' ? [node.number] : [],
    ),
  );

/**
 * Some fields and, before them, those that they read.
 * @param fields each after those it reads
 */
export function withThoseRead(fields: readonly Field[], numbers: Iterable<string>): Field[] {
  const wanted = new Set(numbers);
  // From the last to the first, so that every reader is met before what it reads.
  for (const field of fields.toReversed())
    if (wanted.has(field.number)) for (const number of fieldsRead(field)) wanted.add(number);
  return fields.filter(({ number }) => wanted.has(number));
}
