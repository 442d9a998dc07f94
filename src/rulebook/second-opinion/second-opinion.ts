/**
 * The second opinion: the derived fields of one qualifying enrollment, as json-rules-engine itself works them out.
 *
 * It reads the JSON of the rule files and nothing that was made of it: neither the typed tree, nor the compiled
 * closures, nor their calculations and parameters. Looks walk records as plain objects; conditions, those inside looks
 * included, are evaluated by the library. Slow, and meant to be: its use is to disagree.
 */
import { Almanac, Engine, Fact, type RuleProperties, type TopLevelCondition } from 'json-rules-engine';
import library from 'json-rules-engine/package.json' with { type: 'json' };
import type { Layout } from '#records/layout';
import type { History, SourceRecord } from '#records/record';
import type { RequestFacts } from '../compile/evaluation.ts';
import type { Rulebook } from '../load/assemble.ts';
import type {
  CalculationJson,
  ConditionJson,
  FactJson,
  FieldJson,
  IntervalJson,
  LookJson,
  OrderJson,
  ParameterJson,
  ParameterValue,
  Reference,
} from '../load/declarations.ts';
import { OWN_OPERATORS } from '../operators/index.ts';
import type { Interval, Value } from '../tree/values.ts';

/** What gives the second opinion. */
export const LIBRARY: { readonly name: string; readonly version: string } = {
  name: library.name,
  version: library.version,
};

/** A field's value and the name of the rule that decided. */
export interface DecidedField {
  readonly value: string;
  readonly rule: string;
}

export interface Opinion {
  /** By field number. */
  readonly fields: ReadonlyMap<string, DecidedField>;
  /** Always the number of rules in the files of these fields. */
  readonly rulesEvaluated: number;
}

export interface SecondOpinion {
  readonly library: { readonly name: string; readonly version: string };
  /**
   * Evaluates every rule of every field, or of the fields named and those that they read.
   * @param history as read from a body: the two dates of a record are taken from its text
   * @param enrollment one of `history`
   * @param runDate CCYYMMDD
   * @param only numbers of fields; those of copied columns are passed over
   * @throws Error when the library evaluated fewer or more rules than the files have
   */
  evaluate(
    history: History,
    enrollment: SourceRecord,
    request: RequestFacts,
    runDate: string,
    only?: readonly string[],
  ): Promise<Opinion>;
}

/** Where this project means something else than the library does, which operator it concerns, and why. */
export interface Difference {
  readonly name: string;
  /** The library's operator that is replaced while one of its sides is absent. */
  readonly operator?: string;
  readonly reason: string;
  /** Sides on which the two differ (`undefined` is absent), and what comes of them here. */
  readonly example?: { readonly left: unknown; readonly right: unknown; readonly here: boolean };
}

/** Every deliberate difference from the library's behaviour. Nothing else is changed about it. */
export const DELIBERATE_DIFFERENCES: readonly Difference[] = [
  {
    name: 'absentEqualsNothing',
    operator: 'equal',
    reason: 'two facts that found nothing have nothing in common; the library finds undefined equal to undefined',
    example: { left: undefined, right: undefined, here: false },
  },
  {
    name: 'absentDiffersFromEverything',
    operator: 'notEqual',
    reason: 'the opposite of equal, so that not and notEqual never part',
    example: { left: undefined, right: undefined, here: true },
  },
  {
    name: 'inAbsentList',
    operator: 'in',
    reason: 'a list that is not there holds nothing; the library throws',
    example: { left: '10', right: undefined, here: false },
  },
  {
    name: 'notInAbsentList',
    operator: 'notIn',
    reason: 'a list that is not there holds nothing; the library throws',
    example: { left: '10', right: undefined, here: true },
  },
  {
    name: 'absentIsNotMissingFromList',
    operator: 'doesNotContain',
    reason: 'docs/rule-grammar.md: both contains and doesNotContain are false of what is absent, on either side',
    example: { left: ['10'], right: undefined, here: false },
  },
  {
    name: 'pathsAreProperties',
    reason:
      'a path is $. and one name by the grammar of rules, and is looked up as a property; the library would ask JSONPath, for a third of its time',
  },
  {
    name: 'leafAtRoot',
    reason: 'the library asks for all, any or not at the root of a rule: a single condition there is wrapped in all',
  },
  {
    name: 'otherwise',
    reason: 'the library asks for conditions: a rule without them gets an empty all, which the library takes as true',
  },
];

// Written again rather than taken from the operators: what blank and open ends mean is what most often goes wrong.
const dayNumber = (day: unknown): number => (day === '' ? Number.POSITIVE_INFINITY : Number(day));
const compareDays = (holds: (left: number, right: number) => boolean) => (left: unknown, right: unknown) =>
  left !== undefined && right !== undefined && holds(dayNumber(left), dayNumber(right));
const WRITTEN_AGAIN: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  before: compareDays((l, r) => l < r),
  onOrBefore: compareDays((l, r) => l <= r),
  after: compareDays((l, r) => l > r),
  onOrAfter: compareDays((l, r) => l >= r),
  overlaps: (left, right) => {
    if (left === undefined || right === undefined) return false;
    const [a, b] = [left, right] as [Interval, Interval];
    const [aStart, aEnd, bStart, bEnd] = [Number(a.start), dayNumber(a.end), Number(b.start), dayNumber(b.end)];
    return aStart <= aEnd && bStart <= bEnd && aStart <= bEnd && bStart <= aEnd;
  },
};

type Compare = (left: unknown, right: unknown) => boolean;

const replacements: readonly [operator: string, here: boolean][] = DELIBERATE_DIFFERENCES.flatMap(
  ({ operator, example }) => (operator && example ? [[operator, example.here] as [string, boolean]] : []),
);

/**
 * Gives an engine this project's operators. The library's own stay its own but for what happens when a side is absent
 * (DELIBERATE_DIFFERENCES).
 * @param own how an operator of this project compares; written again here when absent
 */
export function installOperators(engine: Engine, own: Readonly<Record<string, Compare>> = WRITTEN_AGAIN): void {
  // Not part of the library's declared interface, and the only way to keep its own comparison where both sides are
  // there.
  const { operators } = engine as unknown as { operators: { get(name: string): { evaluate: Compare } } };
  for (const [name, here] of replacements) {
    const libraryOwn = operators.get(name);
    engine.addOperator(name, (left: unknown, right: unknown) =>
      left === undefined || right === undefined ? here : libraryOwn.evaluate(left, right),
    );
  }
  for (const { name, holds } of OWN_OPERATORS)
    engine.addOperator(name, own[name] ?? ((left: unknown, right: unknown) => holds(left as Value, right as Value)));
}

/** Conditions as the library takes them at the root of a rule (`leafAtRoot`, `otherwise`). */
export function rootOf(conditions: ConditionJson | undefined): TopLevelCondition {
  if (conditions === undefined) return { all: [] };
  return ('fact' in conditions ? { all: [conditions] } : conditions) as TopLevelCondition;
}

/** A record by column key, its intervals as `{ start, end }`, and `uploaded`, `lastUpdated`, `loaded`. */
type PlainRecord = Readonly<Record<string, unknown>>;

/** A rule of a field file as the library takes it, and where it came from. */
export interface RuleOfField {
  readonly field: string;
  readonly index: number;
  readonly name: string;
  readonly rule: RuleProperties;
}

/**
 * Paths are a property of an object here, by the grammar of rules; the library's JSONPath would take a third of the
 * time.
 */
const propertyAt = (value: unknown, path: string): unknown =>
  (value as Record<string, unknown>)[path.slice('$.'.length)];

const OPTIONS = { allowUndefinedFacts: true, replaceFactsInEventParams: true } as const;
// The library keys its cache by a hash of params; facts here are cheap, or kept by this file.
const UNCACHED = { cache: false } as const;

/** Whether a value is to be looked up rather than taken as it stands. */
export const isReference = (value: unknown): value is Reference =>
  typeof value === 'object' && value !== null && 'fact' in value;

/** Makes the second opinion on a rulebook. Fresh engines for each evaluation: evaluations may overlap. */
export function secondOpinion(rulebook: Rulebook): SecondOpinion {
  const { declared, schemas } = rulebook;
  const fields = declared.fields.map((f) => f.json);
  const facts = new Map([...declared.facts].map(([name, { json }]): [string, FactJson] => [name, json]));
  const all = rulesOf(fields, facts);
  const byName = new Map(all.map((r) => [r.rule.name, r]));
  const reads = new Map(fields.map((f) => [f.field, fieldsReadIn(f.rules, facts)]));
  const withRead = (numbers: Iterable<string>, met = new Set<string>()): ReadonlySet<string> => {
    for (const number of numbers)
      if (reads.has(number) && !met.has(number)) withRead(reads.get(number) as ReadonlySet<string>, met.add(number));
    return met;
  };

  return {
    library: LIBRARY,
    async evaluate(history, enrollment, request, runDate, only) {
      const wanted = only && withRead(only);
      const rules = wanted ? all.filter(({ field }) => wanted.has(field)) : all;
      const decided = new Map<string, { index: number; value: string; rule: string }>();
      const records = plainRecords(
        history,
        schemas.layouts,
        declared.intervals.map((i) => i.json),
      );
      const plain = records.plain.get(enrollment);
      if (!plain) throw new RangeError('the enrollment is not a record of the history');
      const world = new World({
        facts,
        parameters: new Map([...declared.parameters].map(([name, { json }]) => [name, json])),
        records: records.byType,
        enrollment: plain,
        request,
        runDate,
        field: (number) => decided.get(number)?.value || undefined,
      });
      const engine = newEngine();
      for (const { rule } of rules) engine.addRule(rule);
      // Rules of fields that others read have the greater priority, so their results are in before `field` is asked.
      engine.on('success', (event, _almanac, result) => {
        const { field, index, name } = byName.get(result.name) as RuleOfField;
        const former = decided.get(field);
        if (former && former.index < index) return;
        const value = event.params?.['value'];
        decided.set(field, { index, value: value === undefined ? '' : String(value), rule: name });
      });
      const { results, failureResults } = await engine.run({}, { almanac: world.almanac() });
      const rulesEvaluated = results.length + failureResults.length;
      if (rulesEvaluated !== rules.length)
        throw new Error(
          `${LIBRARY.name} evaluated ${rulesEvaluated} of ${rules.length} rules, so its opinion cannot be used`,
        );
      const asked = fields.filter(({ field }) => !wanted || wanted.has(field));
      return { fields: new Map(asked.map(({ field }) => [field, answer(decided.get(field))])), rulesEvaluated };
    },
  };
}

const answer = (decided: DecidedField | undefined): DecidedField => ({
  value: decided?.value ?? '',
  rule: decided?.rule ?? '',
});

function newEngine(): Engine {
  const engine = new Engine([], OPTIONS);
  installOperators(engine);
  return engine;
}

/**
 * All rules of all fields under names of their own (`45 provisional`), those of fields that others read with the
 * greater priority.
 */
export function rulesOf(fields: readonly FieldJson[], facts: ReadonlyMap<string, FactJson>): RuleOfField[] {
  const reads = new Map(fields.map((f) => [f.field, fieldsReadIn(f.rules, facts)]));
  const depth = (number: string): number => 1 + Math.max(0, ...[...(reads.get(number) ?? [])].map(depth));
  const deepest = Math.max(1, ...fields.map((f) => depth(f.field)));
  return fields.flatMap((f) =>
    f.rules.map(({ name, conditions, event }, index): RuleOfField => {
      const priority = deepest - depth(f.field) + 1;
      return {
        field: f.field,
        index,
        name,
        rule: { name: `${f.field} ${name}`, priority, conditions: rootOf(conditions), event },
      };
    }),
  );
}

/** The fields that a piece of JSON refers to, by way of declared facts too. */
function fieldsReadIn(json: unknown, facts: ReadonlyMap<string, FactJson>): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if (isReference(part)) {
      if (part.fact === 'field') found.add(String(part.params?.['number']));
      else if (!seen.has(part.fact)) {
        seen.add(part.fact);
        walk(facts.get(part.fact));
      }
    }
    for (const child of Object.values(part)) walk(child);
  };
  walk(json);
  return found;
}

/** Everything one evaluation can see. */
interface Seen {
  readonly facts: ReadonlyMap<string, FactJson>;
  readonly parameters: ReadonlyMap<string, ParameterJson>;
  readonly records: ReadonlyMap<string, readonly PlainRecord[]>;
  readonly enrollment: PlainRecord;
  readonly request: RequestFacts;
  readonly runDate: string;
  readonly field: (number: string) => string | undefined;
}

type Params = Readonly<Record<string, unknown>>;

class World {
  readonly #seen: Seen;
  readonly #facts: readonly Fact[];
  readonly #looks = new Map<string, Promise<unknown>>();

  constructor(seen: Seen) {
    this.#seen = seen;
    const { request, runDate, enrollment } = seen;
    const { from, through, reportingLEAs, schools, grades, statuses, adjusted, academicYear } = request;
    const given = (name: string, calculate: (params: Params, almanac: Almanac) => unknown) =>
      new Fact<unknown>(name, calculate as never, UNCACHED);
    this.#facts = [
      given('enrollment', () => enrollment),
      given('window', () => ({ start: from, end: through })),
      given('request', () => ({ reportingLEAs, schools, grades, statuses, adjusted, academicYear })),
      given('runDate', () => runDate),
      given('field', ({ number }) => seen.field(String(number))),
      given('parameter', (params, almanac) => this.#parameter(params, almanac)),
      ...[...seen.facts].map(([name, json]) =>
        given(name, (params, almanac) =>
          'from' in json ? this.#look(json, params, almanac) : this.#calculation(json, params, almanac),
        ),
      ),
    ];
  }

  /** An almanac that knows every fact; `record` and `argument` only inside a look or a calculation with params. */
  almanac(more: Readonly<Record<string, unknown>> = {}): Almanac {
    const almanac = new Almanac({ allowUndefinedFacts: true, pathResolver: propertyAt });
    for (const fact of this.#facts) almanac.addFact(fact);
    for (const [name, value] of Object.entries(more)) almanac.addFact(name, (() => value) as never, UNCACHED);
    return almanac;
  }

  /** Params with their references looked up. */
  async #resolved(params: Params, almanac: Almanac): Promise<Params> {
    const entries = Object.entries(params).map(async ([name, value]) => [name, await lookUp(value, almanac)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  async #parameter(params: Params, almanac: Almanac): Promise<unknown> {
    const { name, on } = await this.#resolved(params, almanac);
    const parameter = this.#seen.parameters.get(String(name));
    if (!parameter) throw new RangeError(`unknown parameter ${name}`);
    // Values without days hold on every day, an unknown one too; of values with days nothing is known without one.
    const isDated = parameter.values.some(({ from, through }) => from !== undefined || through !== undefined);
    const inForce =
      isDated && !on ? [] : parameter.values.filter((value) => isInForce(value, on as string | undefined));
    if (parameter.type === 'list') return inForce.map(({ value }) => String(value));
    const value = inForce[0]?.value;
    return parameter.type === 'day' && value !== undefined ? undashed(String(value)) : value;
  }

  async #look(json: LookJson, params: Params, almanac: Almanac): Promise<unknown> {
    const args = await this.#resolved(params, almanac);
    const key = `${json.name} ${JSON.stringify(args)}`;
    let result = this.#looks.get(key);
    if (!result) {
      result = this.#walk(json, args);
      this.#looks.set(key, result);
    }
    return result;
  }

  async #walk({ from, where, order = [], gives }: LookJson, argument: Params): Promise<unknown> {
    const found: PlainRecord[] = [];
    for (const record of this.#seen.records.get(from) ?? [])
      if (where === undefined || (await this.#holds(where, { record, argument }))) found.push(record);
    if (gives === 'any') return found.length > 0;
    if (gives === 'count') return found.length;
    const ranked = await Promise.all(
      found.map(async (record) => ({
        record,
        ranks: await Promise.all(order.map((entry) => this.#rank(entry, record, argument))),
      })),
    );
    ranked.sort((a, b) => firstDifference(a.ranks, b.ranks));
    return ranked[0]?.record;
  }

  /** What sorts a record by one entry of an order: ascending, so what comes first is least. */
  async #rank(entry: OrderJson, record: PlainRecord, argument: Params): Promise<Rank> {
    if ('loaded' in entry) return { group: 0, value: Number(record['loaded']), descending: entry.loaded === 'last' };
    if ('preferring' in entry)
      return {
        group: (await this.#holds(entry.preferring, { record, argument })) ? 0 : 1,
        value: 0,
        descending: false,
      };
    const value = String(record[('greatest' in entry ? entry.greatest : entry.least).slice('$.'.length)] ?? '');
    const blankGroup = entry.blank === 'first' ? 0 : 2;
    return value === ''
      ? { group: blankGroup, value: 0, descending: false }
      : { group: 1, value, descending: 'greatest' in entry };
  }

  async #holds(conditions: ConditionJson, more: Readonly<Record<string, unknown>>): Promise<boolean> {
    const engine = newEngine();
    engine.addRule({ name: 'where', conditions: rootOf(conditions), event: { type: 'holds' } });
    const { results, failureResults } = await engine.run({}, { almanac: this.almanac(more) });
    if (results.length + failureResults.length !== 1)
      throw new Error(`${LIBRARY.name} skipped the condition of a look, so its opinion cannot be used`);
    return results.length === 1;
  }

  async #calculation(json: CalculationJson, params: Params, outer: Almanac): Promise<unknown> {
    const almanac = json.params ? this.almanac({ argument: await this.#resolved(params, outer) }) : outer;
    const value = (ref: unknown) => lookUp(ref, almanac);
    const values = (refs: readonly unknown[]) => Promise.all(refs.map(value));
    const days = async (refs: readonly unknown[]) =>
      ((await values(refs)) as string[]).filter((day) => day !== undefined && day !== '').sort();
    switch (json.calculate) {
      case 'addYears': {
        const [day, years] = (await values([json.day, json.years])) as [string | undefined, number | undefined];
        return day && years !== undefined ? yearsLater(day, years) : undefined;
      }
      case 'dayBefore': {
        const day = (await value(json.day)) as string | undefined;
        return day ? dayBeforeOf(day) : undefined;
      }
      case 'academicYear': {
        const day = (await value(json.day)) as string | undefined;
        const first = undashed(String(await this.#parameter({ name: 'academicYearFirstDay' }, almanac)));
        if (!day) return undefined;
        const year = Number(day.slice(0, 4)) + (day.slice(4) >= first ? 0 : -1);
        return `${fourDigits(year)}-${fourDigits(year + 1)}`;
      }
      case 'dayOfAcademicYear': {
        const [day, monthDay] = (await values([json.day, json.monthDay])) as (string | undefined)[];
        const first = undashed(String(await this.#parameter({ name: 'academicYearFirstDay' }, almanac)));
        if (!day || monthDay === undefined) return undefined;
        // The academic year is walked from its first day: July to June for the shipped parameter, whatever it is set
        // to.
        const begins = Number(day.slice(0, 4)) + (day.slice(4) >= first ? 0 : -1);
        const sought = undashed(monthDay);
        return yearsLater(`${fourDigits(begins)}${sought}`, sought >= first ? 0 : 1);
      }
      case 'earliest':
        return (await days(json.of))[0];
      case 'latest':
        return (await days(json.of)).at(-1);
      case 'firstPresent':
        return (await values(json.of)).find(
          (v) => !(v === undefined || v === '' || (Array.isArray(v) && v.length === 0)),
        );
      case 'intersection': {
        const [a, b] = (await values(json.of)) as (Interval | undefined)[];
        if (!a || !b) return undefined;
        const ends = [a.end, b.end].filter((end) => end !== '').sort();
        return { start: [a.start, b.start].sort()[1], end: ends[0] ?? '' };
      }
      case 'daysCounted': {
        const interval = (await value(json.interval)) as Interval | undefined;
        return interval?.start && interval.end
          ? Math.round((utc(interval.end) - utc(interval.start)) / DAY) + 1
          : undefined;
      }
      case 'labels': {
        const table = this.#seen.parameters.get(json.by)?.values ?? [];
        const labels = (await values(json.of)).flatMap((code) =>
          table.filter((entry) => code !== '' && entry.key === code).map((entry) => String(entry.value)),
        );
        return [...new Set(labels)];
      }
      case 'countOf':
        return ((await value(json.list)) as string[] | undefined)?.length;
      case 'firstOf':
        return ((await value(json.list)) as string[] | undefined)?.[0];
      case 'choose': {
        const word = await value(json.by);
        const chosen = Object.entries(json.cases).find(([name]) => name === word);
        return chosen && value(chosen[1]);
      }
    }
  }
}

const lookUp = (value: unknown, almanac: Almanac): Promise<unknown> =>
  isReference(value)
    ? almanac.factValue(value.fact, value.params as Record<string, unknown> | undefined, value.path)
    : Promise.resolve(value);

interface Rank {
  readonly group: number;
  readonly value: number | string;
  readonly descending: boolean;
}

function firstDifference(a: readonly Rank[], b: readonly Rank[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] as Rank;
    if (left.group !== right.group) return left.group - right.group;
    if (left.value !== right.value) return left.value < right.value === left.descending ? 1 : -1;
  }
  return 0;
}

const undashed = (day: string): string => day.split('-').join('');

const isInForce = ({ from, through }: ParameterValue, on: string | undefined): boolean => {
  if (from === undefined && through === undefined) return true;
  if (on === undefined) return false;
  return (from === undefined || undashed(from) <= on) && (through === undefined || on <= undashed(through));
};

const DAY = 86_400_000;
const fourDigits = (year: number): string => String(year).padStart(4, '0');

/**
 * Milliseconds of the day's beginning, UTC. Not `Date.UTC`, which takes the years 0 to 99 for those of the last
 * century.
 */
const utc = (day: string): number =>
  new Date(0).setUTCFullYear(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)));

const dayOf = (milliseconds: number): string => undashed(new Date(milliseconds).toISOString().slice(0, 10));

const dayBeforeOf = (day: string): string => dayOf(utc(day) - DAY);

/** `Date` turns 29 February of a common year into 1 March; the extract wants the day before. */
function yearsLater(day: string, years: number): string {
  const sought = fourDigits(Number(day.slice(0, 4)) + years) + day.slice(4);
  return dayOf(utc(sought)) === sought ? sought : dayBeforeOf(dayOf(utc(sought)));
}

/** A record and its columns by key. */
interface ReadRecord {
  readonly record: SourceRecord;
  readonly values: Readonly<Record<string, string>>;
}

/** The records of a history as plain objects, by record type and by the record they were made of. */
function plainRecords(history: History, layouts: readonly Layout[], intervals: readonly IntervalJson[]) {
  const plain = new Map<SourceRecord, PlainRecord>();
  const byType = new Map<string, readonly PlainRecord[]>();
  for (const [type, layout] of layouts.entries()) {
    const read = (history.byType[type] ?? []).map((record) => ({ record, values: valuesOf(record, layout) }));
    const own = intervals.filter(({ of }) => of === layout.recordType);
    for (const one of read) {
      const spans = own.map((interval) => [
        interval.name,
        { start: one.values[interval.start], end: endOf(interval, one, read) },
      ]);
      plain.set(one.record, { ...one.values, loaded: one.record.loaded, ...Object.fromEntries(spans) });
    }
    const inOrder = read.map(({ record }) => plain.get(record) as PlainRecord);
    byType.set(layout.recordType, inOrder);
  }
  return { plain, byType };
}

function valuesOf(record: SourceRecord, layout: Layout): Readonly<Record<string, string>> {
  const margin = record.text.slice(record.keptFrom, record.from);
  const sent = record.text.slice(record.from, record.end).split('^');
  const values = Object.fromEntries(layout.columns.map(({ key }, i) => [key, sent[i] ?? '']));
  return { ...values, uploaded: margin.slice(16, 24).trim(), lastUpdated: margin.slice(24).trim() };
}

/**
 * The last day of an interval, by the words of docs/rule-grammar.md: as sent, or the day before the next record, or
 * open.
 */
function endOf(
  { start, end, blankEnd }: IntervalJson,
  { record, values }: ReadRecord,
  all: readonly ReadRecord[],
): string {
  const sent = (end && values[end]) ?? '';
  if (sent !== '' || blankEnd === 'open') return sent;
  const { sameColumns } = blankEnd.dayBeforeNext;
  const startOf = (one: ReadRecord): string => one.values[start] as string;
  const later = all
    .filter((other) => sameColumns.every((key) => other.values[key] === values[key]))
    .filter(
      (other) =>
        startOf(other) > (values[start] as string) ||
        (startOf(other) === values[start] && other.record.loaded > record.loaded),
    )
    .sort((a, b) => Number(startOf(a)) - Number(startOf(b)));
  return later[0] ? dayBeforeOf(startOf(later[0])) : '';
}
