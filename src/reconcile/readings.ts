/**
 * What may differ for all students alike: another reading of the rules, another request, another run date. Such a cause
 * is asked of a sample of students first, also of those whose rows are the same: what would make these differ is no cause.
 */
import { compileForExplanations } from '#explain/inspector';
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { academicYearFirstDay, type ExtractRequest, requestFacts } from '#extract/request';
import { isSameRequest } from '#extract/same-request';
import { academicYearDays, academicYearOf, dayBefore, isRealDay } from '#records/days';
import { readRecords } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Comparison, differing, type Rows, World } from './views.ts';
import { otherChoices, withParameters } from './with-parameters.ts';

/** What is not as it was taken to be. */
export type Reading =
  | { readonly kind: 'reading'; readonly parameter: string; readonly value: string }
  | { readonly kind: 'rulebook'; readonly name: string; readonly version: string; readonly sha256: string }
  | { readonly kind: 'request'; readonly request: ExtractRequest }
  | { readonly kind: 'runDate'; readonly runDate: string };

/** A reading, the rows of a student under it, and what a sample says of it. */
export interface Tried {
  readonly reading: Reading;
  readonly world: World;
  /** Compiled once more, without what explanations need: it verifies. */
  readonly again: () => World;
  /** Students of the sample whose rows it makes more alike, and less alike. */
  speaksFor: number;
  speaksAgainst: number;
}

/** What is reconciled: the rules, the request and the run date as they are taken to be. */
export interface Basis {
  readonly rulebook: Rulebook;
  readonly request: ExtractRequest;
  readonly runDate: string;
  readonly comparison: Comparison;
}

/** Every parameter with choices, and each choice that is not the one in effect. */
export function otherReadings(basis: Basis): Tried[] {
  const { rulebook, request, runDate, comparison } = basis;
  const facts = requestFacts(request, rulebook);
  return otherChoices(rulebook).flatMap(({ name, value }) => {
    const read = withParameters(rulebook, new Map([[name, [{ value }]]]));
    return read ? [triedWith({ kind: 'reading', parameter: name, value }, read, facts, runDate, comparison)] : [];
  });
}

/** Other rulebooks: versions that are or were in effect, drafts, folders of rules. */
export function otherRulebooks(basis: Basis, rulebooks: readonly Rulebook[]): Tried[] {
  const { rulebook, request, runDate, comparison } = basis;
  const others = rulebooks.filter(
    ({ hash }, i) => hash !== rulebook.hash && rulebooks.findIndex((other) => other.hash === hash) === i,
  );
  return others.flatMap((other) => {
    const { about, hash } = other;
    const reading: Reading = { kind: 'rulebook', name: about.name, version: about.version, sha256: hash };
    return canSay(other, comparison)
      ? [triedWith(reading, other, requestFacts(request, other), runDate, comparison)]
      : [];
  });
}

/** Whether rows of a rulebook have everything that is compared. */
const canSay = ({ schemas }: Rulebook, { columns, keys }: Comparison): boolean =>
  [...columns.map(({ key }) => key), ...keys].every((key) => schemas.output.columns.some((own) => own.key === key));

/** Requests near the one that was taken: adjusted or not, a year earlier or later, the whole year of a day. */
export function otherRequests(basis: Basis, more: readonly ExtractRequest[]): Tried[] {
  const { rulebook, request, runDate, comparison } = basis;
  const { schools: _, grades: __, statuses: ___, ...whole } = request;
  const { academicYear, asOf, from, through, adjusted, ...who } = request;
  const firstDay = academicYearFirstDay(rulebook);
  const last = requestFacts(request, rulebook).through;
  const year = academicYear ?? academicYearOf(last, firstDay);
  const { start, end } = academicYearDays(year, firstDay);
  const near = [dayBefore(start), nextDayOf(end)].map((day) => academicYearOf(day, firstDay));
  const requests: ExtractRequest[] = [
    ...more,
    whole,
    ...[year, ...near].flatMap((one) => [
      { ...who, academicYear: one },
      { ...who, academicYear: one, adjusted: true },
    ]),
    { ...who, asOf: end },
  ];
  const different = requests.filter(
    (one, i) => !isSameRequest(one, request) && requests.findIndex((other) => isSameRequest(one, other)) === i,
  );
  const compiled = compileForExplanations(rulebook);
  return different.map((other) =>
    triedWith(
      { kind: 'request', request: other },
      rulebook,
      requestFacts(other, rulebook),
      runDate,
      comparison,
      compiled,
    ),
  );
}

const nextDayOf = (end: string): string => `${Number(end.slice(0, 4)) + 1}${end.slice(4)}`;

/** So many run dates are tried. */
const MOST_RUN_DATES = 8;

/**
 * Run dates that would make a student of the sample more alike: the days on which something of the student begins.
 */
export function otherRunDates(basis: Basis, sample: readonly Sampled[]): Tried[] {
  const { rulebook, request, runDate, comparison } = basis;
  const compiled = compileForExplanations(rulebook);
  const facts = requestFacts(request, rulebook);
  const found = new Map<string, number>();
  for (const student of sample) {
    if (student.items === 0) continue;
    for (const day of daysIn(student, compiled)) {
      const candidate = day <= runDate ? dayBefore(day) : day;
      const world = new World(compiled, facts, candidate, comparison);
      if (outcome(world, student) > 0) found.set(candidate, (found.get(candidate) ?? 0) + 1);
    }
  }
  const days = [...found].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, MOST_RUN_DATES);
  return days.map(([day]) => triedWith({ kind: 'runDate', runDate: day }, rulebook, facts, day, comparison, compiled));
}

const MOST_DAYS = 12;

/** The days from which records of a student speak, the latest first. */
function daysIn({ body }: Sampled, { plan, rulebook }: CompiledRulebook): string[] {
  const days = new Set<string>();
  for (const record of readRecords(body, plan)) {
    const layout = rulebook.schemas.layouts.find(({ recordType }) => recordType === plan.types[record.type]);
    const place = layout?.columns.findIndex(({ key }) => key === layout.codeDay) ?? -1;
    const day = place < 0 ? '' : record.kept.columns(record.at, place, place);
    if (isRealDay(day)) days.add(day);
  }
  return [...days].sort().reverse().slice(0, MOST_DAYS);
}

/** A student of the sample. */
export interface Sampled {
  readonly ssid: string;
  readonly body: string;
  readonly theirs: Rows;
  /** How much is not the same. */
  readonly items: number;
  /** What is not the same, as `differing` gives it. */
  readonly differing: ReadonlySet<string>;
}

/** Asks a sample of students what each reading would do to them. */
export function askSample(tried: readonly Tried[], sample: readonly Sampled[]): void {
  for (const one of tried)
    for (const student of sample) {
      const came = outcome(one.world, student);
      if (came > 0) one.speaksFor++;
      if (came < 0) one.speaksAgainst++;
    }
}

/** Above nought when the rows become more alike and nothing else differs, below when something else does. */
function outcome(world: World, { ssid, body, theirs, differing: before }: Sampled): number {
  const after = differing(theirs, world.rowsOfBody(ssid, body), world.comparison);
  for (const item of after) if (!before.has(item)) return -1;
  return before.size - after.size;
}

function triedWith(
  reading: Reading,
  rulebook: Rulebook,
  facts: ReturnType<typeof requestFacts>,
  runDate: string,
  comparison: Comparison,
  compiled = compileForExplanations(rulebook),
): Tried {
  let again: World | undefined;
  return {
    reading,
    world: new World(compiled, facts, runDate, comparison),
    again: () => {
      again ??= new World(compileRulebook(rulebook, { recording: false, reading: false }), facts, runDate, comparison);
      return again;
    },
    speaksFor: 0,
    speaksAgainst: 0,
  };
}

/** So many more students must a reading make alike than unlike. */
export const TIMES_AS_MANY = 5;
/** From so many students on it is more than chance. */
export const MORE_THAN_CHANCE = 3;

/** Whether a reading can be a cause at all, by the sample. */
export const isPossible = ({ speaksFor, speaksAgainst }: Tried): boolean =>
  speaksFor > 0 && speaksFor >= speaksAgainst * TIMES_AS_MANY;

/** Whether it explains what single records would have to explain one by one. */
export const isLikely = (tried: Tried): boolean => isPossible(tried) && tried.speaksFor >= MORE_THAN_CHANCE;
