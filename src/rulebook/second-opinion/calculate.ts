/** Calculations, written again: what each gives, from the JSON of its fact. */
import type { CalculationJson, ConditionJson, ParameterValue } from '../load/declarations.ts';
import type { Interval } from '../tree/values.ts';
import {
  birthdays,
  dayBeforeOf,
  daysBetween,
  daysLater,
  firstInMonth,
  fourDigits,
  lastInMonth,
  monthsLater,
  undashed,
  weekdaysOfMonth,
  yearsLater,
} from './plain-days.ts';

/** What a calculation may ask for. */
export interface Asked {
  value(ref: unknown): Promise<unknown>;
  holds(condition: ConditionJson): Promise<boolean>;
  /** The value of a parameter without days. */
  parameter(name: string): Promise<unknown>;
  /** What a column of a reference file has in the row with this key, and the codes of the column's set in their order. */
  row(
    file: string,
    key: unknown,
    column: string,
  ): { readonly value: string; readonly spans: readonly string[] | undefined } | undefined;
  /** The entries of a parameter of type table that are in effect. */
  table(named: unknown): Promise<readonly ParameterValue[]>;
}

type Day = string | undefined;

/** The value of a calculation; `undefined` is absent. */
export async function calculate(json: CalculationJson, asked: Asked): Promise<unknown> {
  const values = (refs: readonly unknown[]) => Promise.all(refs.map((ref) => asked.value(ref)));
  const days = async (refs: readonly unknown[]) =>
    ((await values(refs)) as Day[]).filter((day) => day !== undefined && day !== '').sort();
  const firstDay = async () => undashed(String(await asked.parameter('academicYearFirstDay')));
  switch (json.calculate) {
    case 'addYears': {
      const [day, years] = (await values([json.day, json.years])) as [Day, number | undefined];
      return day && years !== undefined ? yearsLater(day, years) : undefined;
    }
    case 'dayBefore': {
      const day = (await asked.value(json.day)) as Day;
      return day ? dayBeforeOf(day) : undefined;
    }
    case 'academicYear':
      return academicYear((await asked.value(json.day)) as Day, await firstDay());
    case 'dayOfAcademicYear': {
      const [day, monthDay] = (await values([json.day, json.monthDay])) as Day[];
      return dayOfAcademicYear(day, monthDay, await firstDay());
    }
    case 'earliest':
      return (await days(json.of))[0];
    case 'latest':
      return (await days(json.of)).at(-1);
    case 'firstPresent':
      return (await values(json.of)).find((v) => !isMissing(v));
    case 'intersection': {
      const [a, b] = (await values(json.of)) as (Interval | undefined)[];
      return intersection(a, b);
    }
    case 'daysCounted':
      return daysCounted((await asked.value(json.interval)) as Interval | undefined);
    case 'labels':
      return labels(await values(json.of), await asked.table(json.by));
    case 'countOf':
      return ((await asked.value(json.list)) as string[] | undefined)?.length;
    case 'firstOf':
      return ((await asked.value(json.list)) as string[] | undefined)?.[0];
    case 'partOfText': {
      const characters = [...(((await asked.value(json.text)) as string | undefined) ?? '')];
      const part = characters.filter((_, i) => i + 1 >= json.first && i + 1 < json.first + json.length);
      return part.length === json.length ? part.join('') : undefined;
    }
    case 'lookUp': {
      const found = asked.row(json.in, await asked.value(json.key), json.column);
      return found?.spans ? spelledOut(found.value, found.spans) : found?.value;
    }
    case 'choose': {
      const word = await asked.value(json.by);
      const chosen = Object.entries(json.cases).find(([name]) => name === word);
      return chosen && asked.value(chosen[1]);
    }
    case 'byCondition':
      for (const { holds, gives } of json.when) if (await asked.holds(holds)) return asked.value(asInRecords(gives));
      return asked.value(asInRecords(json.otherwise));
    case 'whether':
      return asked.holds(json.holds);
    default:
      return dayCounted(json, values, await firstDay());
  }
}

type OfDays = Extract<CalculationJson, { day: unknown } | { born: unknown } | { start: unknown }>;

/** Days counted from one or two others; without the first there is nothing to count from. */
async function dayCounted(
  json: OfDays,
  values: (refs: readonly unknown[]) => Promise<unknown[]>,
  firstDay: string,
): Promise<unknown> {
  const [from, ...others] = await values(
    'day' in json ? [json.day] : 'born' in json ? [json.born, json.on] : [json.start, json.end ?? ''],
  );
  if (isMissing(from)) return undefined;
  const [day, other] = [from as string, others[0] as Day];
  switch (json.calculate) {
    case 'addDays':
    case 'addMonths': {
      const [count] = await values([json.calculate === 'addDays' ? json.days : json.months]);
      if (typeof count !== 'number') return undefined;
      return json.calculate === 'addDays' ? daysLater(day, count) : monthsLater(day, count);
    }
    case 'firstDayOfMonth':
      return firstInMonth(day);
    case 'lastDayOfMonth':
      return lastInMonth(day);
    case 'firstDayOfAcademicYear':
      return `${fourDigits(beginsIn(day, firstDay))}${firstDay}`;
    case 'lastDayOfAcademicYear':
      return dayBeforeOf(`${fourDigits(beginsIn(day, firstDay) + 1)}${firstDay}`);
    case 'nthWeekday':
      return weekdaysOfMonth(day, json.weekday).at(json.nth === -1 ? -1 : json.nth - 1);
    case 'period':
      return { start: day, end: other ?? '' };
    case 'daysElapsed':
      return other ? daysBetween(day, other) : undefined;
    case 'age':
      return other ? birthdays(day, other) : undefined;
    default:
      throw new RangeError(`"${json.calculate}" is worked out elsewhere`);
  }
}

/** `KN-02 AD` with every code that it stands for. */
const spelledOut = (text: string, codes: readonly string[]): string[] =>
  text.split(/ +/).flatMap((part) => {
    const [first, last] = [part.replace(/-.*/, ''), part.replace(/.*-/, '')].map((code) => codes.indexOf(code));
    return codes.filter((_, i) => i >= Number(first) && i <= Number(last));
  });

/** A day that a rule file writes out, as records have it. */
const asInRecords = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? undashed(value) : value;

const isMissing = (value: unknown): boolean =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** The year in which the academic year of a day begins. */
const beginsIn = (day: string, firstDay: string): number =>
  Number(day.slice(0, 4)) + (day.slice(4) >= firstDay ? 0 : -1);

function academicYear(day: Day, firstDay: string): string | undefined {
  if (!day) return undefined;
  const year = beginsIn(day, firstDay);
  return `${fourDigits(year)}-${fourDigits(year + 1)}`;
}

/** The academic year is walked from its first day: July to June for the shipped parameter, whatever it is set to. */
function dayOfAcademicYear(day: Day, monthDay: string | undefined, firstDay: string): string | undefined {
  if (!day || monthDay === undefined) return undefined;
  const sought = undashed(monthDay);
  return yearsLater(`${fourDigits(beginsIn(day, firstDay))}${sought}`, sought >= firstDay ? 0 : 1);
}

function intersection(a: Interval | undefined, b: Interval | undefined): unknown {
  if (!a || !b) return undefined;
  const ends = [a.end, b.end].filter((end) => end !== '').sort();
  return { start: [a.start, b.start].sort()[1], end: ends[0] ?? '' };
}

const daysCounted = (interval: Interval | undefined): number | undefined =>
  interval?.start && interval.end ? daysBetween(interval.start, interval.end) + 1 : undefined;

function labels(codes: readonly unknown[], table: readonly ParameterValue[]): string[] {
  const found = codes.flatMap((code) => {
    const entries = table.filter((entry) => code !== '' && entry.key === code);
    const entry = entries.findLast((one) => one.for) ?? entries.at(-1);
    return entry ? [String(entry.value)] : [];
  });
  return [...new Set(found)];
}
