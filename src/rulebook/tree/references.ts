/** Reference files that rules look into and that are not loaded. */
import type { ReferenceFileJson } from '../load/declarations.ts';
import type { CheckTree, ExtractTree, Node } from './nodes.ts';
import { nodesIn, partsOf } from './walk.ts';

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
export const checksNotMade = ({ checks }: CheckTree): readonly NotMade[] =>
  byReference(checks.map(({ json, condition }) => [json.code, [condition]])).map(([{ says }, codes]) => ({
    codes,
    message: `These checks were not made, because ${says} is not loaded: ${codes.join(', ')}.`,
  }));

/** Rules of fields that are not applied, and why. */
export interface NotApplied {
  readonly rules: readonly string[];
  readonly message: string;
}

/** The rules that never decide because a reference file is not loaded: an entry for each of these files. */
export const rulesNotApplied = ({ fields }: Pick<ExtractTree, 'fields'>): readonly NotApplied[] =>
  byReference(
    fields.flatMap(({ number, rules }) =>
      rules.map((rule): [string, readonly Node[]] => [`${rule.name} of field ${number}`, partsOf({ rules: [rule] })]),
    ),
  ).map(([{ says }, rules]) => ({
    rules,
    message: `${rules.length === 1 ? 'This rule was' : 'These rules were'} not applied, because ${says} is not loaded: ${rules.join(', ')}.`,
  }));

/** By reference file that is not loaded, who looks into it. */
function byReference(
  parts: readonly (readonly [name: string, roots: readonly Node[]])[],
): [ReferenceFileJson, string[]][] {
  const names = new Map<ReferenceFileJson, Set<string>>();
  for (const [name, roots] of parts)
    for (const reference of notLoadedIn(roots)) names.set(reference, (names.get(reference) ?? new Set()).add(name));
  return Array.from(names, ([reference, all]) => [reference, [...all].sort()]);
}
