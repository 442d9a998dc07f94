/**
 * Calculations that give what hardly anybody means (an age below 0, an interval that ends before it starts), each with a
 * student of whom it does. Looked for among the worked examples, and among those with other days that the checks of
 * incoming records let in.
 */
import { RequestError } from '#extract/request';
import { addDays, addMonths, isRealDay, withDashes } from '#records/days';
import { layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { CalculationNode, FactNode } from '#rulebook/tree/nodes';
import type { Value } from '#rulebook/tree/values';
import { factOf, sourcesOf } from '#rulebook/tree/walk';
import { type ExampleCase, ExampleError, type ExampleRecord } from '../examples/cases.ts';
import { readsOf, subjectsOf } from '../examples/reads.ts';
import { areLetIn, Bench, eachRow, runCase } from '../examples/run.ts';
import type { Witness } from './finding.ts';
import { type Note, note } from './note.ts';
import { askedBy, filled, later, named, type RowsOfExamples } from './witness.ts';

/** So many other students are tried for one calculation; whoever has found none by then says nothing. */
const MOST_TRIED = 4000;
const YEARS = [1, 2, 3, 4, 5, 6];

/** Calculations of which a student shows that they give what was hardly meant. */
export function doubtNotes(rulebook: Rulebook, rows: RowsOfExamples): Note[] {
  const subjects = subjectsOf(rulebook).map((of) => ({
    of,
    doubtful: readsOf(rulebook, of).facts.filter(isDoubtful).map(placeOf),
  }));
  const places = new Set(subjects.flatMap(({ doubtful }) => doubtful));
  if (places.size === 0) return [];
  const written = new Set(
    rulebook.extract.fields.flatMap(({ rules }) =>
      rules.flatMap(({ value }) => sourcesOf(value).flatMap((source) => factOf(source) ?? [])),
    ),
  );
  const searches = [...places].map((place): Search => {
    const readers = subjects.filter(({ doubtful }) => doubtful.includes(place)).map(({ of }) => of);
    return { place, readers: new Set(readers), left: MOST_TRIED, found: undefined };
  });
  new Trial(rulebook, rows, new Set([...written].filter(isDoubtful).map(placeOf))).search(searches);
  return searches.flatMap(({ found }) => found ?? []);
}

/** A calculation at a place, and the first student of whom it gives what was hardly meant. */
interface Search {
  readonly place: string;
  /** Fields, the selection and checks that read it: their examples are tried. */
  readonly readers: ReadonlySet<string>;
  /** How many students are still to be tried. */
  left: number;
  found: Note | undefined;
}

const isDoubtful = (fact: FactNode): fact is CalculationNode =>
  fact.kind === 'calculation' && fact.calculation.doubt !== undefined;

const placeOf = ({ file, pointer }: CalculationNode): string => `${file} ${pointer}`;

const isOn = ({ left, found }: Search): boolean => left > 0 && found === undefined;

/** Runs cases, and sees what calculations give. */
class Trial {
  readonly #rulebook: Rulebook;
  readonly #cases: readonly ExampleCase[];
  readonly #bench: Bench;
  readonly #written: ReadonlySet<string>;
  /** By place: what the calculations of the student at hand gave. */
  #seen = new Map<string, Seen>();

  /** @param written places of the calculations whose values rules write */
  constructor(rulebook: Rulebook, { cases, bench }: RowsOfExamples, written: ReadonlySet<string>) {
    this.#rulebook = rulebook;
    this.#cases = cases;
    this.#written = written;
    this.#bench = new Bench(rulebook, {
      like: bench,
      observed: {
        observerFor: () => ({
          calculation: (node, operands, value) => {
            if (node.calculation.doubt?.isSo(operands, value)) this.#seen.set(placeOf(node), { node, value });
          },
        }),
      },
    });
  }

  /** Tries every student once, for all who search among the examples that it is of. */
  search(searches: readonly Search[]): void {
    for (const example of this.#cases) {
      if (example.parameters !== undefined) continue;
      for (const tried of this.#students(example)) {
        const asking = searches.filter((search) => isOn(search) && search.readers.has(example.of));
        if (asking.length === 0) break;
        const seen = this.#run(tried);
        for (const search of asking) this.#look(search, seen.get(search.place), tried, example);
      }
    }
  }

  /** @param seen what the calculation of the search gave of the student `tried` */
  #look(search: Search, seen: Seen | undefined, tried: ExampleCase, example: ExampleCase): void {
    search.left--;
    if (!seen || (tried !== example && !areLetIn(this.#bench, tried))) return;
    const { node } = seen;
    const says = `the fact "${node.name}" ${node.calculation.doubt?.says}`;
    search.found = note('calculation-doubtful', node, says, {
      other: this.#written.has(search.place),
      witness: this.#witness(tried, example, seen),
    });
  }

  #run(example: ExampleCase): ReadonlyMap<string, Seen> {
    const seen = new Map<string, Seen>();
    this.#seen = seen;
    try {
      if ('findings' in example.expect) runCase(this.#bench, example);
      else eachRow(this.#bench, example, () => undefined);
    } catch (error) {
      if (!(error instanceof ExampleError || error instanceof RequestError)) throw error;
    }
    // Whoever looks whether the student is let in sees more; that was not asked.
    this.#seen = new Map();
    return seen;
  }

  /** The students of an example, the same some years later, and with one day of one record moved. */
  *#students(example: ExampleCase): Generator<ExampleCase> {
    yield example;
    const records = [...example.given, ...example.records].map((record) => filled(this.#rulebook, record));
    if (!('findings' in example.expect)) for (const years of YEARS) yield later(example, records, years);
    const days = [...new Set(records.flatMap((record) => this.#daysOf(record).map(([, day]) => day)))];
    for (const list of ['given', 'records'] as const)
      for (const [i, record] of example[list].entries())
        for (const [key, day] of this.#daysOf(record))
          for (const to of new Set([...days.flatMap(around), addMonths(day, 1), addMonths(day, -1)]))
            if (to !== day)
              yield { ...example, [list]: example[list].with(i, { ...record, [key]: to } as ExampleRecord) };
  }

  #witness(tried: ExampleCase, example: ExampleCase, { node, value }: Seen): Witness {
    return {
      ...(tried === example && { from: `${example.file} ${example.pointer}` }),
      ...askedBy(tried),
      records: [...tried.given, ...tried.records].map((record) => named(this.#rulebook, record)),
      shows: `the fact "${node.name}" gives ${shown(value)}`,
    };
  }

  /** The columns of days that a record has, those that examples need not name included. */
  #daysOf(record: ExampleRecord): [key: string, day: string][] {
    if (!('recordType' in record)) return [];
    const values: Readonly<Record<string, string>> = filled(this.#rulebook, record);
    return (layoutOf(this.#rulebook.schemas, record.recordType)?.columns ?? []).flatMap(({ key, type }) => {
      const day = values[key] ?? '';
      return type === 'DT' && isRealDay(day) ? [[key, day]] : [];
    });
  }
}

/** A calculation, and what it gave that was hardly meant. */
interface Seen {
  readonly node: CalculationNode;
  readonly value: Value;
}

function shown(value: Value): string {
  if (typeof value !== 'object' || !('start' in value)) return value === undefined ? 'nothing' : String(value);
  return `the days from ${withDashes(value.start)} through ${withDashes(value.end)}`;
}

const around = (day: string): string[] => [addDays(day, -1), day, addDays(day, 1)];
