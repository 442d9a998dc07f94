/**
 * The compiled extract: which enrollments of a history become rows, and the value and deciding rule of each derived
 * field.
 */
import type { Schemas } from '#records/layout';
import { type History, type ReadPlan, Slots, type SourceRecord } from '#records/record';
import type { ExtractTree, Law, LookNode } from '../tree/nodes.ts';
import { enrolledColumns, requestColumns } from '../tree/request-columns.ts';
import { looksIn, withThoseRead } from '../tree/walk.ts';
import { Compiler } from './compiler.ts';
import type { Get, Observer, Test } from './compiling.ts';
import { Evaluation, type RequestFacts } from './evaluation.ts';

interface CompiledField {
  readonly index: number;
  readonly tests: readonly Test[];
  readonly values: readonly Get[];
}

/** A law, and whether the row that was just worked out breaks it. */
export interface CompiledLaw {
  readonly law: Law;
  readonly isBroken: Test;
}

export interface ExtractProgram {
  /** The columns to read. */
  readonly plan: ReadPlan;
  /** Field numbers in the order of `Evaluation.fields` and `Evaluation.decided`. */
  readonly fieldNumbers: readonly string[];
  /**
   * When recording: the slots of what tells a row from every other (`onePer` of the selection), in its order. Empty
   * otherwise.
   */
  readonly rowKey: readonly number[];
  /** The record type that rows are made from, as its index in the plan. */
  readonly rowType: number;
  /** For each list of a request: the slot of the enrollment's column that it chooses by. */
  readonly requestSlots: ReadonlyMap<string, number>;
  /** Slots of the first and the last day of an enrollment. */
  readonly enrolledSlots: readonly number[];
  /** Whether selection needs no records of other types, so that these may be read afterwards. */
  readonly selectsAlone: boolean;
  /** The laws whose fields are worked out. */
  readonly laws: readonly CompiledLaw[];
  /** What the program was compiled with: compiles any part of the same tree again, for explanations. */
  readonly compiler: Compiler;
  newEvaluation(): Evaluation;
  /** Sets what stays the same for all students. `runDate` is CCYYMMDD. */
  begin(x: Evaluation, request: RequestFacts, runDate: string): void;
  /**
   * The qualifying enrollments of a student, one for each row, in the order of rows (cenr.md section 2). Leaves `x`
   * ready for `evaluate`.
   */
  select(x: Evaluation, history: Pick<History, 'byType'>): readonly SourceRecord[];
  /**
   * Works out the derived fields of one row: fills `x.fields`, `x.decided` and, when recording, `x.outcomes` and what
   * `usedRecords` gives.
   */
  evaluate(x: Evaluation, enrollment: SourceRecord): void;
  /**
   * When recording, after `evaluate`: calls `each` for every look that was reached and found a record, in the order of
   * facts. The record is the one it gives; of a look that gives none, the first that matched.
   */
  usedRecords(x: Evaluation, each: (fact: number, record: SourceRecord) => void): void;
}

/**
 * @param recording whether every condition node's outcome is written down
 * @param observer looks on, for the coverage and the check of examples
 * @param slots hands out the places of columns; whoever shares it between programs makes the read plan when all of them
 * are compiled
 * @param only numbers of the fields to be worked out, beside those that they read; the others stay blank. All when
 * absent
 */
export function compileExtract(
  tree: ExtractTree,
  schemas: Schemas,
  {
    recording = true,
    slots = new Slots(schemas.layouts),
    observer,
    only,
  }: { recording?: boolean; slots?: Slots; observer?: Observer | undefined; only?: Iterable<string> | undefined } = {},
): ExtractProgram {
  const fieldNumbers = schemas.output.columns.filter((c) => c.rule).map((c) => c.no);
  const fieldIndex = new Map(fieldNumbers.map((no, i) => [no, i]));
  const compiler = new Compiler(slots, fieldIndex, recording, observer);

  const { copiesFrom } = schemas.output;
  const type = slots.type(copiesFrom);
  const qualifies = compiler.condition(tree.selection.where, false);
  const wins = compiler.order(tree.selection.order, 'enrollment');
  // A history is one student's: its SSID need not be compared.
  const onePer = tree.selection.json.onePer.filter((key) => key !== 'ssid').map((key) => slots.column(copiesFrom, key));
  const rowKey = recording ? tree.selection.json.onePer.map((key) => slots.column(copiesFrom, key)) : [];
  const slotOf = (key: string): number => slots.column(copiesFrom, key);
  const requestSlots = new Map(Array.from(requestColumns(tree.selection), ([part, key]) => [part, slotOf(key)]));
  const enrolledSlots = enrolledColumns(tree.selection).map(slotOf);
  const looks = tree.facts.filter((fact) => fact.kind === 'look');
  const givesRecord = looks.map((look) => look.gives === 'record');
  const rowOrder = tree.selection.json.rowOrder.map((key) => slots.column(copiesFrom, key));

  const fields = (only === undefined ? tree.fields : withThoseRead(tree.fields, only)).map(
    (field): CompiledField => ({
      index: fieldIndex.get(field.number) as number,
      tests: field.rules.map((rule) => (rule.condition ? compiler.condition(rule.condition, recording) : () => true)),
      values: field.rules.map((rule) => compiler.value(rule.value)),
    }),
  );

  const worked = new Set(fields.map(({ index }) => fieldNumbers[index]));
  const laws = tree.laws
    .filter(({ reads }) => reads.every((no) => worked.has(no) || !fieldIndex.has(no)))
    .map((law) => compileLaw(compiler, law));

  const same = (a: SourceRecord, b: SourceRecord): boolean => onePer.every((slot) => a.values[slot] === b.values[slot]);
  const byRowOrder = (a: SourceRecord, b: SourceRecord): number => {
    for (const slot of rowOrder) {
      const [left, right] = [a.values[slot] as string, b.values[slot] as string];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  };

  return {
    plan: slots.plan(),
    fieldNumbers,
    rowKey,
    rowType: type,
    requestSlots,
    enrolledSlots,
    selectsAlone: looksIn([tree.selection.where, ...tree.selection.order]).every(({ from }) => from === copiesFrom),
    laws,
    compiler,
    newEvaluation: () => new Evaluation(fieldNumbers.length, tree.conditionCount, tree.facts.length),
    begin(x, request, runDate) {
      x.nextRequest(request, runDate);
    },
    select(x, history) {
      x.history = history;
      const rows: SourceRecord[] = [];
      for (const enrollment of history.byType[type] as readonly SourceRecord[]) {
        x.nextEnrollment(enrollment);
        if (!qualifies(x)) continue;
        const rival = rows.findIndex((row) => same(row, enrollment));
        if (rival < 0) rows.push(enrollment);
        else if (wins(x, enrollment, rows[rival] as SourceRecord)) rows[rival] = enrollment;
      }
      return rows.length > 1 ? rows.sort(byRowOrder) : rows;
    },
    evaluate(x, enrollment) {
      x.nextEnrollment(enrollment);
      if (recording) x.outcomes.fill(0);
      for (let f = 0; f < fields.length; f++) {
        const { index, tests, values } = fields[f] as CompiledField;
        let rule = 0;
        while (!(tests[rule] as Test)(x)) rule++;
        x.decided[index] = rule;
        const value = (values[rule] as Get)(x);
        x.fields[index] = typeof value === 'string' ? value : value === undefined ? '' : String(value);
      }
    },
    usedRecords(x, each) {
      for (let i = 0; i < looks.length; i++) {
        const { index } = looks[i] as LookNode;
        if (x.stamps[index] !== x.stamp) continue;
        const record = (givesRecord[i] ? x.remembered[index] : x.matched[index]) as SourceRecord | undefined;
        if (record !== undefined) each(index, record);
      }
    },
  };
}

function compileLaw(compiler: Compiler, law: Law): CompiledLaw {
  const holds = compiler.condition(law.must, false);
  if (!law.when) return { law, isBroken: (x) => !holds(x) };
  const concerns = compiler.condition(law.when, false);
  return { law, isBroken: (x) => concerns(x) && !holds(x) };
}
