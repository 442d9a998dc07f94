/** Students of a store, read for what looks wrong: their persons, their enrollments, and the checks of anomalies. */
import { type History, type ReadPlan, Slots, type SourceRecord } from '#records/record';
import { type CompiledCheck, compileChecks } from '#rulebook/compile/check-program';
import type { Observer } from '#rulebook/compile/compiling';
import type { Rulebook } from '#rulebook/load/assemble';
import { AnomalyChecks, type OddRecord } from './anomalies.ts';
import { PersonReader } from './columns.ts';
import { type MatchParameters, matchParameters } from './parameters.ts';
import { PairFinder, PersonCollector } from './same-student.ts';
import type { Likeness } from './score.ts';

/** What checks examine that are asked of students as they are stored. */
export const OF_STORES: ReadonlySet<string> = new Set(['anomalies', 'pairs']);

export class StudentReader {
  readonly plan: ReadPlan;
  readonly persons: PersonReader;
  readonly checks: AnomalyChecks;
  readonly parameters: MatchParameters;

  /**
   * @param runDate CCYYMMDD
   * @param observer is told each outcome of each condition
   * @throws UserError when the rules lack a parameter of matching
   */
  constructor({ checks, declared, schemas }: Rulebook, runDate: string, observer?: Observer | undefined) {
    const { layouts, output } = schemas;
    const slots = new Slots(layouts);
    const program = compileChecks(
      { ...checks, checks: checks.checks.filter(({ json }) => OF_STORES.has(json.examines)) },
      ...([schemas, slots, observer] as const),
    );
    this.parameters = matchParameters({ declared });
    this.persons = new PersonReader(layouts, output.copiesFrom, this.parameters, slots);
    const { enrollmentType, startSlot } = this.persons;
    const starts = layouts.map((_, type) => (type === enrollmentType ? startSlot : undefined));
    this.checks = new AnomalyChecks(program, starts, runDate);
    this.plan = slots.plan();
  }

  /** Whether two persons so much alike may be one. */
  readonly mayBeOne = (likeness: Likeness): boolean => this.checks.pair(likeness) !== undefined;
}

/** What looks wrong among a few students: of each, and of pairs of them, on the first record of the later number. */
export function oddAmong(histories: readonly History[], reader: StudentReader): OddRecord[] {
  const collector = new PersonCollector();
  const first = new Map<string, SourceRecord>();
  for (const history of histories) {
    const described = reader.persons.described(history);
    const [record] = history.byType.flat().sort((a, b) => a.loaded - b.loaded);
    if (record) first.set(history.ssid, record);
    if (described) collector.add(history.ssid, described);
  }
  const finder = new PairFinder(reader.parameters, reader.mayBeOne);
  finder.add(collector.take());
  const pairs = finder.pairs().pairs.map(
    (pair): OddRecord => ({
      check: reader.checks.pair(pair) as CompiledCheck,
      record: first.get(pair.b) as SourceRecord,
      other: first.get(pair.a),
    }),
  );
  return [...histories.flatMap((history) => reader.checks.of(history)), ...pairs];
}
