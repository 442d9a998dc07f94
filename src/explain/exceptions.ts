/**
 * Rows that an auditor looks at first: what they rest on is not wrong, and not plain either. Found by evaluating each
 * row again; nothing of what a program, a code or a day means is known here.
 */
import { type ExtractRequest, requestFacts } from '#extract/request';
import { historyOf, type KeptHistory, placeOf, type RecordPlace, type SourceRecord } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import type { FactNode, LookNode, Order } from '#rulebook/tree/nodes';
import { compileForExplanations, Inspector } from './inspector.ts';
import { isAlike } from './qualification.ts';
import { RecordReader } from './record-view.ts';
import { type RowKey, RowKeys } from './row-keys.ts';

/**
 * `warned`: a check warned of a record that the row rests on. `tie`: records alike by every entry of an order but the one
 * of loading. `otherLEA`: a record of another LEA. `afterWindow`: a record that begins after the window.
 */
export const ROW_EXCEPTIONS = ['warned', 'tie', 'otherLEA', 'afterWindow'] as const;

/** Why a row is an exception: plain data, kept as JSON. */
export interface RowException extends RecordPlace {
  readonly kind: (typeof ROW_EXCEPTIONS)[number];
  readonly recordType: string;
  /** The LEA of the record; blank for a record that has none. */
  readonly lea: string;
  /** `warned`: the checks that warned. */
  readonly codes?: readonly string[];
  /** `tie`: how many records fit alike, the one that was taken included. */
  readonly alike?: number;
  /** `afterWindow`: the day on which it begins, CCYYMMDD. */
  readonly day?: string;
}

export interface ExceptionalRow extends RowKey {
  readonly ssid: string;
  readonly exceptions: readonly RowException[];
}

const DAY = 'DT';

/** Goes through the students of an extract, one after the other. */
export class ExceptionFinder {
  readonly #rulebook: Rulebook;
  readonly #inspector: Inspector;
  readonly #facts: RequestFacts;
  readonly #reader: RecordReader;
  readonly #rowKeys: RowKeys;
  readonly #warnedBy: (place: RecordPlace) => readonly string[];
  readonly #looks: ReadonlyMap<number, LookNode>;

  /**
   * @param warnedBy the checks that warned of the record of a line
   * @throws UserError for a request that the rulebook cannot have
   */
  constructor(
    rulebook: Rulebook,
    request: ExtractRequest,
    runDate: string,
    warnedBy: (place: RecordPlace) => readonly string[],
  ) {
    this.#rulebook = rulebook;
    this.#facts = requestFacts(request, rulebook);
    this.#inspector = new Inspector(compileForExplanations(rulebook), this.#facts, runDate);
    this.#reader = new RecordReader(rulebook.schemas);
    this.#rowKeys = new RowKeys(rulebook.extract.selection, this.#reader);
    this.#warnedBy = warnedBy;
    const isLook = (fact: FactNode): fact is LookNode => fact.kind === 'look';
    this.#looks = new Map(rulebook.extract.facts.filter(isLook).map((look) => [look.index, look]));
  }

  /** The rows of a student that are exceptions, in the order of the extract, and how many rows there are. */
  of(history: KeptHistory): { readonly rows: number; readonly exceptional: readonly ExceptionalRow[] } {
    const inspector = this.#inspector;
    const { plan } = inspector.compiled;
    const { ssid } = history;
    const rows = [...inspector.select(historyOf(ssid, history.records(plan), plan))];
    const exceptional = rows.flatMap((row): ExceptionalRow[] => {
      const exceptions = this.#ofRow(row);
      return exceptions.length === 0 ? [] : [{ ssid, ...this.#rowKeys.of(row), exceptions }];
    });
    return { rows: rows.length, exceptional };
  }

  #ofRow(row: SourceRecord): RowException[] {
    const inspector = this.#inspector;
    inspector.evaluate(row);
    const used: (readonly [LookNode, SourceRecord])[] = [];
    inspector.compiled.program.usedRecords(inspector.x, (fact, record) => {
      used.push([this.#looks.get(fact) as LookNode, record]);
    });
    const lea = this.#lea(row);
    const found: RowException[] = [];
    for (const record of new Set([row, ...used.map(([, record]) => record)]))
      found.push(...this.#ofRecord(record, lea));
    const tied = new Map<SourceRecord, number>();
    const add = (record: SourceRecord, others: number): void => {
      if (others > 0) tied.set(record, Math.max(tied.get(record) ?? 0, others + 1));
    };
    add(row, this.#alikeEnrollments(row));
    for (const [look, record] of used) add(record, this.#alikeRecords(look, record));
    for (const [record, alike] of tied) found.push({ kind: 'tie', ...this.#about(record), alike });
    return found;
  }

  #ofRecord(record: SourceRecord, lea: string): RowException[] {
    const about = this.#about(record);
    const codes = this.#warnedBy(about);
    const day = this.#dayAfterWindow(record);
    return [
      ...(codes.length > 0 ? [{ kind: 'warned' as const, ...about, codes }] : []),
      ...(about.lea !== '' && about.lea !== lea ? [{ kind: 'otherLEA' as const, ...about }] : []),
      ...(day === undefined ? [] : [{ kind: 'afterWindow' as const, ...about, day }]),
    ];
  }

  #about(record: SourceRecord): Pick<RowException, 'recordType' | 'lea' | 'source' | 'line'> {
    return { recordType: this.#reader.layout(record).recordType, lea: this.#lea(record), ...placeOf(record) };
  }

  #lea(record: SourceRecord): string {
    return this.#reader.hasLEA(record) ? this.#reader.value(record, 'reportingLEA') : '';
  }

  /** A day by which the record is known, when it comes after the window. */
  #dayAfterWindow(record: SourceRecord): string | undefined {
    const { keyColumns, columns } = this.#reader.layout(record);
    return keyColumns
      .filter((key) => columns.some((column) => column.key === key && column.type === DAY))
      .map((key) => this.#reader.value(record, key))
      .find((day) => day > this.#facts.through);
  }

  /** How many other enrollments would make the same row, and are told from it by nothing but their loading. */
  #alikeEnrollments(row: SourceRecord): number {
    const inspector = this.#inspector;
    const { selection } = this.#rulebook.extract;
    const type = inspector.x.history.byType[row.type] ?? [];
    return type.filter(
      (other) =>
        other !== row &&
        isAlike(row, other, { selection, reader: this.#reader }) &&
        inspector.withEnrollment(other, () => inspector.holds(selection.where)) &&
        this.#isTie(selection.order, row, other, 'enrollment'),
    ).length;
  }

  /** How many other records a look could have given, told from the one it gave by nothing but their loading. */
  #alikeRecords(look: LookNode, found: SourceRecord): number {
    const { where, order, gives } = look;
    if (gives !== 'record') return 0;
    const inspector = this.#inspector;
    return inspector
      .candidates(look)
      .filter(
        (other) =>
          other !== found &&
          (!where || inspector.withRecord(other, () => inspector.holds(where))) &&
          this.#isTie(order, found, other, 'record'),
      ).length;
  }

  #isTie(order: readonly Order[], winner: SourceRecord, loser: SourceRecord, focus: 'enrollment' | 'record'): boolean {
    const entry = order[this.#inspector.firstDifference(order, winner, loser, focus)];
    return entry === undefined || entry.kind === 'loaded';
  }
}
