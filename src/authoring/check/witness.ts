/**
 * Student histories that show a finding: rows of worked examples, evaluated again with the rulebook at hand, and the
 * same histories some years later.
 */
import { RequestError } from '#extract/request';
import { addYears, areConsecutiveYears, dayAfter, isRealDay, parseDay, withDashes } from '#records/days';
import { type Column, layoutOf } from '#records/layout';
import type { Evaluation } from '#rulebook/compile/evaluation';
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import type { Leaf, Rule } from '#rulebook/tree/nodes';
import { casesOf, type ExampleCase, ExampleError, type ExampleRecord } from '../examples/cases.ts';
import { readsOf } from '../examples/reads.ts';
import { Bench, type ExampleResult, eachRow, runCase } from '../examples/run.ts';
import type { Witness } from './finding.ts';

type Columns = Readonly<Record<string, string>>;

/** The worked examples of a rulebook, run when somebody first asks. */
export class RowsOfExamples {
  readonly #rulebook: Rulebook;
  /** What has read them. */
  readonly bench: Bench;
  readonly cases: readonly ExampleCase[];
  #results: readonly ExampleResult[] | undefined;

  constructor(rulebook: Rulebook) {
    this.#rulebook = rulebook;
    this.bench = new Bench(rulebook);
    this.cases = casesOf(rulebook);
  }

  /** What every case comes to, in the order of `cases`. */
  get results(): readonly ExampleResult[] {
    this.#results ??= this.cases.map((example) => runCase(this.bench, example));
    return this.#results;
  }

  /** A history for which the conditions of a rule hold and one of the rules named decides field `number`. */
  decidedBefore(number: string, { name, condition }: Rule, deciders: readonly string[]): Witness | undefined {
    if (!condition) return undefined;
    const holds = this.bench.unchecked.program.compiler.condition(condition, false);
    return this.#find(number, (x, decided) =>
      deciders.includes(decided) && holds(x)
        ? `the conditions of rule "${name}" hold, but rule "${decided}" decides field ${number}`
        : undefined,
    );
  }

  /** A history for which a rule decides field `number`. */
  decidedBy(number: string, rule: string): Witness | undefined {
    return this.#find(number, (x, decided) =>
      decided === rule ? `rule "${rule}" decides field ${number}, which is "${this.#value(x, number)}"` : undefined,
    );
  }

  /**
   * A history in which a code that a parameter holds still makes the difference for a field although it may not be used
   * any more: an example's, as many years later as it takes.
   * @param through the last day of the code, CCYYMMDD
   */
  afterRetirement({ name, codeSet }: ParameterJson, code: string, through: string): Witness | undefined {
    const readers = this.#readersOf(name);
    for (const example of this.cases) {
      const number = example.of;
      if (!this.#isPlain(example) || !readers.has(number)) continue;
      const records = [...example.given, ...example.records].map((record) => filled(this.#rulebook, record));
      const holder = records.findIndex((record) => this.#holds(record, codeSet as string, code));
      const last = this.#codeDay(records[holder]);
      if (last === undefined) continue;
      const moved = later(example, records, yearsUntil(last, dayAfter(through)));
      const without = { ...moved, records: moved.records.filter((_, i) => i !== holder) };
      const [value, valueWithout] = [this.#onlyValue(moved), this.#onlyValue(without)];
      if (value === undefined || valueWithout === undefined || value === valueWithout) continue;
      return {
        ...askedBy(moved),
        records: moved.records.map((record) => named(this.#rulebook, record)),
        shows: `field ${number} is "${value}" because of a record with code ${code} that begins after ${withDashes(through)}; without it, it is "${valueWithout}"`,
      };
    }
    return undefined;
  }

  /** A history for which a comparison of a field holds although its look finds nothing. */
  foundNothing(number: string, { left, ...leaf }: Leaf): Witness | undefined {
    const { compiler } = this.bench.unchecked.program;
    const [value, holds] = [compiler.value(left), compiler.condition({ left, ...leaf }, false)];
    return this.#find(number, (x) =>
      value(x) === 0 && holds(x) ? 'the comparison holds, and no record is found' : undefined,
    );
  }

  /**
   * A history with a record that has a code for which a table has no text: an example's, with that code in the place of
   * another, as many years later as it takes.
   * @param since the first day without a text, CCYYMMDD; `''` when there never was one
   */
  withCode(table: ParameterJson, code: string, since: string): Witness | undefined {
    const readers = this.#readersOf(table.name);
    const known = new Set(table.values.map(({ key }) => key));
    for (const example of this.cases) {
      const number = example.of;
      if (!this.#isPlain(example) || !readers.has(number)) continue;
      const records = [...example.given, ...example.records].map((record) => filled(this.#rulebook, record));
      const holder = records.findIndex((record) => this.#columnWith(record, table.keys as string, known) !== undefined);
      const record = records[holder] as Columns | undefined;
      const key = record && this.#columnWith(record as ExampleRecord, table.keys as string, known);
      if (!record || key === undefined) continue;
      const former = record[key] as string;
      const day = this.#codeDay(record as ExampleRecord) ?? '';
      const years = since === '' ? 0 : yearsUntil(day, since);
      const changed = records.with(holder, { ...record, [key]: code } as ExampleRecord);
      const [then, now] = [later(example, records, years), later(example, changed, years)];
      const [value, without] = [this.#onlyValue(then), this.#onlyValue(now)];
      if (value === undefined || without === undefined || value === without) continue;
      return {
        ...askedBy(now),
        records: now.records.map((each) => named(this.#rulebook, each)),
        shows: `field ${number} is "${without}" because of a record with code ${code}; with ${former} it is "${value}"`,
      };
    }
    return undefined;
  }

  /**
   * A history for which a value of a parameter makes a difference that is for one LEA or school alone: an example's, with
   * that LEA or school in the place of its own, as many years later as it takes.
   * @param column for whose value the parameter is asked
   * @param from the first day of the value, as rule files have it
   */
  forOwner(
    { name }: ParameterJson,
    { recordType, key }: { readonly recordType: string; readonly key: string },
    owner: string,
    from: string | undefined,
  ): Witness | undefined {
    const readers = this.#readersOf(name);
    for (const example of this.cases) {
      if (!this.#isPlain(example) || !readers.has(example.of)) continue;
      const records = [...example.given, ...example.records].map((record) => filled(this.#rulebook, record));
      const asked = records.find((record) => 'recordType' in record && record.recordType === recordType);
      const former = (asked as Columns | undefined)?.[key];
      const since = from === undefined ? undefined : parseDay(from);
      const years = since === undefined ? 0 : yearsUntil(this.#codeDay(asked) ?? since, since);
      const then = later(example, records, years);
      const now = mappedCase(then, (text) => (text === former ? owner : text));
      const [value, without] = [this.#onlyValue(now), this.#onlyValue(then)];
      if (value === undefined || without === undefined || value === without) continue;
      return {
        ...askedBy(now),
        records: now.records.map((record) => named(this.#rulebook, record)),
        shows: `field ${example.of} is "${value}" at ${owner}; at ${former} it is "${without}"`,
      };
    }
    return undefined;
  }

  /** A history with a record that has something in a column. */
  withValue(recordType: string, { key, name }: Column, says: (value: string) => string): Witness | undefined {
    for (const example of this.cases) {
      if (!this.#isPlain(example)) continue;
      const records = [...example.given, ...example.records].map((record) => filled(this.#rulebook, record));
      const holder = records.find((record) => 'recordType' in record && record.recordType === recordType);
      const value = (holder as Columns | undefined)?.[key];
      if (!value) continue;
      return {
        from: `${example.file} ${example.pointer}`,
        ...askedBy(example),
        records: [...example.given, ...example.records],
        shows: `the ${name} is ${value}, and ${says(value)}`,
      };
    }
    return undefined;
  }

  /** The fields that a parameter may matter for. */
  #readersOf(name: string): ReadonlySet<string> {
    const { fields } = this.#rulebook.extract;
    const reads = ({ number }: (typeof fields)[number]): boolean =>
      readsOf(this.#rulebook, number).parameters.some(({ json }) => json.name === name);
    return new Set(fields.filter(reads).map(({ number }) => number));
  }

  /** The first column of a record that has one of these codes of a set. */
  #columnWith(record: ExampleRecord, codeSet: string, codes: ReadonlySet<unknown>): string | undefined {
    if (!('recordType' in record)) return undefined;
    const columns = layoutOf(this.#rulebook.schemas, record.recordType)?.columns ?? [];
    return columns.find((column) => column.codeSet === codeSet && codes.has((record as Columns)[column.key]))?.key;
  }

  #find(number: string, shows: (x: Evaluation, decided: string) => string | undefined): Witness | undefined {
    const { rulebook, unchecked } = this.bench;
    const index = unchecked.program.fieldNumbers.indexOf(number);
    const rules = rulebook.extract.fields.find((field) => field.number === number)?.rules ?? [];
    const own = this.cases.filter(({ of }) => of === number);
    const others = this.cases.filter(
      ({ of }) => of !== number && (of === 'selection' || rulebook.extract.fields.some((field) => field.number === of)),
    );
    for (const example of [...own, ...others]) {
      if (!this.#isPlain(example)) continue;
      const shown: (string | undefined)[] = [];
      this.#rows(example, (x) => shown.push(shows(x, rules[x.decided[index] as number]?.name as string)));
      // Of several rows it would have to be said which.
      const [found] = shown.length === 1 ? shown : [];
      if (found !== undefined)
        return {
          from: `${example.file} ${example.pointer}`,
          ...askedBy(example),
          records: [...example.given, ...example.records],
          shows: found,
        };
    }
    return undefined;
  }

  /** A case with parameters or reference files of its own is not evaluated by the rules as they are. */
  #isPlain({ parameters, references, request, runDate }: ExampleCase): boolean {
    return parameters === undefined && references === undefined && request !== undefined && runDate !== undefined;
  }

  #rows(example: ExampleCase, each: (x: Evaluation) => void): void {
    try {
      eachRow(this.bench, example, each);
    } catch (error) {
      if (!(error instanceof ExampleError || error instanceof RequestError)) throw error;
    }
  }

  #value(x: Evaluation, number: string): string {
    return x.fields[this.bench.unchecked.program.fieldNumbers.indexOf(number)] as string;
  }

  #onlyValue(example: ExampleCase): string | undefined {
    const values: string[] = [];
    this.#rows(example, (x) => values.push(this.#value(x, example.of)));
    return values.length === 1 ? values[0] : undefined;
  }

  #holds(record: ExampleRecord, codeSet: string, code: string): boolean {
    if (!('recordType' in record)) return false;
    const columns = layoutOf(this.#rulebook.schemas, record.recordType)?.columns ?? [];
    return columns.some((column) => column.codeSet === codeSet && (record as Columns)[column.key] === code);
  }

  #codeDay(record: ExampleRecord | undefined): string | undefined {
    if (!record || !('recordType' in record)) return undefined;
    const layout = layoutOf(this.#rulebook.schemas, record.recordType);
    const day = layout?.codeDay && (record as Columns)[layout.codeDay];
    return day !== undefined && isRealDay(day) ? day : undefined;
  }
}

/** What examples need not say of a record. */
function defaultsOf({ files }: Rulebook, recordType: string): Columns {
  const file = files.find(({ path }) => grammarOf(path) === 'example-defaults')?.json as
    | { records: Record<string, Columns> }
    | undefined;
  return file?.records[recordType] ?? {};
}

/** A record with what examples need not say of it. */
export function filled(rulebook: Rulebook, record: ExampleRecord): ExampleRecord {
  if (!('recordType' in record)) return record;
  const { recordType } = record;
  return Object.assign({ recordType }, defaultsOf(rulebook, recordType), record);
}

/** The record with only what the defaults would not give it. */
export function named(rulebook: Rulebook, record: ExampleRecord): ExampleRecord {
  if (!('recordType' in record)) return record;
  const defaults = defaultsOf(rulebook, record.recordType);
  return Object.fromEntries(
    Object.entries(record).filter(([key, value]) => key === 'recordType' || defaults[key] !== value),
  ) as ExampleRecord;
}

/** A case of these records, all of it some years later. */
export const later = (example: ExampleCase, records: readonly ExampleRecord[], years: number): ExampleCase =>
  mappedCase({ ...example, given: [], records }, (text) => laterText(text, years));

/** A case with every text of its records and of its request changed. */
function mappedCase(example: ExampleCase, change: (text: string) => string): ExampleCase {
  const { request, runDate, records } = example;
  return {
    ...example,
    records: records.map((record) => mapped(record, change)),
    ...(request && { request: mapped(request, change) }),
    ...(runDate !== undefined && { runDate: change(runDate) }),
  };
}

/** How many years a day must be moved so that it is not before another one. */
const yearsUntil = (day: string, since: string): number =>
  Math.max(0, Number(since.slice(0, 4)) - Number(day.slice(0, 4)) + (day.slice(4) < since.slice(4) ? 1 : 0));

export const askedBy = ({ request, runDate }: ExampleCase): Pick<Witness, 'request' | 'runDate'> => ({
  ...(request && { request }),
  ...(runDate !== undefined && { runDate }),
});

const mapped = <T extends object>(of: T, change: (text: string) => string): T =>
  Object.fromEntries(
    Object.entries(of).map(([key, value]) => [key, typeof value === 'string' ? change(value) : value]),
  ) as T;

/** A day, as records or as rule files have it, or an academic year, some years later; any other text as it is. */
function laterText(text: string, years: number): string {
  if (isRealDay(text)) return addYears(text, years);
  if (areConsecutiveYears(text)) return `${Number(text.slice(0, 4)) + years}-${Number(text.slice(5)) + years}`;
  const day = text.includes('-') ? parseDay(text) : undefined;
  return day === undefined ? text : withDashes(addYears(day, years));
}
