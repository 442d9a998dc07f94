import type { Days } from './calendar.ts';
import { open } from './calendar.ts';
import type { LEA, Places } from './places.ts';
import type { Picker, Random, Weights } from './random.ts';
import { numberPicker, pickerOf, textPicker } from './random.ts';
import type { Also, EnrollmentStep, Recipe, YearShape } from './recipe.ts';
import type { AlsoPickers, Enrollment } from './student.ts';

/** A student's way through school: the enrollments, at least one, in the order in which they came about. */
export interface Career {
  readonly enrollments: readonly Enrollment[];
  /** The year in which students of this age start on the first rung. */
  readonly cohort: number;
}

interface Step {
  readonly recipe: EnrollmentStep;
  readonly exit: Picker<string>;
  readonly completion: Picker<string>;
  readonly also: AlsoPickers;
}

interface Year {
  readonly recipe: YearShape;
  readonly steps: readonly Step[];
}

interface Place {
  readonly lea: LEA;
  readonly school: string;
}

/** How far a student has come when a year begins, and where the student goes to school then. */
interface Way {
  readonly year: number;
  readonly rung: number;
  readonly place: Place;
}

/** The first and the last day of school. */
interface SchoolYear {
  readonly first: number;
  readonly last: number;
}

/** Takes the recipe, the days, the LEAs and the span of years; gives a function that makes one career. */
export function prepareCareers(
  recipe: Recipe,
  days: Days,
  places: Places,
  firstYear: number,
  lastYear: number,
): Picker<Career> {
  const careers = new Careers(recipe, days, places, firstYear, lastYear);
  return (random) => careers.make(random);
}

/** Makes careers. What is random is drawn in one order, so that a seed always gives the same students. */
class Careers {
  readonly #ladder: Recipe['grades']['ladder'];
  readonly #lastRung: number;
  readonly #recipe: Recipe['enrollments'];
  readonly #places: Places;
  readonly #firstYear: number;
  readonly #lastYear: number;
  readonly #progress: Picker<number>;
  readonly #firstDays = new Map<number, Picker<number>>();
  readonly #lastDays = new Map<number, Picker<number>>();
  readonly #years: (random: Random, year: number) => Year;
  readonly #lastRungYears: (random: Random, year: number) => Year;

  constructor(recipe: Recipe, days: Days, places: Places, firstYear: number, lastYear: number) {
    this.#ladder = recipe.grades.ladder;
    this.#lastRung = this.#ladder.length - 1;
    this.#recipe = recipe.enrollments;
    this.#places = places;
    this.#firstYear = firstYear;
    this.#lastYear = lastYear;
    this.#progress = numberPicker(recipe.grades.progress);
    for (let year = firstYear; year <= lastYear; year++) {
      this.#firstDays.set(year, dayPicker(recipe.calendar.firstDays, days, year));
      this.#lastDays.set(year, dayPicker(recipe.calendar.lastDays, days, year + 1));
    }
    this.#years = prepareYears(recipe.enrollments.years);
    this.#lastRungYears = prepareYears(recipe.enrollments.lastRungYears);
  }

  make(random: Random): Career {
    // Students who were on the ladder before the first year come into sight in its middle.
    const cohort = this.#lastYear - random.below(this.#lastYear - this.#firstYear + 1 + this.#lastRung);
    const enrollments: Enrollment[] = [];
    for (let way = this.#arrival(cohort, random); way.year <= this.#lastYear && way.rung <= this.#lastRung; ) {
      const year = (way.rung === this.#lastRung ? this.#lastRungYears : this.#years)(random, way.year);
      const place = this.#attend(way, year, enrollments, random);
      if (random.chance(year.recipe.leaves ?? 0)) break;
      way = this.#next({ ...way, place }, year, random);
    }
    return { enrollments, cohort };
  }

  /** Where a student comes into sight. */
  #arrival(cohort: number, random: Random): Way {
    const { lateArrival } = this.#recipe;
    let year = Math.max(this.#firstYear, cohort);
    if (random.chance(lateArrival.share)) year = Math.min(year + random.between(lateArrival.years), this.#lastYear);
    let rung = Math.min(year - cohort, this.#lastRung);
    if (year < this.#lastYear && random.chance(this.#ladder[rung]?.skipped ?? 0)) {
      year++;
      rung++;
    }
    const lea = this.#places.lea(random);
    return { year, rung, place: { lea, school: this.#places.school(random, lea) } };
  }

  /** Adds the enrollments of a year; gives where the student is when it is over. */
  #attend(way: Way, { steps }: Year, enrollments: Enrollment[], random: Random): Place {
    const days: SchoolYear = {
      first: (this.#firstDays.get(way.year) as Picker<number>)(random),
      last: (this.#lastDays.get(way.year) as Picker<number>)(random),
    };
    let previousEnd = days.first;
    let staysAt = way.place;
    for (const step of steps) {
      const place = this.#placeOf(step.recipe, way.place, random);
      const enrollment = this.#enrollment(step, { ...way, place }, days, previousEnd, random);
      enrollments.push(enrollment);
      previousEnd = enrollment.end === open ? days.last : Math.max(enrollment.end, enrollment.start);
      if (step.recipe.stays) staysAt = place;
    }
    return staysAt;
  }

  #placeOf({ place }: EnrollmentStep, { lea, school }: Place, random: Random): Place {
    if (place === 'otherLEA') {
      const other = this.#places.otherLEA(random, lea);
      return { lea: other, school: this.#places.school(random, other) };
    }
    return { lea, school: place === 'otherSchool' ? this.#places.otherSchool(random, lea, school) : school };
  }

  #enrollment(
    { recipe: step, exit, completion, also }: Step,
    { year, rung, place }: Way,
    days: SchoolYear,
    previousEnd: number,
    random: Random,
  ): Enrollment {
    const start =
      'at' in step.start ? dayAt(days, step.start.at, random) : previousEnd + random.between(step.start.after);
    const end = this.#end(step.end, start, year, days, random);
    const shifted = Math.min(Math.max(rung + (step.gradeShift ?? 0), 0), this.#lastRung);
    return {
      lea: place.lea,
      school: step.school ?? place.school,
      start,
      end,
      rung: shifted,
      grade: step.grade ?? gradeOf(this.#ladder[shifted], year),
      status: step.status,
      exit: end === open ? '' : exit(random),
      completion: end === open ? '' : completion(random),
      also,
    };
  }

  #end(end: EnrollmentStep['end'], start: number, year: number, days: SchoolYear, random: Random): number {
    if (end === 'open') return open;
    if (end === 'yearEnd')
      return year === this.#lastYear && random.chance(this.#recipe.stillOpen) ? open : Math.max(days.last, start);
    return 'lasts' in end ? start + random.between(end.lasts) - 1 : Math.max(dayAt(days, end.at, random), start);
  }

  /** The next year at school, with the rung that the student has climbed to by then. */
  #next({ year, rung, place }: Way, { recipe }: Year, random: Random): Way {
    const nextYear = year + 1 + (recipe.away ? random.between(recipe.away) : 0);
    const climbed = this.#progress(random);
    const nextRung = rung + climbed;
    const { lea, school } = place;
    const changesSchool = climbed > 0 && random.chance(this.#ladder[nextRung]?.newSchool ?? 0);
    return {
      year: nextYear,
      rung: nextRung,
      place: changesSchool ? { lea, school: this.#places.otherSchool(random, lea, school) } : place,
    };
  }
}

/** Takes values that a shape gives to columns; gives their pickers. */
export function prepareAlso(...values: readonly (Also | undefined)[]): AlsoPickers {
  const pickers = new Map(
    values.flatMap((also) => Object.entries(also ?? {})).map(([key, weights]) => [key, textPicker(weights)] as const),
  );
  return pickers.size > 0 ? pickers : undefined;
}

function prepareYears(shapes: readonly YearShape[]): (random: Random, year: number) => Year {
  const years = shapes.map((shape): Year => ({ recipe: shape, steps: shape.enrollments.map(prepareStep) }));
  const pickers = new Map<number, Picker<Year>>();
  return (random, year) => {
    let pick = pickers.get(year);
    if (pick === undefined) {
      const possible = years.filter(
        ({ recipe }) => (recipe.fromYear ?? year) <= year && year <= (recipe.throughYear ?? year),
      );
      pick = pickerOf(
        possible,
        possible.map(({ recipe }) => recipe.weight),
      );
      pickers.set(year, pick);
    }
    return pick(random);
  };
}

function prepareStep(step: EnrollmentStep): Step {
  const blank: Weights = { '': 1 };
  return {
    recipe: step,
    exit: textPicker(step.exit ?? blank),
    completion: textPicker(step.completion ?? blank),
    also: prepareAlso(step.also),
  };
}

function dayPicker(monthDays: Weights, days: Days, year: number): Picker<number> {
  return pickerOf(
    Object.keys(monthDays).map((monthDay) => days.of(year, monthDay)),
    Object.values(monthDays),
  );
}

function dayAt({ first, last }: SchoolYear, at: readonly [number, number], random: Random): number {
  const share = at[0] === at[1] ? at[0] : at[0] + (at[1] - at[0]) * (random.below(1000) / 1000);
  return first + Math.round((last - first) * share);
}

function gradeOf(rung: Recipe['grades']['ladder'][number] | undefined, year: number): string {
  return (
    rung?.codes.find(({ fromYear = year, throughYear = year }) => fromYear <= year && year <= throughYear)?.code ?? ''
  );
}
