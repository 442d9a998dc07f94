/**
 * What every condition of the fields' rules came to, as `Evaluation.outcomes` has it: 0 when it was not reached. First
 * comes what each would come to, comparisons before the groups around them; then, which of them were reached.
 */
import { OUTCOME } from '../compile/evaluation.ts';
import type { Condition, ExtractTree } from '../tree/nodes.ts';
import { conditionsIn, conditionsOf } from '../tree/walk.ts';
import { outcomeSQL } from './conditions.ts';
import { joined } from './dialect.ts';
import type { Relation } from './relations.ts';
import { of, ROW, type Saying } from './saying.ts';

const came = ({ id }: Condition): string => `came${id}`;

const holds = (condition: Condition): string =>
  condition.kind === 'leaf'
    ? `${of(ROW, came(condition))} IN (${OUTCOME.true}, ${OUTCOME.absentTrue})`
    : `${of(ROW, came(condition))} = ${OUTCOME.true}`;

const fails = (condition: Condition): string => `NOT (${holds(condition)})`;

/** How many groups stand within each other. */
function height(condition: Condition): number {
  if (condition.kind === 'leaf') return 0;
  return 1 + Math.max(...childrenOf(condition).map(height));
}

const childrenOf = (condition: Condition): readonly Condition[] =>
  condition.kind === 'leaf' ? [] : condition.kind === 'not' ? [condition.of] : condition.of;

function cameSQL(saying: Saying, condition: Condition): string {
  if (condition.kind === 'leaf') return outcomeSQL(saying, condition);
  const all =
    condition.kind === 'not'
      ? fails(condition.of)
      : joined(condition.kind === 'all' ? 'AND' : 'OR', condition.of.map(holds));
  return `CASE WHEN ${all} THEN ${OUTCOME.true} ELSE ${OUTCOME.false} END`;
}

/** Relations that add to the rows what each condition would come to. */
export function outcomeRelations(saying: Saying, { fields }: ExtractTree, from: string): Relation[] {
  const byHeight = Map.groupBy(conditionsIn(fields.flatMap(conditionsOf)), height);
  let last = from;
  return [...byHeight]
    .toSorted(([a], [b]) => a - b)
    .map(([high, conditions]) => {
      const columns = conditions.map((condition) => `${cameSQL(saying, condition)} AS ${came(condition)}`);
      const name = `came_${high}`;
      const sql = `SELECT ${[`${ROW}.*`, ...columns].join(',\n  ')}\nFROM ${last} ${ROW}`;
      const relation = { name, sql, reads: [last] };
      last = name;
      return relation;
    });
}

/** A column for each condition, by its number: what it came to. */
export function outcomeColumns({ fields }: ExtractTree): string[] {
  const columns: [id: number, sql: string][] = [];
  const visit = (condition: Condition, before: readonly string[]): void => {
    const { id } = condition;
    const outcome = of(ROW, came(condition));
    columns.push([
      id,
      before.length === 0
        ? outcome
        : `CASE WHEN ${joined('AND', before)} THEN ${outcome} ELSE ${OUTCOME.notReached} END`,
    ]);
    const goesOn = condition.kind === 'any' ? fails : holds;
    const reached = [...before];
    for (const child of childrenOf(condition)) {
      visit(child, reached);
      reached.push(goesOn(child));
    }
  };
  for (const field of fields) {
    const reached: string[] = [];
    for (const condition of conditionsOf(field)) {
      visit(condition, reached);
      reached.push(fails(condition));
    }
  }
  return columns.toSorted(([a], [b]) => a - b).map(([id, sql]) => `${sql} AS outcome${id}`);
}
