/**
 * Where two finished extracts differ: worked out once, when it is first asked for, and remembered as places in their
 * files. It names no student; rows are read when a page of them is asked for.
 */
import { createReadStream } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { keyColumns } from '#extract/file-rows';
import {
  type CommonColumn,
  type ComparedRows,
  changedColumns,
  commonColumns,
  DifferenceCounter,
  type DifferenceCounts,
  type RowDifference,
  rowDifferences,
} from '#extract/row-differences';
import { type OutputColumn, outputColumns } from '#records/layout';
import type { ExtractJob } from '#store/extract-job';
import { linesAtPlaces } from './extract-rows.ts';
import { remembered } from './remembered.ts';

/** A list of differences: those of a kind, of students who have rows in one extract only, or with a field that changed. */
export type ListName = RowDifference['kind'] | 'newStudents' | 'goneStudents' | 'all' | `field ${string}`;

export interface DifferenceIndex {
  readonly rows: ComparedRows;
  readonly counts: DifferenceCounts;
  /** Numbers of differences, in ascending order of SSID. */
  readonly lists: ReadonlyMap<ListName, readonly number[]>;
  /** By number of a difference: the place of its row in either file; -1 where that has none. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Numbers of differences of students who have no row in the other extract. */
  readonly alone: ReadonlySet<number>;
}

const lately = remembered<DifferenceIndex>(20);
const READ_BYTES = 1 << 20;

/** What both extracts are read with. */
export interface Sides {
  readonly before: Side;
  readonly after: Side;
  readonly common: readonly CommonColumn[];
  /** Columns that tell rows apart: SSID and LEA, then school and grade as the selection has them. */
  readonly keys: readonly OutputColumn[];
}

interface Side {
  readonly path: string;
  readonly columns: readonly OutputColumn[];
}

const FIRST = ['ssid', 'reportingLEA'] as const;
const isCopyOf =
  (key: string) =>
  ({ copyOf }: OutputColumn): boolean =>
    copyOf === key;
const isFirst = (column: OutputColumn): boolean => FIRST.some((first) => isCopyOf(first)(column));

/** @throws ServiceError CENR_INPUTS_GONE when a rulebook is no longer kept */
export async function sidesOf(app: FastifyInstance, before: ExtractJob, after: ExtractJob): Promise<Sides> {
  const side = async (job: ExtractJob): Promise<Side> => ({
    path: app.jobs.extract.filesOf(job).rows,
    columns: outputColumns((await app.explanations.by(job.rulebookHash)).rulebook.schemas.output, job.columns),
  });
  const [old, now] = [await side(before), await side(after)];
  const { rulebook } = await app.explanations.by(after.rulebookHash);
  const keys = keyColumns(now.columns, rulebook).map((place) => now.columns[place] as OutputColumn);
  return {
    before: old,
    after: now,
    common: commonColumns(old.columns, now.columns),
    keys: [...FIRST.flatMap((first) => keys.filter(isCopyOf(first))), ...keys.filter((key) => !isFirst(key))],
  };
}

/**
 * Where two extracts differ.
 * @throws UserError for extracts that cannot be compared; Error with code ENOENT when a file is gone
 */
export const differenceIndex = (
  app: FastifyInstance,
  before: ExtractJob,
  after: ExtractJob,
): Promise<DifferenceIndex> => lately(app.store, `${before.id} ${after.id}`, () => made(app, before, after));

async function made(app: FastifyInstance, old: ExtractJob, now: ExtractJob): Promise<DifferenceIndex> {
  const sides = await sidesOf(app, old, now);
  const read = ({ path, columns }: Side, { id }: ExtractJob) => ({
    name: `the extract ${id}`,
    bytes: createReadStream(path, { highWaterMark: READ_BYTES }),
    columns,
  });
  const counter = new DifferenceCounter();
  const lists = new Map<ListName, number[]>();
  const before: number[] = [];
  const after: number[] = [];
  const alone = new Set<number>();
  const { rulebook } = await app.explanations.by(now.rulebookHash);
  const differences = rowDifferences(read(sides.before, old), read(sides.after, now), rulebook);
  let next = await differences.next();
  for (; !next.done; next = await differences.next()) {
    const difference = next.value;
    counter.add(difference);
    const number = before.length;
    before.push(difference.kind === 'changed' ? difference.before.place : placeIf(difference, 'gone'));
    after.push(difference.kind === 'changed' ? difference.after.place : placeIf(difference, 'new'));
    if (difference.kind !== 'changed' && difference.isStudent) alone.add(number);
    for (const list of listsOf(difference)) {
      const numbers = lists.get(list);
      if (numbers) numbers.push(number);
      else lists.set(list, [number]);
    }
  }
  return { rows: next.value, counts: counter.counts, lists, before, after, alone };
}

const NOWHERE = -1;

const placeIf = (difference: RowDifference & { kind: 'new' | 'gone' }, kind: 'new' | 'gone'): number =>
  difference.kind === kind ? difference.row.place : NOWHERE;

function listsOf(difference: RowDifference): ListName[] {
  const { kind } = difference;
  if (kind === 'changed') return ['all', kind, ...difference.columns.map(({ no }): ListName => `field ${no}`)];
  return difference.isStudent ? ['all', kind, `${kind}Students`] : ['all', kind];
}

/**
 * Some of the differences, read from the files.
 * @throws Error with code ENOENT when a file is gone
 */
export function differencesAt(sides: Sides, index: DifferenceIndex, numbers: readonly number[]): RowDifference[] {
  const linesOf = ({ path }: Side, places: readonly number[]): Map<number, readonly string[]> => {
    const there = numbers.filter((number) => places[number] !== NOWHERE);
    const lines = linesAtPlaces(
      path,
      there.map((number) => places[number] as number),
    );
    return new Map(there.map((number, i) => [number, (lines[i] as string).split('^')]));
  };
  const [before, after] = [linesOf(sides.before, index.before), linesOf(sides.after, index.after)];
  return numbers.map((number): RowDifference => {
    const was = before.get(number);
    const is = after.get(number);
    const placed = (values: readonly string[], places: readonly number[]) => ({
      values,
      place: places[number] as number,
    });
    const ssid = (values: readonly string[], { columns }: Side): string =>
      values[columns.findIndex(({ copyOf }) => copyOf === 'ssid')] as string;
    if (was && is)
      return {
        ssid: ssid(is, sides.after),
        kind: 'changed',
        before: placed(was, index.before),
        after: placed(is, index.after),
        columns: changedColumns(was, is, sides.common),
      };
    const isStudent = index.alone.has(number);
    return is
      ? { ssid: ssid(is, sides.after), kind: 'new', row: placed(is, index.after), isStudent }
      : {
          ssid: ssid(was as readonly string[], sides.before),
          kind: 'gone',
          row: placed(was as readonly string[], index.before),
          isStudent,
        };
  });
}
