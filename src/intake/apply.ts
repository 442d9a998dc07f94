/**
 * Incoming records meet what is stored: transactions and keys (records.md section 2), then the checks that need the
 * whole history (section 3). Pure: a student's stored and incoming records in, the new history, counts and problems
 * out.
 */
import { shortList } from '#base/text';
import { type Form, formOf } from '#records/block/form';
import { type KeptRecord, recordToKeep } from '#records/block/write';
import {
  fieldsOf,
  type History,
  historyOf,
  isODS,
  keepAgain,
  keptLineOf,
  PASSED_OVER,
  placeOf,
  type ReadPlan,
  type SourceRecord,
} from '#records/record';
import type { CheckProgram, CompiledCheck } from '#rulebook/compile/check-program';
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import { KeptRecords } from './kept-records.ts';
import { type KeyPlaces, latestAlike, transactionsOf } from './keys.ts';
import { type Problem, problemOf } from './problem.ts';
import { columnsThatDiffer } from './repeats.ts';

/** What became of records. Lines read = blank + added + replaced + deleted + not used + rejected. */
export interface Counts {
  added: number;
  replaced: number;
  deleted: number;
  /** Of a record type that CALPADS knows and the extract does not use. */
  notUsed: number;
  rejected: number;
}

export const noCounts = (): Counts => ({ added: 0, replaced: 0, deleted: 0, notUsed: 0, rejected: 0 });

/** Whether no record could be used, be it that there was none: that never looks like success. */
export const usedNone = ({ added, replaced, deleted }: Counts): boolean => added + replaced + deleted === 0;

/** Whether there was no record at all, in empty files for example. */
export const isEmpty = (counts: Counts): boolean => usedNone(counts) && counts.notUsed + counts.rejected === 0;

/** Whether an upload brought nothing that could be used: no record, and no reference file alone. */
export const broughtNothing = (upload: {
  readonly counts: Counts;
  readonly references?: readonly unknown[];
}): boolean => usedNone(upload.counts) && !(isEmpty(upload.counts) && (upload.references?.length ?? 0) > 0);

export function addCounts(to: Counts, more: Counts): void {
  to.added += more.added;
  to.replaced += more.replaced;
  to.deleted += more.deleted;
  to.notUsed += more.notUsed;
  to.rejected += more.rejected;
}

export interface Applied {
  readonly history: History;
  /** The student's records in the order of loading, `loaded` counted anew. */
  readonly records: readonly SourceRecord[];
  readonly counts: Counts;
  readonly faults: readonly FailedCheck[];
}

/** A check that an incoming record failed. */
export interface FailedCheck {
  readonly check: CompiledCheck;
  readonly record: SourceRecord;
  /** The record that an earlier line of the same upload put under the same key. */
  readonly earlier?: SourceRecord | undefined;
}

/** What a compiled rulebook has for reading, checking and applying records. */
export interface CompiledIntake {
  readonly rulebook: Rulebook;
  readonly checks: CheckProgram;
  /** From `keyPlaces`, with the slots that `plan` was made of. */
  readonly keys: readonly KeyPlaces[];
  readonly plan: ReadPlan;
}

/** So many names of columns that differ are said. */
const MOST_COLUMNS = 3;

const isRejection = ({ json }: CompiledCheck): boolean => json.severity === 'reject';

/** Applies the records of an upload, student after student. */
export class Applier {
  /** What records are to be read with. */
  readonly plan: ReadPlan;
  readonly #checks: CheckProgram;
  readonly #keys: readonly KeyPlaces[];
  readonly #fileName: (source: number) => string;
  /** What each code of a transaction does. */
  readonly #does: ReadonlyMap<string, string>;
  readonly #forms: readonly Form[];
  readonly #x: Evaluation;

  /**
   * @param fileName names the file of a source (the first field of a kept line) in problems
   * @param sender the LEA that sends the records, or `undefined` for a county or the state, which sends for all
   */
  constructor(
    { rulebook, checks, keys, plan }: CompiledIntake,
    fileName: (source: number) => string,
    sender?: string | undefined,
  ) {
    this.plan = plan;
    this.#checks = checks;
    this.#keys = keys;
    this.#fileName = fileName;
    this.#forms = keys.map(({ layout }) => formOf(layout));
    this.#does = transactionsOf(rulebook.schemas);
    this.#x = checks.newEvaluation();
    this.#x.sender = sender;
  }

  /**
   * @param stored the student's records as stored, in the order of loading
   * @param incoming the upload's records of that student, in the order of its lines
   */
  apply(ssid: string, stored: readonly SourceRecord[], incoming: readonly SourceRecord[]): Applied {
    const faults: FailedCheck[] = [];
    const counts = noCounts();
    const records = this.#transact(stored, incoming, counts, faults);
    for (let i = 0; i < records.length; i++) (records[i] as SourceRecord).loaded = i;
    // A record without an SSID belongs to no history until it has one (cenr.md section 1).
    const history = historyOf(ssid, ssid === '' ? [] : records, this.plan);
    if (ssid === '') return { history, records, counts, faults };
    const found = this.#checkHistory(history, records, incoming);
    const rejected = new Set(found.filter(({ check }) => isRejection(check)).map(({ record }) => record));
    if (rejected.size === 0) return { history, records, counts, faults: [...faults, ...found] };
    // What is rejected must leave no trace, not even on what it replaced: the upload is put together again without it.
    const rest = this.apply(
      ssid,
      stored,
      incoming.filter((record) => !rejected.has(record)),
    );
    rest.counts.rejected += rejected.size;
    return { ...rest, faults: [...found.filter(({ record }) => rejected.has(record)), ...rest.faults] };
  }

  /** Faults in words. */
  problems(faults: readonly FailedCheck[]): Problem[] {
    return faults.map((fault) => this.#problem(fault));
  }

  /**
   * The body of a student's records, as it is stored: kept lines with the days that `apply` settled, in the order of
   * loading.
   */
  bodyOf(records: readonly SourceRecord[]): string {
    let body = '';
    for (const record of records) {
      const { values } = record;
      if (body !== '') body += '\n';
      if (record.type === PASSED_OVER) {
        body += keptLineOf(record);
        continue;
      }
      const { uploaded, lastUpdated } = this.#keysOf(record);
      body += keepAgain(record, values[uploaded] as string, values[lastUpdated] as string);
    }
    return body;
  }

  /** The same records as a store takes them. */
  toKeep(records: readonly SourceRecord[]): KeptRecord[] {
    return records.map((record) => {
      const { values, type } = record;
      if (type === PASSED_OVER) {
        const [uploadedOn, updatedOn] = record.kept.days(record.at);
        return recordToKeep(record, record.kept.form as Form, uploadedOn, updatedOn);
      }
      const { uploaded, lastUpdated } = this.#keysOf(record);
      return recordToKeep(record, this.#forms[type] as Form, values[uploaded] as string, values[lastUpdated] as string);
    });
  }

  #keysOf(record: SourceRecord): KeyPlaces {
    return this.#keys[record.type] as KeyPlaces;
  }

  /** Transactions, line by line. Gives the student's records. */
  #transact(
    stored: readonly SourceRecord[],
    incoming: readonly SourceRecord[],
    counts: Counts,
    faults: FailedCheck[],
  ): SourceRecord[] {
    const { transaction } = this.#x;
    const kept = new KeptRecords(stored, this.#keys);
    const sent = new Set<SourceRecord>();
    for (const record of incoming) {
      const keys = this.#keysOf(record);
      const former = kept.find(record);
      const does = this.#does.get(record.values[keys.transaction] as string) ?? 'put';
      const replaced = (does === 'replace' ? latestAlike(kept.all(), record, keys) : undefined) ?? former;
      const earlier = does !== 'delete' && former && sent.has(former) ? former : undefined;
      transaction.does = does;
      transaction.stored = replaced !== undefined;
      transaction.again = earlier !== undefined;
      transaction.differs = earlier !== undefined && columnsThatDiffer(record, earlier, keys).length > 0;
      const checks = this.#checks.transactions[record.type] as readonly CompiledCheck[];
      if (this.#check(record, checks, faults, earlier)) counts.rejected++;
      else counts[carryOut(does, record, { former, replaced }, kept, keys)]++;
      sent.add(record);
    }
    return kept.all();
  }

  /** Checks of each record that arrived and is still there, against the history it is now part of. */
  #checkHistory(history: History, records: readonly SourceRecord[], incoming: readonly SourceRecord[]): FailedCheck[] {
    const faults: FailedCheck[] = [];
    const remaining = new Set(records);
    this.#x.history = history;
    for (const record of incoming)
      if (remaining.has(record))
        this.#check(record, this.#checks.histories[record.type] as readonly CompiledCheck[], faults);
    return faults;
  }

  /** What fails goes to `faults`. Gives whether the record is rejected. */
  #check(
    record: SourceRecord,
    checks: readonly CompiledCheck[],
    faults: FailedCheck[],
    earlier?: SourceRecord | undefined,
  ): boolean {
    const x = this.#x;
    x.nextIncoming(record);
    let rejected = false;
    for (const check of checks) {
      if (!check.fails(x)) continue;
      faults.push({ check, record, earlier });
      rejected ||= isRejection(check);
    }
    return rejected;
  }

  /** The line of a record, with its file where that is not the one at hand. */
  #placeOf(record: SourceRecord, here: string): string {
    const { source, line } = placeOf(record);
    const file = this.#fileName(source);
    return `line ${line}${file === here ? '' : ` of ${file}`}`;
  }

  #problem({ check, record, earlier }: FailedCheck): Problem {
    const keys = this.#keysOf(record);
    const { layout } = keys;
    const { source, line } = placeOf(record);
    const fields = fieldsOf(record);
    const field = (key: string): string => fields[layout.columns.findIndex((c) => c.key === key)] ?? '';
    const at = {
      file: this.#fileName(source),
      line,
      recordType: fields[0] as string,
    };
    const differing = earlier ? columnsThatDiffer(record, earlier, keys) : [];
    const column = check.json.pointsTo === undefined ? check.column : differing[0];
    const days: Readonly<Record<string, number>> = { uploaded: keys.uploaded, lastUpdated: keys.lastUpdated };
    const day = column && days[column.key];
    const value = day === undefined ? (column ? field(column.key) : '') : (record.values[day] as string);
    const lookup = (name: string): string => {
      if (name.startsWith('incoming.')) return field(name.slice('incoming.'.length));
      if (name === 'sender.reportingLEA') return this.#x.sender ?? '';
      if (name === 'transaction.line') return earlier ? this.#placeOf(earlier, at.file) : '';
      return name === 'transaction.columns'
        ? shortList(
            differing.map((c) => c.name),
            MOST_COLUMNS,
          )
        : '';
    };
    return problemOf(check, at, value, lookup, column);
  }
}

/**
 * Carries out what the transaction of an accepted record does.
 * @param former the stored record with the same key
 * @param replaced the one that is replaced
 * @returns what the record counts as
 */
function carryOut(
  does: string,
  record: SourceRecord,
  { former, replaced }: Readonly<Record<'former' | 'replaced', SourceRecord | undefined>>,
  kept: KeptRecords,
  keys: KeyPlaces,
): 'added' | 'replaced' | 'deleted' {
  if (does === 'delete') {
    // A deletion that a rulebook lets pass although nothing is stored still is one line accounted for.
    if (former) kept.remove(former);
    return 'deleted';
  }
  if (replaced) kept.remove(replaced);
  if (former && former !== replaced) kept.remove(former);
  kept.add(record);
  if (!replaced) return 'added';
  keepUploadDay(record, replaced, keys);
  return 'replaced';
}

/** The day a record was first loaded stays with it; an ODS extract brings its own, where the record type has it. */
export function keepUploadDay(record: SourceRecord, replaced: SourceRecord, { layout, uploaded }: KeyPlaces): void {
  if (!isODS(record) || layout.odsColumns === undefined) record.values[uploaded] = replaced.values[uploaded] as string;
}
