/** Rows of one student that only one side has, matched with the nearest of the other side. */
import type { Comparison, Rows } from './views.ts';

/** Two rows that are taken for one. */
export interface Match {
  readonly theirs: string;
  readonly ours: string;
  /** The columns that tell rows apart and have other values: why they are not the same row. */
  readonly apart: readonly string[];
}

/** Matches as many rows as there are on both sides, those with the most in common first. */
export function nearestMatches(theirs: Rows, ours: Rows, { keys, columns }: Comparison): Match[] {
  const [there, here] = [
    [...theirs.keys()].filter((key) => !ours.has(key)),
    [...ours.keys()].filter((key) => !theirs.has(key)),
  ];
  const pairs = there.flatMap((a) =>
    here.map((b) => {
      const [first, second] = [theirs.get(a) ?? {}, ours.get(b) ?? {}];
      const apart = keys.filter((key) => first[key] !== second[key]);
      const differ = columns.filter(({ key }) => first[key] !== second[key]).length;
      return { theirs: a, ours: b, apart, differ };
    }),
  );
  pairs.sort((a, b) => a.apart.length - b.apart.length || a.differ - b.differ);
  const matched: Match[] = [];
  for (const { theirs: a, ours: b, apart } of pairs)
    if (!matched.some((match) => match.theirs === a || match.ours === b)) matched.push({ theirs: a, ours: b, apart });
  return matched;
}
