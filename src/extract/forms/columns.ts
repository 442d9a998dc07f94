/** The columns of an extract as other forms have them: names, days, and what codes mean. */
import { isRealDay, withDashes } from '#records/days';
import { type Column, codeSetOf, columnIndex, layoutOf, type OutputColumn, outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Field } from '#rulebook/tree/nodes';

export type Row = readonly string[];
/** Rows as they come: many at a time. */
export type Rows = AsyncIterable<readonly Row[]>;

/** Plain data, which can be handed to a thread. */
export interface FormColumn {
  readonly name: string;
  readonly isDay: boolean;
  /** The most characters that a value has, as the layout says. */
  readonly max: number;
  /** Its place in the file, from 0. */
  readonly place: number;
  /** Meanings by code, of a column that has a code set. */
  readonly meanings?: ReadonlyMap<string, string> | undefined;
  /** It has the meanings in place of the codes. */
  readonly isLabel: boolean;
}

/** The value of a row in a column; a label is blank for a code that its code set does not have. */
export function valueIn(row: Row, { place, meanings, isLabel }: FormColumn): string {
  const value = row[place] as string;
  return isLabel ? (meanings?.get(value) ?? '') : value;
}

/**
 * The columns of a column set, in the order of the file.
 * @param labels whether a column with the meanings of the codes stands behind each column of codes
 * @throws UserError for a column set that there is not
 */
export function formColumns(rulebook: Rulebook, columnSet: string, labels: boolean): readonly FormColumn[] {
  return outputColumns(rulebook.schemas.output, columnSet).flatMap((column, place): FormColumn[] => {
    const { name, type, max } = column;
    const meanings = meaningsOf(rulebook, column);
    const codes: FormColumn = { name, isDay: type === 'DT', max, place, meanings, isLabel: false };
    if (!labels || !meanings) return [codes];
    const longest = Math.max(...[...meanings.values()].map((meaning) => meaning.length));
    return [codes, { ...codes, name: `${name} (meaning)`, max: longest, isLabel: true }];
  });
}

/**
 * The meanings of a column's codes: those of the column that it is copied from or, for a derived field, of the column
 * that its rules give.
 */
export function meaningsOf(
  { schemas, extract }: Rulebook,
  { copyOf, no }: OutputColumn,
): ReadonlyMap<string, string> | undefined {
  const columnOf = (recordType: string, key: string): Column | undefined => {
    const layout = layoutOf(schemas, recordType);
    return layout?.columns[columnIndex(layout, key)];
  };
  const field = extract.fields.find(({ number }) => number === no);
  const names = field
    ? new Set(givenBy(field).map((given) => given && columnOf(...given)?.codeSet))
    : new Set([copyOf && columnOf(schemas.output.copiesFrom, copyOf)?.codeSet]);
  const [name, ...others] = names;
  const set = name && others.length === 0 ? codeSetOf(schemas, name) : undefined;
  return set && new Map(set.codes.map(({ code, meaning }) => [code, meaning]));
}

/** Which columns the rules of a field give; `undefined` for another value that is not blank. */
const givenBy = ({ rules }: Field): ([recordType: string, key: string] | undefined)[] =>
  rules.flatMap(({ value }) =>
    value.kind === 'literal' && value.value === ''
      ? []
      : [value.kind === 'column' ? [value.recordType, value.key] : undefined],
  );

/** A day of the file as a moment: midnight, UTC; `undefined` for what is no real day. */
export const dateOf = (day: string): Date | undefined => (isRealDay(day) ? new Date(withDashes(day)) : undefined);
