import type { Days } from './calendar.ts';
import { open } from './calendar.ts';
import { prepareAlso } from './enrollments.ts';
import type { LEA, Places } from './places.ts';
import type { Random } from './random.ts';
import { pickerOf } from './random.ts';
import type { StatusSequence, StatusStep } from './recipe.ts';
import type { AlsoPickers, Enrollment } from './student.ts';

/** A status record before it is written; a status holds until the next one. */
export interface Status {
  readonly lea: LEA;
  readonly school: string;
  readonly start: number;
  readonly code: string;
  /** The start of the student's first status. */
  readonly initialStart: number;
  readonly also: AlsoPickers;
}

interface Step {
  readonly recipe: StatusStep;
  readonly notBefore: number;
  readonly also: AlsoPickers;
}

/**
 * Takes sequences of statuses, the days, the LEAs and the last day of the sample; gives a function that makes the
 * status records of a student. Statuses that would start after the student has left are left out, which is how
 * unfinished sequences come about.
 */
export function prepareStatuses(
  sequences: readonly StatusSequence[],
  days: Days,
  places: Places,
  lastDay: number,
): (random: Random, enrollments: readonly Enrollment[]) => Status[] {
  const prepared = sequences.map((sequence) =>
    sequence.statuses.map(
      (step): Step => ({
        recipe: step,
        notBefore: step.notBefore === undefined ? 0 : days.find(step.notBefore),
        also: prepareAlso(sequence.also, step.also),
      }),
    ),
  );
  const pick = pickerOf(
    prepared,
    sequences.map(({ weight }) => weight),
  );

  return (random, enrollments) => {
    const records: Status[] = [];
    const entry = (enrollments[0] as Enrollment).start;
    let until = 0;
    for (const { end } of enrollments) until = Math.max(until, end === open ? lastDay : end);
    let start = entry;
    let initialStart = open;
    for (const { recipe: step, notBefore, also } of pick(random)) {
      start =
        'entry' in step.start ? entry + random.between(step.start.entry) : start + random.between(step.start.after);
      if (step.leapDay) start = days.leapDayFrom(start);
      start = Math.max(start, notBefore);
      if (start > until) break;
      if (initialStart === open) initialStart = start;
      let { lea, school } = enrollmentOn(start, enrollments);
      if (step.elsewhere) {
        lea = places.otherLEA(random, lea);
        school = places.school(random, lea);
      }
      records.push({ lea, school, start, code: step.code, initialStart, also });
    }
    return records;
  };
}

function enrollmentOn(day: number, enrollments: readonly Enrollment[]): Enrollment {
  let found = enrollments[0] as Enrollment;
  for (const enrollment of enrollments)
    if (enrollment.start <= day && enrollment.start >= found.start) found = enrollment;
  return found;
}
