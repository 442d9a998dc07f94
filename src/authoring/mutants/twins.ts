/** Columns that are easily taken for each other. */
import { layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';

/** What stands for a record or an interval at a place, and of which record types it may be there. */
export type RecordTypes = Readonly<Record<string, readonly string[]>>;

const OTHER_END: Readonly<Record<string, string>> = {
  start: 'end',
  end: 'start',
  uploaded: 'lastUpdated',
  lastUpdated: 'uploaded',
};

/**
 * The column that is taken for another by mistake: the other day of an interval, or the next one that holds codes of
 * the same set.
 * @param recordTypes those that the record may be of, all of which have the twin; none for what is no record
 */
export function twinOf(
  key: string,
  recordTypes: readonly string[],
  { schemas, declared }: Rulebook,
): string | undefined {
  const other = OTHER_END[key];
  if (other !== undefined) return other;
  const [first, ...rest] = recordTypes.flatMap((type) => layoutOf(schemas, type) ?? []);
  if (!first) return undefined;
  const ends = declared.intervals.flatMap(({ json: { of, start, end } }) =>
    of === first.recordType && end !== undefined ? (key === start ? [end] : key === end ? [start] : []) : [],
  );
  const place = first.columns.findIndex((column) => column.key === key);
  const codeSet = first.columns[place]?.codeSet;
  const alike = [...first.columns.slice(place + 1), ...first.columns.slice(0, Math.max(place, 0))].filter(
    (column) => column.codeSet === codeSet,
  );
  const candidates = [...ends, ...(codeSet === undefined ? [] : alike.map((column) => column.key))];
  return candidates.find((candidate) =>
    rest.every(({ columns }) => columns.some((column) => column.key === candidate)),
  );
}
