/**
 * The compiled checks, by what they examine: lines and values as they come in, records against what is stored,
 * histories once an upload is in.
 */
import { UserError } from '#base/user-error';
import { type Column, incomingColumns, type Layout, type Schemas } from '#records/layout';
import type { Slots } from '#records/record';
import type { CheckJson, Examines } from '../load/declarations.ts';
import { formOf } from '../operators/form.ts';
import { namesValues } from '../operators/operator.ts';
import type { Check, CheckTree, Condition, Expression, Leaf } from '../tree/nodes.ts';
import { canBeMade } from '../tree/references.ts';
import { residual } from '../tree/settle.ts';
import { nodesIn } from '../tree/walk.ts';
import { Compiler } from './compiler.ts';
import type { ColumnPlaces, Observer, Test } from './compiling.ts';
import { Evaluation } from './evaluation.ts';
import { constantOf } from './values.ts';

export interface CompiledCheck {
  readonly json: CheckJson;
  /** The column at fault: that of the value, or the one the check names. */
  readonly column: Column | undefined;
  readonly fails: Test;
  /** Whether it asks what replaces a retired number: it is made of lines with one, and of no others. */
  readonly isOfRetired: boolean;
  /**
   * Of a check of records: the columns of the line (places in `incomingColumns`) that decide, with the sender and the
   * run date, whether it fails; absent where something else does too. Of some nothing counts but whether they are blank.
   */
  readonly reads?: ReadonlyMap<number, 'value' | 'presence'> | undefined;
  /**
   * Of a check of records: what is left of it once some values are known: whether it fails, or the same check as far as
   * that still depends.
   * @param known the value of a column; `undefined` where all that is known is that it is there
   */
  readonly leftOf?: ((known: (column: number) => string | undefined) => boolean | CompiledCheck) | undefined;
}

/** The checks of one column's values. */
export interface ColumnChecks {
  /** Those that may fail for a blank value. */
  readonly onBlank: readonly CompiledCheck[];
  /** Those that may fail for a value that is there. */
  readonly onPresent: readonly CompiledCheck[];
  /**
   * Whether no check can fail for this very value, whatever else its line holds. The same few codes come again and
   * again.
   */
  readonly isClear: (value: string) => boolean;
  /**
   * Which values are clear for how they look alone: up to so many UTF-16 units, printable, and made of the plain
   * characters of names (`PLAIN`) without a blank before them, or of any where `odd` says so. Absent where checks ask
   * for more.
   */
  readonly plain: { readonly length: number; readonly odd: boolean } | undefined;
  /** Of a plain value the checks ask nothing but its form: one is as clear as another with the same (`formOf`). */
  readonly byForm: { readonly length: number; readonly odd: boolean } | undefined;
}

export interface CheckProgram {
  readonly lines: readonly CompiledCheck[];
  /** By record type (index of layout), then by column of `incomingColumns`. */
  readonly values: readonly (readonly ColumnChecks[])[];
  readonly records: readonly (readonly CompiledCheck[])[];
  /** By record type: the columns that checks of lines read beside the value at hand. */
  readonly readByRecords: readonly ReadonlySet<number>[];
  readonly transactions: readonly (readonly CompiledCheck[])[];
  readonly histories: readonly (readonly CompiledCheck[])[];
  /** Of a whole history, whenever it is looked at; not of an upload. */
  readonly anomalies: readonly (readonly CompiledCheck[])[];
  /** Of two persons (`Evaluation.pair`). */
  readonly pairs: readonly CompiledCheck[];
  newEvaluation(): Evaluation;
}

/** Columns of a line that has just been split: each at its own index. Nothing is known of other records yet. */
class LinePlaces implements ColumnPlaces {
  readonly #layouts: readonly Layout[];
  /** By record type: the columns asked for. */
  readonly read: readonly Set<number>[];
  constructor(layouts: readonly Layout[]) {
    this.#layouts = layouts;
    this.read = layouts.map(() => new Set());
  }
  type(recordType: string): number {
    return this.#layouts.findIndex((l) => l.recordType === recordType);
  }
  column(recordType: string, key: string): number {
    const type = this.type(recordType);
    const place = incomingColumns(this.#layouts[type] as Layout).findIndex((c) => c.key === key);
    this.read[type]?.add(place);
    return place;
  }
  derivedEnd(): number {
    throw new UserError(
      'an interval whose end follows from the next record is known only to checks that examine histories',
    );
  }
}

/**
 * @param slots hands out the slots of records for checks of transactions and histories; shared with the extract, so
 * that one read serves both
 * @param observer is told each outcome of each condition, for the coverage of examples; then every check is tried on
 * every value
 */
export function compileChecks(tree: CheckTree, schemas: Schemas, slots: Slots, observer?: Observer): CheckProgram {
  const { layouts } = schemas;
  const made = tree.checks.filter(canBeMade);
  const linePlaces = new LinePlaces(layouts);
  const onLines = new Compiler(linePlaces, new Map(), false, observer);
  const onRecords = new Compiler(slots, new Map(), false, observer);
  const compiled = (check: Check): CompiledCheck => {
    const compiler = ON_RECORDS.has(check.json.examines) ? onRecords : onLines;
    const layout = layouts.find((l) => l.recordType === check.recordType);
    const column = check.column ?? (layout && incomingColumns(layout).find((c) => c.key === check.json.field));
    const reads = check.json.examines === 'records' && layout ? readBy(check.condition, layout) : undefined;
    return {
      json: check.json,
      column,
      fails: compiler.condition(check.condition, false),
      isOfRetired: isOfRetired(check.condition),
      reads,
      leftOf:
        reads &&
        layout &&
        ((known) => {
          const left = leftOfRecord(check.condition, layout, known);
          return typeof left === 'boolean' ? left : compiled({ ...check, condition: left });
        }),
    };
  };
  const of = (examines: Examines, layout: Layout) =>
    made.filter((c) => c.json.examines === examines && c.recordType === layout.recordType);
  const byType = (examines: Examines) => layouts.map((layout) => of(examines, layout).map(compiled));
  return {
    lines: made.filter((c) => c.json.examines === 'lines').map(compiled),
    values: layouts.map((layout) => {
      const checks = of('values', layout);
      return incomingColumns(layout).map((column) => {
        const own = checks.filter((check) => check.column?.key === column.key);
        if (observer) return alwaysTried(own.map(compiled));
        const settled = (known: Known) =>
          own.flatMap((check) => {
            const condition = leftOf(check.condition, known);
            return condition === false ? [] : [condition === true ? check : { ...check, condition }];
          });
        const present = settled('present');
        const long = present.filter((check) => lengthAsked(check) !== undefined);
        const odd = present.filter(asksForOdd);
        const unprintable = present.filter(asksForUnprintable);
        const rest = present.filter((check) => ![...long, ...odd, ...unprintable].includes(check));
        const looks = { length: Math.min(...long.map((check) => lengthAsked(check) as number)), odd: odd.length === 0 };
        return {
          onBlank: settled('blank').map(compiled),
          onPresent: [...rest, ...long, ...odd, ...unprintable].map(compiled),
          isClear: (value) => own.every((check) => leftOf(check.condition, { is: value }) === false),
          plain: rest.length === 0 ? looks : undefined,
          byForm: rest.every(({ condition }) => asksForForm(condition)) ? looks : undefined,
        };
      });
    }),
    records: byType('records'),
    readByRecords: linePlaces.read,
    transactions: byType('transactions'),
    histories: byType('histories'),
    anomalies: byType('anomalies'),
    pairs: made.filter((c) => c.json.examines === 'pairs').map(compiled),
    newEvaluation: () => new Evaluation(0, 0, tree.facts.length),
  };
}

/** What they examine is read as records are stored. */
const ON_RECORDS: ReadonlySet<Examines> = new Set(['transactions', 'histories', 'anomalies', 'pairs']);

/** What is left of a condition about the incoming record once columns of it are known. */
const leftOfRecord = (condition: Condition, layout: Layout, known: (column: number) => string | undefined) =>
  residual(condition, ({ left, operator, right }) => {
    const constant = constantOf(right);
    if (left.kind !== 'column' || left.record !== 'incoming' || constant === undefined) return undefined;
    const value = known(incomingColumns(layout).findIndex(({ key }) => key === left.key));
    if (value !== undefined) return operator.holds(value, constant);
    return operator.asks === 'presence' ? operator.holds('x', constant) : undefined;
  });

/** Facts that are the same for all lines. */
const OF_THE_RUN: readonly string[] = ['sender', 'runDate'];
/** Kinds of nodes that decide by what stands below them alone. */
const DECIDES_NOTHING: readonly string[] = [
  ...['all', 'any', 'not', 'leaf'],
  ...['literal', 'parameter', 'codeSet', 'fact', 'calculation'],
];

/** Whether a condition asks what replaces a retired number. */
const isOfRetired = (condition: Condition): boolean =>
  nodesIn([condition]).some((node) => node.kind === 'context' && node.fact === 'replacement');

/** The columns of the incoming line that a condition reads; absent when it asks for more. */
function readBy(condition: Condition, layout: Layout): CompiledCheck['reads'] {
  const asked = new Map<string, 'value' | 'presence'>();
  const ofPresence = new Set<Expression>();
  for (const node of nodesIn([condition])) {
    if (node.kind === 'leaf' && node.operator.asks === 'presence') ofPresence.add(node.left);
    if (node.kind === 'column' && node.record === 'incoming') {
      if (!ofPresence.has(node)) asked.set(node.key, 'value');
      else if (!asked.has(node.key)) asked.set(node.key, 'presence');
    } else if (node.kind === 'interval' && node.record === 'incoming' && node.interval.blankEnd === 'open')
      for (const key of [node.interval.start, node.interval.end ?? []].flat()) asked.set(key, 'value');
    else if (node.kind === 'context' ? !OF_THE_RUN.includes(node.fact) : !DECIDES_NOTHING.includes(node.kind))
      return undefined;
  }
  const columns = incomingColumns(layout);
  return new Map([...asked].map(([key, what]) => [columns.findIndex((c) => c.key === key), what]));
}

const alwaysTried = (checks: readonly CompiledCheck[]): ColumnChecks => ({
  onBlank: checks,
  onPresent: checks,
  isClear: () => false,
  plain: undefined,
  byForm: undefined,
});

// Three questions are asked of nearly every value and answered with no of nearly all. Whether to ask them at all is seen
// without looking at the value: from where it begins and ends, and from what its characters are.

/** The number of a check that asks only whether the value is longer than it. */
function lengthAsked({ condition }: Check): number | undefined {
  const asks =
    condition.kind === 'leaf' &&
    isValue(condition.left) &&
    condition.operator.asks === 'length' &&
    condition.right.kind === 'literal';
  return asks ? ((condition.right as { value: number }).value as number) : undefined;
}

const asksForUnprintable = ({ condition }: Check): boolean =>
  condition.kind === 'leaf' &&
  isValue(condition.left) &&
  condition.operator.asks === 'characters' &&
  condition.right.kind === 'literal' &&
  condition.right.value === true;

/** What names are made of; `hasOnly` says what the characters stand for. */
export const PLAIN = "A9 .-'";

/** Whether a check has nothing to say of a value made of plain characters. */
const asksForOdd = ({ condition }: Check): boolean =>
  condition.kind === 'all' ? condition.of.some(isOfOdd) : isOfOdd(condition);

const isOfOdd = (condition: Condition): boolean =>
  condition.kind === 'leaf' &&
  isValue(condition.left) &&
  condition.operator.asks === 'letters' &&
  condition.operator.isNegated === true &&
  condition.right.kind === 'literal' &&
  [...PLAIN].every((character) => String((condition.right as { value: unknown }).value).includes(character));

/** Whether a condition asks for nothing but the form of the value. */
function asksForForm(condition: Condition): boolean {
  if (condition.kind === 'not') return asksForForm(condition.of);
  if (condition.kind !== 'leaf') return condition.of.every(asksForForm);
  const { left, operator, right } = condition;
  // Any other digit or capital letter in a form stands for itself.
  return isValue(left) && operator.asks === 'form' && right.kind === 'literal' && !/[0-8B-Z]/.test(String(right.value));
}

const isValue = (expression: Expression): boolean =>
  expression.kind === 'context' && expression.fact === 'value' && expression.part === '';

/** What is known of a value before its checks are tried. */
type Known = 'blank' | 'present' | { readonly is: string };

/**
 * What is left of a condition once something is known of the value. Most columns of most lines are blank, and most
 * checks have nothing to say about a blank: leaving those out is what makes checking a line cheap.
 */
const leftOf = (condition: Condition, known: Known): Condition | boolean =>
  residual(condition, (leaf) => knownOf(leaf, known));

function knownOf({ left, operator, right }: Leaf, known: Known): boolean | undefined {
  const isForm = left.kind === 'context' && left.fact === 'value' && left.part === 'form';
  const constant = isValue(left) || isForm ? constantOf(right) : undefined;
  if (constant === undefined) return undefined;
  // No value is in an empty list: most code sets have no code that is limited to some days.
  if (namesValues(operator) && Array.isArray(constant) && constant.length === 0) return false;
  if (known === 'blank') return operator.holds('', constant);
  if (known !== 'present') return operator.holds(isForm ? formOf(known.is) : known.is, constant);
  // What an operator says of one value that is there it says of all only when it asks for nothing else.
  return operator.asks === 'presence' ? operator.holds('x', constant) : undefined;
}
