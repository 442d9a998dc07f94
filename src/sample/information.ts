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

  const newBackground = (random: Random): Background => ({ ...ethnicity(random), parents: parents(random) });

  /** The background as the next record has it: now and then a part of it is told otherwise. */
  function retold(background: Background, random: Random): Background {
    const told = random.chance(recipe.changesEthnicity)
      ? { ...ethnicity(random), parents: background.parents }
      : background;
    return random.chance(recipe.changesParents) ? { ...told, parents: parents(random) } : told;
  }

  /** What another LEA sends of the same day, if it does: a record with a background of its own. */
  function elsewhere(
    { lea, start, enrollment }: Information,
    records: readonly Information[],
    random: Random,
  ): readonly Information[] {
    if (!random.chance(recipe.sameDayElsewhere)) return [];
    const other = places.otherLEA(random, lea);
    if (other === lea || isThere(other, start, records)) return [];
    const background = newBackground(random);
    return [{ lea: other, school: places.school(random, other), start, end: open, background, enrollment }];
  }

  return (random, enrollments) => {
    const records: Information[] = [];
    let background = newBackground(random);
    for (const enrollment of enrollments) {
      const { lea, school } = enrollment;
      const isNew = !records.some((record) => record.lea === lea);
      if (records.length > 0 && !random.chance(isNew ? recipe.newLEA : recipe.again)) continue;
      const start = enrollment.start + offset(random);
      if (isThere(lea, start, records)) continue;
      if (records.length > 0) background = retold(background, random);
      const record = { lea, school, start, end: open, background, enrollment };
      records.push(record, ...elsewhere(record, records, random));
    }
    for (const record of records) record.end = endOf(record, ends(random), records);
    return records;
  };
}

/** Two records of one LEA and day have one key: the later would silently take the place of the earlier. */
const isThere = (lea: LEA, start: number, records: readonly Information[]): boolean =>
  records.some((record) => record.lea === lea && record.start === start);

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
