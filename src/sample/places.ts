import type { Random } from './random.ts';
import { numberPicker } from './random.ts';
import type { Recipe } from './recipe.ts';

/** A local educational agency of the sample. */
export interface LEA {
  readonly code: string;
  readonly selpa: string;
  readonly localIDPrefix: string;
  readonly schools: readonly string[];
}

/** The LEAs of a sample. */
export interface Places {
  readonly all: readonly LEA[];
  /** Gives any LEA. */
  lea(random: Random): LEA;
  /** Gives another LEA, or the same when there is only one. */
  otherLEA(random: Random, lea: LEA): LEA;
  /** Gives any school of the LEA. */
  school(random: Random, lea: LEA): string;
  /** Gives another school of the LEA, or the same when there is only one. */
  otherSchool(random: Random, lea: LEA, school: string): string;
}

/** Takes the recipe, the number of LEAs and a random sequence; gives LEAs with visibly synthetic codes. */
export function makePlaces(recipe: Recipe['places'], count: number, random: Random): Places {
  const schoolCount = numberPicker(recipe.schools);
  const leas = Array.from({ length: count }, (_, at): LEA => {
    const group = Math.floor(at / 100);
    return {
      code: fill(recipe.leaCode, at + 1),
      selpa: fill(recipe.selpaCode, (at % 100) + 1),
      localIDPrefix: `L${at + 1}-`,
      // L is the LEA within its hundred; S tells the hundreds apart, which leaves nine schools to each LEA.
      schools: Array.from({ length: schoolCount(random) }, (_, school) =>
        fill(
          recipe.schoolCode.replace(/L+/, (letters) => String((at + 1) % 100).padStart(letters.length, '0')),
          group * 10 + school + 1,
        ),
      ),
    };
  });
  const any = <T>(list: readonly T[], random: Random) => list[random.below(list.length)] as T;
  const other = <T>(list: readonly T[], not: T, random: Random) => {
    const found = any(list, random);
    return found === not ? (list[(list.indexOf(not) + 1) % list.length] as T) : found;
  };
  return {
    all: leas,
    lea: (random) => any(leas, random),
    otherLEA: (random, lea) => other(leas, lea, random),
    school: (random, lea) => any(lea.schools, random),
    otherSchool: (random, lea, school) => other(lea.schools, school, random),
  };
}

/** Takes a pattern with one run of `N`; gives the pattern with the number in its place, zeros before it. */
function fill(pattern: string, number: number): string {
  return pattern.replace(/N+/, (letters) => String(number).padStart(letters.length, '0'));
}
