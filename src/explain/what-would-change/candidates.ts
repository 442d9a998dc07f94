/**
 * Changes to one source record that might change a field, worked out from the typed tree: what the field's rules and
 * facts look at, and the values that would make their comparisons come out otherwise. Whether one does change the field
 * is for `changes.ts` to find out.
 */
import { dayAfter, dayBefore, isRealDay } from '#records/days';
import { type Column, codeSetOf, type Layout, layoutOf, type Schemas } from '#records/layout';
import type { SourceRecord } from '#records/record';
import { constantOf } from '#rulebook/compile/values';
import type {
  CalculationNode,
  Condition,
  Expression,
  Field,
  Leaf,
  LookNode,
  Node,
  RecordSource,
  Rule,
} from '#rulebook/tree/nodes';
import { holdsOn, plain, type Validity } from '#rulebook/tree/parameter-values';
import type { Interval, Value } from '#rulebook/tree/values';
import { conditionsOf, lookOf, ownNodesIn } from '#rulebook/tree/walk';
import type { Inspector } from '../inspector.ts';
import { around, columnValue, daysBetween, slotOf } from './edits.ts';

/** One change to one source record. Columns by key. */
export type Edit =
  | {
      readonly kind: 'change';
      readonly record: SourceRecord;
      readonly key: string;
      readonly from: string;
      readonly to: string;
    }
  | { readonly kind: 'remove'; readonly record: SourceRecord }
  | { readonly kind: 'add'; readonly recordType: string; readonly values: ReadonlyMap<string, string> };

/**
 * Candidates by size: a moved day, a day written or taken away, a code, a record gone, a record added; each list
 * smallest first.
 */
export type Candidates = readonly AsRead<Edit>[];

/** A list that is worked out only as far as it is read. */
export class AsRead<T> {
  readonly #items: () => Iterable<T>;
  #rest: Iterator<T> | undefined;
  readonly #read: T[] = [];

  constructor(items: () => Iterable<T>) {
    this.#items = items;
  }

  at(place: number): T | undefined {
    while (this.#read.length <= place) {
      this.#rest ??= this.#items()[Symbol.iterator]();
      const next = this.#rest.next();
      if (next.done) return undefined;
      this.#read.push(next.value);
    }
    return this.#read[place];
  }

  /** How many there are, but not more than `most`. */
  count(most: number): number {
    if (most > 0) this.at(most - 1);
    return Math.min(this.#read.length, most);
  }
}

/** What a column is compared with. */
type Other =
  | { readonly kind: 'expression'; readonly expression: Expression; readonly yearsLater: number }
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'order' }
  | { readonly kind: 'anything' };

/** A column that a comparison, an order or a value of a field looks at. */
interface Target {
  readonly record: RecordSource;
  readonly recordType: string;
  readonly key: string;
  /** The look whose `record` it is about. */
  readonly scope: LookNode | undefined;
  readonly other: Other;
}

/** Everything that one field looks at, through whatever facts and fields. */
interface Sights {
  readonly targets: readonly Target[];
  readonly looks: readonly LookNode[];
  readonly rules: readonly Rule[];
}

const sightsOf = new WeakMap<Field, Sights>();

/** Worked out once for a field, for all students. */
function sights(field: Field, fields: readonly Field[]): Sights {
  let known = sightsOf.get(field);
  if (!known) {
    known = gatherSights(field, fields);
    sightsOf.set(field, known);
  }
  return known;
}

function gatherSights(first: Field, fields: readonly Field[]): Sights {
  const targets: Target[] = [];
  const looks = new Set<LookNode>();
  const rules: Rule[] = [];
  const met = new Set<Field>();

  const see = (expression: Expression, other: Other, scope: LookNode | undefined): void => {
    const look = lookOf(expression);
    if (look) enter(look);
    switch (expression.kind) {
      case 'column':
        targets.push({
          record: expression.record,
          recordType: expression.recordType,
          key: expression.key,
          scope,
          other,
        });
        return;
      case 'interval': {
        const { of, start, end } = expression.interval;
        for (const key of end === undefined ? [start] : [start, end])
          targets.push({ record: expression.record, recordType: of, key, scope, other });
        return;
      }
      case 'parameter':
      case 'codeSet': {
        const dated = expression.kind === 'parameter' ? expression.parameter.values : expression.codes;
        if (expression.on) see(expression.on, { kind: 'values', values: boundaries(dated) }, scope);
        return;
      }
      case 'field': {
        const read = fields.find((f) => f.number === expression.number);
        if (read) walkField(read);
        return;
      }
      case 'fact':
        if (expression.node.kind === 'calculation') seeOperands(expression.node, other, scope);
    }
  };
  // A choice that is always the same needs only the case it chooses.
  const chosen = ({ operands, cases }: CalculationNode): readonly Expression[] => {
    const [by] = operands;
    const word = cases && by ? constantOf(by) : undefined;
    return word === undefined ? operands : operands.slice(1).filter((_, i) => cases?.[i] === word);
  };
  const seeOperands = (node: CalculationNode, other: Other, scope: LookNode | undefined): void => {
    const { calculation, operands, by } = node;
    const [first, second] = operands;
    if (by) {
      // One code for each label: two codes with one label make no difference.
      const codes = new Map(by.values.map((v) => [v.value, v.key ?? '']));
      for (const operand of operands) see(operand, { kind: 'values', values: [...codes.values()] }, scope);
    } else if (calculation.isYearsLater && first && other.kind === 'expression') {
      const years = second && constantOf(second);
      see(first, { ...other, yearsLater: other.yearsLater + (typeof years === 'number' ? years : 0) }, scope);
      if (second) see(second, other, scope);
    } else for (const operand of chosen(node)) see(operand, other, scope);
  };
  const walk = (node: Node, scope: LookNode | undefined): void => {
    for (const own of ownNodesIn([node]))
      if (own.kind === 'leaf') {
        see(own.left, { kind: 'expression', expression: own.right, yearsLater: 0 }, scope);
        see(own.right, { kind: 'expression', expression: own.left, yearsLater: 0 }, scope);
      } else if (scope && (own.kind === 'greatest' || own.kind === 'least') && own.by.kind === 'column')
        targets.push({ record: 'record', recordType: scope.from, key: own.by.key, scope, other: { kind: 'order' } });
  };
  const enter = (look: LookNode): void => {
    if (looks.has(look)) return;
    looks.add(look);
    walk(look, look);
  };
  const walkField = (field: Field): void => {
    if (met.has(field)) return;
    met.add(field);
    for (const rule of field.rules) {
      rules.push(rule);
      if (rule.condition) walk(rule.condition, undefined);
      see(rule.value, { kind: 'anything' }, undefined);
    }
  };
  walkField(first);
  return { targets, looks: [...looks], rules };
}

/** The first and last days of what holds for some days only, CCYYMMDD. */
const boundaries = (dated: readonly Validity[]): string[] =>
  dated.flatMap(({ from, through }) => [from, through]).flatMap((day) => (day === undefined ? [] : plain(day)));

/** A student in hand, and the records that may be changed. */
export interface Scene {
  readonly inspector: Inspector;
  readonly schemas: Schemas;
  readonly enrollment: SourceRecord;
  readonly mayChange: (record: SourceRecord) => boolean;
}

/** A change of one column, and the layout of its record. */
interface ColumnEdit {
  readonly edit: Edit & { kind: 'change' };
  readonly layout: Layout;
}

/** Every change that might make a difference to a field, in the order in which they are to be tried. */
export function candidateEdits(field: Field, scene: Scene): Candidates {
  const seen = sights(field, scene.inspector.fields);
  const { moved, written, codes } = columnEdits(seen, scene);
  // Several comparisons may propose the same.
  const met = new Set<string>();
  const worthTrying = (edits: readonly ColumnEdit[]) =>
    new AsRead<Edit>(() => thoseWorthTrying(edits, met, seen, scene));
  return [
    worthTrying(moved),
    worthTrying(written),
    worthTrying(codes),
    new AsRead<Edit>(() => removals(seen, scene)),
    new AsRead<Edit>(() => additions(seen, field, scene)),
  ];
}

function* thoseWorthTrying(
  edits: readonly ColumnEdit[],
  met: Set<string>,
  seen: Sights,
  scene: Scene,
): Generator<Edit> {
  for (const { edit, layout } of edits) {
    const id = `${edit.record.type} ${edit.record.loaded} ${edit.key} ${edit.to}`;
    if (met.has(id)) continue;
    met.add(id);
    if (matters(edit, layout, seen, scene) && isPossible(edit, layout, scene)) yield edit;
  }
}

/** Every other value of every column that is looked at, whether or not it makes a difference. */
function columnEdits(
  seen: Sights,
  scene: Scene,
): { readonly moved: ColumnEdit[]; readonly written: ColumnEdit[]; readonly codes: ColumnEdit[] } {
  const moved: (ColumnEdit & { readonly days: number })[] = [];
  const [written, codes]: [ColumnEdit[], ColumnEdit[]] = [[], []];
  for (const target of seen.targets) {
    const layout = layoutOf(scene.schemas, target.recordType);
    const column = layout?.columns.find((c) => c.key === target.key);
    if (!layout || !column) continue;
    for (const record of recordsOf(target, scene)) {
      if (!scene.mayChange(record)) continue;
      const from = columnValue(record, target.key, scene.inspector.compiled.plan, layout);
      for (const to of proposals(target, record, from, column, layout, scene)) {
        const edit = { kind: 'change', record, key: target.key, from, to } as const;
        if (column.type !== 'DT') codes.push({ edit, layout });
        else if (isRealDay(from) && isRealDay(to)) moved.push({ edit, layout, days: daysBetween(from, to) });
        else written.push({ edit, layout });
      }
    }
  }
  return { moved: moved.sort((a, b) => a.days - b.days), written, codes };
}

/** The records that a target stands for: one, or each that a look considers. */
function recordsOf({ record, scope }: Target, { inspector, enrollment }: Scene): readonly SourceRecord[] {
  if (record === 'enrollment') return [enrollment];
  if (record === 'record') return scope ? inspector.candidates(scope) : [];
  const given = inspector.record(record);
  return typeof record === 'object' && given ? [given] : [];
}

/** The values that a column might have instead. */
function proposals(
  target: Target,
  record: SourceRecord,
  from: string,
  column: Column,
  layout: Layout,
  scene: Scene,
): ReadonlySet<string> {
  const found = new Set<string>();
  const { other } = target;
  const isDay = column.type === 'DT';
  const add = (value: Value): void => {
    if (typeof value === 'string') {
      if (!isDay) found.add(value);
      else if (value === '') found.add('');
      else for (const day of around(value)) found.add(day);
    } else if (Array.isArray(value)) for (const item of value as readonly string[]) add(item);
    else if (typeof value === 'object') {
      const { start, end } = value as Interval;
      add(start);
      if (end !== '') add(end);
    }
  };
  if (other.kind === 'expression')
    for (const value of othersOf(target, other.expression, record, scene)) add(earlier(value, other.yearsLater));
  if (other.kind === 'values') other.values.forEach(add);
  if (other.kind === 'order' && target.scope)
    for (const rival of scene.inspector.candidates(target.scope))
      if (rival !== record) add(columnValue(rival, target.key, scene.inspector.compiled.plan, layout));
  if (isDay) {
    // A value that is blank and may be any day: that from which the record speaks.
    if (other.kind === 'anything')
      add(from || columnValue(record, layout.codeDay, scene.inspector.compiled.plan, layout));
    if (!column.required) found.add('');
  } else {
    for (const code of codesOf(column, record, layout, scene, from)) found.add(code);
    if (!column.required) found.add('');
  }
  found.delete(from);
  return found;
}

/** What the other side of a comparison is, for whichever records it can be asked. */
function othersOf(
  { record, scope }: Target,
  expression: Expression,
  own: SourceRecord,
  { inspector }: Scene,
): readonly Value[] {
  if (!scope) return [inspector.value(expression)];
  if (record === 'record') return [inspector.withRecord(own, () => inspector.value(expression))];
  return inspector
    .candidates(scope)
    .map((candidate) => inspector.withRecord(candidate, () => inspector.value(expression)));
}

/** A day so many years before, for what is compared after years were added to it. */
function earlier(value: Value, years: number): Value {
  if (years === 0 || typeof value !== 'string' || !isRealDay(value)) return value;
  const day = String(Number(value.slice(0, 4)) - years).padStart(4, '0') + value.slice(4);
  return isRealDay(day) ? day : dayBefore(`${day.slice(0, 6)}01`);
}

// Any other code makes a comparison with one code come out otherwise; a second one is for rules that know the first.
const MOST_CODES = 2;

/** Some codes of a column's code set that may be used on its day; what stands there now is none of them. */
function codesOf(column: Column, record: SourceRecord, layout: Layout, scene: Scene, from: string): string[] {
  const set = column.codeSet === undefined ? undefined : codeSetOf(scene.schemas, column.codeSet);
  if (!set) return [];
  const day = codeDayOf(column, record, layout, scene);
  const codes: string[] = [];
  for (const { code, ...days } of set.codes)
    if (code !== from && code !== '' && isInForce(days, day) && codes.push(code) === MOST_CODES) break;
  return codes;
}

const codeDayOf = (column: Column, record: SourceRecord, layout: Layout, { inspector }: Scene): string =>
  columnValue(record, column.codeDay ?? layout.codeDay, inspector.compiled.plan, layout);

const isInForce = (days: Validity, day: string): boolean => day === '' || holdsOn(days, day);

/**
 * Whether a change makes some look take a record or pass it over, or touches a record that is taken. All others need
 * not be tried.
 */
function matters(
  edit: Edit & { kind: 'change' },
  layout: Layout,
  { looks, targets }: Sights,
  { inspector, enrollment }: Scene,
): boolean {
  const { record, key, to } = edit;
  if (record === enrollment) return true;
  const { plan } = inspector.compiled;
  const slot = slotOf(plan, layout, key);
  if (slot < 0) return false;
  // Another record's interval may end with this one: only the whole history can tell.
  if (
    plan.derivedEnds.some(
      (d) => d.type === record.type && (d.startSlot === slot || d.endSlot === slot || d.sameSlots.includes(slot)),
    )
  )
    return true;
  const values = record.values.slice();
  values[slot] = to;
  const changed: SourceRecord = { ...record, values };
  return looks.some((look) => {
    if (plan.typeIndex.get(look.from) !== record.type) return false;
    const { where } = look;
    const after = !where || inspector.withRecord(changed, () => inspector.holds(where));
    const before = !where || inspector.withRecord(record, () => inspector.holds(where));
    if (after !== before) return true;
    if (!after || look.gives !== 'record') return false;
    return targets.some((t) => t.key === key && (t.record === look || t.scope === look));
  });
}

/** Whether a store could hold the record after a change. */
function isPossible({ record, key, to }: Edit & { kind: 'change' }, layout: Layout, scene: Scene): boolean {
  const { plan } = scene.inspector.compiled;
  return couldBeHeld(
    layout,
    (column) => (column === key ? to : columnValue(record, column, plan, layout)),
    [key],
    record,
    scene,
  );
}

/**
 * Whether a store could hold a record with these values: its days in order, its codes in use, its key no other
 * record's. Only what comes with the columns that are new is asked, for a history may hold worse.
 * @param own the record that it stands instead of
 */
function couldBeHeld(
  layout: Layout,
  valueIn: (key: string) => string,
  changed: readonly string[],
  own: SourceRecord | undefined,
  scene: Scene,
): boolean {
  const { inspector, schemas } = scene;
  for (const { json } of inspector.compiled.rulebook.declared.intervals) {
    if (
      json.of !== layout.recordType ||
      json.end === undefined ||
      !(changed.includes(json.start) || changed.includes(json.end))
    )
      continue;
    if (valueIn(json.end) !== '' && valueIn(json.end) < valueIn(json.start)) return false;
  }
  for (const key of changed) {
    const column = layout.columns.find((c) => c.key === key);
    if (column?.codeSet === undefined || valueIn(key) === '') continue;
    const set = codeSetOf(schemas, column.codeSet);
    const day = valueIn(column.codeDay ?? layout.codeDay);
    if (set?.closed && !set.codes.some((c) => c.code === valueIn(column.key) && isInForce(c, day))) return false;
  }
  return !layout.keyColumns.some((key) => changed.includes(key)) || !isTaken(layout, valueIn, own, scene);
}

/** Whether another record has this key. */
function isTaken(
  layout: Layout,
  valueIn: (key: string) => string,
  own: SourceRecord | undefined,
  { inspector }: Scene,
): boolean {
  const { plan } = inspector.compiled;
  const records = inspector.x.history.byType[plan.typeIndex.get(layout.recordType) as number] ?? [];
  return records.some(
    (r) => r !== own && layout.keyColumns.every((key) => columnValue(r, key, plan, layout) === valueIn(key)),
  );
}

/** Every record that a look considers, gone. */
function removals({ looks }: Sights, { inspector, enrollment, mayChange }: Scene): Edit[] {
  const records = new Set(looks.flatMap((look) => inspector.candidates(look)));
  return [...records]
    .filter((record) => record !== enrollment && mayChange(record))
    .map((record) => ({ kind: 'remove', record }));
}

/** Records that looks would find, and that rules would find right. */
function additions({ looks, rules, targets }: Sights, { number }: Field, scene: Scene): Edit[] {
  const { inspector } = scene;
  const { decided } = inspector.field(number);
  const edits = new Map<string, Edit>();
  for (const look of looks) {
    const layout = layoutOf(scene.schemas, look.from);
    if (!layout) continue;
    const wants = conditionsOf({ rules: rules.filter((_, i) => i !== decided) });
    for (const want of [undefined, ...wants])
      for (const isToWin of [false, true]) {
        const draft = drafted(look, want, isToWin, layout, targets, scene);
        if (!draft) continue;
        const id = JSON.stringify([look.from, ...draft]);
        if (!edits.has(id)) edits.set(id, { kind: 'add', recordType: look.from, values: draft });
      }
  }
  // A record with less in it is the smaller one; the sort keeps the order of equals.
  return [...edits.values()].sort((a, b) => sizeOf(a) - sizeOf(b));
}

const sizeOf = (edit: Edit): number => (edit.kind === 'add' ? edit.values.size : 0);

/** A record that a look finds, or nothing when there can be none. */
function drafted(
  look: LookNode,
  want: Condition | undefined,
  isToWin: boolean,
  layout: Layout,
  targets: readonly Target[],
  scene: Scene,
): ReadonlyMap<string, string> | undefined {
  const { inspector, enrollment, schemas } = scene;
  const draft = new Draft(look, layout, scene);
  if (isToWin && !draft.win()) return undefined;
  const { where } = look;
  if (where && !inspector.withRecord(draft.record, () => draft.satisfy(where, true))) return undefined;
  if (want) draft.satisfyAsGiven(want, true);
  const ownLayout = layoutOf(schemas, inspector.compiled.plan.types[enrollment.type] as string);
  for (const key of [...layout.keyColumns, layout.codeDay]) {
    if (draft.get(key) !== '' || !ownLayout) continue;
    const column = layout.columns.find((c) => c.key === key);
    if (!column || !(column.required || key === 'ssid')) continue;
    const copied = ownLayout.columns.some((c) => c.key === key)
      ? key
      : key === layout.codeDay
        ? ownLayout.codeDay
        : undefined;
    if (copied !== undefined) draft.set(key, columnValue(enrollment, copied, inspector.compiled.plan, ownLayout));
  }
  for (const { record, recordType, key, other } of targets) {
    const column = recordType === look.from ? layout.columns.find((c) => c.key === key) : undefined;
    // A value that a rule writes, or a code that no record of this type is without.
    const isWritten = record === look && other.kind === 'anything';
    if (!column || draft.get(key) !== '' || !(isWritten || column.required)) continue;
    const [code] =
      column.type === 'DT' ? [draft.get(layout.codeDay)] : codesOf(column, draft.record, layout, scene, '');
    if (code !== undefined) draft.set(key, code);
  }
  const found = !where || inspector.withRecord(draft.record, () => inspector.holds(where));
  return found && couldBeHeld(layout, (key) => draft.get(key), [...draft.values.keys()], undefined, scene)
    ? draft.values
    : undefined;
}

/** A record in the making: the values that conditions ask for. */
class Draft {
  readonly record: SourceRecord;
  readonly values = new Map<string, string>();
  readonly #look: LookNode;
  readonly #layout: Layout;
  readonly #scene: Scene;

  constructor(look: LookNode, layout: Layout, scene: Scene) {
    const { plan } = scene.inspector.compiled;
    const type = plan.typeIndex.get(look.from) as number;
    // Loaded after all others, as whatever is sent next.
    this.record = {
      type,
      values: [...(plan.blanks[type] as string[])],
      loaded: Number.MAX_SAFE_INTEGER,
      text: '',
      keptFrom: 0,
      from: 0,
      end: 0,
    };
    this.#look = look;
    this.#layout = layout;
    this.#scene = scene;
  }

  get(key: string): string {
    return this.values.get(key) ?? '';
  }

  set(key: string, value: string): void {
    if (value === '') this.values.delete(key);
    else this.values.set(key, value);
    const slot = slotOf(this.#scene.inspector.compiled.plan, this.#layout, key);
    if (slot >= 0) this.record.values[slot] = value;
  }

  /**
   * Puts it before the record that the look gives now, by the first column of the order; false when there is no such
   * column or record.
   */
  win(): boolean {
    const { inspector } = this.#scene;
    const [first] = this.#look.order;
    const winner = inspector.found(this.#look);
    if (!winner || !first || (first.kind !== 'greatest' && first.kind !== 'least') || first.by.kind !== 'column')
      return false;
    const day = columnValue(winner, first.by.key, inspector.compiled.plan, this.#layout);
    if (!isRealDay(day)) return false;
    this.set(first.by.key, first.kind === 'greatest' ? dayAfter(day) : dayBefore(day));
    return true;
  }

  /** Makes a condition of the look come out as wanted, with this record in hand. */
  satisfy(condition: Condition, wanted: boolean): boolean {
    const { inspector } = this.#scene;
    const isSo = (): boolean => inspector.holds(condition) === wanted;
    return this.#satisfy(
      condition,
      wanted,
      isSo,
      (c, w) => this.satisfy(c, w),
      (leaf) => {
        this.#tryValues(leaf.left, 'record', () => inspector.value(leaf.right), isSo);
        if (!isSo()) this.#tryValues(leaf.right, 'record', () => inspector.value(leaf.left), isSo);
      },
    );
  }

  /** The same for a condition of a rule, as if the look gave this record; what it does not depend on stays as it is. */
  satisfyAsGiven(condition: Condition, wanted: boolean): boolean {
    const { inspector } = this.#scene;
    return this.#satisfy(
      condition,
      wanted,
      () => false,
      (c, w) => this.satisfyAsGiven(c, w),
      ({ left, operator, right }) => {
        if (left.kind !== 'column' || left.record !== this.#look) return;
        const other = inspector.value(right);
        this.#tryValues(
          left,
          this.#look,
          () => other,
          () => operator.holds(this.get(left.key), other) === wanted,
        );
      },
    );
  }

  #satisfy(
    condition: Condition,
    wanted: boolean,
    isSo: () => boolean,
    again: (c: Condition, w: boolean) => boolean,
    tryLeaf: (leaf: Leaf) => void,
  ): boolean {
    if (isSo()) return true;
    if (condition.kind === 'not') return again(condition.of, !wanted);
    if (condition.kind === 'leaf') {
      tryLeaf(condition);
      return isSo();
    }
    if ((condition.kind === 'all') === wanted) {
      for (const child of condition.of) again(child, wanted);
      return isSo();
    }
    return condition.of.some((child) => again(child, wanted));
  }

  /**
   * Tries values in the column, or the two days of the interval, that an expression stands for; leaves the first that
   * does, else what was there.
   */
  #tryValues(expression: Expression, source: RecordSource, other: () => Value, isSo: () => boolean): void {
    if (expression.kind === 'interval' && expression.record === source) {
      const { start, end } = expression.interval;
      const interval = other() as Interval | undefined;
      if (!interval) return;
      for (const day of [this.get(start), interval.start, interval.end]) {
        if (day === '') continue;
        this.set(start, day);
        if (end !== undefined) this.set(end, '');
        if (isSo()) return;
      }
      return;
    }
    if (expression.kind !== 'column' || expression.record !== source) return;
    const column = this.#layout.columns.find((c) => c.key === expression.key);
    if (!column) return;
    const before = this.get(expression.key);
    const value = other();
    const wished = typeof value === 'string' ? [value] : Array.isArray(value) ? (value as readonly string[]) : [];
    const values =
      column.type === 'DT'
        ? wished.flatMap(around)
        : [...wished, ...codesOf(column, this.record, this.#layout, this.#scene, before)];
    for (const to of values) {
      this.set(expression.key, to);
      if (isSo()) return;
    }
    this.set(expression.key, before);
  }
}
