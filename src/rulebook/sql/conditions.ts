/** Conditions as SQL that is TRUE or FALSE, never NULL; and what their nodes came to, for the trace. */
import { OUTCOME } from '../compile/evaluation.ts';
import type { Condition, Expression, Leaf } from '../tree/nodes.ts';
import { residual } from '../tree/settle.ts';
import { joined, NotInSQL, type Term } from './dialect.ts';
import { termOf } from './expressions.ts';
import { type Saying, saidAt } from './saying.ts';

/** Whether a condition holds. What the request and the rulebook settle is left out of it. */
export function conditionSQL(saying: Saying, condition: Condition): string {
  const left = residual(condition, (leaf) => settled(saying, leaf));
  return typeof left === 'boolean' ? flag(left) : written(saying, left);
}

const flag = (holds: boolean): string => (holds ? 'TRUE' : 'FALSE');

function written(saying: Saying, condition: Condition): string {
  switch (condition.kind) {
    case 'leaf':
      return leafSQL(saying, condition);
    case 'not':
      return `NOT ${written(saying, condition.of)}`;
    default:
      return joined(
        condition.kind === 'all' ? 'AND' : 'OR',
        condition.of.map((child) => written(saying, child)),
      );
  }
}

/** Whether a comparison holds. */
const leafSQL = (saying: Saying, leaf: Leaf): string =>
  saidAt(saying, leaf, () => {
    const known = settled(saying, leaf);
    if (known !== undefined) return flag(known);
    const { operator } = leaf;
    const left = termOf(saying, leaf.left);
    const right = termOf(saying, leaf.right);
    const isAbsent = [left, right].some(({ is }) => is !== undefined && is.value === undefined);
    if (isAbsent && operator.absent !== 'compares') return flag(operator.absent);
    if (!operator.sql) throw new NotInSQL(`"${operator.name}" has no words in SQL`);
    const compares = operator.sql(left, right, saying.dialect);
    if (operator.absent === 'compares') return compares;
    const sides = [left, right].filter(({ mayBeAbsent }) => mayBeAbsent);
    if (operator.absent) return joined('OR', [...sides.map(({ sql }) => `${sql} IS NULL`), compares]);
    return joined('AND', [...sides.map(({ sql }) => `${sql} IS NOT NULL`), compares]);
  });

/** Whether a comparison holds, where that is the same for every row. */
function settled(saying: Saying, { left, operator, right }: Leaf): boolean | undefined {
  if (namesAllLEAs(saying, left) && operator.asks === 'presence')
    return operator.holds(['all'], constant(saying, right)?.value);
  if (namesAllLEAs(saying, right) && operator.asks === 'membership')
    return isNever(left) ? !operator.isNegated : undefined;
  const sides = [constant(saying, left), constant(saying, right)] as const;
  return sides[0] && sides[1] && operator.holds(sides[0].value, sides[1].value);
}

/** A request for all LEAs has no list of them: every LEA there is belongs to it. */
const namesAllLEAs = ({ request }: Saying, e: Expression): boolean =>
  e.kind === 'context' && e.fact === 'request' && e.part === 'reportingLEAs' && request.reportingLEAs === 'all';

/** Whether what stands left of a list of LEAs is a column of a record at hand, which is never absent. */
const isNever = (e: Expression): boolean => e.kind === 'column' && typeof e.record === 'string';

function constant(saying: Saying, e: Expression): Term['is'] {
  try {
    return termOf(saying, e).is;
  } catch (error) {
    // Said where the comparison is written.
    if (error instanceof NotInSQL) return undefined;
    throw error;
  }
}

/** What a comparison comes to when it is reached: one of OUTCOME. */
export function outcomeSQL(saying: Saying, leaf: Leaf): string {
  const holds = leafSQL(saying, leaf);
  const came = `CASE WHEN ${holds} THEN ${OUTCOME.true} ELSE ${OUTCOME.false} END`;
  return saidAt(saying, leaf, () => {
    const left = termOf(saying, leaf.left);
    if (!left.mayBeAbsent) return came;
    const { absent, holds: compares } = leaf.operator;
    const whenAbsent = absent === 'compares' ? compares(undefined, constant(saying, leaf.right)?.value) : absent;
    return `CASE WHEN ${left.sql} IS NULL THEN ${whenAbsent ? OUTCOME.absentTrue : OUTCOME.absentFalse} ELSE ${came} END`;
  });
}
