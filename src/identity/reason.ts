/** Why two persons have their score, in words. */
import { series } from '#base/text';
import { type MatchParameters, PARTS, type PartName } from './parameters.ts';
import type { PartValues } from './score.ts';

/**
 * A score in words, for whoever may see both persons: "first name equal but for accents or spelling form; birth month
 * and birth day swapped". What agrees is said last.
 */
export function reasonOf(parts: PartValues, p: MatchParameters): string {
  const said = new Map<string, string[]>();
  const add = (words: string, part: PartName): void => {
    said.set(words, [...(said.get(words) ?? []), p.names[part]]);
  };
  for (const part of PARTS) add(wordsOf(part, parts[part], p), part);
  const equal = said.get(EQUAL);
  said.delete(EQUAL);
  const differing = [...said].map(([words, names]) => `${series(names)} ${words}`);
  if (equal?.length === PARTS.length) return 'all parts equal';
  return [...differing, ...(equal ? [`${series(equal)} ${EQUAL}`] : [])].join('; ');
}

/** For whoever may see only one of them: which parts agree and which do not, nothing of how. */
export function agreementOf(parts: PartValues, p: MatchParameters): string {
  const those = (agreeing: boolean): string[] =>
    PARTS.filter((part) => agrees(parts[part], p) === agreeing).map((part) => p.names[part]);
  const [agreeing, others] = [those(true), those(false)];
  return [
    ...(agreeing.length > 0 ? [`${series(agreeing)} ${agreeing.length === 1 ? 'agrees' : 'agree'}`] : []),
    ...(others.length > 0 ? [`${series(others)} ${others.length === 1 ? 'differs' : 'differ'}`] : []),
  ].join('; ');
}

/** Whether a part agrees; absent when it counts neither way. */
export const agrees = (value: number | undefined, p: MatchParameters): boolean | undefined =>
  value === undefined ? undefined : value >= p.matchAgreesFrom;

const EQUAL = 'equal';
const IS_NAME: ReadonlySet<PartName> = new Set(['FirstName', 'MiddleName', 'LastName']);

function wordsOf(part: PartName, value: number | undefined, p: MatchParameters): string {
  if (value === undefined) return 'not compared (blank)';
  if (value === 1) return EQUAL;
  if (value === 0) return 'different';
  if (part === 'BirthYear') return `off by ${p.matchNearYears === 1 ? 'one' : `at most ${p.matchNearYears}`}`;
  if (!IS_NAME.has(part)) return 'swapped';
  if (value === p.matchValueButForForm) return 'equal but for case, accents, hyphens, apostrophes or blanks';
  if (value === p.matchValueAlias)
    return part === 'LastName' ? 'equal to an alias' : 'equal to an alias, or joined or split';
  return 'different by a letter or two';
}
