/** Rows of one student that only one side has, matched with the nearest of the other side. */
import type { Comparison, Rows } from './views.ts';

/** Two rows that are taken for one. */
export interface Match {
  readonly theirs: string;
  readonly ours: string;
  /** The columns that tell rows apart and have other values: why they are not the same row. */
  readonly apart: readonly string[];
}

/** A number of their file that is retired, and the one that is used instead. */
export interface RetiredNumber {
  readonly retired: string;
  readonly replacement: string;
}

/** A row of their file under a retired number; it was read as one of the student who has the replacement. */
export interface RetiredRow extends RetiredNumber {
  /** By column, with the replacement. */
  readonly values: readonly string[];
}

export const retiredWords = ({ retired, replacement }: RetiredNumber): string =>
  `The state's file has the retired SSID ${retired}; its replacement is ${replacement}.`;

/**
 * Rows of one student that are another on each side and are taken for one.
 * @param retired rows of theirs that are here under the replacement of a retired number
 */
export function matchedRows(
  theirs: Rows,
  ours: Rows,
  comparison: Comparison,
  retired: ReadonlyMap<string, RetiredNumber>,
): Match[] {
  const nearest = nearestMatches(theirs, ours, comparison).map((match) =>
    retired.has(match.theirs) ? { ...match, apart: [SSID, ...match.apart] } : match,
  );
  const others = [...retired.keys()].filter((key) => ours.has(key));
  return [...others.map((key): Match => ({ theirs: key, ours: key, apart: [SSID] })), ...nearest];
}

const SSID = 'ssid';

/** Matches as many rows as there are on both sides, those with the most in common first. */
function nearestMatches(theirs: Rows, ours: Rows, { keys, columns }: Comparison): Match[] {
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
