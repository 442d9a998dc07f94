/**
 * Why the rows of a student differ: single causes, each found by evaluating the student's rows under it, ranked by how
 * much they make the same, and verified by a second evaluation of the records as a store would keep them.
 */
import { compileForExplanations, Inspector } from '#explain/inspector';
import { ChangedRecords } from '#explain/what-would-change/changed-records';
import { withCompanions } from '#explain/what-would-change/companions';
import { changesOf, columnValue, type Edit } from '#explain/what-would-change/edits';
import { Resender } from '#explain/what-would-change/resending';
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { columnIndex, type Layout, layoutOf } from '#records/layout';
import { historyOf, readRecords, type SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Basis, isLikely, isPossible, type Reading, type Tried } from './readings.ts';
import { type SingleChange, SingleChanges } from './single-changes.ts';
import { type Comparison, common, differing, type Item, isWithin, type Rows, World, without } from './views.ts';

/** A column that a cause is about, and its value on both sides; a blank side has nothing. */
interface CauseColumn {
  readonly key: string;
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A record as a cause names it. */
interface CauseRecord {
  readonly recordType: string;
  /** Where it was sent; absent for one that is not here. */
  readonly place?: { readonly source: number; readonly line: number };
  /** Its key, days and codes, by column. */
  readonly values: Readonly<Record<string, string>>;
}

/** What makes both sides agree. */
export type Cause =
  | {
      /** Our record is not there; a record of theirs is not here; a record has other values. */
      readonly kind: 'notThere' | 'notHere' | 'otherValues';
      readonly record: CauseRecord;
      /** Columns with other values; none for a record that one side lacks. */
      readonly columns: readonly CauseColumn[];
      /** Whether theirs must have these values; else others do as well. */
      readonly isExact: boolean;
    }
  | Reading;

/** A cause, and what it makes the same. */
export interface FoundCause {
  readonly cause: Cause;
  readonly items: readonly Item[];
  /** Causes that make the same things the same, less plausible ones. */
  readonly others: readonly Cause[];
}

export interface StudentFindings {
  readonly ssid: string;
  readonly theirs: Rows;
  readonly ours: Rows;
  readonly items: ReadonlySet<Item>;
  readonly causes: readonly FoundCause[];
  /** What no single cause makes the same. */
  readonly unexplained: readonly Item[];
}

/** A candidate that was evaluated. */
interface Evaluated {
  readonly fixed: ReadonlySet<Item>;
  readonly cost: number;
  readonly change?: SingleChange;
  readonly tried?: Tried;
}

const COST_OF_LIKELY_READING = 0.1;
const COST_OF_READING = 6;
/** So many causes of one student are looked for. */
const MOST_CAUSES = 6;
/** So many candidates are verified before a cause is given up. */
const MOST_VERIFIED = 30;
/** So many other causes are told of, each about another record. */
const MOST_OTHERS = 5;
/** So many changed histories of one student are evaluated. */
const MOST_TRIED = 240;

/** Finds causes for one student after the other. */
export class CauseFinder {
  readonly #rulebook: Rulebook;
  readonly #comparison: Comparison;
  readonly #inspector: Inspector;
  readonly #world: World;
  readonly #again: World;
  readonly #changes: SingleChanges;
  readonly #resender: Resender;
  #readings: readonly Tried[] = [];

  constructor({ rulebook, request, runDate, comparison }: Basis) {
    this.#rulebook = rulebook;
    this.#comparison = comparison;
    const compiled = compileForExplanations(rulebook);
    const facts = requestFacts(request, rulebook);
    this.#inspector = new Inspector(compiled, facts, runDate);
    this.#world = new World(compiled, facts, runDate, comparison);
    this.#again = new World(
      compileRulebook(rulebook, { recording: false, reading: false }),
      ...([facts, runDate, comparison] as const),
    );
    this.#changes = new SingleChanges(rulebook, this.#inspector, comparison);
    this.#resender = new Resender(rulebook);
  }

  /** How records of students are read here. */
  get readPlan(): Pick<CompiledRulebook, 'plan'> & Pick<Rulebook, 'schemas'> {
    return { plan: this.#world.compiled.plan, schemas: this.#rulebook.schemas };
  }

  /** Takes up what may differ for all students: of readings that a sample was asked about, those that can be causes. */
  useReadings(tried: readonly Tried[]): void {
    this.#readings = tried.filter(isPossible);
  }

  /** What is not the same in the rows of a student. */
  compare(ssid: string, body: string, theirs: Rows): Pick<StudentFindings, 'ours' | 'items'> {
    const ours = this.#world.rowsOfBody(ssid, body);
    return { ours, items: differing(theirs, ours, this.#comparison) };
  }

  /** @param body the student's history; `''` for a student of whom there is no record */
  find(ssid: string, body: string, theirs: Rows): StudentFindings {
    const enrollments = new Map<string, SourceRecord>();
    const { plan } = this.#world.compiled;
    const records = readRecords(body, plan);
    const ours = this.#world.rows(ssid, records, (key, enrollment) => enrollments.set(key, enrollment));
    const items = differing(theirs, ours, this.#comparison);
    if (items.size === 0) return { ssid, theirs, ours, items, causes: [], unexplained: [] };
    const history = historyOf(ssid, records, plan);
    const changed = new ChangedRecords({
      ...{ ssid, body, compiled: this.#world.compiled, runDate: this.#world.runDate, resender: this.#resender },
      enrollment: [...enrollments.values()][0] ?? history.byType[this.#enrollmentType()]?.[0],
    });
    const student = { history, theirs, ours, enrollments, items };
    const evaluated = [
      ...this.#underReadings(ssid, body, theirs, items),
      ...this.#underChanges(ssid, theirs, items, changed, this.#changes.of(student)),
    ];
    const isAllMet = [...items].every((item) => evaluated.some(({ fixed }) => fixed.has(item)));
    if (!isAllMet) evaluated.push(...this.#underChanges(ssid, theirs, items, changed, this.#changes.codes(student)));
    const verify = (one: Evaluated): Cause | undefined => this.#verified(one, ssid, body, theirs, items, changed);
    return { ssid, theirs, ours, items, ...chosen(evaluated, items, verify) };
  }

  *#underReadings(ssid: string, body: string, theirs: Rows, items: ReadonlySet<Item>): Generator<Evaluated> {
    for (const tried of this.#readings) {
      const fixed = this.#fixed(theirs, tried.world.rowsOfBody(ssid, body), items);
      // Of several that explain a student, the one that explains most students.
      const cost = isLikely(tried) ? COST_OF_LIKELY_READING / tried.speaksFor : COST_OF_READING;
      if (fixed) yield { fixed, cost, tried };
    }
  }

  *#underChanges(
    ssid: string,
    theirs: Rows,
    items: ReadonlySet<Item>,
    changed: ChangedRecords,
    changes: Iterable<SingleChange>,
  ): Generator<Evaluated> {
    let left = MOST_TRIED;
    for (const change of changes) {
      if (left-- === 0) return;
      const fixed = this.#fixed(theirs, this.#world.rows(ssid, changed.after(change.edit).records), items);
      if (fixed) yield { fixed, cost: change.cost, change };
    }
  }

  /** What came to be the same; nothing when something else came to differ, or nothing is better. */
  #fixed(theirs: Rows, ours: Rows, before: ReadonlySet<Item>): ReadonlySet<Item> | undefined {
    const after = differing(theirs, ours, this.#comparison);
    if (after.size >= before.size) return undefined;
    for (const item of after) if (!before.has(item)) return undefined;
    return without(before, after);
  }

  /** A candidate as a cause, when a second evaluation comes to the same. */
  #verified(
    { change, tried, fixed }: Evaluated,
    ssid: string,
    body: string,
    theirs: Rows,
    items: ReadonlySet<Item>,
    changed: ChangedRecords,
  ): Cause | undefined {
    const holds = (ours: Rows): boolean => {
      const again = this.#fixed(theirs, ours, items);
      return again !== undefined && isWithin(fixed, again);
    };
    if (tried) return holds(tried.again().rowsOfBody(ssid, body)) ? tried.reading : undefined;
    if (!change) return undefined;
    const accepted = this.#accepted(change.edit, changed, (after) => holds(this.#again.rowsOfBody(ssid, after)));
    return accepted && this.#causeOf(accepted, change.isExact);
  }

  /** The edit, or with what has to change with it, when a store takes it in and it does what it should. */
  #accepted(edit: Edit, changed: ChangedRecords, holds: (body: string) => boolean): Edit | undefined {
    const sent = changed.sent(edit);
    if (!sent.rejectedBy) return holds(sent.body) ? edit : undefined;
    const { x } = this.#inspector;
    const enrollment = edit.kind === 'add' ? x.enrollment : edit.record;
    const { schemas } = this.#rulebook;
    const inHand = { inspector: this.#inspector, schemas, enrollment, mayChange: () => true };
    for (const other of withCompanions(edit, sent.rejectedBy, inHand)) {
      const again = changed.sent(other);
      if (!again.rejectedBy && holds(again.body)) return other;
    }
    return undefined;
  }

  #causeOf(edit: Edit, isExact: boolean): Cause {
    const { schemas } = this.#rulebook;
    const { plan } = this.#world.compiled;
    if (edit.kind === 'add') {
      const { recordType } = edit;
      const values = Object.fromEntries(edit.values);
      return { kind: 'notHere', record: { recordType, values }, columns: [], isExact };
    }
    const { record } = edit;
    const recordType = plan.types[record.type] as string;
    const layout = layoutOf(schemas, recordType) as Layout;
    const values = Object.fromEntries(
      tellingColumns(layout).map((key) => [key, columnValue(record, key, plan, layout)]),
    );
    const place = { source: record.kept.source(record.at), line: record.kept.lineNumber(record.at) };
    const named: CauseRecord = { recordType, place, values };
    if (edit.kind === 'remove') return { kind: 'notThere', record: named, columns: [], isExact };
    const columns = [...changesOf(edit)].map(([key, theirs]) => ({
      key,
      name: layout.columns[columnIndex(layout, key)]?.name ?? key,
      ours: columnValue(record, key, plan, layout),
      theirs,
    }));
    return { kind: 'otherValues', record: named, columns, isExact };
  }

  #enrollmentType(): number {
    return this.#world.compiled.plan.typeIndex.get(this.#rulebook.schemas.output.copiesFrom) as number;
  }
}

/** The columns that tell a record to a reader: its key, its days, and its codes. */
const tellingColumns = ({ columns, keyColumns, codeDay }: Layout): string[] =>
  columns
    .filter(
      ({ key, codeSet, type }) => keyColumns.includes(key) || key === codeDay || codeSet !== undefined || type === 'DT',
    )
    .map(({ key }) => key);

/** What a cause is about: of two about the same, the less plausible one need not be told. */
function aboutOf(cause: Cause): string {
  if (!('record' in cause)) return JSON.stringify(cause);
  const { recordType, place } = cause.record;
  return place ? `${recordType} ${place.source} ${place.line}` : recordType;
}

/** The cause that makes most the same, then the one that makes most of the rest the same, and so on. */
function chosen(
  evaluated: readonly Evaluated[],
  items: ReadonlySet<Item>,
  verify: (one: Evaluated) => Cause | undefined,
): Pick<StudentFindings, 'causes' | 'unexplained'> {
  const causes: FoundCause[] = [];
  let rest: ReadonlySet<Item> = items;
  const refused = new Set<Evaluated>();
  while (rest.size > 0 && causes.length < MOST_CAUSES) {
    const ranked = evaluated
      .flatMap((one) => {
        const fixes = common(one.fixed, rest);
        return fixes.size > 0 && !refused.has(one) ? [{ one, fixes }] : [];
      })
      .sort((a, b) => b.fixes.size - a.fixes.size || a.one.cost - b.one.cost);
    let found: { readonly cause: Cause; readonly fixes: ReadonlySet<Item>; readonly one: Evaluated } | undefined;
    for (const { one, fixes } of ranked.slice(0, MOST_VERIFIED)) {
      const cause = verify(one);
      if (cause) {
        found = { cause, fixes, one };
        break;
      }
      refused.add(one);
    }
    if (!found) break;
    const { cause, fixes, one } = found;
    const alike = ranked.filter(
      (other) => other.one !== one && other.fixes.size === fixes.size && isWithin(fixes, other.fixes),
    );
    const others: Cause[] = [];
    const told = new Set([aboutOf(cause)]);
    for (const other of alike.slice(0, MOST_VERIFIED)) {
      if (others.length === MOST_OTHERS) break;
      const verified = verify(other.one);
      if (!verified || told.has(aboutOf(verified))) continue;
      told.add(aboutOf(verified));
      others.push(verified);
    }
    causes.push({ cause, items: [...fixes], others });
    rest = without(rest, fixes);
  }
  return { causes, unexplained: [...rest] };
}
