/** The records of a student as they were sent, with the days they are about: what a line of time is drawn from. */
import { overlap } from '#records/days';
import type { Layout } from '#records/layout';
import {
  type History,
  historyOf,
  type KeptHistory,
  type ReadPlan,
  readRecords,
  Slots,
  type SourceRecord,
} from '#records/record';
import { intervalSlots } from '#rulebook/compile/values';
import type { Rulebook } from '#rulebook/load/assemble';
import type { IntervalJson } from '#rulebook/load/declarations';
import type { StudentRecord } from './explanation.ts';
import type { RecordView } from './record-view.ts';
import { intervalWords } from './words/values-in-words.ts';

/** Where the days of records of a type are. */
interface Days {
  readonly start: number;
  /** -1 where they have no end. */
  readonly end: number;
  /** Whether a record only says when something begins: it lasts until the next one. */
  readonly isStatus: boolean;
}

const NONE = -1;

/** The days of a type: those of its first interval; without one, from its day until the next such record. */
function intervalOf({ declared }: Rulebook, { recordType, codeDay }: Layout): IntervalJson | undefined {
  const known = declared.intervals.find(({ json }) => json.of === recordType)?.json;
  if (known || codeDay === undefined) return known;
  return {
    name: 'drawn',
    says: '',
    of: recordType,
    start: codeDay,
    blankEnd: { dayBeforeNext: { sameColumns: [] } },
  };
}

/** Layouts are published by number, and with it their columns; those without numbers come last. */
function placeOf({ columns }: Layout): number {
  const number = Number(columns[0]?.no);
  return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number;
}

/** Reads the days of every record; made once for a rulebook. */
export class StudentRecords {
  readonly #days: ReadonlyMap<string, Days>;
  readonly #plan: ReadPlan;
  /** In the order in which they are published. */
  readonly #layouts: readonly Layout[];
  /** Lines of time, in that order. */
  readonly lanes: readonly string[];

  constructor(rulebook: Rulebook) {
    const { layouts } = rulebook.schemas;
    // As in every other plan: a record says its type by number.
    const slots = new Slots(layouts);
    const days = new Map<string, Days>();
    for (const layout of layouts) {
      const interval = layout.drawn && intervalOf(rulebook, layout);
      if (interval)
        days.set(layout.recordType, {
          ...intervalSlots(slots, interval),
          isStatus: interval.end === undefined || interval.blankEnd !== 'open',
        });
    }
    this.#days = days;
    this.#plan = slots.plan();
    this.#layouts = layouts.toSorted((a, b) => placeOf(a) - placeOf(b));
    this.lanes = [...new Set(this.#layouts.flatMap(({ drawn }) => drawn?.lane ?? []))];
  }

  /**
   * All records of a student, type after type as their layouts are published, each in the order of loading.
   * @param body the student's history
   */
  of(ssid: string, body: string, view: RecordView): StudentRecord[] {
    const history: History = historyOf(ssid, readRecords(body, this.#plan), this.#plan);
    return this.#layouts.flatMap((layout) => {
      const records = history.byType[this.#plan.typeIndex.get(layout.recordType) as number] ?? [];
      return records.map((record) => this.#shown(record, layout, view));
    });
  }

  /**
   * The types of which a student has a record in a window: one that is about a day of it or, where a record only says
   * when something begins, one that begins in it.
   */
  typesInWindow(
    kept: KeptHistory,
    { from, through }: { readonly from: string; readonly through: string },
  ): Set<number> {
    const { byType } = historyOf(kept.ssid, kept.records(this.#plan), this.#plan);
    const found = new Set<number>();
    for (const [type, records] of byType.entries()) {
      const days = this.#days.get(this.#plan.types[type] as string);
      const isIn = ({ values }: SourceRecord): boolean => {
        const start = values[days?.start ?? NONE] ?? '';
        const end = values[days?.end ?? NONE] ?? '';
        if (start === '') return false;
        return days?.isStatus ? from <= start && start <= through : overlap(start, end, from, through);
      };
      if (records.some(isIn)) found.add(type);
    }
    return found;
  }

  #shown(record: SourceRecord, { recordType, name, drawn, columns }: Layout, view: RecordView): StudentRecord {
    const shown = view.shown(
      record,
      columns.map(({ key }) => key),
    );
    const days = this.#days.get(recordType);
    const first = (days && record.values[days.start]) ?? '';
    const line = view.line(record);
    const own = { record: shown, name, ...(line !== undefined && { line }) };
    if (!drawn || !days || first === '') return { ...own, says: name };
    const last = record.values[days.end] ?? '';
    const names = drawn.names.flatMap(({ column, says: before }) => {
      const value = shown.values[column] ?? '';
      return value === '' ? [] : [{ before, value }];
    });
    return {
      ...own,
      says: `${drawn.record}${names.map(({ before, value }) => (before === undefined ? ` ${value}` : `, ${before} ${value}`)).join('')}, ${intervalWords({ start: first, end: last })}`,
      days: { lane: drawn.lane, label: labelOf(names), first, last },
    };
  }
}

/** `191, school 0199003`: a part of what the record is called. */
const labelOf = ([first, ...rest]: readonly Name[]): string =>
  [first?.value ?? '', ...rest.map(({ before, value }) => (before === undefined ? value : `${before} ${value}`))].join(
    ', ',
  );

/** A value that a record is known by, and what stands before it. */
interface Name {
  readonly before: string | undefined;
  readonly value: string;
}
