/**
 * What the derived fields of an extract came to, in numbers: values and deciding rules, counted row by row and put
 * together from parts made side by side.
 */

import type { OutputColumn } from '#records/layout';
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';

/** Counts of one derived field. Plain data. */
export interface FieldCounts {
  /** By index of the rule: how many rows it decided. */
  readonly decided: number[];
  blank: number;
  /**
   * Rows by value, of a field that holds codes or labels: at most MOST_DISTINCT values. Absent for a day, which says
   * more about a student than a code does.
   */
  readonly values?: Map<string, number>;
}

/** Of values beyond so many nothing is counted but that they are there. */
export const MOST_DISTINCT = 1_000;

/** By derived field, in the order of the output layout. */
export type Counts = readonly FieldCounts[];

const DAY = 'DT';

/** The derived fields, in the order in which they are counted. */
export const derivedFields = ({ schemas }: Pick<Rulebook, 'schemas'>): readonly OutputColumn[] =>
  schemas.output.columns.filter((column) => column.rule);

/** Counts of no rows. */
export const noFieldCounts = (rulebook: Pick<Rulebook, 'schemas' | 'extract'>): Counts =>
  derivedFields(rulebook).map(({ no, type }): FieldCounts => {
    const rules = rulebook.extract.fields.find((field) => field.number === no)?.rules ?? [];
    return { decided: rules.map(() => 0), blank: 0, ...(type !== DAY && { values: new Map<string, number>() }) };
  });

/** Counts a row that was just worked out. */
export function countRow(counts: Counts, { fields, decided }: Evaluation): void {
  for (let i = 0; i < counts.length; i++) {
    const field = counts[i] as FieldCounts;
    const rule = decided[i] as number;
    field.decided[rule] = (field.decided[rule] as number) + 1;
    const value = fields[i] as string;
    if (value === '') field.blank++;
    else if (field.values) addValue(field.values, value, 1);
  }
}

function addValue(values: Map<string, number>, value: string, rows: number): void {
  const known = values.get(value);
  if (known !== undefined) values.set(value, known + rows);
  else if (values.size < MOST_DISTINCT) values.set(value, rows);
}

export function addFieldCounts(to: Counts, more: Counts): void {
  for (const [i, { decided, blank, values }] of more.entries()) {
    const field = to[i] as FieldCounts;
    for (const [rule, rows] of decided.entries()) field.decided[rule] = (field.decided[rule] as number) + rows;
    field.blank += blank;
    if (field.values) for (const [value, rows] of values ?? []) addValue(field.values, value, rows);
  }
}
