/** How alike two persons are, from 0 to 100, by the parts that are compared. A pure function. */
import { isWithin } from './distance.ts';
import { type MatchParameters, PARTS, type PartName } from './parameters.ts';
import type { Name, Person } from './person.ts';

/** What a part came to: from 0 to 1; absent when it counts neither way. */
export type PartValues = Readonly<Record<PartName, number | undefined>>;

export interface Score {
  /** 0 to 100, with two decimals. */
  readonly score: number;
  readonly parts: PartValues;
}

/** How much two persons look like one. Plain data. */
export interface Likeness {
  readonly score: number;
  /** What is left of 100 where a part that counts neither way takes nothing: the score of others is scaled up. */
  readonly points: number;
  /** Whether nothing takes from the score but a near birth year. */
  readonly near: boolean;
}

const ROUNDING = 0.01;
const HUNDRED = 100;
const DECIMALS = 100;

/** Scores persons by the same parameters. The order of the two does not matter. */
export class Scorer {
  readonly #p: MatchParameters;
  readonly #total: number;

  constructor(parameters: MatchParameters) {
    this.#p = parameters;
    this.#total = PARTS.reduce((sum, part) => sum + parameters.weights[part], 0);
  }

  score(a: Person, b: Person): Score {
    const parts = this.parts(a, b);
    return { score: this.#scoreOf(parts), parts };
  }

  likeness(a: Person, b: Person): Likeness {
    const { score, parts } = this.score(a, b);
    let lost = 0;
    for (const part of PARTS) lost += (1 - (parts[part] ?? 1)) * this.#p.weights[part];
    return { score, points: rounded(HUNDRED - (lost / this.#total) * HUNDRED), near: nearYearAlone(parts) };
  }

  /**
   * The same where a score of at least `least` is wanted; `undefined` for less. Most pairs are given up at their birth
   * dates, most others at the first of their names.
   */
  scoreFrom(a: Person, b: Person, least: number): Score | undefined {
    const { weights } = this.#p;
    // Rounded scores may be greater than what they are rounded from.
    let most = ((HUNDRED - least + ROUNDING) * this.#total) / HUNDRED;
    const lose = (part: PartName, value: number | undefined): boolean => {
      most -= (1 - (value ?? 1)) * weights[part];
      return most < 0;
    };
    if (lose('BirthYear', this.#year(a, b))) return undefined;
    if (lose('BirthMonth', this.#ofMonth(a, b, 'month')) || lose('BirthDay', this.#ofMonth(a, b, 'day')))
      return undefined;
    if (this.#isFar(a.first, b.first) && !isJoined(a, b) && !isAlias(a.first, b.first, a.aliasFirst, b.aliasFirst))
      if (lose('FirstName', 0)) return undefined;
    if (this.#isFar(a.last, b.last) && !isAlias(a.last, b.last, a.aliasLast, b.aliasLast))
      if (lose('LastName', 0)) return undefined;
    const scored = this.score(a, b);
    return scored.score < least ? undefined : scored;
  }

  parts(a: Person, b: Person): PartValues {
    const joined = isJoined(a, b);
    return {
      BirthYear: this.#year(a, b),
      FirstName: this.#name(a.first, b.first, joined || isAlias(a.first, b.first, a.aliasFirst, b.aliasFirst)),
      LastName: this.#name(a.last, b.last, isAlias(a.last, b.last, a.aliasLast, b.aliasLast)),
      MiddleName:
        a.middle.sent === '' || b.middle.sent === ''
          ? undefined
          : this.#name(a.middle, b.middle, joined || isAlias(a.middle, b.middle, a.aliasMiddle, b.aliasMiddle)),
      BirthMonth: this.#ofMonth(a, b, 'month'),
      BirthDay: this.#ofMonth(a, b, 'day'),
    };
  }

  #scoreOf(parts: PartValues): number {
    let got = 0;
    let possible = 0;
    for (const part of PARTS) {
      const value = parts[part];
      if (value === undefined) continue;
      got += value * this.#p.weights[part];
      possible += this.#p.weights[part];
    }
    return possible === 0 ? 0 : rounded((got / possible) * HUNDRED);
  }

  #name(a: Name, b: Name, isKnownOtherwise: boolean): number | undefined {
    if (a.sent === '' || b.sent === '') return a.sent === b.sent ? undefined : 0;
    if (a.sent === b.sent) return 1;
    if (a.plain === b.plain) return this.#p.matchValueButForForm;
    if (isKnownOtherwise) return this.#p.matchValueAlias;
    const { matchShortNameLetters, matchShortNameEdits, matchLongNameEdits } = this.#p;
    const isShort = Math.min(a.plain.length, b.plain.length) <= matchShortNameLetters;
    if (this.#isFar(a, b)) return 0;
    return isWithin(a.plain, b.plain, isShort ? matchShortNameEdits : matchLongNameEdits)
      ? this.#p.matchValueNearName
      : 0;
  }

  /** Whether only one of two names has more letters than edits can account for: quick, and never wrong about it. */
  #isFar(a: Name, b: Name): boolean {
    return a.plain !== b.plain && bitsIn(a.letters ^ b.letters) > 2 * this.#p.matchLongNameEdits;
  }

  #year({ year: a }: Person, { year: b }: Person): number | undefined {
    if (a === b) return a === 0 ? undefined : 1;
    return a !== 0 && b !== 0 && Math.abs(a - b) <= this.#p.matchNearYears ? this.#p.matchValueNearYear : 0;
  }

  #ofMonth(a: Person, b: Person, which: 'month' | 'day'): number | undefined {
    if (a[which] === b[which]) return a[which] === 0 ? undefined : 1;
    return isSwapped(a, b) ? this.#p.matchValueSwapped : 0;
  }
}

const rounded = (score: number): number => Math.round(score * DECIMALS) / DECIMALS;

/** Whether nothing takes from the score but a near birth year. */
const nearYearAlone = (parts: PartValues): boolean =>
  PARTS.every((part) =>
    part === 'BirthYear' ? (parts[part] ?? 0) > 0 && parts[part] !== 1 : (parts[part] ?? 1) === 1,
  );

/** Whether first and middle name of one are those of the other, divided in another way. */
const isJoined = (a: Person, b: Person): boolean =>
  a.joined === b.joined && a.joined !== '' && a.first.plain !== b.first.plain;

const isAlias = (one: Name, other: Name, aliasOfOne: string, aliasOfOther: string): boolean =>
  (one.plain !== '' && one.plain === aliasOfOther) || (other.plain !== '' && other.plain === aliasOfOne);

/** How many bits of a number are set. */
function bitsIn(number: number): number {
  let bits = 0;
  for (let rest = number; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

/** Whether the month of one is the day of the other, and the reverse. */
export const isSwapped = (a: Person, b: Person): boolean =>
  a.month !== a.day && a.month !== 0 && a.month === b.day && a.day === b.month;
