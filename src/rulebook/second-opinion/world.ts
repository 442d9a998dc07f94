/** Everything that one evaluation can ask for, as facts of json-rules-engine. */
import { type Almanac, Fact } from 'json-rules-engine';
import type { RequestFacts } from '../compile/evaluation.ts';
import type {
  CalculationJson,
  ConditionJson,
  FactJson,
  LookJson,
  OrderJson,
  ParameterJson,
  ParameterValue,
} from '../load/declarations.ts';
import type { Interval } from '../tree/values.ts';
import { type Asked, calculate } from './calculate.ts';
import { LIBRARY, lookUp, newAlmanac, newEngine, rootOf, UNCACHED } from './library.ts';
import { undashed } from './plain-days.ts';
import type { PlainRecord } from './plain-records.ts';
import { summarize } from './summarize.ts';

/** Everything one evaluation can see. */
export interface Seen {
  readonly facts: ReadonlyMap<string, FactJson>;
  readonly parameters: ReadonlyMap<string, ParameterJson>;
  readonly records: ReadonlyMap<string, readonly PlainRecord[]>;
  /** A column of a row of a reference file; absent without such a row. */
  readonly row: Asked['row'];
  readonly enrollment: PlainRecord;
  readonly request: RequestFacts;
  readonly runDate: string;
  readonly field: (number: string) => string | undefined;
}

type Params = Readonly<Record<string, unknown>>;

/** One evaluation: each fact is worked out from the JSON when it is asked for, looks once. */
export class World {
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
    return newAlmanac(this.#facts, more);
  }

  /** Params with their references looked up. */
  async #resolved(params: Params, almanac: Almanac): Promise<Params> {
    const entries = Object.entries(params).map(async ([name, value]) => [name, await lookUp(value, almanac)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  async #parameter(params: Params, almanac: Almanac): Promise<unknown> {
    const asked = await this.#resolved(params, almanac);
    const { type } = this.#named(asked);
    const inForce = this.#inForce(asked);
    if (type === 'list') return inForce.map(({ value }) => String(value));
    const value = (inForce.find((one) => one.for) ?? inForce[0])?.value;
    return type === 'day' && value !== undefined ? undashed(String(value)) : value;
  }

  #named({ name }: Params): ParameterJson {
    const parameter = this.#seen.parameters.get(String(name));
    if (!parameter) throw new RangeError(`unknown parameter ${name}`);
    return parameter;
  }

  /** The values of a parameter in effect on the day, for whom it is asked and for all. */
  #inForce(asked: Params): readonly ParameterValue[] {
    const { values, type } = this.#named(asked);
    const { on, for: owner } = asked;
    // Values without days hold on every day, an unknown one too; of a list with days nothing is known without one.
    const isDated = values.some(({ from, through }) => from !== undefined || through !== undefined);
    if (type === 'list' && isDated && !on) return [];
    return values.filter(
      (value) => isInForce(value, on as string | undefined) && (!value.for || value.for.some((one) => one === owner)),
    );
  }

  async #table(named: unknown, almanac: Almanac): Promise<readonly ParameterValue[]> {
    return this.#inForce(
      typeof named === 'string' ? { name: named } : await this.#resolved((named as { params: Params }).params, almanac),
    );
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

  async #walk({ from, where, order = [], gives, value, within }: LookJson, argument: Params): Promise<unknown> {
    const found: PlainRecord[] = [];
    for (const record of this.#seen.records.get(from) ?? [])
      if (where === undefined || (await this.holds(where, { record, argument }))) found.push(record);
    if (gives === 'any') return found.length > 0;
    if (gives === 'count') return found.length;
    if (value === undefined) return this.first(found, order, argument);
    const values = found.map((record) => lookUp(value, this.almanac({ record, argument })));
    const around = within && lookUp(within, this.almanac({ argument }));
    return summarize(gives, await Promise.all(values), (await around) as Interval | undefined);
  }

  /** Which of several records comes first. */
  async first(
    found: readonly PlainRecord[],
    order: readonly OrderJson[],
    argument: Params = {},
  ): Promise<PlainRecord | undefined> {
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
        group: (await this.holds(entry.preferring, { record, argument })) ? 0 : 1,
        value: 0,
        descending: false,
      };
    const value = String(record[('greatest' in entry ? entry.greatest : entry.least).slice('$.'.length)] ?? '');
    const blankGroup = entry.blank === 'first' ? 0 : 2;
    return value === ''
      ? { group: blankGroup, value: 0, descending: false }
      : { group: 1, value, descending: 'greatest' in entry };
  }

  /** Whether conditions hold, as the library finds. */
  async holds(conditions: ConditionJson, more: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    const engine = newEngine();
    engine.addRule({ name: 'where', conditions: rootOf(conditions), event: { type: 'holds' } });
    const { results, failureResults } = await engine.run({}, { almanac: this.almanac(more) });
    if (results.length + failureResults.length !== 1)
      throw new Error(`${LIBRARY.name} skipped a condition, so its opinion cannot be used`);
    return results.length === 1;
  }

  async #calculation(json: CalculationJson, params: Params, outer: Almanac): Promise<unknown> {
    const almanac = json.params ? this.almanac({ argument: await this.#resolved(params, outer) }) : outer;
    return calculate(json, {
      value: (ref) => lookUp(ref, almanac),
      holds: async (condition) => this.holds(condition, await atHand(almanac)),
      parameter: (name) => this.#parameter({ name }, almanac),
      row: this.#seen.row,
      table: (named) => this.#table(named, almanac),
    });
  }
}

/** What an almanac knows beside the facts of every one: a candidate, params, a row. */
async function atHand(almanac: Almanac): Promise<Readonly<Record<string, unknown>>> {
  const named = ['record', 'argument', 'row'].map(async (name) => [name, await almanac.factValue(name)] as const);
  return Object.fromEntries((await Promise.all(named)).filter(([, value]) => value !== undefined));
}

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

const isInForce = ({ from, through }: ParameterValue, on: string | undefined): boolean => {
  if (from === undefined && through === undefined) return true;
  if (!on) return false;
  return (from === undefined || undashed(from) <= on) && (through === undefined || on <= undashed(through));
};
