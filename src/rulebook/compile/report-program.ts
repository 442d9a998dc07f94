/** The condition of a report, compiled for rows of a file: what it asks of a row stands in the fields of a line. */
import type { OutputColumn } from '#records/layout';
import { NO_LINES } from '#records/record';
import type { Condition, ExtractTree, Report } from '../tree/nodes.ts';
import { nodesIn } from '../tree/walk.ts';
import { Compiler } from './compiler.ts';
import type { ColumnPlaces } from './compiling.ts';
import { Evaluation } from './evaluation.ts';

/** What fills a column of a row that is copied from a record; absent for a derived field. */
const sourceOf = ({ copyOf, day }: OutputColumn): string | undefined => copyOf ?? day;

/** The columns that a report asks for, each once: those that it shows, then those of its condition. */
export const columnsRead = ({ where, columns }: Report, output: readonly OutputColumn[]): OutputColumn[] =>
  columnsAsked(
    columns.map(({ column }) => column),
    where ? [where] : [],
    output,
  );

/** Columns that are shown, then those that conditions on a row ask for, each once. */
export function columnsAsked(
  shown: readonly OutputColumn[],
  conditions: readonly Condition[],
  output: readonly OutputColumn[],
): OutputColumn[] {
  const asked = nodesIn(conditions).flatMap((node) => {
    if (node.kind === 'field') return output.filter(({ no }) => no === node.number);
    return node.kind === 'column' ? output.filter((column) => sourceOf(column) === node.key) : [];
  });
  return [...new Set([...shown, ...asked])];
}

/**
 * Whether rows belong to a report, or meet another condition on a row.
 * @param tree that the report is in
 * @param columns of the file; every column that the report asks for is among them
 */
export function compileReport(
  tree: ExtractTree,
  { where }: { readonly where?: Condition | undefined },
  columns: readonly OutputColumn[],
): (row: readonly string[]) => boolean {
  if (!where) return () => true;
  const places: ColumnPlaces = {
    column: (_, key) => columns.findIndex((column) => sourceOf(column) === key),
    // The condition is about the row alone: it names no interval and no look.
    derivedEnd: () => -1,
    type: () => -1,
  };
  const derived = columns.flatMap((column, place) => (column.rule ? [{ no: column.no, place }] : []));
  const test = new Compiler(places, new Map(derived.map(({ no }, i) => [no, i]))).condition(where, false);
  const x = new Evaluation(derived.length, 0, tree.facts.length);
  return (row) => {
    for (const [i, { place }] of derived.entries()) x.fields[i] = row[place] as string;
    x.nextEnrollment({ type: -1, values: row as string[], loaded: -1, kept: NO_LINES, at: 0 });
    return test(x);
  };
}
