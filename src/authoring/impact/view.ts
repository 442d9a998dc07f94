/**
 * One rulebook, or a variant of one, made ready to say which rows a student has and what some of their columns hold.
 */
import { columnPart, type Part } from '#extract/row';
import type { OutputColumn } from '#records/layout';
import {
  type History,
  historyOf,
  type KeptHistory,
  type ReadPlan,
  type Slots,
  type SourceRecord,
} from '#records/record';
import type { Evaluation, RequestFacts } from '#rulebook/compile/evaluation';
import { compileExtract, type ExtractProgram } from '#rulebook/compile/extract-program';
import type { Compared } from './canonical.ts';

/** A student as each rulebook has read it; one and the same history where they read alike. */
export interface Sides {
  readonly before: KeptHistory;
  readonly now: KeptHistory;
}

export interface ViewOptions {
  /** Hands out the places of columns; the read plan is made from it when everything that shares it is compiled. */
  readonly slots: Slots;
  /** Keys of the columns that tell rows apart. */
  readonly rowKey: readonly string[];
  /** The columns whose values are asked for. */
  readonly columns: readonly OutputColumn[];
  readonly request: RequestFacts;
  /** CCYYMMDD */
  readonly runDate: string;
}

export class View {
  readonly program: ExtractProgram;
  readonly #compared: Compared;
  readonly #x: Evaluation;
  readonly #rowKey: readonly number[];
  readonly #parts: ReadonlyMap<string, Part>;

  constructor(compared: Compared, { slots, rowKey, columns, request, runDate }: ViewOptions) {
    const { extract, schemas } = compared;
    this.#compared = compared;
    this.#rowKey = rowKey.map((key) => slots.column(schemas.output.copiesFrom, key));
    this.program = compileExtract(extract, schemas, {
      recording: false,
      slots,
      only: columns.filter((c) => c.rule).map((c) => c.no),
    });
    this.#parts = new Map(
      columns.map((column) => [column.no, columnPart(schemas, column, this.program.fieldNumbers, slots)]),
    );
    this.#x = this.program.newEvaluation();
    this.program.begin(this.#x, request, runDate);
  }

  select(history: Pick<History, 'byType'>): readonly SourceRecord[] {
    return this.program.select(this.#x, history);
  }

  /** Works out the columns of a row; `value` and `rule` speak of it from then on. */
  evaluate(history: Pick<History, 'byType'>, enrollment: SourceRecord): Evaluation {
    this.#x.history = history;
    this.program.evaluate(this.#x, enrollment);
    return this.#x;
  }

  value(no: string, enrollment: SourceRecord): string {
    return (this.#parts.get(no) as Part)(this.#x, enrollment);
  }

  /** The name of the rule that decided; `undefined` for a column that no rule makes. */
  rule(no: string): string | undefined {
    const index = this.program.fieldNumbers.indexOf(no);
    return this.#compared.extract.fields.find((field) => field.number === no)?.rules[this.#x.decided[index] as number]
      ?.name;
  }

  /** The values that tell a row from all others. */
  key(enrollment: SourceRecord): string[] {
    return this.#rowKey.map((slot) => enrollment.values[slot] as string);
  }
}

/** A view that reads for itself. */
export class ReadingView extends View {
  readonly #plan: ReadPlan;
  readonly #columns: readonly string[];
  #student: { readonly kept: KeptHistory; readonly rows: ReadonlyMap<string, ReadonlyMap<string, string>> } | undefined;

  constructor(compared: Compared, options: ViewOptions) {
    super(compared, options);
    this.#plan = options.slots.plan();
    this.#columns = options.columns.map(({ no }) => no);
  }

  /** The rows of a student by key (`keyText`), and their columns by number. */
  rows(kept: KeptHistory): ReadonlyMap<string, ReadonlyMap<string, string>> {
    const known = this.#student;
    if (known?.kept === kept) return known.rows;
    const history = historyOf(kept.ssid, kept.records(this.#plan), this.#plan);
    const rows = new Map<string, ReadonlyMap<string, string>>();
    for (const enrollment of this.select(history)) {
      this.evaluate(history, enrollment);
      rows.set(keyText(this.key(enrollment)), new Map(this.#columns.map((no) => [no, this.value(no, enrollment)])));
    }
    this.#student = { kept, rows };
    return rows;
  }
}

/** No value holds a caret: it parts the fields of a line. */
export const keyText = (key: readonly string[]): string => key.join('^');
