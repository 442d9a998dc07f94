/**
 * What would change a field: the smallest change to one source record that does, found by evaluating the changed
 * history.
 */

import type { CompiledRulebook } from '#extract/extractor';
import { type Layout, layoutOf } from '#records/layout';
import { historyOf, readRecords, type SourceRecord } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Field } from '#rulebook/tree/nodes';
import { columnName, type Glossary } from '#rulebook/words/words';
import type { FieldExplanation, ShownRecord, WhatWouldChangeIt } from '../explanation.ts';
import { Inspector } from '../inspector.ts';
import { recordTypeWords, recordWords } from '../words/record-words.ts';
import { inWords, packed, valueAtStart } from '../words/values-in-words.ts';
import { type Candidates, candidateEdits } from './candidates.ts';
import { ChangedRecords } from './changed-records.ts';
import { withCompanions } from './companions.ts';
import { changesOf, columnValue, type Edit, type StudentInHand } from './edits.ts';
import type { Resender } from './resending.ts';

/** A field of a row, and what it takes to try another history. */
export interface ChangeQuestion {
  /** With `enrollment` evaluated; it is left as it is. */
  readonly inspector: Inspector;
  readonly compiled: CompiledRulebook;
  readonly request: RequestFacts;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly ssid: string;
  /** The body that the history was read from. */
  readonly body: string;
  /** As in `SentRecords`. */
  readonly sent?: string | undefined;
  /** Tells whether a store would take in what is changed. */
  readonly resender: Resender;
  readonly enrollment: SourceRecord;
  readonly field: Field;
  readonly glossary: Glossary;
  /** A record as the reader may see it, with these columns beside those of its key. */
  readonly shown: (record: SourceRecord, keys: readonly string[]) => ShownRecord;
  /** Which records may be changed or removed; all when absent. */
  readonly mayChange?: (record: SourceRecord) => boolean;
  /** How many changed histories are evaluated at most. */
  readonly mostTried?: number;
}

export const MOST_TRIED = 60;
const SHARES = 6;

type Answer = NonNullable<FieldExplanation['whatWouldChangeIt']>;

/**
 * The smallest change to one source record that changes the value of a field while its enrollment stays in the extract,
 * with the same LEA, school and grade, and that the checks of incoming records accept. A moved day is smaller than a day written or taken away, that than a code, that
 * than a record gone, that than one added.
 */
export function whatWouldChangeIt(question: ChangeQuestion): Answer {
  const { inspector, field, glossary, enrollment, mostTried = MOST_TRIED } = question;
  const { value } = inspector.field(field.number);
  const trial = new Trial(question);
  const inHand: StudentInHand = {
    inspector,
    schemas: glossary.schemas,
    enrollment,
    mayChange: question.mayChange ?? (() => true),
  };
  for (const edit of within(mostTried, candidateEdits(field, inHand))) {
    const changed = trial.value(edit);
    if (changed === undefined || changed === value) continue;
    const accepted = trial.accepted(edit, changed, inHand);
    if (!accepted) continue;
    const change = described(accepted, value, changed, question);
    return { sentence: change.sentence, tried: trial.tried, change };
  }
  return { sentence: nothingFound(trial.tried), tried: trial.tried };
}

function nothingFound(tried: number): string {
  if (tried === 0) return 'There was no change to one record to try.';
  return tried === 1
    ? 'The one change that was tried does not change the value.'
    : `None of the ${tried} changes that were tried, each to one record, changes the value.`;
}

/**
 * As many candidates as may be tried: every kind has its share, so that many small changes do not keep the large ones
 * from being tried at all.
 */
function* within(most: number, candidates: Candidates): Generator<Edit> {
  const share = Math.floor(most / SHARES);
  let left = most;
  for (const [i, edits] of candidates.entries()) {
    const later = candidates.slice(i + 1);
    // How many there are of the later kinds is worked out only when it matters.
    let allowed = left - later.length * share;
    let isExact = later.length === 0;
    let taken = 0;
    for (; ; taken++) {
      if (taken >= allowed && !isExact) {
        allowed = left - later.reduce((sum, of) => sum + of.count(share), 0);
        isExact = true;
      }
      const edit = taken < allowed ? edits.at(taken) : undefined;
      if (!edit) break;
      yield edit;
    }
    left -= taken;
  }
}

const trials = new WeakMap<Inspector, Inspector>();

/** A second inspector with the same request, so that the first keeps its student. */
function trialOf({ inspector, compiled, request, runDate }: ChangeQuestion): Inspector {
  let trial = trials.get(inspector);
  if (!trial) {
    trial = new Inspector(compiled, request, runDate);
    trials.set(inspector, trial);
  }
  return trial;
}

/** What a field is in changed histories of one student. */
class Trial {
  tried = 0;
  readonly #question: ChangeQuestion;
  readonly #inspector: Inspector;
  readonly #changed: ChangedRecords;

  constructor(question: ChangeQuestion) {
    this.#question = question;
    this.#inspector = trialOf(question);
    this.#changed = new ChangedRecords(question);
  }

  /**
   * The value of the field after the change; absent when the enrollment has no row any more, or one with another LEA,
   * school or grade.
   */
  value(edit: Edit): string | undefined {
    this.tried++;
    const { records, enrollment: changed } = this.#changed.after(edit);
    return this.#valueIn(records, (row) => row === changed && this.#isSameRow(row));
  }

  /**
   * A change as it can be made: the change itself, or with what has to change with it, when a store takes it in and the
   * field then has the value expected. `undefined` for one that cannot be made.
   */
  accepted(edit: Edit, expected: string, inHand: StudentInHand): Edit | undefined {
    const { rejectedBy, value } = this.#sent(edit);
    if (!rejectedBy) return value === expected ? edit : undefined;
    for (const other of withCompanions(edit, rejectedBy, inHand))
      if (this.#sent(other).value === expected) return other;
    return undefined;
  }

  /** What became of a change when its record was sent, and the value of the field then. */
  #sent(edit: Edit): { readonly rejectedBy?: readonly string[]; readonly value?: string | undefined } {
    const { body, rejectedBy } = this.#changed.sent(edit);
    if (rejectedBy) return { rejectedBy };
    const { plan } = this.#question.compiled;
    return { value: this.#valueIn(readRecords(body, plan), (row) => this.#isSameRow(row)) };
  }

  /** The value of the field in a history, for the row that is meant; absent when there is none. */
  #valueIn(records: readonly SourceRecord[], isMeant: (row: SourceRecord) => boolean): string | undefined {
    const { ssid, compiled, field } = this.#question;
    const row = this.#inspector.select(historyOf(ssid, records, compiled.plan)).find(isMeant);
    if (!row) return undefined;
    this.#inspector.evaluate(row);
    return this.#inspector.field(field.number).value;
  }

  /** Whether a row has the LEA, school and grade of the one that is asked about. */
  #isSameRow(row: SourceRecord): boolean {
    const { compiled, enrollment } = this.#question;
    const { plan, rulebook } = compiled;
    const layout = layoutOf(rulebook.schemas, plan.types[row.type] as string) as Layout;
    return rulebook.extract.selection.json.onePer.every(
      (key) => columnValue(row, key, plan, layout) === columnValue(enrollment, key, plan, layout),
    );
  }
}

/** A change in words and as data. */
function described(
  edit: Edit,
  from: string,
  to: string,
  { inspector, glossary, field, shown }: ChangeQuestion,
): WhatWouldChangeIt {
  const { schemas } = glossary;
  const isDay = (
    columns: readonly { readonly type: string; readonly no?: string; readonly key: string }[] | undefined,
    key: string,
  ): boolean => columns?.find((c) => c.key === key || c.no === key)?.type === 'DT';
  const isDayField = isDay(schemas.output.columns, field.number);
  const head = `${valueAtStart(from, isDayField)} would become ${inWords(to, isDayField)} if`;
  if (edit.kind === 'add') {
    const { recordType, values } = edit;
    const layout = layoutOf(schemas, recordType) as Layout;
    const columns = layout.columns.flatMap(({ key, name }) =>
      values.has(key) ? [{ key, name, from: '', to: values.get(key) as string }] : [],
    );
    const words = columns
      .filter(({ key }) => key !== 'ssid')
      .map(({ key, name, to: value }) => `${name} ${inWords(value, isDay(layout.columns, key))}`);
    const [first, ...rest] = packed(words, MOST_COLUMN_WORDS);
    const columnWords = [`with ${first}`, ...rest.map((more) => `It would also have ${more}`)].join('. ');
    const sentence = `${head} there were a ${recordTypeWords(recordType, glossary)} ${columnWords}.`;
    return { sentence, kind: 'add', recordType, columns, value: to };
  }
  const { record } = edit;
  const recordType = inspector.compiled.plan.types[record.type] as string;
  const layout = layoutOf(schemas, recordType) as Layout;
  const changes = edit.kind === 'change' ? changesOf(edit) : new Map<string, string>();
  const seen = shown(record, [...changes.keys()]);
  const noun = seen.sent
    ? `the ${recordTypeWords(recordType, glossary)} at line ${seen.sent.line} of ${seen.sent.file}`
    : recordWords(record, { inspector, glossary });
  if (edit.kind === 'remove')
    return {
      sentence: `${head} ${noun} were not there.`,
      kind: 'remove',
      recordType,
      record: seen,
      columns: [],
      value: to,
    };
  const columns = [...changes].map(([key, value]) => ({
    key,
    name: columnName(recordType, key, schemas),
    from: columnValue(record, key, inspector.compiled.plan, layout),
    to: value,
  }));
  const words = (key: string, value: string): string => inWords(value, isDay(layout.columns, key));
  const [first, ...others] = columns.map(
    (column) => `were ${words(column.key, column.to)} instead of ${words(column.key, column.from)}`,
  );
  const with_ = others.map((were, i) => `, and its ${columns[i + 1]?.name} ${were}`);
  return {
    sentence: `${head} the ${columns[0]?.name} of ${noun} ${first}${with_.join('')}.`,
    kind: 'change',
    recordType,
    record: seen,
    columns,
    value: to,
  };
}

/** So many words of columns may stand in one sentence. */
const MOST_COLUMN_WORDS = 40;
