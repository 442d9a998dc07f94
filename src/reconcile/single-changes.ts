/**
 * Changes of one record worth trying: those that "what would change it" tries, and those that write what the other side
 * says into the column that a value is taken from.
 */

import type { Inspector } from '#explain/inspector';
import { additions } from '#explain/what-would-change/additions';
import { candidateEdits } from '#explain/what-would-change/candidates';
import { dependenciesOf } from '#explain/what-would-change/dependencies';
import {
  type Addition,
  type ColumnChange,
  columnValue,
  daysBetween,
  type Edit,
  type StudentInHand,
} from '#explain/what-would-change/edits';
import { isRealDay } from '#records/days';
import { codeSetOf, type Layout, layoutOf } from '#records/layout';
import type { History, SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Field } from '#rulebook/tree/nodes';
import { repeated } from './copied-records.ts';
import { type Comparison, type Item, placeOfItem, type Rows, type Values } from './views.ts';

/** A change, and how far it is to seek: the less the more plausible. */
export interface SingleChange {
  readonly edit: Edit;
  readonly cost: number;
  /** Whether the values that it writes are what the other side must have; else others may do as well. */
  readonly isExact: boolean;
}

/** A student whose rows differ. */
interface Differing {
  readonly history: History;
  readonly theirs: Rows;
  readonly ours: Rows;
  /** By row of ours, the enrollment it is made from. */
  readonly enrollments: ReadonlyMap<string, SourceRecord>;
  readonly items: ReadonlySet<Item>;
}

/** What is far to seek, by kind of change. A record that one side lacks is the most usual. */
const COST = {
  written: 1,
  /** Of a record that gives our value now, so much less. */
  givesOurs: 0.4,
  oneMore: 0.5,
  removed: 2,
  addedExactly: 2.3,
  /** A moved day costs the more the further it moves. */
  day: 2.6,
  daysOfOne: 1_200,
  code: 2.9,
  added: 2.85,
  dayWritten: 3.5,
  /** A code that tells the record from others: it would be another record. */
  keyCode: 4.2,
  /** A record of a type that a student has anyway, with other values. */
  addedWithMore: 4.5,
} as const;
/** So many of each list of candidates are tried. */
const TAKEN = { moved: 14, written: 8, codes: 16, removals: 14, additions: 12, values: 16 } as const;
const MOST_COLUMNS = 6;
const MOST_RECORDS = 6;
const MOST_CODES = 60;
const FEW_CODES = 8;
/** So many drafts of each type are filled with what so many records of the type say. */
const REPEATED = 3;

/** Proposes changes for students, one after the other. */
export class SingleChanges {
  readonly #rulebook: Rulebook;
  readonly #inspector: Inspector;
  readonly #comparison: Comparison;
  readonly #selection: Field;

  constructor(rulebook: Rulebook, inspector: Inspector, comparison: Comparison) {
    this.#rulebook = rulebook;
    this.#inspector = inspector;
    this.#comparison = comparison;
    const { selection } = rulebook.extract;
    const { file, pointer } = selection;
    const value = { kind: 'literal', type: 'text', value: '' } as unknown as Field['rules'][number]['value'];
    // That there is a row at all, as if it were a field: its candidates are found in the same way.
    this.#selection = {
      number: '',
      json: undefined as never,
      file,
      pointer,
      rules: [{ name: '', file, pointer, condition: selection.where, value }],
    };
  }

  /** Every other code of the records that rows depend on: for those that no usual change makes the same. */
  *codes({ theirs, enrollments, items, history }: Differing): Generator<SingleChange> {
    this.#inspector.select(history);
    const met = new Set<string>();
    for (const item of items) {
      const { row, column } = placeOfItem(item);
      const enrollment = enrollments.get(row);
      const { no } = this.#comparison.columns.find(({ key, rule }) => rule && key === column) ?? {};
      const field = this.#inspector.fields.find(({ number }) => number === no);
      if (!theirs.has(row) || !enrollment || !field) continue;
      this.#inspector.evaluate(enrollment);
      for (const { recordType, key, record } of dependenciesOf(field, this.#inspector.fields).targets) {
        const id = `${recordType} ${key}`;
        if (record === 'enrollment' || met.has(id)) continue;
        met.add(id);
        yield* this.#everyCode(recordType, key, history);
      }
    }
  }

  *#everyCode(recordType: string, key: string, { byType }: History): Generator<SingleChange> {
    const codes = this.#codesOf(layoutOf(this.#rulebook.schemas, recordType) as Layout, key, MOST_CODES);
    const records = byType[this.#inspector.compiled.plan.typeIndex.get(recordType) as number] ?? [];
    for (const record of records.slice(-MOST_RECORDS))
      for (const code of codes) {
        const change = this.#written(record, new Map([[key, code]]));
        if (change) yield { ...change, cost: this.#costOf(change.edit), isExact: false };
      }
  }

  /** Those that might make the two sides the same, none twice. The student is in the inspector's hand afterwards. */
  *of(student: Differing): Generator<SingleChange> {
    this.#inspector.select(student.history);
    const met = new Set<string>();
    for (const change of this.#all(student)) {
      const id = idOf(change.edit);
      if (met.has(id)) continue;
      met.add(id);
      yield change;
    }
  }

  *#all(student: Differing): Generator<SingleChange> {
    const { theirs, ours, enrollments } = student;
    const rows = new Map<string, Set<string>>();
    for (const item of student.items) {
      const { row, column } = placeOfItem(item);
      const columns = rows.get(row);
      if (columns) columns.add(column);
      else rows.set(row, new Set([column]));
    }
    for (const [key, columns] of rows) {
      const row = theirs.get(key);
      const enrollment = enrollments.get(key);
      if (!row && enrollment) yield* this.#forRowTooMany(enrollment);
      else if (row && !ours.has(key)) yield* this.#enrollmentAs(row, student.history);
      else if (row && enrollment) {
        yield* this.#ofEnrollment(row, columns, enrollment);
        yield* this.#ofFields(row, columns, enrollment);
      }
    }
  }

  /** What would have no such row: the enrollment is not there, or does not qualify. */
  *#forRowTooMany(enrollment: SourceRecord): Generator<SingleChange> {
    yield { edit: { kind: 'remove', record: enrollment }, cost: COST.removed, isExact: true };
    this.#inspector.take(enrollment);
    const [moved, written, codes] = candidateEdits(this.#selection, this.#inHand(enrollment));
    yield* this.#taken(moved, TAKEN.moved);
    yield* this.#taken(written, TAKEN.written);
    yield* this.#taken(codes, TAKEN.codes);
  }

  /** The enrollment that a row of theirs is made from: one of ours with other values, or one more. */
  *#enrollmentAs(row: Values, { byType }: History): Generator<SingleChange> {
    const { plan } = this.#inspector.compiled;
    const { copiesFrom } = this.#rulebook.schemas.output;
    const records = byType[plan.typeIndex.get(copiesFrom) as number] ?? [];
    const changes = records.flatMap((record) => this.#written(record, this.#copied(row)) ?? []);
    yield* changes.sort((a, b) => a.cost - b.cost).slice(0, MOST_RECORDS);
    yield this.#added(copiesFrom, this.#copied(row), COST.addedExactly + COST.oneMore);
  }

  *#ofEnrollment(row: Values, columns: ReadonlySet<string>, enrollment: SourceRecord): Generator<SingleChange> {
    const { columns: compared } = this.#comparison;
    const copied = compared.filter(({ key, copyOf }) => copyOf !== undefined && columns.has(key));
    if (copied.length === 0) return;
    const all = this.#written(enrollment, this.#copied(row));
    if (all) yield all;
    for (const { key, copyOf } of copied) {
      const one = this.#written(enrollment, new Map([[copyOf as string, row[key] ?? '']]));
      if (one) yield one;
    }
    yield { edit: { kind: 'remove', record: enrollment }, cost: COST.removed, isExact: true };
    yield this.#added(this.#rulebook.schemas.output.copiesFrom, this.#copied(row), COST.addedExactly);
  }

  /** What the derived fields of a row of both sides depend on. */
  *#ofFields(row: Values, columns: ReadonlySet<string>, enrollment: SourceRecord): Generator<SingleChange> {
    const inspector = this.#inspector;
    const derived = this.#comparison.columns.filter(({ key, rule }) => rule && columns.has(key));
    if (derived.length === 0) return;
    inspector.evaluate(enrollment);
    const inHand = this.#inHand(enrollment);
    const fields = derived.flatMap(({ no, key }) => {
      const field = inspector.fields.find(({ number }) => number === no);
      return field ? [{ field, value: row[key] ?? '' }] : [];
    });
    const all = this.#taking(fields);
    const nowOf = (some: typeof fields) =>
      this.#taking(some.map(({ field }) => ({ field, value: inspector.field(field.number).value })));
    const now = nowOf(fields);
    for (const [type, values] of all) yield* this.#writtenInto(type, values, now.get(type) ?? values, inHand);
    for (const one of fields) {
      const { field } = one;
      const ofOne = nowOf([one]);
      for (const [type, values] of this.#taking([one]))
        yield* this.#writtenInto(type, values, ofOne.get(type) ?? values, inHand);
      const drafts = additions(dependenciesOf(field, inspector.fields), field, inHand);
      for (const addition of spread(drafts)) {
        const more = all.get(addition.recordType);
        if (more) yield this.#added(addition.recordType, new Map([...addition.values, ...more]), COST.addedExactly);
      }
      const [moved, written, codes, removals] = candidateEdits(field, inHand);
      yield* this.#taken(removals, TAKEN.removals);
      for (const addition of spread(drafts)) yield { edit: addition, cost: this.#costOf(addition), isExact: false };
      yield* this.#taken(codes, TAKEN.codes);
      yield* this.#taken(written, TAKEN.written);
      yield* this.#taken(moved, TAKEN.moved);
      yield* this.#ofTables(field, drafts);
      yield* this.#repeating(field, drafts, all, inHand);
    }
  }

  /** A record more that repeats what one at hand says, and one that has another of a few codes. */
  *#repeating(
    field: Field,
    drafts: readonly Addition[],
    taken: ReadonlyMap<string, ReadonlyMap<string, string>>,
    { inspector }: StudentInHand,
  ): Generator<SingleChange> {
    const { plan } = inspector.compiled;
    const { targets } = dependenciesOf(field, inspector.fields);
    for (const { recordType, values: drafted } of firstOfEach(drafts, REPEATED)) {
      const values = new Map([...drafted, ...(taken.get(recordType) ?? [])]);
      const records = inspector.x.history.byType[plan.typeIndex.get(recordType) as number] ?? [];
      for (const record of records.slice(-REPEATED))
        for (const more of repeated(values, record, { rulebook: this.#rulebook, plan }))
          yield this.#added(recordType, more, COST.addedWithMore);
      const layout = layoutOf(this.#rulebook.schemas, recordType) as Layout;
      for (const { key } of targets.filter((one) => one.recordType === recordType))
        for (const code of this.#codesOf(layout, key, FEW_CODES))
          yield this.#added(recordType, new Map([...values, [key, code]]), COST.addedWithMore);
    }
  }

  /** The codes of a column, unless there are more than so many. */
  #codesOf({ columns }: Layout, key: string, most: number): readonly string[] {
    const codeSet = columns.find((column) => column.key === key)?.codeSet;
    const codes = codeSet === undefined ? [] : (codeSetOf(this.#rulebook.schemas, codeSet)?.codes ?? []);
    return codes.length > most ? [] : codes.map(({ code }) => code);
  }

  *#taken(edits: { at(place: number): Edit | undefined } | undefined, most: number): Generator<SingleChange> {
    for (let i = 0; i < most; i++) {
      const edit = edits?.at(i);
      if (!edit) return;
      yield { edit, cost: this.#costOf(edit), isExact: edit.kind === 'remove' };
    }
  }

  #costOf(edit: Edit): number {
    if (edit.kind === 'remove') return COST.removed;
    const { plan } = this.#inspector.compiled;
    const recordType = edit.kind === 'add' ? edit.recordType : (plan.types[edit.record.type] as string);
    const { columns, keyColumns, codeDay } = layoutOf(this.#rulebook.schemas, recordType) as Layout;
    const isTelling = (key: string): boolean =>
      keyColumns.includes(key) || key === codeDay || columns.some((column) => column.key === key && column.required);
    if (edit.kind === 'add') return [...edit.values.keys()].every(isTelling) ? COST.added : COST.addedWithMore;
    const { from, to, key } = edit;
    if (isRealDay(from) && isRealDay(to)) return COST.day + daysBetween(from, to) / COST.daysOfOne;
    if (isRealDay(from) || isRealDay(to)) return COST.dayWritten;
    return keyColumns.includes(key) ? COST.keyCode : COST.code;
  }

  /** A record more, with a value for each that a table of the field knows. */
  *#ofTables(field: Field, drafts: readonly Addition[]): Generator<SingleChange> {
    const dependencies = dependenciesOf(field, this.#inspector.fields);
    const tables = dependencies.targets.filter(
      ({ record, other }) => typeof record === 'object' && other.kind === 'values',
    );
    if (tables.length === 0) return;
    for (const { recordType, key, other } of tables) {
      const draft = drafts.find((addition) => addition.recordType === recordType);
      if (!draft || other.kind !== 'values') continue;
      for (const value of other.values.slice(0, TAKEN.values))
        yield this.#added(recordType, new Map([...draft.values, [key, value]]), COST.addedWithMore);
    }
  }

  /** By record type, the columns that fields take their values from, with these values. */
  #taking(fields: readonly { readonly field: Field; readonly value: string }[]): Map<string, Map<string, string>> {
    const all = new Map<string, Map<string, string>>();
    for (const { field, value } of fields)
      for (const [type, key] of this.#sourcesOf(field))
        all.set(type, (all.get(type) ?? new Map<string, string>()).set(key, value));
    return all;
  }

  /** The columns of other records that a field's value is taken from. */
  #sourcesOf(field: Field): readonly (readonly [recordType: string, key: string])[] {
    return dependenciesOf(field, this.#inspector.fields).targets.flatMap(({ record, recordType, key, other }) =>
      other.kind === 'anything' && typeof record === 'object' ? [[recordType, key] as const] : [],
    );
  }

  *#writtenInto(
    type: string,
    values: ReadonlyMap<string, string>,
    now: ReadonlyMap<string, string>,
    inHand: StudentInHand,
  ): Generator<SingleChange> {
    const { plan } = inHand.inspector.compiled;
    const records = inHand.inspector.x.history.byType[plan.typeIndex.get(type) as number] ?? [];
    // Those that give our values first: it is these that differ.
    const layout = layoutOf(this.#rulebook.schemas, type) as Layout;
    const gives = (record: SourceRecord): boolean =>
      [...now].every(([key, value]) => columnValue(record, key, plan, layout) === value);
    const ordered = [...records.filter(gives), ...records.filter((record) => !gives(record))];
    for (const [i, record] of ordered.slice(0, MOST_RECORDS).entries()) {
      const change = this.#written(record, values);
      if (change) yield i < records.filter(gives).length ? { ...change, cost: change.cost - COST.givesOurs } : change;
    }
  }

  /** A record with these values; nothing when it has them, or would be another record altogether. */
  #written(record: SourceRecord, values: ReadonlyMap<string, string>): SingleChange | undefined {
    const { plan } = this.#inspector.compiled;
    const layout = layoutOf(this.#rulebook.schemas, plan.types[record.type] as string) as Layout;
    const changes = [...values].filter(([key, to]) => columnValue(record, key, plan, layout) !== to);
    const [first, ...rest] = changes;
    if (!first || changes.length > MOST_COLUMNS) return undefined;
    const [key, to] = first;
    const from = columnValue(record, key, plan, layout);
    const edit: ColumnChange = {
      ...{ kind: 'change', record, key, from, to },
      ...(rest.length > 0 && { also: new Map(rest) }),
    };
    return { edit, cost: COST.written + COST.oneMore * rest.length, isExact: true };
  }

  #added(recordType: string, values: ReadonlyMap<string, string>, cost: number): SingleChange {
    const filled = new Map([...values].filter(([, value]) => value !== ''));
    return { edit: { kind: 'add', recordType, values: filled }, cost, isExact: true };
  }

  /** What a row copies, by column of its enrollment. */
  #copied(row: Values): ReadonlyMap<string, string> {
    const { columns } = this.#comparison;
    return new Map(
      columns.flatMap(({ key, copyOf }) => (copyOf === undefined ? [] : [[copyOf, row[key] ?? ''] as const])),
    );
  }

  #inHand(enrollment: SourceRecord): StudentInHand {
    const { schemas } = this.#rulebook;
    return { inspector: this.#inspector, schemas, enrollment, mayChange: () => true };
  }
}

/** Some of each record type: those with the fewest values come first, and one type may have more than all others. */
const spread = (drafts: readonly Addition[]): readonly Addition[] => firstOfEach(drafts, TAKEN.additions);

/** The first so many of each record type. */
function firstOfEach(drafts: readonly Addition[], most: number): readonly Addition[] {
  const taken = new Map<string, number>();
  return drafts.filter(({ recordType }) => {
    const n = (taken.get(recordType) ?? 0) + 1;
    taken.set(recordType, n);
    return n <= most;
  });
}

function idOf(edit: Edit): string {
  if (edit.kind === 'add') return JSON.stringify([edit.recordType, ...[...edit.values].sort()]);
  const { type, loaded } = edit.record;
  if (edit.kind === 'remove') return `${type} ${loaded}`;
  return JSON.stringify([type, loaded, edit.key, edit.to, ...(edit.also ?? [])]);
}
