/** The records of one student after one of them was changed: at once, and as a store has them once it was sent. */
import type { CompiledRulebook } from '#extract/extractor';
import { codeSetOf, type Layout, layoutOf } from '#records/layout';
import { keepLine, keptLineOf, readRecords, type SourceRecord } from '#records/record';
import { type Addition, changesOf, columnValue, type Edit, withColumns } from './edits.ts';
import type { EditedRecord, Resender, Resent, SentRecords } from './resending.ts';

/** A student whose records are changed. */
interface ChangedStudent extends SentRecords {
  /** From `compileForExplanations`. */
  readonly compiled: CompiledRulebook;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly resender: Resender;
  /** What an added record takes over where it is to have something; a student without an enrollment has none. */
  readonly enrollment?: SourceRecord | undefined;
}

/** Changes one record of a student at a time, again and again. */
export class ChangedRecords {
  readonly #student: ChangedStudent;
  /** The student's records, read once: a change reads only the line that it changes. */
  readonly #records: readonly SourceRecord[];
  readonly #enrollment: SourceRecord | undefined;

  constructor(student: ChangedStudent) {
    const { body, compiled, enrollment } = student;
    this.#student = student;
    this.#records = readRecords(body, compiled.plan);
    this.#enrollment = enrollment && this.#own(enrollment);
  }

  /** The records after the change, and the enrollment among them; absent when the change takes it away. */
  after(edit: Edit): { readonly records: readonly SourceRecord[]; readonly enrollment: SourceRecord | undefined } {
    const { compiled, runDate } = this.#student;
    const [records, enrollment] = [this.#records, this.#enrollment];
    if (edit.kind === 'add')
      return { records: [...records, this.#read(addedLine(edit, compiled, runDate), records.length)], enrollment };
    const own = this.#own(edit.record);
    const at = records.indexOf(own);
    if (edit.kind === 'remove') return this.#without(at);
    const line = withColumns(edit.record, this.#layoutOf(own), changesOf(edit));
    const changed = this.#read(line, own.loaded);
    return { records: records.with(at, changed), enrollment: own === enrollment ? changed : enrollment };
  }

  /** What became of the change when its record was sent. */
  sent(edit: Edit): Resent {
    const { resender, runDate } = this.#student;
    return resender.send(this.#student, this.#edited(edit), runDate);
  }

  #edited(edit: Edit): EditedRecord {
    const { compiled, runDate } = this.#student;
    if (edit.kind === 'add')
      return {
        line: addedLine(filledAddition(edit, compiled, this.#student.enrollment), compiled, runDate),
        sameKey: false,
      };
    if (edit.kind === 'remove') return { record: edit.record, sameKey: false };
    const layout = this.#layoutOf(edit.record);
    const changes = changesOf(edit);
    return {
      record: edit.record,
      line: withColumns(edit.record, layout, changes),
      sameKey: !layout.keyColumns.some((key) => changes.has(key)),
    };
  }

  #layoutOf({ type }: SourceRecord): Layout {
    const { plan, rulebook } = this.#student.compiled;
    return layoutOf(rulebook.schemas, plan.types[type] as string) as Layout;
  }

  /** Without a record: each of those that were loaded after it moves up by one, as in a file without its line. */
  #without(at: number): { readonly records: readonly SourceRecord[]; readonly enrollment: SourceRecord | undefined } {
    const movedUp = this.#records.slice(at + 1).map((record) => this.#read(keptLineOf(record), record.loaded - 1));
    const records = [...this.#records.slice(0, at), ...movedUp];
    const place = this.#enrollment ? this.#records.indexOf(this.#enrollment) : -1;
    return { records, enrollment: place === at ? undefined : records[place > at ? place - 1 : place] };
  }

  #read(line: string, loaded: number): SourceRecord {
    const record = readRecords(line, this.#student.compiled.plan)[0] as SourceRecord;
    record.loaded = loaded;
    return record;
  }

  /** The own reading of a record. */
  #own(record: SourceRecord): SourceRecord {
    const line = keptLineOf(record);
    const atPlace = this.#records[record.loaded];
    return (
      atPlace && keptLineOf(atPlace) === line ? atPlace : this.#records.find((own) => keptLineOf(own) === line)
    ) as SourceRecord;
  }
}

/**
 * An added record with whatever else no record of its type is without: the sender knows it. It is what the enrollment
 * says, else any code, a day, any text.
 */
export function filledAddition(
  { kind, recordType, values }: Addition,
  { plan, rulebook: { schemas } }: CompiledRulebook,
  enrollment: SourceRecord | undefined,
): Addition {
  const layout = layoutOf(schemas, recordType) as Layout;
  const own = enrollment && (layoutOf(schemas, plan.types[enrollment.type] as string) as Layout);
  const blank = layout.columns.filter(({ key, required }) => required && (values.get(key) ?? '') === '');
  const filled = blank.map(({ key, type, codeSet }): [string, string] => {
    const said =
      enrollment && own?.columns.some((column) => column.key === key) ? columnValue(enrollment, key, plan, own) : '';
    const codes = codeSet === undefined ? undefined : codeSetOf(schemas, codeSet)?.codes;
    return [key, said || (codes?.[0]?.code ?? (type === 'DT' ? (values.get(layout.codeDay ?? '') ?? '') : 'X'))];
  });
  return { kind, recordType, values: new Map([...values, ...filled]) };
}

/** The kept line of a record that was never sent: its origin is nought, its days the run date. */
function addedLine({ recordType, values }: Addition, { rulebook }: CompiledRulebook, runDate: string): string {
  const columns = layoutOf(rulebook.schemas, recordType)?.columns ?? [];
  const text = columns.map(({ key }) => (key === 'recordTypeCode' ? recordType : (values.get(key) ?? ''))).join('^');
  return keepLine({ source: 0, line: 0, uploaded: runDate, lastUpdated: runDate }, text);
}
