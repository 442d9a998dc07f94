/**
 * Explanations of single fields: derived ones from the rules that were evaluated, all others from where they were
 * copied.
 */

import { capital } from '#base/text';
import type { OutputColumn } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Condition, FactNode, Field, Leaf, LookNode, Node, Rule } from '#rulebook/tree/nodes';
import { nodesIn, partsOf } from '#rulebook/tree/walk';
import { columnName, columnOf, type Glossary } from '#rulebook/words/words';
import { factID, isWithheld, shownCondition, shownSide } from './condition-tree.ts';
import type { Copied, FieldExplanation, ShownFact, ShownRule } from './explanation.ts';
import type { Inspector } from './inspector.ts';
import { Reads } from './lookup-trace.ts';
import type { Lookups } from './lookups.ts';
import type { RecordView } from './record-view.ts';
import { whyNot } from './why-not.ts';
import { settlingLeaves } from './words/settling.ts';
import { joined, shownValue, unique, valueAtStart, WITHHELD } from './words/values-in-words.ts';

/** A row in hand, and what is asked about it. */
export interface RowInHand {
  readonly inspector: Inspector;
  readonly lookups: Lookups;
  readonly view: RecordView;
  readonly glossary: Glossary;
  readonly enrollment: SourceRecord;
  readonly whyNot: boolean;
  /** Finds the smallest change that would change a field; absent when that is not asked for. */
  readonly changeOf?: (field: Field) => NonNullable<FieldExplanation['whatWouldChangeIt']>;
}

/** By record type: the columns that rules look at. */
type Columns = ReadonlyMap<string, readonly string[]>;

/** Explains fields; what follows from the rules alone is worked out once. */
export class FieldExplainer {
  readonly #rulebook: Rulebook;
  readonly #columns = new Map<Field, Columns>();
  /** Columns of an enrollment that the selection looks at. */
  readonly selectionKeys: readonly string[];

  constructor(rulebook: Rulebook) {
    this.#rulebook = rulebook;
    const { selection, fields } = rulebook.extract;
    for (const field of fields) this.#columns.set(field, columnsRead(partsOf(field)));
    const own = columnsRead([selection.where, ...selection.order]).get(rulebook.schemas.output.copiesFrom) ?? [];
    this.selectionKeys = unique([...selection.json.onePer, ...own]);
  }

  /** The explanations of columns of a row, in their order. To be called right after `inspector.evaluate`. */
  explain(columns: readonly OutputColumn[], row: RowInHand): FieldExplanation[] {
    const derived = new Map(this.#rulebook.extract.fields.map((field) => [field.number, field]));
    const explanations = columns.map((column) => {
      const field = derived.get(column.no);
      return field ? this.#derived(field, column, row) : this.#copied(column, row);
    });
    const { changeOf } = row;
    if (!changeOf) return explanations;
    // Trying changes puts other histories in hand, so everything else is said before.
    return explanations.map((explanation) => {
      const field = derived.get(explanation.field);
      return field ? { ...explanation, whatWouldChangeIt: changeOf(field) } : explanation;
    });
  }

  #copied(column: OutputColumn, { view, enrollment }: RowInHand): FieldExplanation {
    const { no: field, name, literal, copyOf, day, type } = column;
    if (literal !== undefined) {
      const sentence = `${valueAtStart(literal, false)}, as the layout of the extract has it in every row.`;
      return { field, name, value: literal, sentence, copied: { from: 'layout', literal } };
    }
    const { schemas } = this.#rulebook;
    const key = copyOf ?? (day as string);
    const recordType = schemas.output.copiesFrom;
    const value = view.value(enrollment, key) ?? WITHHELD;
    const source = columnOf(recordType, key, schemas);
    const columnWords = columnName(recordType, key, schemas);
    const copied: Copied = day
      ? { from: 'loading', day }
      : { from: 'record', column: key, columnName: columnWords, columnNumber: source?.no ?? '' };
    const where = day ? columnWords : `${columnWords} (field ${source?.no})`;
    return {
      field,
      name,
      value,
      sentence: `${valueAtStart(value, type === 'DT')}, copied from ${where} of ${view.name(enrollment)}.`,
      copied,
    };
  }

  #derived(field: Field, column: OutputColumn, row: RowInHand): FieldExplanation {
    const { inspector, lookups, glossary, view } = row;
    const { value, decided } = inspector.field(field.number);
    const rule = field.rules[decided] as Rule;
    const recorded = (condition: Condition) => inspector.recorded(condition);
    const rules = field.rules.map(
      ({ name, pointer, condition }, i): ShownRule => ({
        name,
        pointer,
        came: i < decided ? 'passed' : i === decided ? 'decided' : 'notReached',
        ...(condition && { conditions: shownCondition(condition, recorded, row, i <= decided) }),
      }),
    );
    const reads = new Reads();
    for (const { condition } of field.rules.slice(0, decided + 1))
      if (condition) lookups.readCondition(condition, reads);
    lookups.read(rule.value, reads);
    const columns = this.#columns.get(field) as Columns;
    return {
      field: field.number,
      name: field.json.name,
      value,
      sentence: `${valueAtStart(value, column.type === 'DT')}${this.#because(field, decided, row)}`,
      rule: { name: rule.name, file: field.file, pointer: rule.pointer, source: field.json.source },
      rules,
      facts: factsOnce(reads.facts).map((node) => this.#fact(node, columns, row)),
      parameters: [...reads.parameters.values()],
      ...(row.whyNot && { whyNot: whyNot(inspector, field, glossary, (record) => view.isVisible(record)) }),
    };
  }

  /** What a field's sentence says behind the value. */
  #because({ rules }: Field, decided: number, { inspector, lookups, view }: RowInHand): string {
    const { sentences } = lookups;
    const holds = (condition: Condition): boolean => inspector.recorded(condition).holds;
    const { condition, value } = rules[decided] as Rule;
    const origin = sentences.origin(value);
    const isThere = inspector.value(value) !== undefined;
    const from = origin === undefined || !isThere ? '' : `, ${origin}`;
    const missing = origin === undefined || isThere ? [] : [origin];
    if (!condition) {
      const passed = rules
        .slice(0, decided)
        .flatMap((rule) => (rule.condition ? sentences.reasons(rule.condition, holds, undefined) : []));
      const reasons = unique([...passed, ...missing]);
      return reasons.length ? `${from}, because no rule before it held: ${reasons.join('; ')}.` : `${from}.`;
    }
    // That a record is there has been said when the value was taken from it.
    const named = new Reads();
    if (isThere) lookups.read(value, named);
    const isNews = ({ left }: Leaf): boolean =>
      !(left.kind === 'record' && typeof left.record === 'object' && named.facts.has(left.record));
    const reasons = [...sentences.reasons(condition, holds, undefined, isNews), ...missing];
    const sentence = reasons.length ? `${from}, because ${joined(reasons)}.` : `${from}.`;
    const used = new Reads();
    for (const leaf of settlingLeaves(condition, holds))
      for (const side of [leaf.left, leaf.right]) lookups.read(side, used);
    const which = [...used.facts].flatMap((node) => {
      const found = node.kind === 'look' ? inspector.found(node) : undefined;
      return found && !sentence.includes(view.name(found)) ? [` ${capital(sentences.thereIs(node as LookNode))}.`] : [];
    });
    return sentence + unique(which).join('');
  }

  #fact(node: FactNode, columns: Columns, row: RowInHand): ShownFact {
    const { inspector, lookups, view } = row;
    const isHidden =
      node.kind === 'calculation' && isWithheld({ kind: 'fact', type: node.type, node }, inspector, view);
    const own = {
      id: factID(node),
      fact: node.name,
      params: node.params,
      says: lookups.sentences.says(node),
      file: node.file,
      pointer: node.pointer,
      value: isHidden ? WITHHELD : shownValue(inspector.fact(node)),
    };
    if (node.kind === 'calculation')
      return { ...own, operands: lookups.operandsRead(node).map((operand) => shownSide(operand, row)) };
    const keys = columns.get(node.from) ?? [];
    const candidates = lookups.traceOf(node).candidates.map(({ record, taken, passedOver }) => ({
      record: view.shown(record, keys),
      taken,
      ...(passedOver && { passedOver }),
    }));
    return { ...own, from: node.from, candidates };
  }
}

/** A calculation that looks of several record types ask for has a node for each, and is one fact all the same. */
const factsOnce = (nodes: Iterable<FactNode>): FactNode[] => {
  const byID = new Map<string, FactNode>();
  for (const node of nodes) if (!byID.has(factID(node))) byID.set(factID(node), node);
  return [...byID.values()];
};

/** The columns that nodes look at, by way of facts too. */
function columnsRead(roots: readonly Node[]): Columns {
  const columns = new Map<string, Set<string>>();
  const add = (recordType: string, key: string | undefined): void => {
    if (key === undefined) return;
    const keys = columns.get(recordType) ?? new Set();
    columns.set(recordType, keys.add(key));
  };
  for (const node of nodesIn(roots))
    if (node.kind === 'column') add(node.recordType, node.key);
    else if (node.kind === 'interval') {
      add(node.interval.of, node.interval.start);
      add(node.interval.of, node.interval.end);
    }
  return new Map([...columns].map(([type, keys]) => [type, [...keys]]));
}
