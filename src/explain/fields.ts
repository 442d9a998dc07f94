/**
 * Explanations of single fields: derived ones from the rules that were evaluated, all others from where they were
 * copied.
 */

import { meaningsOf } from '#extract/forms/columns';
import type { OutputColumn } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Condition, FactNode, Field, Node, Rule } from '#rulebook/tree/nodes';
import { nodesIn, partsOf } from '#rulebook/tree/walk';
import { columnName, columnOf, type Glossary } from '#rulebook/words/words';
import { factID, isWithheld, shownCondition, shownSide } from './condition-tree.ts';
import type { Copied, FieldExplanation, ShownFact, ShownRule } from './explanation.ts';
import type { Inspector } from './inspector.ts';
import { Reads } from './lookup-trace.ts';
import type { Lookups } from './lookups.ts';
import type { RecordView } from './record-view.ts';
import { whyNot } from './why-not.ts';
import { fieldSentences } from './words/field-sentences.ts';
import { recordByStart } from './words/record-words.ts';
import { shownValue, unique, valueAtStart, WITHHELD } from './words/values-in-words.ts';

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

type Meanings = ReturnType<typeof meaningsOf>;

/** Explains fields; what follows from the rules alone is worked out once. */
export class FieldExplainer {
  readonly #rulebook: Rulebook;
  readonly #columns = new Map<Field, Columns>();
  readonly #meaningsOf = new Map<OutputColumn, { readonly of: Meanings }>();
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
      const explanation = field ? this.#derived(field, column, row) : this.#copied(column, row);
      const meaning = this.#meanings(column)?.get(explanation.value);
      return meaning === undefined ? explanation : { ...explanation, meaning };
    });
    const { changeOf } = row;
    if (!changeOf) return explanations;
    // Trying changes puts other histories in hand, so everything else is said before.
    return explanations.map((explanation) => {
      const field = derived.get(explanation.field);
      return field ? { ...explanation, whatWouldChangeIt: changeOf(field) } : explanation;
    });
  }

  #meanings(column: OutputColumn): Meanings {
    const known = this.#meaningsOf.get(column) ?? { of: meaningsOf(this.#rulebook, column) };
    this.#meaningsOf.set(column, known);
    return known.of;
  }

  #copied(column: OutputColumn, { view, enrollment, lookups, inspector, glossary }: RowInHand): FieldExplanation {
    const { no: field, name, literal, copyOf, day, type } = column;
    if (literal !== undefined) {
      const head = valueAtStart(literal, false);
      const sentence = `${head}, as the layout of the extract has it in every row.`;
      return {
        field,
        name,
        value: literal,
        short: `${head}: the same in every row.`,
        sentence,
        copied: { from: 'layout', literal },
      };
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
    const head = valueAtStart(value, type === 'DT');
    return {
      field,
      name,
      value,
      short: `${head}: copied from ${day ? columnWords : `field ${source?.no}`} of ${recordByStart(enrollment, { inspector, glossary }, 'the enrollment')}.`,
      sentence: `${head}, copied from ${where} of ${lookups.sentences.nameOf(enrollment)}.`,
      copied,
    };
  }

  #derived(field: Field, column: OutputColumn, row: RowInHand): FieldExplanation {
    const { inspector, lookups } = row;
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
    const holds = (condition: Condition): boolean => inspector.recorded(condition).holds;
    const isDay = column.type === 'DT';
    const { sentence, short } = fieldSentences({ field, decided, value, isDay, holds }, lookups.sentences);
    return {
      field: field.number,
      name: field.json.name,
      value,
      short,
      sentence,
      rule: { name: rule.name, file: field.file, pointer: rule.pointer, source: field.json.source },
      rules,
      facts: factsOnce(reads.facts).map((node) => this.#fact(node, columns, row)),
      parameters: [...reads.parameters.values()],
      ...(row.whyNot && { whyNot: whyNot(field, row, lookups.sentences) }),
    };
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
      ...(node.kind === 'calculation' && node.type === 'day' && { isDay: true as const }),
    };
    if (node.kind === 'calculation')
      return { ...own, operands: lookups.operandsRead(node).map((operand) => shownSide(operand, row)) };
    const keys = columns.get(node.from) ?? [];
    const candidates = lookups.traceOf(node).candidates.map(({ record, taken, passedOver }) => ({
      record: view.shown(record, keys),
      taken,
      ...(passedOver && { passedOver: { sentence: passedOver.sentence, pointer: passedOver.pointer } }),
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
