/**
 * Changes of one record worth trying: those that "what would change it" tries, and those that write what the other side
 * says into the column that a value is taken from.
 */

import type { Inspector } from '#explain/inspector';
import { additions } from '#explain/what-would-change/additions';
import { candidateEdits } from '#explain/what-would-change/candidates';
import { dependenciesOf } from '#explain/what-would-change/dependencies';
import { type ColumnChange, columnValue, type Edit, type StudentInHand } from '#explain/what-would-change/edits';
import { type Layout, layoutOf } from '#records/layout';
import type { History, SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Field } from '#rulebook/tree/nodes';
import { type Comparison, type Item, placeOfItem, type Rows, type Values } from './views.ts';

/** A change, and how far it is to seek: the less the more plausible. */
export interface SingleChange {
  readonly edit: Edit;
  readonly cost: number;
  /** Whether the values that it writes are what the other side must have; else others may do as well. */
  readonly isExact: boolean;
}

/** A student whose rows differ. */
export interface Differing {
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
  oneMore: 0.5,
  removed: 2,
  addedExactly: 2.3,
  added: 3,
  code: 4,
  day: 5,
  dayWritten: 4.5,
} as const;
/** So many of each list of candidates are tried. */
const TAKEN = { moved: 10, written: 6, codes: 8, removals: 12, additions: 10 } as const;
const MOST_COLUMNS = 6;
const MOST_RECORDS = 6;

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
    yield* taken(moved, TAKEN.moved, COST.day);
    yield* taken(written, TAKEN.written, COST.dayWritten);
    yield* taken(codes, TAKEN.codes, COST.code);
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
    const all = new Map<string, Map<string, string>>();
    const fields = derived.flatMap(({ no, key }) => {
      const field = inspector.fields.find(({ number }) => number === no);
      return field ? [{ field, value: row[key] ?? '' }] : [];
    });
    for (const { field, value } of fields)
      for (const [type, key] of this.#sourcesOf(field)) {
        const written = all.get(type) ?? new Map<string, string>();
        all.set(type, written.set(key, value));
      }
    for (const [type, values] of all) yield* this.#writtenInto(type, values, inHand);
    for (const { field, value } of fields) {
      const own = new Map<string, Map<string, string>>();
      for (const [type, key] of this.#sourcesOf(field))
        own.set(type, (own.get(type) ?? new Map<string, string>()).set(key, value));
      for (const [type, values] of own) yield* this.#writtenInto(type, values, inHand);
      for (const addition of additions(dependenciesOf(field, inspector.fields), field, inHand).slice(
        0,
        TAKEN.additions,
      )) {
        const more = all.get(addition.recordType);
        if (more) yield this.#added(addition.recordType, new Map([...addition.values, ...more]), COST.addedExactly);
      }
      const [moved, written, codes, removals, added] = candidateEdits(field, inHand);
      yield* taken(removals, TAKEN.removals, COST.removed, true);
      yield* taken(added, TAKEN.additions, COST.added);
      yield* taken(codes, TAKEN.codes, COST.code);
      yield* taken(written, TAKEN.written, COST.dayWritten);
      yield* taken(moved, TAKEN.moved, COST.day);
    }
  }

  /** The columns of other records that a field's value is taken from. */
  #sourcesOf(field: Field): readonly (readonly [recordType: string, key: string])[] {
    return dependenciesOf(field, this.#inspector.fields).targets.flatMap(({ record, recordType, key, other }) =>
      other.kind === 'anything' && typeof record === 'object' ? [[recordType, key] as const] : [],
    );
  }

  *#writtenInto(type: string, values: ReadonlyMap<string, string>, inHand: StudentInHand): Generator<SingleChange> {
    const { plan } = inHand.inspector.compiled;
    const records = inHand.inspector.x.history.byType[plan.typeIndex.get(type) as number] ?? [];
    for (const record of records.slice(-MOST_RECORDS)) {
      const change = this.#written(record, values);
      if (change) yield change;
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

function* taken(
  edits: { at(place: number): Edit | undefined } | undefined,
  most: number,
  cost: number,
  isExact = false,
): Generator<SingleChange> {
  for (let i = 0; i < most; i++) {
    const edit = edits?.at(i);
    if (!edit) return;
    yield { edit, cost, isExact };
  }
}

function idOf(edit: Edit): string {
  if (edit.kind === 'add') return JSON.stringify([edit.recordType, ...[...edit.values].sort()]);
  const { type, loaded } = edit.record;
  if (edit.kind === 'remove') return `${type} ${loaded}`;
  return JSON.stringify([type, loaded, edit.key, edit.to, ...(edit.also ?? [])]);
}
