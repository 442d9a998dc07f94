import { WEEKDAYS, weekdayOfMonth } from '#records/days';
import { weekdayOfMonth as weekdayInSQL } from '../sql/days.ts';
import { type Calculation, ofDay, presentInSQL, type Written } from './calculation.ts';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'last'];

/** `first` of 1, `last` of -1; what is no number stays as it is. */
const ordinal = (nth: string | number): string =>
  Number.isInteger(Number(nth)) ? (ORDINALS.at(Number(nth) > 0 ? Number(nth) - 1 : -1) as string) : String(nth);

const placeOf = (weekday: unknown): number => (WEEKDAYS as readonly unknown[]).indexOf(weekday);

/** What the file writes out stands between quotation marks there. */
const bare = (text: string): string => text.replaceAll('"', '');

/** The n-th day of the week in the month that holds a day: census day is the first Wednesday of October. */
export const nthWeekday: Calculation = {
  name: 'nthWeekday',
  parts: [
    { kind: 'operand', key: 'day', takes: ['day'] },
    { kind: 'operand', key: 'nth', takes: ['number'], isWrittenOut: true },
    { kind: 'operand', key: 'weekday', takes: ['text'], isWrittenOut: true },
  ],
  gives: 'day',
  // A month may have no fifth one.
  absentIf: 'whatever',
  lines: ([day, nth, weekday]) => [
    `the ${ordinal(nth as string)} ${bare(weekday as string)} of the month that holds this day: ${day}`,
  ],
  toldBy: (day, nth, weekday) => `the ${ordinal(nth)} ${bare(weekday)} of the month of ${day}`,
  compute: ofDay((day, nth, weekday) => weekdayOfMonth(day, nth as number, placeOf(weekday))),
  sql: ([day, nth, weekday], { daysBetween }) => ({
    sql: weekdayInSQL(presentInSQL(day), Number(nth.is?.value), placeOf(weekday.is?.value), daysBetween),
  }),
  doubt: {
    isSo: ([day], value) => day !== undefined && day !== '' && value === undefined,
    says: 'finds no day, because the month has only four of that day of the week; say what then holds, or take the last one (-1)',
  },
  mistakes: ({ nth, weekday }: Written & { nth?: number; weekday?: string }) => {
    const other = nth === 1 ? 2 : 1;
    const next = WEEKDAYS[(placeOf(weekday) + 1) % WEEKDAYS.length];
    return [
      { pointer: '/nth', to: other, says: `The ${ordinal(nth ?? other)} became the ${ordinal(other)}` },
      { pointer: '/weekday', to: next, says: `${weekday} became ${next}` },
    ];
  },
  examples: [
    [['20241031', 1, 'Wednesday'], '20241002'],
    [['20231001', 1, 'Wednesday'], '20231004'],
    [['20231001', 1, 'Sunday'], '20231001'],
    [['20241001', 5, 'Wednesday'], '20241030'],
    [['20240901', 5, 'Wednesday'], null],
    [['20240510', -1, 'Monday'], '20240527'],
    [['20240210', -1, 'Thursday'], '20240229'],
    [['18990515', 2, 'Monday'], '18990508'],
    [['', 1, 'Wednesday'], null],
    [[null, 1, 'Wednesday'], null],
  ],
};
