/** The closed list of calculations (docs/rule-grammar.md). What there is to know of one stands in its file. */

import { academicYear, dayOfAcademicYear, firstDayOfAcademicYear, lastDayOfAcademicYear } from './academic-year.ts';
import { addYears } from './add-years.ts';
import { age, daysElapsed } from './between.ts';
import { byCondition } from './by-condition.ts';
import type { Calculation } from './calculation.ts';
import { choose } from './choose.ts';
import { countOf } from './count-of.ts';
import { dayBefore } from './day-before.ts';
import { daysCounted } from './days-counted.ts';
import { earliest, latest } from './extremes.ts';
import { firstOf } from './first-of.ts';
import { firstPresent } from './first-present.ts';
import { intersection } from './intersection.ts';

import { labels } from './labels.ts';
import { addDays, addMonths } from './later.ts';
import { lookUp } from './look-up.ts';
import { firstDayOfMonth, lastDayOfMonth } from './month-days.ts';
import { nthWeekday } from './nth-weekday.ts';
import { partOfText } from './part-of-text.ts';
import { period } from './period.ts';
import { whether } from './whether.ts';

export const CALCULATIONS: ReadonlyMap<string, Calculation> = new Map(
  [
    addDays,
    addMonths,
    addYears,
    dayBefore,
    academicYear,
    dayOfAcademicYear,
    firstDayOfAcademicYear,
    lastDayOfAcademicYear,
    firstDayOfMonth,
    lastDayOfMonth,
    nthWeekday,
    earliest,
    latest,
    firstPresent,
    period,
    intersection,
    daysCounted,
    daysElapsed,
    age,
    labels,
    countOf,
    firstOf,
    partOfText,
    lookUp,
    choose,
    byCondition,
    whether,
  ].map((calculation) => [calculation.name, calculation]),
);
