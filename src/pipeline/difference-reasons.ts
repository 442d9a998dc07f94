/** Why rows of two extracts differ, student by student, in sentences and counted. */
import { grouped, series } from '#base/text';
import type { CommonColumn, RowDifference } from '#extract/row-differences';
import {
  DifferenceReasons,
  type DifferingRow,
  type Histories,
  type MadeWith,
  type ReasonPart,
  type RowReason,
} from '#reconcile/difference-reasons';
import { type ChangeReader, RecordChanges } from '#reconcile/record-changes';
import type { Values } from '#reconcile/views';
import type { OutputColumn } from '#records/layout';
import { placeOf, placeText, type SourceRecord } from '#records/record';
import type { NumbersMoved } from './numbers-moved.ts';

/** An extract, and the histories that it was made from. */
export interface ReasonSide extends MadeWith {
  /** The history of a student as it was then; `''` for none. Of files it depends on the day that they are read. */
  readonly body: (ssid: string, runDate: string) => Promise<string>;
}

interface ReasonOptions {
  readonly before: ReasonSide;
  readonly after: ReasonSide;
  /** Columns that both extracts have. */
  readonly common: readonly CommonColumn[];
  /** Those that tell rows apart. */
  readonly keys: readonly OutputColumn[];
  /** What is said of rules, request and run date when one of them is the reason. */
  readonly says: ReadonlyMap<string, string>;
  readonly reader: ChangeReader;
  /** What retirements did to a student between the two extracts; absent where nobody can tell. */
  readonly moved?: ((ssid: string) => Promise<NumbersMoved>) | undefined;
}

/** Why a row differs, as it is shown. */
export interface ShownReason {
  readonly parts: readonly ReasonPart[];
  readonly sentence: string;
}

const SHORT: Readonly<Record<ReasonPart, string>> = {
  records: 'records changed',
  rulebook: 'the rules changed',
  request: 'the request is another one',
  runDate: 'the run date moved',
};
const MOST_RECORDS = 3;
const NOT_MOVED: NumbersMoved = { sentences: [], places: new Set() };
const MOVED = 'an SSID was retired, or that was undone';

export class ReasonFinder {
  readonly #options: ReasonOptions;
  readonly #reasons: DifferenceReasons;
  readonly #changes: RecordChanges;
  readonly #counts = new Map<string, number>();

  constructor(options: ReasonOptions) {
    const { before, after, common, keys } = options;
    this.#options = options;
    this.#changes = new RecordChanges(after.rulebook);
    const compared = { columns: common.map(({ column }) => column), keys: keys.map(({ key }) => key) };
    this.#reasons = new DifferenceReasons(before, after, compared, this.#changes);
  }

  /**
   * Why rows of one student differ.
   * @returns in the order of the differences; `undefined` where nobody can tell
   */
  async of(ssid: string, differences: readonly RowDifference[]): Promise<(ShownReason | undefined)[]> {
    const { before, after } = this.#options;
    const at = async (runDate: string): Promise<Histories> => ({
      before: await before.body(ssid, runDate),
      after: await after.body(ssid, runDate),
    });
    const earlier = await at(before.runDate);
    const later = before.runDate === after.runDate ? earlier : await at(after.runDate);
    const found = this.#reasons.of(
      ssid,
      [earlier, later],
      differences.map((difference) => this.#rowOf(difference)),
    );
    const moved = (await this.#options.moved?.(ssid)) ?? NOT_MOVED;
    return found.map((reason) => {
      const kind = reason ? this.#kindOf(reason, moved) : 'nobody can tell: the rows cannot be made again as they are';
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
      return reason && { parts: reason.parts, sentence: this.#sentence(reason, moved) };
    });
  }

  /** "12 rows: a Student Program record was added", the most first. */
  countLines(): string[] {
    const counts = [...this.#counts].sort(([, a], [, b]) => b - a);
    return counts.map(([kind, rows]) => `${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}: ${kind}`);
  }

  #rowOf(difference: RowDifference): DifferingRow {
    const { common } = this.#options;
    const valuesOf = ({ values }: { readonly values: readonly string[] }, side: 'before' | 'after'): Values =>
      Object.fromEntries(common.map((place) => [place.column.key, values[place[side]] ?? '']));
    if (difference.kind === 'changed')
      return { before: valuesOf(difference.before, 'before'), after: valuesOf(difference.after, 'after') };
    const side = difference.kind === 'new' ? 'after' : 'before';
    return { [side]: valuesOf(difference.row, side) };
  }

  #kindOf({ parts, records }: RowReason, moved: NumbersMoved): string {
    const [only] = records;
    const changed = only && records.length === 1 ? this.#changes.kind(only) : SHORT.records;
    return series(
      parts.map((part) => (part === 'records' ? (moved.sentences.length > 0 ? MOVED : changed) : SHORT[part])),
    );
  }

  /** @param moved what retirements did: a part of what happened to the records */
  #sentence({ parts, records: needed }: RowReason, { sentences: moved, places }: NumbersMoved): string {
    const { says, reader } = this.#options;
    const records = needed.filter(({ before, after }) => {
      const { source, line } = placeOf((after ?? before) as SourceRecord);
      return !places.has(placeText(source, line));
    });
    const sentences = parts.flatMap((part) =>
      part === 'records'
        ? [
            ...moved,
            ...records.slice(0, MOST_RECORDS).map((change) => this.#changes.words(change, reader)),
            ...(records.length > MOST_RECORDS
              ? [`${records.length - MOST_RECORDS} more records of the student changed.`]
              : []),
          ]
        : [says.get(part) ?? `${(SHORT[part][0] ?? '').toUpperCase()}${SHORT[part].slice(1)}.`],
    );
    return `${sentences.length > 1 && moved.length === 0 ? 'Only together: ' : ''}${sentences.join(' ')}`;
  }
}
