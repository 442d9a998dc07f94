/** The closed list of what a look gives of all its records (docs/rule-grammar.md). What there is to know of one stands in its file. */
import type { Aggregate } from './aggregate.ts';
import { days } from './days.ts';
import { distinct } from './distinct.ts';
import { greatest, least } from './extremes.ts';
import { sum } from './sum.ts';

export const AGGREGATES: ReadonlyMap<string, Aggregate> = new Map(
  [distinct, sum, least, greatest, days].map((aggregate) => [aggregate.name, aggregate]),
);
