/** Reference files that rules look into and that are not loaded. */
import type { ReferenceFileJson } from '../load/declarations.ts';
import type { CheckTree, Node } from './nodes.ts';
import { nodesIn } from './walk.ts';

/** The reference files that these nodes look into, by way of facts too, and that are not loaded. */
const notLoadedIn = (roots: readonly Node[]): ReferenceFileJson[] =>
  nodesIn(roots).flatMap((node) =>
    node.kind === 'calculation' && node.row && node.row.sha256 === undefined ? [node.row.reference] : [],
  );

/** Whether a check can be made: it looks into no reference file that is not loaded. */
export const canBeMade = ({ condition }: Pick<CheckTree['checks'][number], 'condition'>): boolean =>
  notLoadedIn([condition]).length === 0;

/** Checks that are not made, and why. */
export interface NotMade {
  readonly codes: readonly string[];
  readonly message: string;
}

/** The checks that are not made because a reference file is not loaded: an entry for each of these files. */
export function checksNotMade({ checks }: CheckTree): readonly NotMade[] {
  const codesOf = new Map<ReferenceFileJson, Set<string>>();
  for (const { json, condition } of checks)
    for (const reference of notLoadedIn([condition]))
      codesOf.set(reference, (codesOf.get(reference) ?? new Set()).add(json.code));
  return Array.from(codesOf, ([{ says }, codes]) => ({
    codes: [...codes].sort(),
    message: `These checks were not made, because ${says} is not loaded: ${[...codes].sort().join(', ')}.`,
  }));
}
