/**
 * Days, against another calendar: `Date` in UTC, which shares nothing with src/records/days.ts but the Gregorian rules.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  academicYearDays,
  academicYearOf,
  addDays,
  addMonths,
  addYears,
  ageOn,
  areConsecutiveYears,
  dayAfter,
  dayBefore,
  dayOfAcademicYear,
  daysCounted,
  isMonthAndDay,
  isRealDay,
  overlap,
  parseDay,
  WEEKDAYS,
  weekdayOfMonth,
  withDashes,
} from '#records/days';
import { holds } from '../support/histories.ts';

const DAY_MS = 86_400_000;
const pad = (n: number, width: number): string => String(n).padStart(width, '0');

/** A day as `Date` sees it; years below 100 are not years of the twentieth century. */
function dateOf(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}
const textOf = (date: Date): string =>
  pad(date.getUTCFullYear(), 4) + pad(date.getUTCMonth() + 1, 2) + pad(date.getUTCDate(), 2);
const dateFrom = (day: string): Date => dateOf(Number(day.slice(0, 4)), Number(day.slice(4, 6)), Number(day.slice(6)));

/** Every day of the years 0001 to 9999, the odd ones more often. */
const day = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .integer({ min: dateOf(1, 1, 2).getTime() / DAY_MS, max: dateOf(9999, 12, 31).getTime() / DAY_MS })
      .map((n) => textOf(new Date(n * DAY_MS))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '00010102',
      '00991231',
      '01000101',
      '19000228',
      '19000301',
      '20000229',
      '20230630',
      '20230701',
      '20240228',
      '20240229',
      '20240301',
      '20241231',
      '20250101',
      '21000228',
      '99991231',
    ),
  },
);

t.test('a real day is one that the calendar has', async (t) => {
  for (const real of ['20240229', '20000229', '20230228', '20231231', '00010101', '99991231'])
    t.ok(isRealDay(real), real);
  for (const not of [
    '20230229',
    '19000229',
    '20230431',
    '20231301',
    '20230001',
    '20230100',
    '20230132',
    '00000101',
    '2023081',
    '202308155',
    '',
    '2023081a',
    ' 2023081',
    '2023-8-1',
    '２０２３０８１５',
  ])
    t.notOk(isRealDay(not), JSON.stringify(not));
  await holds(
    t,
    'as Date has it',
    2000,
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      (year, month, ofMonth) => {
        const text = pad(year, 4) + pad(month, 2) + pad(ofMonth, 2);
        return isRealDay(text) === (textOf(dateOf(year, month, ofMonth)) === text);
      },
    ),
  );
  await holds(
    t,
    'whatever is not eight digits is none',
    500,
    fc.property(fc.string({ minLength: 7, maxLength: 9 }), (text) => /^\d{8}$/.test(text) || !isRealDay(text)),
  );
});

t.test('three forms of a day are read, with leading zeros and without, and only of real days', async (t) => {
  const forms: [string, string | undefined][] = [
    ['20230815', '20230815'],
    ['2023-08-15', '20230815'],
    ['08/15/2023', '20230815'],
    ['02/29/2024', '20240229'],
    ['02/29/2023', undefined],
    ['2023-02-29', undefined],
    ['8/5/2023', '20230805'],
    ['08/5/2023', '20230805'],
    ['2/29/2023', undefined],
    ['/5/2023', undefined],
    ['008/5/2023', undefined],
    ['15/08/2023', undefined],
    ['08/15/23', undefined],
    ['08-15-2023', undefined],
    ['2023/08/15', undefined],
    ['2023-0815', undefined],
    ['08/15-2023', undefined],
    ['2023-08-15T', undefined],
    ['today', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of forms) t.equal(parseDay(text), expected, JSON.stringify(text));
  await holds(
    t,
    'every real day in every form',
    1000,
    fc.property(day, (d) => {
      const [y, m, dd] = [d.slice(0, 4), d.slice(4, 6), d.slice(6)];
      return (
        parseDay(d) === d &&
        parseDay(`${y}-${m}-${dd}`) === d &&
        parseDay(`${m}/${dd}/${y}`) === d &&
        withDashes(d) === `${y}-${m}-${dd}`
      );
    }),
  );
});

t.test('the day before', async (t) => {
  t.equal(dayBefore('20240301'), '20240229');
  t.equal(dayBefore('20230301'), '20230228');
  t.equal(dayBefore('20240101'), '20231231');
  t.equal(dayBefore('20230701'), '20230630');
  await holds(
    t,
    'as Date has it',
    2000,
    fc.property(day, (d) => dayBefore(d) === textOf(new Date(dateFrom(d).getTime() - DAY_MS))),
  );
});

t.test('the day after', async (t) => {
  t.equal(dayAfter('20240229'), '20240301');
  t.equal(dayAfter('20230228'), '20230301');
  t.equal(dayAfter('20231231'), '20240101');
  t.equal(dayAfter('20230630'), '20230701');
  await holds(
    t,
    'the day after the day before is the day itself',
    2000,
    fc.property(day, (d) => dayAfter(dayBefore(d)) === d),
  );
});

t.test('years later is the same day; 29 February becomes 28 February where there is none', async (t) => {
  t.equal(addYears('20160229', 7), '20230228');
  t.equal(addYears('20160229', 8), '20240229');
  t.equal(addYears('20160301', 7), '20230301');
  t.equal(addYears('20930228', 7), '21000228');
  t.equal(addYears('20960229', 4), '21000228', '2100 is no leap year');
  await holds(
    t,
    'a real day of that year, in the same month, no later in it',
    1000,
    fc.property(
      day.filter((d) => d < '99900000'),
      fc.integer({ min: 0, max: 9 }),
      (d, years) => {
        const later = addYears(d, years);
        const sameDay = later.slice(4) === d.slice(4);
        return (
          isRealDay(later) &&
          Number(later.slice(0, 4)) === Number(d.slice(0, 4)) + years &&
          (sameDay || (d.endsWith('0229') && later.endsWith('0228') && !isRealDay(`${later.slice(0, 4)}0229`)))
        );
      },
    ),
  );
});

t.test('a month and day has its day in the academic year that holds another day', async (t) => {
  t.equal(dayOfAcademicYear('20230701', '0815', '0701'), '20230815');
  t.equal(dayOfAcademicYear('20230816', '0815', '0701'), '20230815', 'it may have gone by');
  t.equal(dayOfAcademicYear('20240630', '0815', '0701'), '20230815');
  t.equal(dayOfAcademicYear('20240701', '0815', '0701'), '20240815');
  t.equal(dayOfAcademicYear('20230901', '0630', '0701'), '20240630');
  t.equal(dayOfAcademicYear('20230901', '0701', '0701'), '20230701');
  t.equal(dayOfAcademicYear('20230901', '0229', '0701'), '20240229');
  t.equal(dayOfAcademicYear('20220901', '0229', '0701'), '20230228');
  await holds(
    t,
    'in the same academic year',
    1000,
    fc.property(
      day.filter((d) => d > '00020000' && d < '99980000'),
      day,
      day.filter((d) => !d.endsWith('0229')),
      (d, sought, first) => {
        const found = dayOfAcademicYear(d, sought.slice(4), first.slice(4));
        const isMoved = sought.endsWith('0229') && found.endsWith('0228') && !isRealDay(`${found.slice(0, 4)}0229`);
        const year = academicYearOf(d, first.slice(4));
        return (
          isRealDay(found) &&
          (found.slice(4) === sought.slice(4) || isMoved) &&
          academicYearOf(found, first.slice(4)) === year
        );
      },
    ),
  );
  for (const text of ['08-15', '02-29', '12-31']) t.ok(isMonthAndDay(text), text);
  for (const text of ['0815', '8-15', '13-01', '02-30', '08-15 ', '08/15', '']) t.notOk(isMonthAndDay(text), text);
});

t.test('days are counted with both ends', async (t) => {
  t.equal(daysCounted('20230815', '20230815'), 1);
  t.equal(daysCounted('20230801', '20230830'), 30);
  t.equal(daysCounted('20230801', '20230831'), 31);
  t.equal(daysCounted('20240201', '20240301'), 30, 'over a 29 February');
  t.equal(daysCounted('20230815', '20230814'), 0);
  t.equal(daysCounted('00991231', '01000101'), 2, 'a year mistyped is counted like any other');
  await holds(
    t,
    'as Date has it',
    1000,
    fc.property(
      day,
      day,
      (a, b) => daysCounted(a, b) === Math.round((dateFrom(b).getTime() - dateFrom(a).getTime()) / DAY_MS) + 1,
    ),
  );
});

t.test('days, months and years from one day to another', async (t) => {
  const modern = day.filter((d) => d > '00100000' && d < '99900000');
  await holds(
    t,
    'so many days later, as Date has it',
    2000,
    fc.property(
      modern,
      fc.integer({ min: -3000, max: 3000 }),
      (d, days) => addDays(d, days) === textOf(new Date(dateFrom(d).getTime() + days * DAY_MS)),
    ),
  );
  await holds(
    t,
    'so many months later, as Date has it or the last day of that month',
    1000,
    fc.property(modern, fc.integer({ min: -60, max: 60 }), (d, months) => {
      const [year, month, ofMonth] = [Number(d.slice(0, 4)), Number(d.slice(4, 6)), Number(d.slice(6))];
      const last = textOf(dateOf(year, month + months + 1, 0));
      const same = textOf(dateOf(year, month + months, ofMonth));
      return addMonths(d, months) === (same < last ? same : last);
    }),
  );
  await holds(
    t,
    'who is so old was born so many years ago, and not one more',
    2000,
    fc.property(modern, modern, (born, on) => {
      const years = ageOn(born, on);
      return addYears(born, years) <= on && on < addYears(born, years + 1);
    }),
  );
  await holds(
    t,
    'the n-th day of the week, as Date has it',
    1000,
    fc.property(modern, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 6 }), (d, nth, weekday) => {
      const [year, month] = [Number(d.slice(0, 4)), Number(d.slice(4, 6))];
      const days = Array.from({ length: 31 }, (_, i) => dateOf(year, month, i + 1)).filter(
        (date) => date.getUTCMonth() === month - 1 && (date.getUTCDay() + 6) % WEEKDAYS.length === weekday,
      );
      const found = days[nth - 1];
      return weekdayOfMonth(d, nth, weekday) === (found && textOf(found));
    }),
  );
});

t.test('an academic year runs from its first day to the day before the next one', async (t) => {
  t.equal(academicYearOf('20230701', '0701'), '2023-2024');
  t.equal(academicYearOf('20230630', '0701'), '2022-2023');
  t.equal(academicYearOf('20240630', '0701'), '2023-2024');
  t.same(academicYearDays('2023-2024', '0701'), { start: '20230701', end: '20240630' });
  t.same(academicYearDays('2023-2024', '0301'), { start: '20230301', end: '20240229' });
  const firstDay = fc.constantFrom('0701', '0101', '0301', '0815', '1231');
  await holds(
    t,
    'every day lies in its academic year, and the day before the first one in the year before',
    1000,
    fc.property(
      day.filter((d) => d > '00020101' && d < '99980000'),
      firstDay,
      (d, first) => {
        const year = academicYearOf(d, first);
        const { start, end } = academicYearDays(year, first);
        return (
          areConsecutiveYears(year) &&
          start <= d &&
          d <= end &&
          academicYearOf(start, first) === year &&
          academicYearOf(dayBefore(start), first) < year &&
          academicYearOf(end, first) === year
        );
      },
    ),
  );
});

t.test('two consecutive years', (t) => {
  for (const text of ['2023-2024', '1999-2000']) t.ok(areConsecutiveYears(text), text);
  for (const text of [
    '2023-2025',
    '2023-2023',
    '2024-2023',
    '2023/2024',
    '23-24',
    '2023-24',
    '2023-2024 ',
    '',
    '202a-2024',
    '2023–2024',
  ])
    t.notOk(areConsecutiveYears(text), JSON.stringify(text));
  t.end();
});

t.test('intervals overlap when they have a day in common', async (t) => {
  const cases: [string, string, string, string, boolean, string][] = [
    ['20230815', '20240606', '20240606', '20240701', true, 'the last day of one is the first of the other'],
    ['20230815', '20240605', '20240606', '20240701', false, 'they touch, but share no day'],
    ['20230815', '20230815', '20230815', '20230815', true, 'one day, twice'],
    ['20230815', '', '20300101', '20300102', true, 'an open end is later than everything'],
    ['20230815', '', '20220101', '', true, 'both open'],
    ['20230815', '', '20220101', '20230814', false, 'over before the open one starts'],
    ['20230815', '20230814', '20230101', '20241231', false, 'an interval that ends before it starts overlaps nothing'],
    ['20230815', '20230814', '20230814', '', false, 'not even an open one'],
  ];
  for (const [aStart, aEnd, bStart, bEnd, expected, why] of cases) {
    t.equal(overlap(aStart, aEnd, bStart, bEnd), expected, why);
    t.equal(overlap(bStart, bEnd, aStart, aEnd), expected, `${why}, the other way round`);
  }
  // A short calendar, walked day by day.
  const few = ['20240227', '20240228', '20240229', '20240301', '20240302'];
  const start = fc.constantFrom(...few);
  const end = fc.constantFrom('', ...few);
  const daysOf = (from: string, to: string): string[] => few.filter((d) => from <= d && (to === '' || d <= to));
  await holds(
    t,
    'as walking the days says',
    2000,
    fc.property(
      start,
      end,
      start,
      end,
      (aStart, aEnd, bStart, bEnd) =>
        overlap(aStart, aEnd, bStart, bEnd) === daysOf(aStart, aEnd).some((d) => daysOf(bStart, bEnd).includes(d)),
    ),
  );
});
