import type { Days } from './calendar.ts';
import { open } from './calendar.ts';
import type { Career } from './enrollments.ts';
import type { Choices } from './lines.ts';
import type { Random } from './random.ts';
import { textPicker } from './random.ts';
import type { Recipe } from './recipe.ts';
import type { Enrollment, Student } from './student.ts';

/**
 * Takes the recipe, the days, the columns that are chosen once for a student, and the seed; gives a function that makes
 * the student of a number who has a career.
 */
export function preparePeople(
  recipe: Recipe,
  days: Days,
  choices: Choices,
  seed: number,
): (random: Random, ordinal: number, career: Career) => Student {
  const people = recipe.students;
  const gender = textPicker(people.genders);
  return (random, ordinal, { enrollments, cohort }) => {
    const entry = (enrollments[0] as Enrollment).start;
    const born = days.of(cohort, recipe.calendar.yearStarts) - people.ageOnFirstRung * 365 - random.below(365);
    const initialUS = random.chance(people.initialUSDate.share)
      ? entry - random.between(people.initialUSDate.beforeFirstEnrollment)
      : open;
    return {
      ordinal: String(ordinal).padStart(7, '0'),
      ssid: ssidOf(people.ssid, ordinal, seed),
      firstName: oneOf(people.firstNames, random),
      middleName: middleNameOf(people, random),
      lastName: oneOf(people.lastNames, random),
      aliasLastName: '',
      birthDate: days.text(Math.max(born, 0)),
      gender: gender(random),
      initialUSDate: days.text(initialUS === open ? open : Math.max(initialUS, 0)),
      chosen: choices.pick(random),
    };
  };
}

/** A middle name; `''` for many. */
export const middleNameOf = (people: Recipe['students'], random: Random): string =>
  random.chance(people.withMiddleName) ? oneOf(people.middleNames, random) : '';

function oneOf(list: readonly string[], random: Random): string {
  return list[random.below(list.length)] as string;
}

/** The SSID of a number among students: another one for each. */
export function ssidOf(ssid: Recipe['students']['ssid'], ordinal: number, seed: number): string {
  // The multiplier shares no factor with a power of ten, so each ordinal has a number of its own.
  const numbers = 10 ** ssid.digits;
  const number = (ordinal * 61803399 + (Math.abs(seed) % numbers)) % numbers;
  return ssid.prefix + String(number).padStart(ssid.digits, '0');
}
