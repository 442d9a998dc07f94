/**
 * The closed list of calculations (docs/rule-grammar.md). Each takes the values of its operands and gives a value;
 * absent or blank operands give absent unless it says otherwise.
 */
import { academicYearOf, addYears, dayBefore, dayOfAcademicYear, daysCounted } from '#records/days';
import { type Interval, isPresent, type Value } from '../tree/values.ts';

type Calculation = (operands: readonly Value[]) => Value;

const day =
  (calculate: (day: string, ...rest: Value[]) => Value): Calculation =>
  ([first, ...rest]) =>
    isPresent(first) ? calculate(first as string, ...rest) : undefined;

const extreme =
  (isBetter: (a: string, b: string) => boolean): Calculation =>
  (operands) => {
    let best: string | undefined;
    for (const operand of operands)
      if (isPresent(operand) && (best === undefined || isBetter(operand as string, best))) best = operand as string;
    return best;
  };

/** `07-01`, as rule files have it, as `0701`. */
const monthAndDay = (text: string): string => text.slice(0, 2) + text.slice(3);

const earliestEnd = (a: string, b: string): string => (a === '' ? b : b === '' ? a : a < b ? a : b);

export const CALCULATIONS: Readonly<Record<string, Calculation>> = {
  addYears: day((d, years) => (typeof years === 'number' ? addYears(d, years) : undefined)),
  dayBefore: day((d) => dayBefore(d)),
  academicYear: day((d, firstDay) => academicYearOf(d, monthAndDay(firstDay as string))),
  dayOfAcademicYear: day((d, monthDay, firstDay) =>
    isPresent(monthDay)
      ? dayOfAcademicYear(d, monthAndDay(monthDay as string), monthAndDay(firstDay as string))
      : undefined,
  ),
  earliest: extreme((a, b) => a < b),
  latest: extreme((a, b) => a > b),
  firstPresent: (operands) => operands.find(isPresent),
  intersection: (operands) => {
    const [a, b] = operands as readonly (Interval | undefined)[];
    return a && b && { start: a.start > b.start ? a.start : b.start, end: earliestEnd(a.end, b.end) };
  },
  daysCounted: ([interval]) => {
    const { start, end } = (interval as Interval | undefined) ?? { start: '', end: '' };
    return start && end ? daysCounted(start, end) : undefined;
  },
  countOf: ([list]) => (list as readonly string[] | undefined)?.length,
  firstOf: ([list]) => (list as readonly string[] | undefined)?.[0],
};

/** `labels`: the distinct labels of the codes, in their order; blanks and codes without a label are ignored. */
export function labelsOf(codes: readonly Value[], table: ReadonlyMap<string, string>): readonly string[] {
  const labels: string[] = [];
  for (const code of codes) {
    const label = code ? table.get(code as string) : undefined;
    if (label !== undefined && !labels.includes(label)) labels.push(label);
  }
  return labels;
}
