/**
 * How far the differences of two rulebooks can reach. Everything else is equal for every student there can be, and is
 * not evaluated.
 */
import type { ExtractRequest } from '#extract/request';
import { columnSetFor, requestFacts } from '#extract/request';
import { type OutputColumn, outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { Numbers } from '#rulebook/tree/identity';
import { alignedTo } from './aligned.ts';
import { Canonical } from './canonical.ts';

/** A column of the output that both rulebooks have. */
export interface ReachedColumn {
  readonly no: string;
  readonly from: OutputColumn;
  readonly to: OutputColumn;
}

export interface Reach {
  /** Whether other rows can be selected, or rows made from other enrollments. */
  readonly selection: boolean;
  /** Columns of both whose values can differ, in the order of the new layout. */
  readonly columns: readonly ReachedColumn[];
  /** Columns that only the new rulebook has. */
  readonly added: readonly OutputColumn[];
  /** Columns that only the old rulebook has. */
  readonly removed: readonly OutputColumn[];
}

/**
 * @param request decides what the window of the rules is
 * @throws RequestError
 */
export function reachOf(old: Rulebook, to: Rulebook, request: ExtractRequest): Reach {
  const from = alignedTo(to, old);
  const numbers = new Numbers();
  const before = new Canonical(numbers, from, requestFacts(request, from));
  const now = new Canonical(numbers, to, requestFacts(request, to));
  const [columnsBefore, columnsNow] = [from, to].map(({ schemas }) => schemas.output.columns) as [
    readonly OutputColumn[],
    readonly OutputColumn[],
  ];
  const both = columnsNow.flatMap((column): ReachedColumn[] => {
    const old = columnsBefore.find(({ no }) => no === column.no);
    return old ? [{ no: column.no, from: old, to: column }] : [];
  });
  return {
    selection: before.selection() !== now.selection(),
    columns: both.filter((column) => before.column(column.from) !== now.column(column.to)),
    added: columnsNow.filter(
      ({ key, no }) => !columnsBefore.some((c) => c.no === no) && !ofOtherYears(to, request).has(key),
    ),
    removed: columnsBefore.filter(
      ({ key, no }) => !columnsNow.some((c) => c.no === no) && !ofOtherYears(from, request).has(key),
    ),
  };
}

/** Keys of the columns that extracts have in other academic years only. */
function ofOtherYears(rulebook: Rulebook, request: ExtractRequest): ReadonlySet<string> {
  const { output } = rulebook.schemas;
  const { defaultColumnSet: choice } = output;
  if (typeof choice === 'string') return new Set();
  const keysOf = (set: string) => outputColumns(output, set).map(({ key }) => key);
  const own = new Set(keysOf(columnSetFor(request, rulebook)));
  return new Set(choice.flatMap(({ columnSet }) => keysOf(columnSet)).filter((key) => !own.has(key)));
}

/** Whether a change can reach anything at all. */
export const reachesNothing = ({ selection, columns, added, removed }: Reach): boolean =>
  !selection && columns.length === 0 && added.length === 0 && removed.length === 0;
