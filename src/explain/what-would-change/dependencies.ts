/**
 * What a field depends on: every column that its rules and facts look at, and what each is compared with.
 */
import type { Later } from '#rulebook/calculations/calculation';
import { constantOf } from '#rulebook/compile/values';
import type {
  CalculationNode,
  Expression,
  Field,
  LookNode,
  Node,
  ParameterExpression,
  RecordSource,
  Rule,
} from '#rulebook/tree/nodes';
import { ownersIn, plain, type Validity } from '#rulebook/tree/parameter-values';
import { lookOf, ownNodesIn } from '#rulebook/tree/walk';

/** What a column is compared with. */
type Other =
  | { readonly kind: 'expression'; readonly expression: Expression; readonly later: readonly Later[] }
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'order' }
  | { readonly kind: 'anything' };

/** A column that a comparison, an order or a value of a field looks at. */
export interface Target {
  readonly record: RecordSource;
  readonly recordType: string;
  readonly key: string;
  /** The look whose `record` it is about. */
  readonly scope: LookNode | undefined;
  readonly other: Other;
}

/** Everything that one field looks at, through whatever facts and fields. */
export interface Dependencies {
  readonly targets: readonly Target[];
  readonly looks: readonly LookNode[];
  readonly rules: readonly Rule[];
}

const known = new WeakMap<Field, Dependencies>();

/**
 * Everything that a field looks at. Worked out once for a field, for all students.
 * @param fields all derived fields of the rulebook, among them those that this one reads
 */
export function dependenciesOf(field: Field, fields: readonly Field[]): Dependencies {
  let dependencies = known.get(field);
  if (!dependencies) {
    const gathering = new Gathering(fields);
    gathering.addField(field);
    dependencies = gathering.result();
    known.set(field, dependencies);
  }
  return dependencies;
}

/** Dependencies while they are gathered. Each field and each look is gone through once. */
class Gathering {
  readonly #fields: readonly Field[];
  readonly #targets: Target[] = [];
  readonly #looks = new Set<LookNode>();
  readonly #rules: Rule[] = [];
  readonly #met = new Set<Field>();

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  result(): Dependencies {
    return { targets: this.#targets, looks: [...this.#looks], rules: this.#rules };
  }

  addField(field: Field): void {
    if (this.#met.has(field)) return;
    this.#met.add(field);
    for (const rule of field.rules) {
      this.#rules.push(rule);
      if (rule.condition) this.#addComparisons(rule.condition, undefined);
      this.#addExpression(rule.value, { kind: 'anything' }, undefined);
    }
  }

  #addLook(look: LookNode): void {
    if (this.#looks.has(look)) return;
    this.#looks.add(look);
    this.#addComparisons(look, look);
    if (look.value) this.#addExpression(look.value, { kind: 'anything' }, look);
    if (look.within) this.#addExpression(look.within, { kind: 'anything' }, undefined);
  }

  /** The comparisons and orders of a condition or a look; not those of what they look at in turn. */
  #addComparisons(node: Node, scope: LookNode | undefined): void {
    for (const own of ownNodesIn([node]))
      if (own.kind === 'leaf') {
        const { left, right } = own;
        this.#addExpression(left, { kind: 'expression', expression: right, later: [] }, scope);
        this.#addExpression(right, { kind: 'expression', expression: left, later: [] }, scope);
      } else if (scope && (own.kind === 'greatest' || own.kind === 'least') && own.by.kind === 'column')
        this.#targets.push({
          record: 'record',
          recordType: scope.from,
          key: own.by.key,
          scope,
          other: { kind: 'order' },
        });
  }

  #addExpression(expression: Expression, other: Other, scope: LookNode | undefined): void {
    const look = lookOf(expression);
    if (look) this.#addLook(look);
    switch (expression.kind) {
      case 'column': {
        const { record, recordType, key } = expression;
        this.#targets.push({ record, recordType, key, scope, other });
        return;
      }
      case 'interval': {
        const { record, interval } = expression;
        for (const key of interval.end === undefined ? [interval.start] : [interval.start, interval.end])
          this.#targets.push({ record, recordType: interval.of, key, scope, other });
        return;
      }
      case 'parameter':
        this.#addAsked(expression, scope);
        return;
      case 'codeSet': {
        const { on, codes } = expression;
        if (on) this.#addExpression(on, { kind: 'values', values: boundaries(codes) }, scope);
        return;
      }
      case 'field': {
        const read = this.#fields.find((field) => field.number === expression.number);
        if (read) this.addField(read);
        return;
      }
      case 'fact':
        if (expression.node.kind === 'calculation') this.#addCalculation(expression.node, other, scope);
    }
  }

  /** For which day and whom a parameter is asked. */
  #addAsked({ parameter, on, whose }: ParameterExpression, scope: LookNode | undefined): void {
    if (on) this.#addExpression(on, { kind: 'values', values: boundaries(parameter.values) }, scope);
    if (whose) this.#addExpression(whose, { kind: 'values', values: ownersIn(parameter) }, scope);
  }

  #addCalculation(node: CalculationNode, other: Other, scope: LookNode | undefined): void {
    const { calculation, operands, by, conditions = [] } = node;
    const [first, second] = operands;
    for (const condition of conditions) this.#addComparisons(condition, scope);
    if (by) {
      // One code for each label: two codes with one label make no difference.
      const codes = new Map(by.parameter.values.map((v) => [v.value, v.key ?? '']));
      this.#addAsked(by, scope);
      for (const operand of operands)
        this.#addExpression(operand, { kind: 'values', values: [...codes.values()] }, scope);
    } else if (calculation.later && first && other.kind === 'expression') {
      const count = second && constantOf(second);
      const added: Later[] = typeof count === 'number' ? [{ unit: calculation.later, count }] : [];
      this.#addExpression(first, { ...other, later: [...other.later, ...added] }, scope);
      if (second) this.#addExpression(second, other, scope);
    } else for (const operand of operandsUsed(node)) this.#addExpression(operand, other, scope);
  }
}

/** The operands of a calculation; of a choice that is always the same only the case it chooses. */
function operandsUsed({ operands, cases }: CalculationNode): readonly Expression[] {
  const [by] = operands;
  const word = cases && by ? constantOf(by) : undefined;
  return word === undefined ? operands : operands.slice(1).filter((_, i) => cases?.[i] === word);
}

/** The first and last days of what holds for some days only, CCYYMMDD. */
const boundaries = (dated: readonly Validity[]): string[] =>
  dated.flatMap(({ from, through }) => [from, through]).flatMap((day) => (day === undefined ? [] : plain(day)));
