/** Which request made a file, by its rows, and what speaks for it. */
import { counted, grouped, series } from '#base/text';
import { academicYearFirstDay, type ExtractRequest } from '#extract/request';
import { academicYearDays, academicYearOf, areConsecutiveYears, isRealDay, withDashes } from '#records/days';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Generations } from './generations.ts';
import type { DaySpan, TheirFacts } from './their-rows.ts';

/** A request or a run date that nobody gave. */
export interface Inferred<T> {
  readonly value: T;
  /** A sentence each. */
  readonly because: readonly string[];
}

const LEA = 'reportingLEA';
const NO_DAYS: DaySpan = { first: '', last: '', blank: 0 };

/** The first and the last day of the enrollments of a file: those on which one starts, and those on which one ends. */
function enrollmentSpans(
  { days }: TheirFacts,
  { declared, schemas }: Pick<Rulebook, 'declared' | 'schemas'>,
): { readonly starts: DaySpan; readonly exits: DaySpan } {
  const { output } = schemas;
  const interval = declared.intervals.find(({ json }) => json.of === output.copiesFrom)?.json;
  const span = (key: string | undefined): DaySpan => {
    const column = output.columns.find(({ copyOf }) => copyOf === key);
    return (column && days.get(column.key)) ?? NO_DAYS;
  };
  return { starts: span(interval?.start), exits: span(interval?.end) };
}

/** The request that the rows of a file speak for. Schools, grades and statuses are all unless somebody says otherwise. */
export function inferredRequest(
  facts: TheirFacts,
  rulebook: Pick<Rulebook, 'declared' | 'schemas'>,
  { academicYear }: Generations,
): Inferred<ExtractRequest> {
  const leas = [...(facts.values.get(LEA)?.keys() ?? [])].sort();
  const head = [
    leas.length === 1
      ? `Every row has the reporting LEA ${leas[0]}.`
      : `The rows are of ${counted(leas.length, 'LEA')}.`,
  ];
  const { starts, exits } = enrollmentSpans(facts, rulebook);
  const firstDay = academicYearFirstDay(rulebook);
  const named = mostNamed(facts, academicYear);
  const fits = (year: string): boolean => {
    const { start, end } = academicYearDays(year, firstDay);
    return starts.first !== '' && starts.last <= end && (exits.first === '' || exits.first >= start);
  };
  // What all rows share can be one day; where one ends before another starts it cannot.
  const isOneDay = exits.first === '' || starts.last <= exits.first;
  const year = [named, starts.last && isRealDay(starts.last) ? academicYearOf(starts.last, firstDay) : undefined].find(
    (candidate) => candidate !== undefined && fits(candidate),
  );
  if (!isOneDay && year !== undefined) {
    const { start } = academicYearDays(year, firstDay);
    const because = `All enrollments have a day in ${year}, and no day is in all of them: the last one starts on ${withDashes(starts.last)}, the first exit is on ${withDashes(exits.first)}.`;
    // Enrollments of earlier years tell that the extract is not an adjusted one; without any, nobody can tell.
    const before = starts.first < start ? ' Some start before the year, so it is not an adjusted one.' : '';
    return { value: { reportingLEAs: leas, academicYear: year }, because: [...head, because + before] };
  }
  if (isOneDay && starts.last !== '') {
    const until = exits.first === '' ? 'on' : `through ${withDashes(exits.first)}`;
    return {
      value: { reportingLEAs: leas, asOf: starts.last },
      because: [
        ...head,
        `Every enrollment is open from ${withDashes(starts.last)} ${until}: taken as of the first of these days. Say the request if it was another.`,
      ],
    };
  }
  return {
    value: { reportingLEAs: leas, from: exits.first || starts.first, through: starts.last },
    because: [
      ...head,
      `No academic year has a day of every enrollment: taken from the first exit, ${withDashes(exits.first)}, through the last start, ${withDashes(starts.last)}.`,
    ],
  };
}

/** The academic year that most rows name. */
function mostNamed({ values }: TheirFacts, column: string): string | undefined {
  const named = [...(values.get(column) ?? [])].filter(([year]) => areConsecutiveYears(year));
  return named.sort(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * The day on which a file was made, by its own two dates.
 * @param today what is taken when it has none, CCYYMMDD
 */
export function inferredRunDate(
  { days }: TheirFacts,
  { schemas }: Pick<Rulebook, 'schemas'>,
  today: string,
): Inferred<string> {
  const own = schemas.output.columns.filter(({ day }) => day !== undefined);
  const lasts = own.map(({ key }) => days.get(key)?.last ?? '').filter(isRealDay);
  const last = lasts.sort().at(-1);
  if (last === undefined)
    return { value: today, because: ['Nothing in the file says when it was made: the run date is today.'] };
  return {
    value: last,
    because: [
      `The latest of ${series(own.map(({ name }) => name))} in the file is ${withDashes(last)}; it cannot be older.`,
    ],
  };
}

/** Schools and grades that only one side has, in a sentence for each: perhaps the request was for fewer. */
export function onlyOurs(
  facts: TheirFacts,
  ours: ReadonlyMap<string, ReadonlyMap<string, number>>,
  { schemas }: Pick<Rulebook, 'schemas'>,
): string[] {
  const says: string[] = [];
  for (const [key, counts] of ours) {
    const theirs = facts.values.get(key);
    const more = [...counts].filter(([value]) => theirs && !theirs.has(value));
    if (more.length === 0 || !theirs) continue;
    const name = schemas.output.columns.find(({ copyOf }) => copyOf === key)?.name ?? key;
    const rows = more.reduce((sum, [, n]) => sum + n, 0);
    says.push(
      `${grouped(rows)} rows of ours have a ${name} that no row of theirs has (${more
        .slice(0, 5)
        .map(([value]) => value)
        .join(', ')}${more.length > 5 ? ', …' : ''}): if the file was made for fewer, say so in the request.`,
    );
  }
  return says;
}
