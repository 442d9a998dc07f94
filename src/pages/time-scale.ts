/** The one scale of days in pictures: which days are drawn, where each stands, and where a year begins. */
import { daysCounted } from '#records/days';

export interface TimeScale {
  /** CCYYMMDD, both drawn. */
  readonly from: string;
  readonly through: string;
  /** Where a day begins; one outside stands at the edge. */
  place(day: string): number;
  /** The first days of years that are drawn: all, or every second one and so on. */
  years(): readonly { readonly year: string; readonly at: number }[];
}

export interface ScaleOptions {
  readonly from: string;
  readonly through: string;
  /** From where to where it is drawn. */
  readonly left: number;
  readonly right: number;
  /** Beyond so many years only some are named; all when absent. */
  readonly mostYears?: number;
}

const NEW_YEAR = '0101';
const YEAR_DIGITS = 4;

export const yearOf = (day: string): number => Number(day.slice(0, YEAR_DIGITS));
export const firstDayOf = (year: number): string => `${String(year)}${NEW_YEAR}`;

/** A scale from one day to another. */
export function timeScale({ from, through, left, right, mostYears }: ScaleOptions): TimeScale {
  const days = daysCounted(from, through);
  const place = (of: string): number => {
    const within = of < from ? from : of > through ? through : of;
    return left + ((daysCounted(from, within) - 1) * (right - left)) / days;
  };
  return {
    from,
    through,
    place,
    years() {
      const first = from.endsWith(NEW_YEAR) ? yearOf(from) : yearOf(from) + 1;
      const count = yearOf(through) - first + 1;
      const step = mostYears === undefined ? 1 : Math.max(1, Math.ceil(count / mostYears));
      return Array.from({ length: Math.ceil(count / step) }, (_, i) => first + i * step).map((year) => ({
        year: String(year),
        at: place(firstDayOf(year)),
      }));
    },
  };
}
