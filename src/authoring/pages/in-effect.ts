/**
 * What of the parameters holds for the enrollments of one academic year, and what was not compared with its publication
 * for long. Pure.
 */
import { UserError } from '#base/user-error';
import { academicYearFirstDay } from '#extract/request';
import { academicYearDays, addYears, areConsecutiveYears, withDashes } from '#records/days';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson, ParameterValue } from '#rulebook/load/declarations';
import { expressionsIn, factsIn, rootsOf } from '#rulebook/tree/walk';
import { expressionWords, type Glossary } from '#rulebook/words/words';

/** Days as in rule files, `CCYY-MM-DD`. */
export interface Year {
  readonly name: string;
  readonly start: string;
  readonly end: string;
}

/**
 * The days of an academic year.
 * @param name `CCYY-CCYY`
 * @throws UserError for anything else
 */
export function yearOf(name: string, rulebook: Rulebook): Year {
  if (!areConsecutiveYears(name))
    throw new UserError(`"${name}" is not an academic year; expected two consecutive years, such as 2023-2024`);
  const { start, end } = academicYearDays(name, academicYearFirstDay(rulebook));
  return { name, start: withDashes(start), end: withDashes(end) };
}

/** The part of `year` in which a value holds; undefined when it holds on none of its days. */
export function partOfYear(
  { from = '', through = '9999-12-31' }: ParameterValue,
  { start, end }: Year,
): { from: string; through: string } | undefined {
  const part = { from: from > start ? from : start, through: through < end ? through : end };
  return part.from <= part.through ? part : undefined;
}

/**
 * For which days a parameter is asked, other than the start of the enrollment, in words. Its values cannot be told
 * apart by the year of the enrollment.
 */
export function otherDaysAsked(
  { extract, checks, declared }: Rulebook,
  glossary: Glossary,
): ReadonlyMap<string, readonly string[]> {
  const starts = new Set(declared.intervals.map(({ json }) => `${json.of} ${json.start}`));
  const days = new Map<string, Set<string>>();
  const roots = rootsOf({ extract, checks });
  for (const expression of expressionsIn([...roots, ...factsIn(roots)])) {
    if (expression.kind !== 'parameter' || !expression.on) continue;
    const { parameter, on } = expression;
    const isStartOfEnrollment =
      on.kind === 'column' && on.record === 'enrollment' && starts.has(`${on.recordType} ${on.key}`);
    if (!isStartOfEnrollment)
      days.set(parameter.name, (days.get(parameter.name) ?? new Set()).add(expressionWords(on, glossary)));
  }
  return new Map(Array.from(days, ([name, words]) => [name, [...words]]));
}

/** The values of a parameter that may hold for an enrollment of the year. */
export const valuesIn = (
  { name, values }: ParameterJson,
  year: Year | undefined,
  otherDays: ReadonlyMap<string, unknown>,
): readonly ParameterValue[] =>
  year && !otherDays.has(name) ? values.filter((value) => partOfYear(value, year)) : values;

export interface NotCompared {
  /** `Field 40`, `Selection`, a check's code, or `The whole rulebook`. */
  readonly what: string;
  /** The number of the field, of one that is a field. */
  readonly field?: string;
  readonly file: string;
  /** `CCYY-MM-DD`; absent: never, as far as is known. */
  readonly lastCompared?: string;
}

/**
 * The rules that were last compared with their publication more than a year before a day.
 * @param day CCYYMMDD
 */
export function notComparedForAYear({ about, declared }: Rulebook, day: string): NotCompared[] {
  const yearBefore = withDashes(addYears(day, -1));
  const all: NotCompared[] = [
    { what: 'The whole rulebook', file: 'rules/rulebook.json', lastCompared: about.lastCompared },
    { what: 'Selection', file: declared.selection.file, lastCompared: declared.selection.json.source.lastCompared },
    ...declared.fields.map(({ file, json }) => ({
      what: `Field ${json.field}`,
      field: json.field,
      file,
      lastCompared: json.source.lastCompared,
    })),
    ...declared.laws
      .slice(0, 1)
      .map(({ file, json }) => ({ what: 'The laws', file, lastCompared: json.source.lastCompared })),
    ...declared.checks.map(({ file, json }) => ({ what: json.code, file, lastCompared: json.source.lastCompared })),
  ];
  return all.filter(({ lastCompared }) => lastCompared === undefined || lastCompared < yearBefore);
}
