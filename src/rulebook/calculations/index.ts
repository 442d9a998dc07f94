/** The closed list of calculations (docs/rule-grammar.md). What there is to know of one stands in its file. */

import { academicYear, dayOfAcademicYear } from './academic-year.ts';
import { addYears } from './add-years.ts';
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
import { partOfText } from './part-of-text.ts';

export const CALCULATIONS: ReadonlyMap<string, Calculation> = new Map(
  [
    addYears,
    dayBefore,
    academicYear,
    dayOfAcademicYear,
    earliest,
    latest,
    firstPresent,
    intersection,
    daysCounted,
    labels,
    countOf,
    firstOf,
    partOfText,
    choose,
  ].map((calculation) => [calculation.name, calculation]),
);
