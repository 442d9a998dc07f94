/** The records of a student as they were sent, with the days they are about: what a line of time is drawn from. */
import { type Layout, layoutOf } from '#records/layout';
import { type History, historyOf, lineOf, type ReadPlan, readRecords, Slots, type SourceRecord } from '#records/record';
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
}

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

/** Reads the days of every record; made once for a rulebook. */
export class StudentRecords {
  readonly #rulebook: Rulebook;
  readonly #days: ReadonlyMap<string, Days>;
  readonly #plan: ReadPlan;

  constructor(rulebook: Rulebook) {
    const { layouts } = rulebook.schemas;
    const slots = new Slots(layouts);
    const days = new Map<string, Days>();
    for (const layout of layouts) {
      const interval = layout.drawn && intervalOf(rulebook, layout);
      if (interval) days.set(layout.recordType, intervalSlots(slots, interval));
    }
    this.#rulebook = rulebook;
    this.#days = days;
    this.#plan = slots.plan();
  }

  /**
   * All records of a student, type after type in the order of the layouts, each in the order of loading.
   * @param body the student's history
   */
  of(ssid: string, body: string, view: RecordView): StudentRecord[] {
    const history: History = historyOf(ssid, readRecords(body, this.#plan), this.#plan);
    return history.byType.flatMap((records, type) => {
      const layout = layoutOf(this.#rulebook.schemas, this.#plan.types[type] as string) as Layout;
      return records.map((record) => this.#shown(record, layout, view));
    });
  }

  #shown(record: SourceRecord, { recordType, name, drawn, columns }: Layout, view: RecordView): StudentRecord {
    const shown = view.shown(
      record,
      columns.map(({ key }) => key),
    );
    const days = this.#days.get(recordType);
    const first = (days && record.values[days.start]) ?? '';
    const line = view.isVisible(record) ? { line: lineOf(record) } : {};
    const own = { record: shown, name, ...line };
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
