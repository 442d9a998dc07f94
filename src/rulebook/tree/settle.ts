/**
 * What a condition comes to when not everything is known: it holds, it fails, or it depends on what is left of it
 * (partial evaluation; the residuals of Cedar's typed partial evaluator are the model).
 */
import type { Condition, Leaf } from './nodes.ts';

type Group = Exclude<Condition, Leaf>;

/**
 * Tries comparisons from the first to the last, and no further than needed: one child that holds settles an `any`, one
 * that fails an `all`.
 * @param known what a comparison comes to, or what stands for it as long as that depends
 * @param rest what stands for a group of which some children depend; the others do not settle it
 */
export function settle<Open extends object>(
  condition: Condition,
  known: (leaf: Leaf) => boolean | Open,
  rest: (group: Group, open: readonly [Open, ...Open[]]) => Open,
): boolean | Open {
  if (condition.kind === 'leaf') return known(condition);
  if (condition.kind === 'not') {
    const of = settle(condition.of, known, rest);
    return typeof of === 'boolean' ? !of : rest(condition, [of]);
  }
  const decides = condition.kind === 'any';
  const open: Open[] = [];
  for (const child of condition.of) {
    const came = settle(child, known, rest);
    if (came === decides) return decides;
    if (typeof came !== 'boolean') open.push(came);
  }
  const [first, ...others] = open;
  return first === undefined ? !decides : rest(condition, [first, ...others]);
}

/** What is left of a condition: nothing when it is settled, else a smaller condition. */
export const residual = (condition: Condition, known: (leaf: Leaf) => boolean | undefined): boolean | Condition =>
  settle<Condition>(condition, (leaf) => known(leaf) ?? leaf, whatIsLeft);

function whatIsLeft(group: Group, open: readonly [Condition, ...Condition[]]): Condition {
  if (group.kind === 'not') return { ...group, of: open[0] };
  return open.length === 1 ? open[0] : { ...group, of: open };
}

/** The first comparison that a condition depends on, unless it is settled. */
export const firstOpen = (condition: Condition, known: (leaf: Leaf) => boolean | undefined): boolean | Leaf =>
  settle<Leaf>(
    condition,
    (leaf) => known(leaf) ?? leaf,
    (_, [first]) => first,
  );

/** What a condition comes to when every comparison is known. */
export const comesTo = (condition: Condition, known: (leaf: Leaf) => boolean): boolean =>
  settle<never>(condition, known, (_, [open]) => open);
