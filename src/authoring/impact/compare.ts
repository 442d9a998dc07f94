/**
 * Student after student: what two rulebooks make of the same history, where it differs, and why. Evaluates only what
 * the differences can reach.
 */
import { Explainer } from '#explain/explain';
import { valueAtStart } from '#explain/words/values-in-words';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { type OutputColumn, outputColumns, usualColumnSet } from '#records/layout';
import {
  countPassedOver,
  type History,
  historyOf,
  isSameLine,
  type KeptHistory,
  placeInMargin,
  type ReadPlan,
  Slots,
  type SourceRecord,
} from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { alignedTo } from './aligned.ts';
import { readAlike } from './canonical.ts';
import { Reasons } from './causes.ts';
import { type Difference, differencesOf } from './declared.ts';
import { type BrokenBy, LawsOfRows } from './laws.ts';
import { type Glance, glanceAt } from './prefilter.ts';
import { type Reach, reachesNothing, reachOf } from './reach.ts';
import { idsOfReading } from './reading.ts';
import { type Change, groupOf, MOST_TOLD, type Sample, type Telling, tellings } from './report.ts';
import { keyText, type Sides, View } from './view.ts';

export interface CompareOptions {
  readonly from: Rulebook;
  readonly to: Rulebook;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** Of how many changes of each kind both rulebooks give their reasons. */
  readonly samples: number;
  /** Whether each rulebook has read and checked the records for itself, so that a student may have two histories. */
  readonly apart?: boolean;
}

/** How many rows a student has; known only when the selection differs. */
interface RowCounts {
  readonly before: number;
  readonly after: number;
}

/** Records of types that a rulebook does not know, by type; looked for only where the two read otherwise. */
export interface PassedOverBySides {
  readonly before: Record<string, number>;
  readonly now: Record<string, number>;
}

export class Comparison {
  readonly reach: Reach;
  readonly differences: readonly Difference[];
  readonly #options: CompareOptions;
  /** Whether rows themselves may differ, so that both sides are selected and all columns may be needed. */
  readonly #isWide: boolean;
  readonly #before: View;
  readonly #now: View;
  /** The same with all columns, for rows that are made from another enrollment now. */
  readonly #allBefore: View | undefined;
  readonly #allNow: View | undefined;
  readonly #both: Reach['columns'];
  readonly #laws: LawsOfRows;
  readonly #plan: ReadPlan;
  /** The plan of the new rulebook, when it reads records otherwise. */
  readonly #ownPlan: ReadPlan | undefined;
  /** Keys of the columns that tell a row from all others, under both rulebooks. */
  readonly rowKey: readonly string[];
  readonly #glance: Glance | undefined;
  readonly #telling: ReadonlyMap<string, Telling>;
  readonly #sentences: ReadonlyMap<string, string>;
  #reasons: Reasons | undefined;
  #explainers: readonly [Explainer, Explainer] | undefined;
  #sampled = new Map<string, number>();
  #passedOver: PassedOverBySides = { before: {}, now: {} };

  /** @throws RequestError */
  constructor(options: CompareOptions) {
    const { to, request, runDate } = options;
    const from = alignedTo(to, options.from);
    this.#options = { ...options, from };
    this.reach = reachOf(from, to, request);
    this.differences = differencesOf(options.from, to);
    this.#sentences = new Map(this.differences.map(({ id, sentence }) => [id, sentence]));
    this.#telling = tellings(from, to);
    const alike = readAlike(from, to);
    const { columns, added, removed } = this.reach;
    this.#isWide = this.reach.selection || !alike || options.apart === true;
    this.rowKey = [...new Set([from, to].flatMap(({ extract }) => extract.selection.json.onePer))];
    const slots = new Slots(from.schemas.layouts);
    const ownSlots = alike ? slots : new Slots(to.schemas.layouts);
    const view = (rulebook: Rulebook, places: Slots, asked: readonly OutputColumn[]): View =>
      new View(rulebook, {
        slots: places,
        rowKey: this.rowKey,
        columns: asked,
        request: requestFacts(request, rulebook),
        runDate,
      });
    const [columnsBefore, columnsNow] = [from.schemas.output.columns, to.schemas.output.columns];
    this.#both = columnsNow.flatMap((column) => {
      const old = columnsBefore.find(({ no }) => no === column.no);
      return old ? [{ no: column.no, from: old, to: column }] : [];
    });
    this.#before = view(from, slots, [...columns.map((c) => c.from), ...removed]);
    this.#now = view(to, ownSlots, [...columns.map((c) => c.to), ...added]);
    if (this.#isWide) {
      this.#allBefore = view(from, slots, columnsBefore);
      this.#allNow = view(to, ownSlots, columnsNow);
    }
    this.#laws = new LawsOfRows(from, to, {
      slots: ownSlots,
      rowKey: this.rowKey,
      request: requestFacts(request, to),
      runDate,
    });
    this.#plan = slots.plan();
    this.#ownPlan = alike ? undefined : ownSlots.plan();
    const derivedOnly = columns.every((column) => column.from.rule && column.to.rule);
    if (!this.#isWide && !this.#laws.asksEveryRow && derivedOnly && added.length + removed.length === 0)
      this.#glance = glanceAt(
        from,
        to,
        columns.map(({ no }) => no),
      );
  }

  get isNothing(): boolean {
    return !this.#isWide && !this.#laws.asksEveryRow && reachesNothing(this.reach);
  }

  /** Whether rows are counted on both sides. */
  get isCounting(): boolean {
    return this.#isWide;
  }

  /** Begins anew to give samples: for a part of the students that is worked on apart from the others. */
  beginPart(): void {
    this.#sampled = new Map();
  }

  /** Which laws the new rules break, of the students since this was last asked. */
  takeBrokenLaws(): BrokenBy {
    return this.#laws.take();
  }

  /**
   * Whether the student has a row for the request under either rulebook. To be asked until one has: a report about
   * nobody who has a row says nothing of the change.
   */
  hasRow({ before, now }: Sides): boolean {
    const selects = (view: View, kept: KeptHistory, plan: ReadPlan): boolean =>
      view.select(historyOf(kept.ssid, kept.records(plan), plan)).length > 0;
    return selects(this.#before, before, this.#plan) || selects(this.#now, now, this.#ownPlan ?? this.#plan);
  }

  /**
   * Calls `each` for every change of a student, those of one row together.
   * @param now the student as the new rulebook has read it, where that is another history
   */
  student(kept: KeptHistory, each: (sample: Sample) => void, now = kept): RowCounts {
    if (this.#isWide) return this.#wide({ before: kept, now }, each);
    if (this.isNothing || this.#glance?.(kept) === false) return NO_ROWS;
    const { history, rows } = this.#selected(kept);
    for (const enrollment of rows) {
      this.#before.evaluate(history, enrollment);
      this.#now.evaluate(history, enrollment);
      this.#compare(
        {
          sides: { before: kept, now: kept },
          history,
          key: this.#before.key(enrollment),
          was: this.#before,
          is: this.#now,
          before: enrollment,
          now: enrollment,
          replaced: false,
        },
        this.reach.columns,
        each,
      );
    }
    return NO_ROWS;
  }

  #selected(kept: KeptHistory): { history: History; rows: readonly SourceRecord[] } {
    const { program } = this.#before;
    if (!program.selectsAlone) {
      const history = historyOf(kept.ssid, kept.records(this.#plan), this.#plan);
      return { history, rows: this.#before.select(history) };
    }
    const partly = kept.partly(this.#plan, program.rowType);
    const rows = this.#before.select(partly);
    return { history: rows.length > 0 ? partly.complete() : partly, rows };
  }

  /** Records that either rulebook passed over, of the students compared since it was last asked. */
  takePassedOver(): PassedOverBySides {
    const taken = this.#passedOver;
    this.#passedOver = { before: {}, now: {} };
    return taken;
  }

  #wide(sides: Sides, each: (sample: Sample) => void): RowCounts {
    const historyWith = (kept: KeptHistory, plan: ReadPlan): History => historyOf(kept.ssid, kept.records(plan), plan);
    const isOne = sides.before === sides.now;
    const history = historyWith(sides.before, this.#plan);
    const historyNow = isOne && !this.#ownPlan ? history : historyWith(sides.now, this.#ownPlan ?? this.#plan);
    countPassedOver(this.#passedOver.before, history.passedOver);
    countPassedOver(this.#passedOver.now, historyNow.passedOver);
    const keyed = (view: View, of: History): Map<string, SourceRecord> =>
      new Map(view.select(of).map((row) => [keyText(view.key(row)), row]));
    const before = keyed(this.#before, history);
    const now = keyed(this.#now, historyNow);
    for (const text of [...new Set([...before.keys(), ...now.keys()])].sort()) {
      const [old, fresh] = [before.get(text), now.get(text)];
      const key = text.split('^');
      if (old && fresh) {
        const replaced = isOne ? !isSameLine(old, fresh) : placeInMargin(old) !== placeInMargin(fresh);
        // Whoever has other records may have any other value.
        const all = replaced || !isOne;
        const [was, is] = all ? [this.#allBefore as View, this.#allNow as View] : [this.#before, this.#now];
        was.evaluate(history, old);
        is.evaluate(historyNow, fresh);
        this.#compare(
          { sides, history: historyNow, key, was, is, before: old, now: fresh, replaced },
          all ? this.#both : this.reach.columns,
          each,
        );
      } else {
        if (fresh) this.#laws.look(historyNow, fresh, 'all');
        each(this.#ofRow(sides, key, fresh !== undefined));
      }
    }
    return { before: before.size, after: now.size };
  }

  /** After both sides were evaluated. */
  #compare(row: ComparedRow, columns: Reach['columns'], each: (sample: Sample) => void): void {
    const changes: Change[] = [];
    const add = (no: string, name: string, old: string | null, now: string | null): void => {
      const [ruleBefore, ruleNow] = [
        old === null ? '' : (row.was.rule(no) ?? ''),
        now === null ? '' : (row.is.rule(no) ?? ''),
      ];
      const because = this.#because(row, no, old, now);
      const change = {
        change: 'value',
        row: this.#named(row.key),
        field: no,
        name,
        old,
        new: now,
        ruleBefore,
        ruleNow,
        because,
      } as const;
      changes.push({ ...change, sentence: this.#sentence(change, row.replaced) });
    };
    for (const { no, to } of columns) {
      const [old, now] = [row.was.value(no, row.before), row.is.value(no, row.now)];
      if (old !== now) add(no, to.name, old, now);
    }
    for (const { no, name } of this.reach.added) add(no, name, null, row.is.value(no, row.now));
    for (const { no, name } of this.reach.removed) add(no, name, row.was.value(no, row.before), null);
    const isWhole = columns === this.#both;
    this.#laws.look(row.history, row.now, isWhole ? 'all' : new Set(changes.map(({ field }) => field)));
    for (const change of changes) each(this.#sampledOf(row.sides, change));
  }

  #because(
    { sides, key, replaced }: ComparedRow,
    no: string,
    old: string | null,
    now: string | null,
  ): readonly string[] {
    if (old === null || now === null)
      return this.differences.filter(({ id }) => id === `field ${no}` || id === `column ${no}`).map(({ id }) => id);
    return this.#reasonsMade().ofValue(sides, keyText(key), no, now, replaced);
  }

  #ofRow(sides: Sides, key: readonly string[], isThere: boolean): Sample {
    const because = this.#reasonsMade().ofRow(sides, keyText(key), isThere);
    const change: Omit<Change, 'sentence'> = {
      change: isThere ? 'appears' : 'disappears',
      row: this.#named(key),
      field: '',
      name: '',
      old: null,
      new: null,
      ruleBefore: '',
      ruleNow: '',
      because,
    };
    return this.#sampledOf(sides, {
      ...change,
      sentence: `This row is ${isThere ? 'new' : 'gone'}${this.#becauseWords(because)}.`,
    });
  }

  #reasonsMade(): Reasons {
    const { from, to, request, runDate } = this.#options;
    this.#reasons ??= new Reasons({
      from,
      to,
      differences: this.differences,
      request,
      runDate,
      rowKey: this.rowKey,
      columns: (this.#isWide ? this.#both : this.reach.columns).map(({ no }) => no),
      reading: idsOfReading(this.differences, from, to),
    });
    return this.#reasons;
  }

  #named(key: readonly string[]): Record<string, string> {
    return Object.fromEntries(this.rowKey.map((name, i) => [name, key[i] as string]));
  }

  #sentence(
    { field, old, new: now, ruleBefore, ruleNow, because }: Omit<Change, 'sentence'>,
    replaced: boolean,
  ): string {
    const said = (value: string): string => valueAtStart(value, this.#telling.get(field) === 'day');
    const of = (rule: string): string => (rule === '' ? '' : `, by the rule "${rule}"`);
    if (old === null) return `The field is new: ${said(now ?? '')}${of(ruleNow)}.`;
    if (now === null) return `The field is gone; it was ${said(old).replace('Blank', 'blank')}${of(ruleBefore)}.`;
    const other = replaced ? ' The row is now made from another enrollment.' : '';
    const rules =
      ruleNow === ''
        ? ''
        : ruleBefore === ruleNow
          ? ` The rule "${ruleNow}" decides, as before.`
          : ` Before, the rule "${ruleBefore}" decided; now "${ruleNow}" does.`;
    return `${said(now)} instead of ${said(old).replace('Blank', 'blank')}${this.#becauseWords(because)}.${other}${rules}`;
  }

  #becauseWords(because: readonly string[]): string {
    if (because.length === 0) return '';
    return `, because ${because.length > 1 ? 'of these together: ' : ''}${because.map((id) => this.#sentences.get(id)).join('; ')}`;
  }

  /** With what both rulebooks say of it, when it is one of the first of its kind. */
  #sampledOf(sides: Sides, change: Change): Sample {
    const { old, new: now } = groupOf(change, this.#telling);
    const kind = JSON.stringify([change.change, change.field, old, now]);
    const sampled = this.#sampled.get(kind) ?? 0;
    if (sampled >= this.#options.samples || this.#sampled.size > MOST_TOLD) return change;
    this.#sampled.set(kind, sampled + 1);
    const { from, to, request, runDate } = this.#options;
    this.#explainers ??= [new Explainer(from, ''), new Explainer(to, '')];
    const [before, after] = this.#explainers;
    const say = (explainer: Explainer, rulebook: Rulebook, kept: KeptHistory): string | undefined => {
      const { extract, schemas } = rulebook;
      const columns = columnSetWith(schemas.output, change.field);
      if (columns === undefined) return undefined;
      const subject = {
        ssid: kept.ssid,
        body: kept.body(),
        request,
        runDate,
        columns,
        visible: request.reportingLEAs,
        placeOf: () => undefined,
      };
      const [school = '', grade = ''] = extract.selection.json.onePer.filter(
        (key) => key !== 'ssid' && key !== 'reportingLEA',
      );
      const asked = {
        reportingLEA: change.row['reportingLEA'] as string,
        school: change.row[school] ?? '',
        grade: change.row[grade] ?? '',
      };
      const fields = change.field === '' ? [] : [change.field];
      const row = explainer.row(subject, asked, { fields, whyNot: false, changes: false });
      if (row) return change.field === '' ? row.qualification.sentence : row.fields[0]?.sentence;
      const out = explainer
        .missing(subject)
        .enrollments.find(({ inExtract, record }) => !inExtract && this.#isOf(record.values, change.row));
      return out?.sentence;
    };
    const [saidBefore, saidNow] = [say(before, from, sides.before), say(after, to, sides.now)];
    return {
      ...change,
      ...(saidBefore !== undefined && { before: saidBefore }),
      ...(saidNow !== undefined && { now: saidNow }),
    };
  }

  #isOf(values: Readonly<Record<string, string>>, row: Readonly<Record<string, string>>): boolean {
    return this.rowKey.every((key) => values[key] === undefined || values[key] === row[key]);
  }
}

const NO_ROWS: RowCounts = { before: 0, after: 0 };

interface ComparedRow {
  readonly sides: Sides;
  /** As the new rules read it. */
  readonly history: Pick<History, 'byType'>;
  readonly key: readonly string[];
  /** The view that evaluated each side. */
  readonly was: View;
  readonly is: View;
  readonly before: SourceRecord;
  readonly now: SourceRecord;
  readonly replaced: boolean;
}

/** A column set that holds a column; the default one for no column at all. */
function columnSetWith(output: Rulebook['schemas']['output'], no: string): string | undefined {
  if (no === '') return usualColumnSet(output);
  return Object.keys(output.columnSets).find((set) => outputColumns(output, set).some((column) => column.no === no));
}
