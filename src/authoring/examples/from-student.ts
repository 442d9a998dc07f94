/**
 * A worked example made from a student of a store. What says who the student is stays behind: only columns that the rules
 * ask for are taken, and of these what names a person or a place is replaced. Pure.
 */

import { compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { areConsecutiveYears, withDashes } from '#records/days';
import { type Column, codeSetOf, type Layout, type Schemas } from '#records/layout';
import { historyOf, type ReadPlan, readRecords, Slots, type SourceRecord } from '#records/record';
import { compileExtract } from '#rulebook/compile/extract-program';
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import type { ExampleCase, ExampleRecord, ExampleRequest, Expectation } from './cases.ts';
import { withFieldOnly } from './reads.ts';
import { Bench, type Found, runCase, USUAL_KEYS } from './run.ts';

/** A student, and what an example is to show of them. */
export interface FromStudent {
  readonly rulebook: Rulebook;
  /** A field's number, or `selection`. */
  readonly of: string;
  readonly ssid: string;
  /** The student history: kept lines, as the store has them. */
  readonly body: string;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** Which row is meant, by column key; all of a request for the selection. */
  readonly row: Readonly<Record<string, string>>;
}

export interface MadeExample {
  /** The case as a file of examples has it, without its title. */
  readonly json: {
    readonly instead: true;
    readonly request: ExampleRequest;
    readonly runDate: string;
    readonly records: readonly ExampleRecord[];
    readonly expect: Expectation;
  };
  /** What was replaced and what was left out, each in a sentence. */
  readonly replaced: readonly string[];
  /** Whether the made-up student comes to what the student comes to, names of places aside. */
  readonly isSame: boolean;
}

type Row = Readonly<Record<string, string>>;
type Defaults = Readonly<Record<string, Readonly<Record<string, string>>>>;

const SYNTHETIC = 9_900_000_001;
const SOMEBODY = String(SYNTHETIC);
/** So many days of a month are tried, one after the other, until the value is the student's. */
const TRIES = 5;
const FIRST_TRIED = 2;
const DAYS_BETWEEN = 6;

/**
 * Makes an example of a student.
 * @returns `undefined` when the rules give the student no such row
 */
export function exampleFrom(from: FromStudent): MadeExample | undefined {
  const { rulebook, of, row } = from;
  const rows = rowsOf(from);
  const isMeant = (one: Row): boolean => Object.entries(row).every(([key, value]) => one[key] === value);
  if (of !== 'selection' && rows.filter(isMeant).length !== 1) return undefined;
  let first: MadeExample | undefined;
  for (let i = 0; i < TRIES; i++) {
    const day = FIRST_TRIED + i * DAYS_BETWEEN;
    const names = new Names(rulebook.schemas, defaultsOf(rulebook), day);
    const made = madeCase(from, names, rows.find(isMeant) ?? {});
    const found = runCase(new Bench(rulebook), made).found;
    const isSame = found !== undefined && sameAs(found, from, rows, names);
    const example = { json: jsonOf(made, found), replaced: names.told(), isSame };
    if (isSame) return example;
    first ??= example;
  }
  return first;
}

const jsonOf = ({ request, runDate, records, expect }: ExampleCase, found: Found | undefined): MadeExample['json'] => ({
  instead: true,
  request: request as ExampleRequest,
  runDate: runDate as string,
  records,
  expect: expectation(expect, found),
});

function expectation(expect: Expectation, found: Found | undefined): Expectation {
  if (found?.kind === 'field' && 'value' in expect) return { value: found.value, rule: found.rule, ...rowOf(expect) };
  if (found?.kind === 'rows')
    return { rows: found.rows.map((one) => Object.fromEntries(USUAL_KEYS.map((key) => [key, one[key] ?? '']))) };
  return expect;
}

const rowOf = (expect: { readonly row?: Row }) => (expect.row ? { row: expect.row } : {});

/** Whether an example came to what the student comes to. */
function sameAs(found: Found, { rulebook, of, row }: FromStudent, rows: readonly Row[], names: Names): boolean {
  if (found.kind === 'rows')
    return (
      found.rows.length === rows.length &&
      found.rows.every((one, i) => USUAL_KEYS.every((key) => one[key] === names.ofRow(rows[i] as Row)[key]))
    );
  if (found.kind !== 'field') return false;
  const key = rulebook.schemas.output.columns.find(({ no }) => no === of)?.key ?? '';
  const mine = rows.find((one) => Object.entries(row).every(([column, value]) => one[column] === value));
  return mine?.[key] === found.value;
}

/** The case with what the student's records say; what it expects is found by running it. */
function madeCase(from: FromStudent, names: Names, row: Row): ExampleCase {
  const { of, request, runDate } = from;
  const records = recordsOf(from, names);
  const { reportingLEAs: _, ...rest } = request;
  const asked: ExampleRequest = {
    reportingLEA: row['reportingLEA'] === undefined ? 'all' : (names.ofRow(row)['reportingLEA'] as string),
    ...rest,
  };
  const own = Object.fromEntries(Object.keys(from.row).map((key) => [key, names.ofRow(row)[key] ?? '']));
  const { ssid: __, ...chosen } = own;
  return {
    file: '',
    pointer: '',
    of,
    title: '',
    request: asked,
    runDate: withDashes(runDate),
    given: [],
    records,
    expect: of === 'selection' ? { rows: [] } : { value: '', ...(Object.keys(chosen).length > 0 && { row: chosen }) },
  };
}

/** The student's rows by the rules, as the store has the records. */
function rowsOf({ rulebook, ssid, body, request, runDate }: FromStudent): Row[] {
  const compiled = compileRulebook(rulebook, { recording: false, reading: false });
  const extractor = new Extractor(compiled, requestFacts(request, rulebook), runDate);
  const rows: Row[] = [];
  extractor.rows(historyOf(ssid, readRecords(body, compiled.plan), compiled.plan), (x, enrollment) => {
    rows.push(compiled.rows.named(x, enrollment));
  });
  return rows;
}

const defaultsOf = ({ files }: Rulebook): Defaults =>
  (files.find(({ path }) => grammarOf(path) === 'example-defaults')?.json as { records: Defaults } | undefined)
    ?.records ?? {};

/** Columns that the rules of a field or the selection ask for, by record type; a type that nobody asks about has none. */
function columnsAsked({ schemas, ...rulebook }: Rulebook, of: string): ReadonlyMap<string, ReadonlySet<string>> {
  const slots = new Slots(schemas.layouts);
  const { extract } = withFieldOnly({ schemas, ...rulebook }, of);
  compileExtract(extract, schemas, { recording: false, slots });
  const { types, columns, slotOf } = slots.plan();
  return new Map(
    types.map((type, i) => {
      const keys = columns[i] as readonly string[];
      const margin = (slotOf[i] as Int16Array).length - keys.length;
      return [type, new Set(keys.filter((_, place) => ((slotOf[i] as Int16Array)[margin + place] as number) >= 0))];
    }),
  );
}

function recordsOf({ rulebook, of, ssid, body }: FromStudent, names: Names): ExampleRecord[] {
  const { schemas } = rulebook;
  const defaults = defaultsOf(rulebook);
  const slots = new Slots(schemas.layouts);
  const places = schemas.layouts.map((layout) => layout.columns.map(({ key }) => slots.column(layout.recordType, key)));
  const plan: ReadPlan = slots.plan();
  const asked = columnsAsked(rulebook, of);
  const history = historyOf(ssid, readRecords(body, plan), plan);
  const records = history.byType.flat().sort((a, b) => a.loaded - b.loaded);
  return records.flatMap((record) => {
    const layout = schemas.layouts.find(({ recordType }) => recordType === plan.types[record.type]) as Layout;
    const wanted = asked.get(layout.recordType) ?? new Set();
    if (wanted.size === 0) return [];
    const taken = new Set([
      ...wanted,
      ...layout.keyColumns,
      ...(layout.drawn?.names ?? []).map(({ column }) => column),
    ]);
    return [recordOf(record, { layout, taken, places, names, usual: defaults[layout.recordType] ?? {} })];
  });
}

interface Taking {
  readonly layout: Layout;
  readonly taken: ReadonlySet<string>;
  readonly places: readonly (readonly number[])[];
  readonly names: Names;
  /** What a column has that an example does not name. */
  readonly usual: Readonly<Record<string, string>>;
}

function recordOf(record: SourceRecord, { layout, taken, places, names, usual }: Taking): ExampleRecord {
  const own: Record<string, string> = {};
  const left: string[] = [];
  for (const [i, column] of layout.columns.entries()) {
    const { key } = column;
    if (key === 'recordTypeCode' || key === 'transactionTypeCode') continue;
    const value = record.values[places[record.type]?.[i] ?? -1] ?? '';
    if (!taken.has(key)) {
      if (value !== '') left.push(column.name);
      continue;
    }
    const now = value === '' ? '' : names.of(column, value);
    if (now !== (usual[key] ?? '')) own[key] = now;
  }
  names.leftOut(left);
  return { recordType: layout.recordType, ...own };
}

/** Gives what names a person or place another name, the same one each time. */
class Names {
  readonly #schemas: Schemas;
  readonly #defaults: Defaults;
  readonly #day: number;
  /** Days that say something about a student and not about one record: several record types have them. */
  readonly #ofPerson: ReadonlySet<string>;
  readonly #listed: ReadonlySet<string>;
  /** By kind of name, the new names by the old ones. */
  readonly #known = new Map<string, Map<string, string>>();
  readonly #changed = new Set<string>();
  readonly #left = new Set<string>();

  constructor(schemas: Schemas, defaults: Defaults, day: number) {
    this.#schemas = schemas;
    this.#defaults = defaults;
    this.#day = day;
    const days = schemas.layouts.flatMap(({ columns }) => columns.filter(({ type }) => type === 'DT'));
    const counts = Map.groupBy(days, ({ key }) => key);
    this.#ofPerson = new Set([...counts].filter(([, own]) => own.length > 1).map(([key]) => key));
    this.#listed = new Set(schemas.codeSets.flatMap(({ codes }) => codes.map(({ code }) => code)));
  }

  of({ key, name, type, codeSet }: Column, value: string): string {
    if (key === 'ssid') {
      this.#changed.add(name);
      return SOMEBODY;
    }
    if (type === 'DT') {
      if (!this.#ofPerson.has(key)) return value;
      this.#changed.add(name);
      return otherDay(value, this.#day);
    }
    if (codeSet === undefined) return this.#renamed(name, key, key, value);
    // A code that a list explains is many students' and names none; neither does an academic year.
    const isKnown = codeSetOf(this.#schemas, codeSet) !== undefined || this.#listed.has(value);
    return isKnown || areConsecutiveYears(value) ? value : this.#renamed(name, codeSet, key, value);
  }

  /** A row of the extract with the new names. */
  ofRow(row: Row): Row {
    const { columns, copiesFrom } = this.#schemas.output;
    const layout = this.#schemas.layouts.find(({ recordType }) => recordType === copiesFrom);
    return Object.fromEntries(
      columns.map(({ key }) => {
        const column = layout?.columns.find((one) => one.key === key);
        const value = row[key] ?? '';
        return [key, column && value !== '' ? this.of(column, value) : value];
      }),
    );
  }

  leftOut(names: readonly string[]): void {
    for (const name of names) this.#left.add(name);
  }

  /** What was done, in sentences. */
  told(): string[] {
    const list = (names: ReadonlySet<string>): string => [...names].sort().join(', ');
    const left = this.#left.difference(this.#changed);
    return [
      ...(this.#changed.size > 0 ? [`Replaced by made-up values: ${list(this.#changed)}.`] : []),
      ...(left.size > 0 ? [`Not taken, since these rules do not ask for it: ${list(left)}.`] : []),
    ];
  }

  #renamed(name: string, kind: string, key: string, value: string): string {
    this.#changed.add(name);
    const known = this.#known.get(kind) ?? new Map<string, string>();
    this.#known.set(kind, known);
    const before = known.get(value);
    if (before !== undefined) return before;
    const usual = Object.values(this.#defaults).find((of) => of[key])?.[key] ?? 'X1';
    const now = numbered(usual, known.size);
    known.set(value, now);
    return now;
  }
}

/** Another day of the same month. */
function otherDay(day: string, wanted: number): string {
  const written = (of: number): string => day.slice(0, -2) + String(of).padStart(2, '0');
  return written(wanted) === day ? written(wanted + 1) : written(wanted);
}

/** `1234567` and so many on: `1234568`; `S1`: `S2`. */
function numbered(usual: string, after: number): string {
  const [digits = ''] = /\d+$/.exec(usual) ?? [];
  const rest = usual.slice(0, usual.length - digits.length);
  return rest + String(Number(digits) + after).padStart(digits.length, '0');
}

/** Where examples of a field or the selection stand; `undefined` when there are none yet. */
export function exampleListOf({ files }: Rulebook, of: string): { file: string; pointer: string } | undefined {
  for (const { path, json } of files) {
    if (grammarOf(path) !== 'examples') continue;
    const { of: own, examples = [] } = json as { of?: string; examples?: readonly { of: string }[] };
    if (own === of) return { file: path, pointer: '/cases' };
    const place = examples.findIndex((example) => example.of === of);
    if (place >= 0) return { file: path, pointer: `/examples/${place}/cases` };
  }
  return undefined;
}
