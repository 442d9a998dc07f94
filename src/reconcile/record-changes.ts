/** What happened to the records of a student between two states of a store: added, changed, sent again, deleted. */

import { series } from '#base/text';
import { type PlaceOf, RecordReader, RecordView } from '#explain/record-view';
import { recordTypeWords } from '#explain/words/record-words';
import { dayWords, inWords } from '#explain/words/values-in-words';
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { KeptRecords } from '#intake/kept-records';
import { type Layout, layoutOf } from '#records/layout';
import { keptLineOf, lineOf, readRecords, type SourceRecord } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Glossary, glossaryOf } from '#rulebook/words/words';
import { isCode } from './telling.ts';

/** One record that is not as it was. */
export interface RecordChange {
  readonly kind: 'added' | 'changed' | 'sentAgain' | 'deleted';
  /** The record as it was; absent for one that was added. */
  readonly before?: SourceRecord;
  /** As it is now; absent for one that was deleted. */
  readonly after?: SourceRecord;
}

/** Who reads of a change: which LEAs they may see in full, and where lines came from. */
export interface ChangeReader {
  readonly visible: LEAScope;
  readonly placeBefore: PlaceOf;
  readonly placeAfter: PlaceOf;
}

const SSID = 'ssid';
const MOST_COLUMNS = 4;

/** Compares the records of students by their keys, by the rules of the later state. */
export class RecordChanges {
  readonly #compiled: CompiledRulebook;
  readonly #reader: RecordReader;
  readonly #glossary: Glossary;

  constructor(rulebook: Rulebook) {
    this.#compiled = compileRulebook(rulebook, { recording: false });
    this.#reader = new RecordReader(rulebook.schemas);
    this.#glossary = glossaryOf(rulebook);
  }

  /** What happened, in the order of loading; what is gone comes first. */
  between(before: string, after: string): RecordChange[] {
    const { plan, keys } = this.#compiled;
    const [old, now] = [readRecords(before, plan), readRecords(after, plan)];
    const [formerly, today] = [new KeptRecords(old, keys), new KeptRecords(now, keys)];
    const deleted = old
      .filter((record) => !today.find(record))
      .map((record): RecordChange => ({ kind: 'deleted', before: record }));
    const others = now.flatMap((record): RecordChange[] => {
      const was = formerly.find(record);
      if (!was) return [{ kind: 'added', after: record }];
      if (keptLineOf(was) === keptLineOf(record)) return [];
      return [{ kind: lineOf(was) === lineOf(record) ? 'sentAgain' : 'changed', before: was, after: record }];
    });
    return [...deleted, ...others];
  }

  /** A history in which only these changes happened. */
  with(before: string, changes: readonly RecordChange[]): string {
    const gone = new Set(changes.flatMap((change) => (change.before ? keptLineOf(change.before) : [])));
    const come = changes.flatMap((change) => (change.after ? keptLineOf(change.after) : []));
    const lines = before === '' ? [] : before.split('\n');
    return [...lines.filter((line) => !gone.has(line)), ...come].join('\n');
  }

  /** "a Student Program record was added". */
  kind({ kind, before, after }: RecordChange): string {
    const { recordType } = this.#layoutOf((after ?? before) as SourceRecord);
    const did = kind === 'sentAgain' ? 'sent again without a change' : kind;
    return `a ${recordTypeWords(recordType, this.#glossary)} was ${did}`;
  }

  /** A change in one sentence; of records that the reader may not see, only what explanations tell everybody. */
  words(change: RecordChange, { visible, placeBefore, placeAfter }: ChangeReader): string {
    const { kind, before, after } = change;
    const record = (after ?? before) as SourceRecord;
    const view = new RecordView(this.#reader, visible, after ? placeAfter : placeBefore);
    const named = `${this.#named(record, view)}${view.sourceWords(record)}`;
    if (kind === 'added') return `A ${named} was added.`;
    if (kind === 'deleted') return `The ${named} was deleted.`;
    if (kind === 'sentAgain') return `The ${named} was sent again without a change.`;
    const columns = this.#columnsChanged(before as SourceRecord, record, view);
    return `The ${named} was changed${columns.length > 0 ? `: ${series(columns)}` : ''}.`;
  }

  #named(record: SourceRecord, view: RecordView): string {
    const layout = this.#layoutOf(record);
    const { schemas } = this.#compiled.rulebook;
    const codes = layout.columns
      .filter((column) => layout.keyColumns.includes(column.key) && column.key !== SSID && isCode(column, schemas))
      .flatMap(({ key, name }) => {
        const value = view.value(record, key);
        return value ? [`${name} ${value}`] : [];
      });
    const start = layout.codeDay === undefined ? '' : (view.value(record, layout.codeDay) ?? '');
    return `${recordTypeWords(layout.recordType, this.#glossary)}${start === '' ? '' : ` of ${dayWords(start)}`}${
      codes.length > 0 ? ` with ${series(codes)}` : ''
    }`;
  }

  #columnsChanged(before: SourceRecord, after: SourceRecord, view: RecordView): string[] {
    const changed = this.#layoutOf(after).columns.flatMap(({ key, name, type }) => {
      const [was, is] = [view.value(before, key), view.value(after, key)];
      if (was === is || was === undefined || is === undefined) return [];
      return [`${name} ${inWords(is, type === 'DT')} instead of ${inWords(was, type === 'DT')}`];
    });
    return changed.length > MOST_COLUMNS
      ? [...changed.slice(0, MOST_COLUMNS - 1), `${changed.length - MOST_COLUMNS + 1} other columns`]
      : changed;
  }

  #layoutOf({ type }: SourceRecord): Layout {
    const { plan, rulebook } = this.#compiled;
    return layoutOf(rulebook.schemas, plan.types[type] as string) as Layout;
  }
}
