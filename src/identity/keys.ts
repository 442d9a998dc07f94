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

/** Each form of first and last name. */
const namesOf = (person: Person): string[] => [
  ...firstForms(person).map((name) => `f${name}`),
  ...lastForms(person).map((name) => `l${name}`),
];

/** Without the year, or with one of month and day only. */
function partsOfDate({ first, last, year, month, day }: Person): string[] {
  const [f, l] = [initial(first.plain), initial(last.plain)];
  return [
    `e${month}.${day}.${first.plain}.${last.plain}`,
    `m${year}.${month}.f${f}`,
    `m${year}.${month}.l${l}`,
    `t${year}.${day}.f${f}`,
    `t${year}.${day}.l${l}`,
  ];
}
