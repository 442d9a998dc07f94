/**
 * Lines that would make both sides agree, as a draft for a person to check: of every cause in a record, what to send if
 * your records are right, and what to load here if the state is right. The latter is applied as a store would apply it
 * before it is told.
 */
import { filledAddition } from '#explain/what-would-change/changed-records';
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { Applier } from '#intake/apply';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import { keptLine } from '#intake/student';
import { codeSetOf, columnIndex, type Layout, layoutOf } from '#records/layout';
import { fieldsOf, historyOf, placeOf, readRecords, type SourceRecord } from '#records/record';
import type { Cause, FoundCause, StudentFindings } from './causes.ts';
import type { Basis } from './readings.ts';
import { differing, type Item, World } from './views.ts';

/** Which side is taken to be right: then the other one is corrected. */
export const DRAFTS = ['if-your-records-are-right', 'if-the-state-is-right'] as const;
export type Draft = (typeof DRAFTS)[number];

/** The files of a record type, in the order in which they are sent. */
export const STEPS = ['deletions', 'changes', 'additions'] as const;
export type Step = (typeof STEPS)[number];

/** A line of a correction file. */
export interface CorrectionLine {
  readonly draft: Draft;
  readonly recordType: string;
  readonly step: Step;
  readonly line: string;
}

/** What a cause comes to: its lines, or why there is none for a draft. */
export interface Correction {
  readonly cause: Cause;
  /** What explains the same: it may be this that has to be corrected. */
  readonly others: readonly Cause[];
  /** Its place among the causes of the student. */
  readonly at: number;
  readonly lines: readonly CorrectionLine[];
  /** Names of columns whose values nobody knows: they are filled so that a check takes the line. */
  readonly lookUp: readonly string[];
  /** By draft: why it has no line. */
  readonly none: Readonly<Partial<Record<Draft, string>>>;
}

type Columns = ReadonlyMap<string, string>;
/** A record before and after: it is gone without an after, and new without a before. */
interface Change {
  readonly recordType: string;
  readonly before?: Columns | undefined;
  readonly after?: Columns | undefined;
}

/** What a step does to a record (code set of transactions). */
const DOES: Readonly<Record<Step, string>> = { deletions: 'delete', changes: 'replace', additions: 'put' };
const TRANSACTION = 'transactionTypeCode';
const RECORD_TYPE = 'recordTypeCode';
/** Keys are those of one LEA. */
const LEA = 'reportingLEA';

const NOT_TOGETHER =
  'Together with the corrections before it, it does not make these rows the same. Correct those first, and reconcile again.';
const OF_ALL = 'It is about no record: there is nothing to send.';

/** Drafts corrections for one student after the other. */
export class Corrector {
  readonly #compiled: CompiledRulebook;
  readonly #basis: Basis;
  readonly #world: World;
  readonly #checker: LineChecker;
  readonly #applier: Applier;
  readonly #codes: ReadonlyMap<string, string>;

  constructor(basis: Basis) {
    const { rulebook, request, runDate, comparison } = basis;
    this.#basis = basis;
    this.#compiled = compileRulebook(rulebook, { recording: false });
    this.#world = new World(this.#compiled, requestFacts(request, rulebook), runDate, comparison);
    this.#checker = lineChecker(rulebook, this.#compiled.checks, undefined, runDate);
    this.#applier = new Applier(this.#compiled, () => '');
    const { codes = [] } = codeSetOf(rulebook.schemas, 'TransactionType') ?? {};
    this.#codes = new Map(codes.filter(({ code }) => code !== '').map(({ code, does = 'put' }) => [does, code]));
  }

  /** @param body the student's history, as the findings were made of it */
  of({ ssid, theirs, items, causes }: StudentFindings, body: string): Correction[] {
    const records = readRecords(body, this.#compiled.plan);
    const enrollment = this.#enrollmentOf(ssid, records);
    let accepted: readonly Change[] = [];
    let now: ReadonlySet<Item> = items;
    return causes.map((found, at): Correction => {
      const { cause, others } = found;
      if (!('record' in cause)) return { cause, others, at, lines: [], lookUp: [], none: everyDraft(OF_ALL) };
      const { change, lookUp } = this.#changeOf(cause, records, enrollment);
      // Of our record, what theirs is; so ours becomes it, or theirs becomes ours.
      const back: Change = { recordType: change.recordType, before: change.after, after: change.before };
      const [sent, noneSent] = this.#linesOf(back, 'if-your-records-are-right');
      const [here, noneHere] = this.#linesOf(change, 'if-the-state-is-right');
      const candidate = [...accepted, change];
      const after =
        here.length === 0 || accepted.some((one) => isOfOneRecord(one, change))
          ? undefined
          : this.#after(ssid, body, candidate, theirs);
      const isGood = after !== undefined && this.#agrees(found, now, after);
      if (isGood) [accepted, now] = [candidate, after];
      return {
        ...{ cause, others, at, lookUp, lines: [...sent, ...(isGood ? here : [])] },
        none: {
          ...(noneSent !== undefined && { 'if-your-records-are-right': noneSent }),
          ...(!isGood && { 'if-the-state-is-right': noneHere ?? NOT_TOGETHER }),
        },
      };
    });
  }

  /** Whether what a cause is about is the same now, and nothing else has come to differ. */
  #agrees({ items }: FoundCause, before: ReadonlySet<Item>, after: ReadonlySet<Item>): boolean {
    return items.every((item) => !after.has(item)) && [...after].every((item) => before.has(item));
  }

  /** What differs once a store has taken the lines in; nothing when it rejects one. */
  #after(
    ssid: string,
    body: string,
    changes: readonly Change[],
    theirs: StudentFindings['theirs'],
  ): ReadonlySet<Item> | undefined {
    const lines = changes.flatMap((change) => this.#linesOf(change, 'if-the-state-is-right')[0]);
    const incoming: string[] = [];
    for (const [i, { line }] of inOrder(lines).entries()) {
      const kept = keptLine(0, i + 1, this.#checker.check(line, '', i + 1));
      if (kept === undefined) return undefined;
      incoming.push(kept);
    }
    const { plan } = this.#compiled;
    const { records, counts } = this.#applier.apply(
      ssid,
      readRecords(body, plan),
      readRecords(incoming.join('\n'), plan),
    );
    if (counts.rejected > 0) return undefined;
    const ours = this.#world.rowsOfBody(ssid, this.#applier.bodyOf(records));
    return differing(theirs, ours, this.#basis.comparison);
  }

  #enrollmentOf(ssid: string, records: readonly SourceRecord[]): SourceRecord | undefined {
    const { plan } = this.#compiled;
    const { copiesFrom } = this.#basis.rulebook.schemas.output;
    return historyOf(ssid, [...records], plan).byType[plan.typeIndex.get(copiesFrom) as number]?.at(-1);
  }

  #changeOf(
    cause: Extract<Cause, { record: unknown }>,
    records: readonly SourceRecord[],
    enrollment: SourceRecord | undefined,
  ): { readonly change: Change; readonly lookUp: readonly string[] } {
    const { recordType, place, values } = cause.record;
    const layout = layoutOf(this.#basis.rulebook.schemas, recordType) as Layout;
    const nameOf = (key: string): string => layout.columns[columnIndex(layout, key)]?.name ?? key;
    if (cause.kind === 'notHere') {
      const given = new Map(Object.entries(values));
      const { values: filled } = filledAddition({ kind: 'add', recordType, values: given }, this.#compiled, enrollment);
      const guessed = [...filled.keys()].filter((key) => !given.has(key));
      const inexact = cause.isExact ? [] : [...given.keys()];
      return {
        change: { recordType, after: filled },
        lookUp: [...inexact, ...guessed].filter((key) => key !== RECORD_TYPE && key !== TRANSACTION).map(nameOf),
      };
    }
    const record = records.find(
      (one) =>
        this.#compiled.plan.types[one.type] === recordType &&
        placeOf(one).source === place?.source &&
        placeOf(one).line === place.line,
    ) as SourceRecord;
    const fields = fieldsOf(record);
    const before = new Map(layout.columns.map(({ key }, i) => [key, fields[i] ?? '']));
    if (cause.kind === 'notThere') return { change: { recordType, before }, lookUp: [] };
    const after = new Map([...before, ...cause.columns.map(({ key, theirs }) => [key, theirs] as const)]);
    return {
      change: { recordType, before, after },
      lookUp: cause.isExact ? [] : cause.columns.map(({ name }) => name),
    };
  }

  /** The lines of a change, or why there are none. */
  #linesOf(
    { recordType, before, after }: Change,
    draft: Draft,
  ): readonly [lines: readonly CorrectionLine[], none: string | undefined] {
    const layout = layoutOf(this.#basis.rulebook.schemas, recordType) as Layout;
    const hasTransactions = columnIndex(layout, TRANSACTION) >= 0;
    if (!hasTransactions && draft === 'if-your-records-are-right')
      return [[], `${recordType} records come from the state: ask the state to correct it.`];
    if (!hasTransactions && before && !after)
      return [[], `${recordType} records have no transaction that deletes one: ask for a file without it.`];
    const line = (step: Step, values: Columns): CorrectionLine => {
      const own = layout.columns.map(({ key }) =>
        key === RECORD_TYPE ? recordType : key === TRANSACTION ? this.#codes.get(DOES[step]) : (values.get(key) ?? ''),
      );
      return { draft, recordType, step, line: own.join('^') };
    };
    if (before && after) {
      const isSameRecord = [LEA, ...layout.keyColumns].every((key) => before.get(key) === after.get(key));
      if (isSameRecord) return [[line('changes', after)], undefined];
      if (!hasTransactions) return [[line('additions', after)], undefined];
      return [[line('deletions', before), line('additions', after)], undefined];
    }
    return [[before ? line('deletions', before) : line('additions', after as Columns)], undefined];
  }
}

const everyDraft = (says: string): Correction['none'] => Object.fromEntries(DRAFTS.map((draft) => [draft, says]));

const isOfOneRecord = (a: Change, b: Change): boolean => a.before !== undefined && isSameColumns(a.before, b.before);

const isSameColumns = (a: Columns, b: Columns | undefined): boolean =>
  b !== undefined && [...a].every(([key, value]) => b.get(key) === value);

/** As files are sent: deletions, then changes, then additions. */
export const inOrder = <T extends Pick<CorrectionLine, 'step'>>(lines: readonly T[]): T[] =>
  STEPS.flatMap((step) => lines.filter((line) => line.step === step));
