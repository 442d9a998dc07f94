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

/** Takes the recipe, the days, the LEAs and the span of years; gives a function that makes one career. */
export function prepareCareers(
  recipe: Recipe,
  days: Days,
  places: Places,
  firstYear: number,
  lastYear: number,
): Picker<Career> {
  const { ladder } = recipe.grades;
  const { lateArrival, stillOpen } = recipe.enrollments;
  const lastRung = ladder.length - 1;
  const progress = numberPicker(recipe.grades.progress);
  const firstDays = new Map<number, Picker<number>>();
  const lastDays = new Map<number, Picker<number>>();
  for (let year = firstYear; year <= lastYear; year++) {
    firstDays.set(year, dayPicker(recipe.calendar.firstDays, days, year));
    lastDays.set(year, dayPicker(recipe.calendar.lastDays, days, year + 1));
  }
  const yearPicker = prepareYears(recipe.enrollments.years);
  const lastRungPicker = prepareYears(recipe.enrollments.lastRungYears);
  // Students who were on the ladder before the first year come into sight in its middle.
  const cohorts = lastYear - firstYear + 1 + lastRung;

  return (random) => {
    const cohort = lastYear - random.below(cohorts);
    let year = Math.max(firstYear, cohort);
    if (random.chance(lateArrival.share)) year = Math.min(year + random.between(lateArrival.years), lastYear);
    let rung = Math.min(year - cohort, lastRung);
    if (year < lastYear && random.chance(ladder[rung]?.skipped ?? 0)) {
      year++;
      rung++;
    }
    let lea = places.lea(random);
    let school = places.school(random, lea);
    const enrollments: Enrollment[] = [];
    while (year <= lastYear && rung <= lastRung) {
      const shape = (rung === lastRung ? lastRungPicker : yearPicker)(random, year);
      const first = (firstDays.get(year) as Picker<number>)(random);
      const last = (lastDays.get(year) as Picker<number>)(random);
      let previousEnd = first;
      let nextLEA = lea;
      let nextSchool = school;
      for (const { recipe: step, exit, completion, also } of shape.steps) {
        let stepLEA: LEA = lea;
        let stepSchool = school;
        if (step.place === 'otherLEA') {
          stepLEA = places.otherLEA(random, lea);
          stepSchool = places.school(random, stepLEA);
        } else if (step.place === 'otherSchool') stepSchool = places.otherSchool(random, lea, school);
        const start =
          'at' in step.start
            ? dayAt(first, last, step.start.at, random)
            : previousEnd + random.between(step.start.after);
        let end: number;
        if (step.end === 'open') end = open;
        else if (step.end === 'yearEnd')
          end = year === lastYear && random.chance(stillOpen) ? open : Math.max(last, start);
        else if ('lasts' in step.end) end = start + random.between(step.end.lasts) - 1;
        else end = Math.max(dayAt(first, last, step.end.at, random), start);
        const stepRung = Math.min(Math.max(rung + (step.gradeShift ?? 0), 0), lastRung);
        enrollments.push({
          lea: stepLEA,
          school: step.school ?? stepSchool,
          start,
          end,
          rung: stepRung,
          grade: step.grade ?? gradeOf(ladder[stepRung], year),
          status: step.status,
          exit: end === open ? '' : exit(random),
          completion: end === open ? '' : completion(random),
          also,
        });
        previousEnd = end === open ? last : Math.max(end, start);
        if (step.stays) {
          nextLEA = stepLEA;
          nextSchool = stepSchool;
        }
      }
      lea = nextLEA;
      school = nextSchool;
      if (random.chance(shape.recipe.leaves ?? 0)) break;
      year += 1 + (shape.recipe.away ? random.between(shape.recipe.away) : 0);
      const climbed = progress(random);
      rung += climbed;
      if (climbed > 0 && random.chance(ladder[rung]?.newSchool ?? 0)) school = places.otherSchool(random, lea, school);
    }
    return { enrollments, cohort };
  };
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

function dayAt(first: number, last: number, at: readonly [number, number], random: Random): number {
  const share = at[0] === at[1] ? at[0] : at[0] + (at[1] - at[0]) * (random.below(1000) / 1000);
  return first + Math.round((last - first) * share);
}

function gradeOf(rung: Recipe['grades']['ladder'][number] | undefined, year: number): string {
  return (
    rung?.codes.find(({ fromYear = year, throughYear = year }) => fromYear <= year && year <= throughYear)?.code ?? ''
  );
}
