import { UserError } from '#base/user-error';
import { Bytes } from './bytes.ts';
import { makeDays, open } from './calendar.ts';
import { prepareCareers } from './enrollments.ts';
import type { Information } from './information.ts';
import { prepareInformation } from './information.ts';
import type { LineWriter, SampleLayout, Style } from './lines.ts';
import { alsoKeysOf, prepareChoices, prepareLines } from './lines.ts';
import { makePlaces } from './places.ts';
import { preparePrograms } from './programs.ts';
import { Random, textPicker } from './random.ts';
import type { Recipe, RecordRecipe } from './recipe.ts';
import { prepareStatuses } from './statuses.ts';
import type { Enrollment, SampleRecord, Student } from './student.ts';

/** What a sample is made of. The same options, recipe and layouts give the same bytes. */
export interface SampleOptions {
  /** How many students. */
  readonly students: number;
  /** Any whole number. */
  readonly seed: number;
  /** How many LEAs they attend. */
  readonly leas: number;
  readonly style: Style;
  /** The calendar year in which the first academic year starts; the recipe's when not given. */
  readonly firstYear?: number;
  /** The calendar year in which the last academic year starts; the recipe's when not given. */
  readonly lastYear?: number;
}

/** Some lines of one record type, each with its line end, as UTF-8. */
export interface SampleChunk {
  readonly recordType: string;
  readonly bytes: Uint8Array;
  /** How many lines that is. */
  readonly lines: number;
}

const chunkSize = 1 << 18;
const spare = 1 << 14;
const yearsBefore = 30;
const yearsAfter = 3;

/** The greatest number of LEAs that the codes of a sample can tell apart. */
export const mostLEAs = 9900;

/**
 * Takes a recipe, the layouts of the record types it names, and options; gives the sample as chunks of whole lines,
 * student by student, so that memory does not grow with the number of students. Throws a UserError for options that
 * make no sample.
 */
export function* generateSample(
  recipe: Recipe,
  layouts: readonly SampleLayout[],
  options: SampleOptions,
): Generator<SampleChunk, void, undefined> {
  const { students, seed, leas, style } = options;
  const firstYear = options.firstYear ?? recipe.years.first;
  const lastYear = options.lastYear ?? recipe.years.last;
  checkOptions(recipe, options, firstYear, lastYear);

  const days = makeDays(firstYear - yearsBefore, lastYear + yearsAfter, recipe.calendar.yearStarts);
  const lastDay = days.of(lastYear + 1, recipe.calendar.yearStarts) - 1;
  const random = new Random(seed, open);
  const places = makePlaces(recipe.places, leas, random);
  const career = prepareCareers(recipe, days, places, firstYear, lastYear);
  const information = prepareInformation(recipe.information, places);
  const programs = preparePrograms(recipe.programs, days, places);
  const gender = textPicker(recipe.students.genders);
  const choices = prepareChoices(recipe);
  const people = recipe.students;

  const types = Object.entries(recipe.records).map(([recordType, recordRecipe]) => {
    const layout = layouts.find((layout) => layout.recordType === recordType);
    if (!layout)
      throw new Error(`The recipe makes ${recordType} records, but no layout of that record type was given.`);
    return {
      recordType,
      history: recordRecipe.history,
      statuses:
        recordRecipe.history === 'statuses'
          ? prepareStatuses(recordRecipe.sequences, days, places, lastDay)
          : undefined,
      lines: prepareLines(recipe, layout, alsoKeysOf(shapesOf(recipe, recordRecipe)), choices, style, days),
      out: new Bytes(chunkSize + spare),
      count: 0,
    };
  });

  const write = (type: { lines: LineWriter; out: Bytes; count: number }, record: SampleRecord) => {
    type.count += type.lines.write(record, type.out, random);
  };

  for (let ordinal = 0; ordinal < students; ordinal++) {
    // Each student has a sequence of his own: the first thousand students of a sample stay the same however many
    // follow.
    random.restart(seed, ordinal);
    const { enrollments, cohort } = career(random);
    const entry = (enrollments[0] as Enrollment).start;
    const born = days.of(cohort, recipe.calendar.yearStarts) - people.ageOnFirstRung * 365 - random.below(365);
    const initialUS = random.chance(people.initialUSDate.share)
      ? entry - random.between(people.initialUSDate.beforeFirstEnrollment)
      : open;
    const student: Student = {
      ordinal: String(ordinal).padStart(7, '0'),
      ssid: ssidOf(people.ssid, ordinal, seed),
      firstName: oneOf(people.firstNames, random),
      middleName: random.chance(people.withMiddleName) ? oneOf(people.middleNames, random) : '',
      lastName: oneOf(people.lastNames, random),
      birthDate: days.text(Math.max(born, 0)),
      gender: gender(random),
      initialUSDate: days.text(initialUS === open ? open : Math.max(initialUS, 0)),
      chosen: choices.pick(random),
    };
    const withoutEnrollment = random.chance(people.withoutEnrollment);
    for (const type of types) {
      type.lines.begin(student);
      if (type.history === 'enrollments') {
        if (!withoutEnrollment) for (const enrollment of enrollments) write(type, ofEnrollment(enrollment));
      } else if (type.history === 'information') {
        for (const record of information(random, enrollments)) write(type, ofInformation(record));
      } else {
        const records = type.statuses ? type.statuses(random, enrollments) : programs(random, enrollments);
        for (const record of records) write(type, ofOther(record));
      }
      if (type.out.length >= chunkSize) {
        yield { recordType: type.recordType, bytes: type.out.take(), lines: type.count };
        type.count = 0;
      }
    }
  }
  for (const type of types)
    if (type.count > 0) yield { recordType: type.recordType, bytes: type.out.take(), lines: type.count };
}

function checkOptions(recipe: Recipe, options: SampleOptions, firstYear: number, lastYear: number): void {
  const { students, seed, leas } = options;
  const most = 10 ** recipe.students.ssid.digits;
  if (!Number.isInteger(students) || students < 0 || students > most) {
    throw new UserError(
      `A sample has 0 to ${most} students, as many as there are synthetic SSIDs; ${students} were asked for.`,
    );
  }
  if (!Number.isInteger(leas) || leas < 1 || leas > mostLEAs)
    throw new UserError(`A sample has 1 to ${mostLEAs} LEAs; ${leas} were asked for.`);
  if (!Number.isInteger(seed)) throw new UserError(`The seed of a sample is a whole number; ${seed} is not.`);
  if (
    !Number.isInteger(firstYear) ||
    !Number.isInteger(lastYear) ||
    firstYear > lastYear ||
    firstYear < 1900 ||
    lastYear > 2200
  ) {
    throw new UserError(
      `The years of a sample run from a first to a last one within 1900 and 2200; ${firstYear} to ${lastYear} do not.`,
    );
  }
}

function shapesOf(recipe: Recipe, record: RecordRecipe) {
  if (record.history === 'enrollments') {
    return [...recipe.enrollments.years, ...recipe.enrollments.lastRungYears].flatMap((shape) => shape.enrollments);
  }
  if (record.history === 'programs') return recipe.programs.kinds;
  return record.history === 'statuses' ? record.sequences.flatMap((sequence) => [sequence, ...sequence.statuses]) : [];
}

function oneOf(list: readonly string[], random: Random): string {
  return list[random.below(list.length)] as string;
}

function ssidOf(ssid: Recipe['students']['ssid'], ordinal: number, seed: number): string {
  // The multiplier shares no factor with a power of ten, so each ordinal has a number of its own.
  const numbers = 10 ** ssid.digits;
  const number = (ordinal * 61803399 + (Math.abs(seed) % numbers)) % numbers;
  return ssid.prefix + String(number).padStart(ssid.digits, '0');
}

function ofEnrollment(enrollment: Enrollment): SampleRecord {
  return {
    lea: enrollment.lea,
    school: enrollment.school,
    start: enrollment.start,
    end: enrollment.end,
    code: enrollment.status,
    grade: enrollment.grade,
    exit: enrollment.exit,
    completion: enrollment.completion,
    initialStart: open,
    background: undefined,
    also: enrollment.also,
  };
}

function ofInformation(record: Information): SampleRecord {
  return {
    lea: record.lea,
    school: record.school,
    start: record.start,
    end: record.end,
    code: '',
    grade: '',
    exit: '',
    completion: '',
    initialStart: open,
    background: record.background,
    also: undefined,
  };
}

function ofOther(
  record: Pick<SampleRecord, 'lea' | 'school' | 'start' | 'code' | 'also'> & {
    readonly end?: number;
    readonly initialStart?: number;
  },
): SampleRecord {
  return {
    lea: record.lea,
    school: record.school,
    start: record.start,
    end: record.end ?? open,
    code: record.code,
    grade: '',
    exit: '',
    completion: '',
    initialStart: record.initialStart ?? open,
    background: undefined,
    also: record.also,
  };
}
