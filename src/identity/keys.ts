/**
 * Keys by which two persons are found who may be one. Two persons are compared when a key of one is a key to look for of
 * the other; README.md says which pairs that misses.
 *
 * What a candidate may lose decides them. Whoever has the whole birth date in common, or month and day swapped, is found
 * by that. With the year off, or with month and day both different, both names must be near and one of them equal. With
 * the year right and month or day different, both names must be near. With the year quite different, all else is equal.
 */
import type { Person } from './person.ts';

/** Numbers of days, so that a key is one text. */
const dateKey = (year: number, month: number, day: number): string => `d${year}.${month}.${day}`;
const initial = (name: string): string => name.slice(0, 1);

/** Of a name and its other forms, without blank ones and without repeats. */
const forms = (...names: readonly string[]): string[] => [...new Set(names)].filter((name) => name !== '');

const firstForms = ({ first, joined, aliasFirst }: Person): string[] => forms(first.plain, joined, aliasFirst);
const lastForms = ({ last, aliasLast }: Person): string[] => forms(last.plain, aliasLast);

/** The keys of a student. */
export function keysOf(person: Person): string[] {
  const { year, month, day } = person;
  return [dateKey(year, month, day), ...namesOf(person).map((name) => `${name}.${year}`), ...partsOfDate(person)];
}

/**
 * The keys under which those are found whom a request may be about.
 * @param nearYears how many years birth years may differ by
 */
export function keysToLookFor(person: Person, nearYears: number): string[] {
  const { year, month, day } = person;
  const years = Array.from({ length: 2 * nearYears + 1 }, (_, i) => year - nearYears + i);
  return [
    ...new Set([
      dateKey(year, month, day),
      dateKey(year, day, month),
      ...namesOf(person).flatMap((name) => years.map((near) => `${name}.${near}`)),
      ...partsOfDate(person),
    ]),
  ];
}

/**
 * Each form of one name with the first letter of the other, and with its last one: a letter or two that differ are hardly
 * ever at both ends.
 */
function namesOf(person: Person): string[] {
  const [firsts, lasts] = [firstForms(person), lastForms(person)];
  const [firstEnds, lastEnds] = [endsOf(firsts), endsOf(lasts)];
  return [
    ...firsts.flatMap((name) => lastEnds.map((end) => `f${name}.${end}`)),
    ...lasts.flatMap((name) => firstEnds.map((end) => `l${name}.${end}`)),
  ];
}

const endsOf = (names: readonly string[]): string[] => [
  ...new Set(names.flatMap((name) => [`<${initial(name)}`, `>${name.slice(-1)}`])),
];

/** Without the year, or with one of month and day only. */
function partsOfDate(person: Person): string[] {
  const { first, last, year, month, day } = person;
  const initials = new Set([
    ...firstForms(person).map((name) => `f${initial(name)}`),
    ...lastForms(person).map((name) => `l${initial(name)}`),
  ]);
  return [
    `e${month}.${day}.${first.plain}.${last.plain}`,
    ...[...initials].flatMap((letter) => [`m${year}.${month}.${letter}`, `t${year}.${day}.${letter}`]),
  ];
}
