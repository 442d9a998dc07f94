/**
 * What would change a field: the smallest change to one source record that does, found by evaluating the changed
 * history.
 */

import type { CompiledRulebook } from '#extract/extractor';
import { codeSetOf, type Layout, layoutOf } from '#records/layout';
import { historyOf, keepLine, keptLineOf, readRecords, type SourceRecord } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Field } from '#rulebook/tree/nodes';
import { columnName, type Glossary } from '#rulebook/words/words';
import type { FieldExplanation, ShownRecord, WhatWouldChangeIt } from '../explanation.ts';
import { Inspector } from '../inspector.ts';
import { recordTypeWords, recordWords } from '../words/record-words.ts';
import { inWords, packed, valueAtStart } from '../words/values-in-words.ts';
import { type Candidates, candidateEdits } from './candidates.ts';
import { withCompanions } from './companions.ts';
import { type Addition, changesOf, columnValue, type Edit, type StudentInHand, withColumns } from './edits.ts';
import type { EditedRecord, Resender } from './resending.ts';

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

/** Changed histories of one student, and what a field is in them. */
class Trial {
  tried = 0;
  readonly #question: ChangeQuestion;
  readonly #inspector: Inspector;
  /** The student's records, read once: a change reads only the line that it changes. */
  readonly #records: readonly SourceRecord[];
  readonly #enrollment: SourceRecord;

  constructor(question: ChangeQuestion) {
    const { body, compiled, enrollment } = question;
    this.#question = question;
    this.#inspector = trialOf(question);
    this.#records = readRecords(body, compiled.plan);
    this.#enrollment = this.#own(enrollment);
  }

  /**
   * The value of the field after the change; absent when the enrollment has no row any more, or one with another LEA,
   * school or grade.
   */
  value(edit: Edit): string | undefined {
    this.tried++;
    const { records, enrollment: changed } = this.#changed(edit);
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
    const { resender, runDate, compiled } = this.#question;
    const { body, rejectedBy } = resender.send(this.#question, this.#edited(edit), runDate);
    if (rejectedBy) return { rejectedBy };
    return { value: this.#valueIn(readRecords(body, compiled.plan), (row) => this.#isSameRow(row)) };
  }

  #edited(edit: Edit): EditedRecord {
    const { compiled, runDate } = this.#question;
    if (edit.kind === 'add') return { line: addedLine(this.#filled(edit), compiled, runDate), sameKey: false };
    if (edit.kind === 'remove') return { record: edit.record, sameKey: false };
    const layout = this.#layoutOf(edit.record);
    const changes = changesOf(edit);
    return {
      record: edit.record,
      line: withColumns(edit.record, layout, changes),
      sameKey: !layout.keyColumns.some((key) => changes.has(key)),
    };
  }

  /**
   * An added record with whatever else no record of its type is without: the sender knows it. It is what the enrollment
   * says, else any code, a day, any text.
   */
  #filled({ kind, recordType, values }: Addition): Addition {
    const { compiled, enrollment } = this.#question;
    const { schemas } = compiled.rulebook;
    const layout = layoutOf(schemas, recordType) as Layout;
    const own = this.#layoutOf(enrollment);
    const blank = layout.columns.filter(({ key, required }) => required && (values.get(key) ?? '') === '');
    const filled = blank.map(({ key, type, codeSet }): [string, string] => {
      const isShared = own.columns.some((column) => column.key === key);
      const said = isShared ? columnValue(enrollment, key, compiled.plan, own) : '';
      const codes = codeSet === undefined ? undefined : codeSetOf(schemas, codeSet)?.codes;
      return [key, said || (codes?.[0]?.code ?? (type === 'DT' ? (values.get(layout.codeDay ?? '') ?? '') : 'X'))];
    });
    return { kind, recordType, values: new Map([...values, ...filled]) };
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
    const layout = this.#layoutOf(row);
    return compiled.rulebook.extract.selection.json.onePer.every(
      (key) => columnValue(row, key, compiled.plan, layout) === columnValue(enrollment, key, compiled.plan, layout),
    );
  }

  #layoutOf({ type }: SourceRecord): Layout {
    const { plan, rulebook } = this.#question.compiled;
    return layoutOf(rulebook.schemas, plan.types[type] as string) as Layout;
  }

  /** The records after the change, and the enrollment among them; absent when the change takes it away. */
  #changed(edit: Edit): { readonly records: readonly SourceRecord[]; readonly enrollment: SourceRecord | undefined } {
    const { compiled, runDate } = this.#question;
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

  /** Without a record: each of those that were loaded after it moves up by one, as in a file without its line. */
  #without(at: number): { readonly records: readonly SourceRecord[]; readonly enrollment: SourceRecord | undefined } {
    const movedUp = this.#records.slice(at + 1).map((record) => this.#read(keptLineOf(record), record.loaded - 1));
    const records = [...this.#records.slice(0, at), ...movedUp];
    const place = this.#records.indexOf(this.#enrollment);
    return { records, enrollment: place === at ? undefined : records[place > at ? place - 1 : place] };
  }

  #read(line: string, loaded: number): SourceRecord {
    const record = readRecords(line, this.#question.compiled.plan)[0] as SourceRecord;
    record.loaded = loaded;
    return record;
  }

  /** The trial's own reading of a record. */
  #own(record: SourceRecord): SourceRecord {
    const line = keptLineOf(record);
    const atPlace = this.#records[record.loaded];
    return (
      atPlace && keptLineOf(atPlace) === line ? atPlace : this.#records.find((own) => keptLineOf(own) === line)
    ) as SourceRecord;
  }
}

/** The kept line of a record that was never sent: its origin is nought, its days the run date. */
function addedLine({ recordType, values }: Addition, { rulebook }: CompiledRulebook, runDate: string): string {
  const columns = layoutOf(rulebook.schemas, recordType)?.columns ?? [];
  const text = columns.map(({ key }) => (key === 'recordTypeCode' ? recordType : (values.get(key) ?? ''))).join('^');
  return keepLine({ source: 0, line: 0, uploaded: runDate, lastUpdated: runDate }, text);
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
