/**
 * Incoming records meet what is stored: transactions and keys (records.md section 2), then the checks that need the
 * whole history (section 3). Pure: a student's stored and incoming records in, the new history, counts and problems
 * out.
 */
import { codeSetOf, type Layout, type Schemas } from '#records/layout';
import {
  type History,
  historyOf,
  keepAgain,
  ODS_SUFFIX,
  type ReadPlan,
  type Slots,
  type SourceRecord,
} from '#records/record';
import type { CheckProgram, CompiledCheck } from '#rulebook/compile/check-program';
import { keptRecords } from './kept-records.ts';
import { type Problem, problemOf } from './problem.ts';

/**
 * What became of records. Together with those rejected line by line: lines read = stored + updated + deleted +
 * rejected.
 */
export interface Counts {
  stored: number;
  updated: number;
  deleted: number;
  rejected: number;
}

export const noCounts = (): Counts => ({ stored: 0, updated: 0, deleted: 0, rejected: 0 });

export function addCounts(to: Counts, more: Counts): void {
  to.stored += more.stored;
  to.updated += more.updated;
  to.deleted += more.deleted;
  to.rejected += more.rejected;
}

export interface Applied {
  readonly history: History;
  /** The student's records in the order of loading, `loaded` counted anew. */
  readonly records: readonly SourceRecord[];
  readonly counts: Counts;
  readonly faults: readonly Fault[];
}

/** A check that an incoming record failed. */
export interface Fault {
  readonly check: CompiledCheck;
  readonly record: SourceRecord;
}

/** Where the columns are that transactions need, by record type. */
interface KeyPlaces {
  readonly layout: Layout;
  readonly key: readonly number[];
  /** The same for a record without an SSID. */
  readonly keyWithoutSSID: readonly number[];
  readonly ssid: number;
  readonly reportingLEA: number;
  readonly transaction: number;
  readonly uploaded: number;
  readonly lastUpdated: number;
  readonly source: number;
  readonly line: number;
  readonly replaces:
    | { readonly same: readonly number[]; readonly sameWithoutSSID: readonly number[]; readonly latestBy: number }
    | undefined;
}

export interface Applier {
  /**
   * @param stored the student's records as stored, in the order of loading
   * @param incoming the upload's records of that student, in the order of its lines
   */
  apply(ssid: string, stored: readonly SourceRecord[], incoming: readonly SourceRecord[]): Applied;
  /** A fault in words. */
  problem(fault: Fault): Problem;
}

/** Claims the slots that transactions need. To be called before the read plan is made. */
export function keyPlaces(schemas: Schemas, slots: Slots): readonly KeyPlaces[] {
  return schemas.layouts.map((layout): KeyPlaces => {
    const slot = (key: string) => slots.column(layout.recordType, key);
    const { replaces, keyColumnsWithoutSSID = [] } = layout;
    return {
      layout,
      key: layout.keyColumns.map(slot),
      keyWithoutSSID: [...keyColumnsWithoutSSID, ...layout.keyColumns].map(slot),
      ssid: slot('ssid'),
      reportingLEA: slot('reportingLEA'),
      transaction: slot('transactionTypeCode'),
      uploaded: slot('uploaded'),
      lastUpdated: slot('lastUpdated'),
      source: slot('source'),
      line: slot('line'),
      replaces: replaces && {
        same: replaces.sameColumns.map(slot),
        sameWithoutSSID: [...keyColumnsWithoutSSID, ...replaces.sameColumns].map(slot),
        latestBy: slot(replaces.latestBy),
      },
    };
  });
}

/**
 * @param places from `keyPlaces`, with the slots that `plan` was made of
 * @param fileName names the file of a source (the first field of a kept line) in problems
 */
export function applier(
  schemas: Schemas,
  places: readonly KeyPlaces[],
  plan: ReadPlan,
  program: CheckProgram,
  fileName: (source: number) => string,
): Applier {
  const x = program.newEvaluation();
  const does = new Map((codeSetOf(schemas, 'TransactionType')?.codes ?? []).map((c) => [c.code, c.does ?? 'put']));
  const placesOf = (record: SourceRecord) => places[record.type] as KeyPlaces;

  const keySlots = (record: SourceRecord): readonly number[] => {
    const { key, keyWithoutSSID, ssid } = placesOf(record);
    return record.values[ssid] === '' ? keyWithoutSSID : key;
  };

  const problem = ({ check, record }: Fault): Problem => {
    const { layout, source, line } = placesOf(record);
    const fields = record.text.slice(record.from, record.end).split('^');
    const field = (key: string): string => fields[layout.columns.findIndex((c) => c.key === key)] ?? '';
    const at = {
      file: fileName(Number(record.values[source])),
      line: Number(record.values[line]),
      recordType: fields[0] as string,
    };
    const value = check.column ? field(check.column.key) : '';
    return problemOf(check, at, value, (name) =>
      name.startsWith('incoming.') ? field(name.slice('incoming.'.length)) : '',
    );
  };

  /** Transactions, line by line. */
  function put(
    stored: readonly SourceRecord[],
    incoming: readonly SourceRecord[],
  ): { kept: SourceRecord[]; counts: Counts; faults: Fault[] } {
    const kept = keptRecords(stored, keySlots);
    const counts = noCounts();
    const faults: Fault[] = [];
    for (const record of incoming) {
      const action = does.get(record.values[placesOf(record).transaction] as string) ?? 'put';
      const former = kept.find(record);
      x.transaction.does = action;
      x.transaction.stored = former !== undefined;
      x.nextIncoming(record);
      let isRejected = false;
      for (const check of program.transactions[record.type] as readonly CompiledCheck[]) {
        if (!check.fails(x)) continue;
        faults.push({ check, record });
        if (check.json.severity === 'reject') isRejected = true;
      }
      if (isRejected) {
        counts.rejected++;
      } else if (action === 'delete') {
        // A deletion that a rulebook lets pass although nothing is stored still is one line accounted for.
        if (former) kept.remove(former);
        counts.deleted++;
      } else {
        const latest = action === 'replace' ? latestOf(kept.all(), record) : undefined;
        const replaced = latest ?? former;
        if (latest) kept.remove(latest);
        if (former && former !== latest) kept.remove(former);
        kept.add(record);
        if (replaced) keepUploadDay(record, replaced);
        counts[replaced ? 'updated' : 'stored']++;
      }
    }
    return { kept: kept.all(), counts, faults };
  }

  /**
   * What transaction type `replace` replaces: the latest stored record alike in the layout's columns, and of the same
   * new student while there is no SSID.
   */
  function latestOf(kept: readonly SourceRecord[], record: SourceRecord): SourceRecord | undefined {
    const { replaces, ssid } = placesOf(record);
    if (!replaces) return undefined;
    const same = record.values[ssid] === '' ? replaces.sameWithoutSSID : replaces.same;
    let best: SourceRecord | undefined;
    for (const candidate of kept) {
      if (candidate.type !== record.type || same.some((slot) => candidate.values[slot] !== record.values[slot]))
        continue;
      if (!best || (candidate.values[replaces.latestBy] as string) > (best.values[replaces.latestBy] as string))
        best = candidate;
    }
    return best;
  }

  /** The day a record was first loaded stays with it; an ODS extract brings its own. */
  function keepUploadDay(record: SourceRecord, replaced: SourceRecord): void {
    const { layout, uploaded } = placesOf(record);
    if (!record.text.startsWith(ODS_SUFFIX, record.from + layout.recordType.length))
      record.values[uploaded] = replaced.values[uploaded] as string;
  }

  /** Checks of each record that arrived and is still there, against the history it is now part of. */
  function checkHistory(history: History, arrived: readonly SourceRecord[]): Fault[] {
    x.history = history;
    const faults: Fault[] = [];
    for (const record of arrived) {
      x.nextIncoming(record);
      for (const check of program.histories[record.type] as readonly CompiledCheck[])
        if (check.fails(x)) faults.push({ check, record });
    }
    return faults;
  }

  function apply(ssid: string, stored: readonly SourceRecord[], incoming: readonly SourceRecord[]): Applied {
    const { kept: records, counts, faults } = put(stored, incoming);
    for (let i = 0; i < records.length; i++) (records[i] as SourceRecord).loaded = i;
    // A record without an SSID belongs to no history until it has one (cenr.md section 1).
    const history = historyOf(ssid, ssid === '' ? [] : records, plan);
    if (ssid === '') return { history, records, counts, faults };
    const remaining = new Set(records);
    const found = checkHistory(
      history,
      incoming.filter((record) => remaining.has(record)),
    );
    const rejected = new Set(found.filter(({ check }) => check.json.severity === 'reject').map(({ record }) => record));
    if (rejected.size === 0) return { history, records, counts, faults: [...faults, ...found] };
    // What is rejected must leave no trace, not even on what it replaced: the upload is put together again without it.
    const rest = apply(
      ssid,
      stored,
      incoming.filter((record) => !rejected.has(record)),
    );
    rest.counts.rejected += rejected.size;
    return { ...rest, faults: [...found.filter(({ record }) => rejected.has(record)), ...rest.faults] };
  }

  return { apply, problem };
}

/**
 * The body of a student's records, as it is stored: kept lines with the days that `apply` settled, in the order of
 * loading.
 */
export function bodyOf(records: readonly SourceRecord[], places: readonly KeyPlaces[]): string {
  let body = '';
  for (const record of records) {
    const { values } = record;
    const { uploaded, lastUpdated } = places[record.type] as KeyPlaces;
    if (body !== '') body += '\n';
    body += keepAgain(record, values[uploaded] as string, values[lastUpdated] as string);
  }
  return body;
}

export type { KeyPlaces };
