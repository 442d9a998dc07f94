/** What is known while SQL is made of a tree, and the names of its columns. */
import type { RequestFacts } from '../compile/evaluation.ts';
import type { IntervalJson } from '../load/declarations.ts';
import type { Condition, Expression, FactNode, LookNode, Node, Place } from '../tree/nodes.ts';
import { nodesIn } from '../tree/walk.ts';
import { type Dialect, NotInSQL, named } from './dialect.ts';

/** The request that a statement answers; `'all'` for the reporting LEAs there are. */
export type SQLRequest = Omit<RequestFacts, 'reportingLEAs'> & {
  readonly reportingLEAs: readonly string[] | 'all';
};

/** What a statement is made with. */
export interface Saying {
  readonly dialect: Dialect;
  readonly request: SQLRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** By look that gives a record: the columns asked of it, in the order in which the statement keeps them. */
  readonly parts: ReadonlyMap<LookNode, readonly string[]>;
  /** Whether a condition holds; handed over, since conditions are made of expressions, and some expressions of these. */
  readonly condition: (saying: Saying, condition: Condition) => string;
  /** Takes down what cannot be said in SQL. */
  readonly cannot: (place: Place, why: string) => void;
}

/** A row of the relation at hand, and the candidate of a look, as statements call them. */
export const ROW = 'r';
export const CANDIDATE = 't';

/** Place in the order of loading; no column of a layout has this name. */
export const LOADED = 'loaded';

/** Whether the last day of an interval follows from the next record. */
export const isDerived = ({ blankEnd }: IntervalJson): boolean => blankEnd !== 'open';

/** The column with the last day of an interval, when that follows from the next record. Keys have no underscore. */
export const derivedEnd = ({ name }: IntervalJson): string => `${name}_end`;

/** The column of a fact; the number keeps apart facts that are asked with other params. */
export const factColumn = ({ kind, index, name }: FactNode): string =>
  `${kind === 'look' ? 'look' : 'value'}${index}_${name}`;

export const fieldColumn = (number: string): string => `field${number}`;

/** A column of a relation. */
export const of = (relation: string, column: string): string => `${relation}.${named(column)}`;

/** The columns asked of the record of each look that gives one. */
export function partsOfLooks(roots: readonly Node[]): Map<LookNode, string[]> {
  const parts = new Map<LookNode, string[]>();
  for (const node of nodesIn(roots)) {
    if (!('record' in node) || typeof node.record !== 'object') continue;
    const known = parts.get(node.record) ?? [LOADED];
    for (const column of columnsAsked(node)) if (!known.includes(column)) known.push(column);
    parts.set(node.record, known);
  }
  return parts;
}

/** The columns of a record, as statements call them, that an expression asks for. */
export function columnsAsked(expression: Expression): readonly string[] {
  if (expression.kind === 'column') return [expression.key];
  if (expression.kind !== 'interval') return [];
  const { interval } = expression;
  if (isDerived(interval)) return [interval.start, derivedEnd(interval)];
  return interval.end === undefined ? [interval.start] : [interval.start, interval.end];
}

/** What `say` gives; where something cannot be said, a finding at the place, and SQL that no engine takes. */
export function saidAt(saying: Saying, place: Place, say: () => string): string {
  try {
    return say();
  } catch (error) {
    if (!(error instanceof NotInSQL)) throw error;
    saying.cannot(place, error.message);
    return '/* not in SQL */';
  }
}
