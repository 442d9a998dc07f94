import type { Days } from './calendar.ts';
import { open } from './calendar.ts';
import { prepareAlso } from './enrollments.ts';
import type { LEA, Places } from './places.ts';
import type { Picker, Random } from './random.ts';
import { numberPicker, pickerOf, textPicker } from './random.ts';
import type { ProgramShape, ProgramsRecipe, RelativeDay, Touch } from './recipe.ts';
import type { AlsoPickers, Enrollment } from './student.ts';

/** A program record before it is written. */
export interface Program {
  readonly lea: LEA;
  readonly school: string;
  readonly start: number;
  readonly end: number;
  readonly code: string;
  readonly also: AlsoPickers;
}

interface Kind {
  readonly recipe: ProgramShape;
  readonly from: number;
  readonly through: number;
  readonly startDay: Picker<string> | undefined;
  readonly endDay: Picker<string> | undefined;
  readonly also: AlsoPickers;
}

/**
 * Takes the recipe, the days and the LEAs; gives a function that makes the program records that go with a student's
 * enrollments.
 */
export function preparePrograms(
  recipe: ProgramsRecipe,
  days: Days,
  places: Places,
): (random: Random, enrollments: readonly Enrollment[]) => Program[] {
  const count = numberPicker(recipe.counts);
  const touches = pickerOf(
    recipe.touches,
    recipe.touches.map(({ weight }) => weight),
  );
  const kinds = recipe.kinds.map(
    (kind): Kind => ({
      recipe: kind,
      from: kind.from === undefined ? 0 : days.find(kind.from),
      through: kind.through === undefined ? Number.MAX_SAFE_INTEGER : days.find(kind.through),
      startDay: kind.starts && textPicker(kind.starts.days),
      endDay: kind.ends && textPicker(kind.ends.days),
      also: prepareAlso(kind.also),
    }),
  );
  const chosen = kinds.filter(({ recipe }) => recipe.weight > 0);
  const given = kinds.filter(({ recipe }) => recipe.given);
  const anyKind = pickerOf(
    chosen,
    chosen.map(({ recipe }) => recipe.weight),
  );

  function make(random: Random, kind: Kind, enrollment: Enrollment): Program | undefined {
    const { start, end } = daysOf(kind, touches(random), enrollment, random, days);
    if ((start < kind.from || start > kind.through) && !random.chance(recipe.outsideDays)) return undefined;
    let { lea, school } = enrollment;
    if (random.chance(recipe.otherLEA)) {
      lea = places.otherLEA(random, lea);
      school = places.school(random, lea);
    } else if (random.chance(recipe.otherSchool)) school = places.otherSchool(random, lea, school);
    return { lea, school, start, end, code: kind.recipe.program, also: kind.also };
  }

  return (random, enrollments) => {
    const records: Program[] = [];
    const add = (program: Program | undefined) => {
      // The same program twice from one day would be one record sent twice.
      if (!program || records.some(({ code, start }) => code === program.code && start === program.start)) return false;
      return records.push(program) > 0;
    };
    for (const kind of given)
      for (const enrollment of enrollments)
        if (enrollment.rung === kind.recipe.given?.rung && random.chance(kind.recipe.given.share))
          add(make(random, kind, enrollment));
    for (let left = count(random); left > 0; left--) {
      const enrollment = enrollments[random.below(enrollments.length)] as Enrollment;
      // A kind that was not in effect on that day is not put off to another day: another kind is tried.
      for (let attempt = 0; attempt < 4; attempt++) if (add(make(random, anyKind(random), enrollment))) break;
    }
    return records;
  };
}

/** The first and the last day of a program: as they lie to the enrollment, or on which its kind often begins and ends. */
function daysOf(
  { recipe, startDay, endDay }: Kind,
  touch: Touch,
  enrollment: Enrollment,
  random: Random,
  days: Days,
): { readonly start: number; readonly end: number } {
  let start = dayOf(touch.start, enrollment, random);
  let end = touch.end === 'open' ? open : Math.max(start, dayOf(touch.end, enrollment, random));
  if (startDay && random.chance(recipe.starts?.share ?? 0)) {
    const day = days.find(startDay(random));
    if (day >= 0) start = day;
    if (end !== open && end < start) end = open;
  }
  if (endDay && random.chance(recipe.ends?.share ?? 0)) {
    const day = days.find(endDay(random));
    if (day >= start) end = day;
  }
  return { start, end };
}

function dayOf(day: RelativeDay, enrollment: Enrollment, random: Random): number {
  const end = enrollment.end === open ? enrollment.start + 250 : Math.max(enrollment.start, enrollment.end);
  return (day.of === 'start' ? enrollment.start : end) + random.between(day.plus);
}
