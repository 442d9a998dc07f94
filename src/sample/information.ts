import { open } from './calendar.ts';
import type { LEA, Places } from './places.ts';
import type { Picker, Random } from './random.ts';
import { numberPicker, pickerOf, textPicker } from './random.ts';
import type { InformationEnd, Recipe } from './recipe.ts';
import type { Background, Enrollment } from './student.ts';

/** A record of student information before it is written. */
export interface Information {
  readonly lea: LEA;
  readonly school: string;
  readonly start: number;
  end: number;
  readonly background: Background;
  readonly enrollment: Enrollment;
}

/**
 * Takes the recipe and the LEAs; gives a function that makes the information records that go with a student's
 * enrollments.
 */
export function prepareInformation(
  recipe: Recipe['information'],
  places: Places,
): (random: Random, enrollments: readonly Enrollment[]) => Information[] {
  const offset = numberPicker(recipe.offsets);
  const ends = pickerOf(Object.keys(recipe.ends) as InformationEnd[], Object.values(recipe.ends));
  const ethnicity = prepareEthnicity(recipe);
  const parents = pickerOf(
    recipe.parents.map(({ levels }) => levels),
    recipe.parents.map(({ weight }) => weight),
  );

  return (random, enrollments) => {
    const records: Information[] = [];
    let background: Background = { ...ethnicity(random), parents: parents(random) };
    for (const enrollment of enrollments) {
      const { lea, school } = enrollment;
      const isNew = !records.some((record) => record.lea === lea);
      if (records.length > 0 && !random.chance(isNew ? recipe.newLEA : recipe.again)) continue;
      const start = enrollment.start + offset(random);
      // Two records of one LEA and day have one key: the later would silently take the place of the earlier.
      if (records.some((record) => record.lea === lea && record.start === start)) continue;
      if (records.length > 0) {
        if (random.chance(recipe.changesEthnicity)) background = { ...ethnicity(random), parents: background.parents };
        if (random.chance(recipe.changesParents)) background = { ...background, parents: parents(random) };
      }
      records.push({ lea, school, start, end: open, background, enrollment });
      if (random.chance(recipe.sameDayElsewhere)) {
        const other = places.otherLEA(random, lea);
        if (other !== lea && !records.some((record) => record.lea === other && record.start === start)) {
          const differing = { ...ethnicity(random), parents: parents(random) };
          records.push({
            lea: other,
            school: places.school(random, other),
            start,
            end: open,
            background: differing,
            enrollment,
          });
        }
      }
    }
    for (const record of records) record.end = endOf(record, ends(random), records);
    return records;
  };
}

function endOf(record: Information, kind: InformationEnd, records: readonly Information[]): number {
  if (kind === 'blank') return open;
  if (kind === 'withEnrollment') return record.enrollment.end >= record.start ? record.enrollment.end : open;
  let next = open;
  for (const { lea, start } of records)
    if (lea === record.lea && start > record.start && (next === open || start < next)) next = start;
  if (next === open) return open;
  return Math.max(record.start, kind === 'onNext' ? next : kind === 'dayBeforeNext' ? next - 1 : next - 20);
}

function prepareEthnicity(recipe: Recipe['information']): Picker<Omit<Background, 'parents'>> {
  const hispanic = textPicker(recipe.hispanic);
  const count = numberPicker(recipe.races.counts);
  const code = textPicker(recipe.races.codes);
  const { lists, listed } = recipe.races;
  return (random) => {
    const indicator = hispanic(random);
    let races: string[] = [];
    if (random.chance(listed)) races = [...(lists[random.below(lists.length)] ?? [])];
    else
      for (let left = count(random); left > 0; left--) {
        const race = code(random);
        if (!races.includes(race)) races.push(race);
      }
    return {
      hispanic: indicator,
      ethnicityMissing: indicator === '' ? recipe.yes : recipe.no,
      races,
      raceMissing: races.length === 0 ? recipe.yes : recipe.no,
    };
  };
}
