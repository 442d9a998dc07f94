/**
 * From rule files to the typed tree: names become what they name, every reference gets its type, and everything that a
 * JSON Schema cannot see is found here, all of it at once: unknown facts, operators, parameters and columns, wrong
 * types for an operator, facts that depend on themselves.
 */

import { closest } from '#base/closest';
import { isMonthAndDay, isRealDay } from '#records/days';
import {
  type Column,
  codeSetOf,
  columnIndex,
  incomingColumns,
  type Layout,
  layoutOf,
  type Schemas,
} from '#records/layout';
import type { Calculation, Written } from '../calculations/calculation.ts';
import { CALCULATIONS } from '../calculations/index.ts';
import type {
  CalculationJson,
  CheckJson,
  ConditionJson,
  Examines,
  FactJson,
  FieldJson,
  Finding,
  IntervalJson,
  LookJson,
  OrderJson,
  ParameterJson,
  Reference,
  SelectionJson,
} from '../load/declarations.ts';
import { OPERATORS, type Operator } from '../operators/index.ts';
import { present } from '../operators/presence.ts';
import type {
  CalculationNode,
  Check,
  CheckTree,
  Condition,
  Expression,
  ExtractTree,
  FactNode,
  Field,
  LookNode,
  Order,
  Place,
  RecordSource,
  Rule,
} from '../tree/nodes.ts';
import { isDated } from '../tree/parameter-values.ts';
import type { ValueType } from '../tree/values.ts';
import { concerns, fieldsRead } from '../tree/walk.ts';

/** A declaration and the place it was read from. */
export interface Located<T> extends Place {
  readonly json: T;
}

export interface Declarations {
  readonly schemas: Schemas;
  readonly parameters: ReadonlyMap<string, Located<ParameterJson>>;
  readonly intervals: readonly Located<IntervalJson>[];
  readonly facts: ReadonlyMap<string, Located<FactJson>>;
  readonly fields: readonly Located<FieldJson>[];
  readonly selection: Located<SelectionJson>;
  readonly checks: readonly Located<CheckJson>[];
}

/** Columns that every kept record has beside those of its layout. */
const KEPT_DAYS = ['uploaded', 'lastUpdated'];

const CONTEXT: Readonly<Record<string, Readonly<Record<string, ValueType>>>> = {
  window: { '': 'interval', start: 'day', end: 'day' },
  request: {
    reportingLEAs: 'list',
    schools: 'list',
    grades: 'list',
    statuses: 'list',
    adjusted: 'flag',
    academicYear: 'text',
  },
  runDate: { '': 'day' },
  value: { '': 'text' },
  line: { fields: 'number', excess: 'number', layout: 'flag' },
  transaction: { does: 'text', stored: 'flag' },
  sender: { reportingLEA: 'text' },
};

/** What may be named at a place. */
interface Scope {
  readonly names: ReadonlySet<string>;
  readonly enrollment?: string;
  readonly incoming?: string;
  /** Nothing is known yet of other records than the incoming one. */
  readonly isAlone?: boolean;
  readonly record?: string;
  readonly column?: Column;
  readonly args?: Readonly<Record<string, string>>;
}

const BUILT_IN = new Set([
  ...Object.keys(CONTEXT),
  'enrollment',
  'record',
  'incoming',
  'field',
  'parameter',
  'argument',
  'column',
  'codeSet',
]);

/** Their params; those of declared facts are declared with them. */
const BUILT_IN_PARAMS: Readonly<Record<string, readonly string[]>> = {
  parameter: ['name', 'on'],
  field: ['number'],
  codeSet: ['on', 'codes'],
};
const WITHOUT_PATH = new Set(['parameter', 'field', 'codeSet']);

const isReference = (value: unknown): value is Reference =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'fact' in value;

const literalType = (value: unknown): ValueType | undefined => {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'flag';
  if (Array.isArray(value)) return 'list';
  return undefined;
};

const fitsType = (actual: ValueType, wanted: readonly ValueType[]): boolean =>
  actual === 'unknown' || wanted.includes('unknown') || wanted.includes(actual);

/**
 * Whether an expression may stand where one of the types is asked for. A text written out may stand for a day: records
 * are compared with it as it stands.
 */
const fits = (expression: Expression, wanted: readonly ValueType[]): boolean =>
  fitsType(expression.type, wanted) || (wanted.includes('day') && isDayWrittenOut(expression));

const isDayWrittenOut = ({ kind, type, ...rest }: Expression): boolean =>
  kind === 'literal' && type === 'text' && 'value' in rest && (rest.value === '' || isRealDay(String(rest.value)));

/** `a text or day`, `an interval`: types in a sentence. */
const oneOf = (types: readonly ValueType[]): string => `${types[0] === 'interval' ? 'an' : 'a'} ${types.join(' or ')}`;

const foundType = (expression: Expression, wanted: readonly ValueType[]): string =>
  `this is ${oneOf([expression.type])}${expression.kind === 'literal' && wanted.includes('day') ? '; use a parameter of type day, or write the day as CCYYMMDD' : ''}`;

/** Resolves the declarations of one program (the extract's or the checks'), which share one numbering of facts. */
export class Resolver {
  readonly findings: Finding[] = [];
  readonly facts: FactNode[] = [];
  readonly usedParameters = new Set<string>();
  readonly usedFacts = new Set<string>();
  readonly #declared: Declarations;
  readonly #instances = new Map<string, FactNode>();
  readonly #resolving: string[] = [];
  readonly #fieldNumbers: ReadonlySet<string>;
  #nextId = 0;
  #nextFact = 0;

  constructor(declared: Declarations) {
    this.#declared = declared;
    this.#fieldNumbers = new Set(declared.fields.map((f) => f.json.field));
  }

  /** Selection and fields; `undefined` parts never occur without a finding. */
  extract(): ExtractTree {
    const { selection, fields, schemas } = this.#declared;
    const scope: Scope = {
      names: new Set(['window', 'request', 'runDate']),
      enrollment: schemas.output.copiesFrom,
    };
    const where = this.#condition(selection.json.where, scope, at(selection, '/where'));
    const order = this.#order(
      selection.json.order,
      scope,
      selection.json.order.length ? at(selection, '/order') : at(selection, ''),
    );
    for (const name of ['onePer', 'rowOrder'] as const)
      for (const [i, key] of selection.json[name].entries())
        this.#column(schemas.output.copiesFrom, key, at(selection, `/${name}/${i}`));

    this.#nextId = 0;
    const fieldScope: Scope = { ...scope, names: new Set([...scope.names, 'field']) };
    const resolved = fields.map((field) => this.#field(field, fieldScope));
    for (const column of schemas.output.columns)
      if (column.rule && !this.#fieldNumbers.has(column.no))
        this.#found(
          { file: 'schemas/records/CENR.json', pointer: `/columns/${schemas.output.columns.indexOf(column)}` },
          `column ${column.no} "${column.name}" is filled by a rule, but rules/fields has no file for it`,
        );
    const conditionCount = this.#nextId;
    return {
      selection: { ...selection, where, order },
      fields: this.#inDependencyOrder(resolved),
      facts: this.facts,
      conditionCount,
    };
  }

  checks(): CheckTree {
    const checks = this.#declared.checks.flatMap((check) => this.#check(check));
    return { checks, facts: this.facts };
  }

  #found(place: Place, message: string): void {
    this.findings.push({ file: place.file, pointer: place.pointer, message });
  }

  #field(field: Located<FieldJson>, scope: Scope): Field {
    const { json } = field;
    const column = this.#declared.schemas.output.columns.find((c) => c.no === json.field);
    if (!column)
      this.#found(
        at(field, '/field'),
        `there is no column ${json.field} in schemas/records/CENR.json; add it there, or correct the number`,
      );
    else {
      if (!column.rule)
        this.#found(
          at(field, '/field'),
          `column ${json.field} of schemas/records/CENR.json is not filled by a rule ("rule": true is missing there)`,
        );
      if (column.name !== json.name)
        this.#found(
          at(field, '/name'),
          `found "${json.name}", but schemas/records/CENR.json calls field ${json.field} "${column.name}"`,
        );
    }
    const last = json.rules.length - 1;
    const names = new Set<string>();
    const rules = json.rules.map((rule, i): Rule => {
      const place = at(field, `/rules/${i}`);
      if (names.has(rule.name))
        this.#found(
          at(place, '/name'),
          `a second rule is called "${rule.name}"; give each rule of a field its own name`,
        );
      names.add(rule.name);
      if (i < last && !rule.conditions)
        this.#found(
          place,
          `rule "${rule.name}" has no conditions, so the rules after it never decide; only the last rule, "otherwise", has none`,
        );
      if (i === last && (rule.conditions || rule.name !== 'otherwise'))
        this.#found(
          place,
          `the last rule is "${rule.name}"${rule.conditions ? ' and has conditions' : ''}; expected "otherwise" without conditions, so that every case has a value`,
        );
      const value = this.#value(rule.event.params.value, scope, at(place, '/event/params/value'));
      if (!fitsType(value.type, ['text', 'day', 'number']))
        this.#found(
          at(place, '/event/params/value'),
          `a field's value is a text, day or number, but this is ${oneOf([value.type])}`,
        );
      return {
        ...place,
        name: rule.name,
        value,
        ...(rule.conditions && { condition: this.#condition(rule.conditions, scope, at(place, '/conditions')) }),
      };
    });
    return { file: field.file, pointer: field.pointer, number: json.field, json, rules };
  }

  #check(check: Located<CheckJson>): Check[] {
    const { json } = check;
    const place = at(check, '/conditions');
    if (json.examines === 'lines') {
      return [{ ...check, condition: this.#condition(json.conditions, { names: new Set(SCOPES.lines) }, place) }];
    }
    const types =
      json.recordTypes === 'all' ? this.#declared.schemas.layouts.map((l) => l.recordType) : json.recordTypes;
    return types.flatMap((recordType, i): Check[] => {
      const layout = layoutOf(this.#declared.schemas, recordType);
      if (!layout) {
        this.#found(
          at(check, `/recordTypes/${i}`),
          `there is no layout for record type "${recordType}" in schemas/records`,
        );
        return [];
      }
      if (json.field) this.#column(recordType, json.field, at(check, '/field'));
      const isAlone = json.examines === 'values' || json.examines === 'records';
      const scope: Scope = { names: new Set(SCOPES[json.examines]), incoming: recordType, isAlone };
      if (json.examines !== 'values')
        return [{ ...check, recordType, condition: this.#condition(json.conditions, scope, place) }];
      return this.#columnsOf(layout, check).map((column) => ({
        ...check,
        recordType,
        column,
        condition: this.#condition(json.conditions, { ...scope, column }, place),
      }));
    });
  }

  #columnsOf(layout: Layout, check: Located<CheckJson>): Column[] {
    const wanted = check.json.columns;
    if (!wanted) {
      this.#found(check, 'a check that examines values says with "columns" which ones');
      return [];
    }
    return incomingColumns(layout).filter((column) => {
      const closed = column.codeSet !== undefined && codeSetOf(this.#declared.schemas, column.codeSet)?.closed === true;
      return (
        (wanted.type === undefined || column.type === wanted.type) &&
        (wanted.required === undefined || column.required === wanted.required) &&
        (wanted.closedCodeSet === undefined || closed === wanted.closedCodeSet) &&
        (wanted.codeSet === undefined || column.codeSet === wanted.codeSet) &&
        (wanted.keys === undefined || wanted.keys.includes(column.key)) &&
        !wanted.except?.includes(column.key)
      );
    });
  }

  #condition(json: ConditionJson, scope: Scope, place: Place): Condition {
    const id = this.#nextId++;
    if ('all' in json || 'any' in json) {
      const kind = 'all' in json ? 'all' : 'any';
      const children = 'all' in json ? json.all : json.any;
      const of = children.map((child, i) => this.#condition(child, scope, at(place, `/${kind}/${i}`)));
      return { ...only(place), kind, id, of };
    }
    if ('not' in json)
      return { ...only(place), kind: 'not', id, of: this.#condition(json.not, scope, at(place, '/not')) };
    const left = this.#reference(json, scope, place);
    const right = this.#value(json.value, scope, at(place, '/value'));
    const operator = OPERATORS.get(json.operator);
    if (!operator) {
      this.#found(
        at(place, '/operator'),
        `unknown operator "${json.operator}".${closest(json.operator, OPERATORS.keys())} docs/operators.md lists them`,
      );
      return { ...only(place), kind: 'leaf', id, left, operator: present, right };
    }
    this.#checkTypes(left, operator, right, place);
    return { ...only(place), kind: 'leaf', id, left, operator, right };
  }

  #checkTypes(left: Expression, operator: Operator, right: Expression, place: Place): void {
    if (!fits(left, operator.left)) {
      this.#found(
        at(place, '/operator'),
        `"${operator.name}" takes ${oneOf(operator.left)} on the left, but ${foundType(left, [])}`,
      );
      return;
    }
    const wanted = operator.right === 'same' ? [left.type] : operator.right;
    // A day column compared with `equal` may meet a text and the other way round: both are texts CCYYMMDD.
    const alike =
      operator.right === 'same' &&
      (left.type === 'text'
        ? right.type === 'day'
        : left.type === 'day' && right.type === 'text' && right.kind !== 'literal');
    if (!alike && !fits(right, wanted)) {
      this.#found(
        at(place, '/value'),
        `"${operator.name}" takes ${oneOf(wanted)} on the right, but ${foundType(right, wanted)}`,
      );
    }
  }

  #value(json: unknown, scope: Scope, place: Place): Expression {
    if (isReference(json)) return this.#reference(json, scope, place);
    const type = literalType(json);
    if (!type) {
      this.#found(
        place,
        `expected a text, a number, true or false, a list of texts, or a reference with "fact"; found ${JSON.stringify(json)}`,
      );
      return unknown();
    }
    return { kind: 'literal', type, value: json as string };
  }

  #reference(ref: Reference, scope: Scope, place: Place): Expression {
    const { fact } = ref;
    const path = this.#path(ref, place);
    if (BUILT_IN.has(fact)) this.#checkParams(ref, place);
    const source = fact === 'enrollment' || fact === 'record' || fact === 'incoming' ? scope[fact] : undefined;
    if (source !== undefined) {
      if (fact === 'incoming' && scope.isAlone) this.#checkAlone(source, path, place);
      return this.#recordPart(fact as RecordSource, source, path, place);
    }
    if (fact === 'argument' && scope.args) return this.#argument(path, scope, place);
    if (fact === 'parameter') return this.#parameter(ref, scope, place);
    if (fact === 'field' && scope.names.has('field')) return this.#fieldReference(ref, place);
    if (scope.column && (fact === 'column' || fact === 'codeSet'))
      return this.#columnPart(ref, path, scope, scope.column, place);
    const parts = Object.hasOwn(CONTEXT, fact) && scope.names.has(fact) ? CONTEXT[fact] : undefined;
    if (parts) {
      const type = parts[path];
      if (type) return { kind: 'context', fact, part: path, type };
      this.#found(
        at(place, '/path'),
        `"${fact}" has no "${path}"; it has ${Object.keys(parts)
          .map((p) => (p ? `$.${p}` : 'itself (no path)'))
          .join(', ')}`,
      );
      return unknown();
    }
    if (BUILT_IN.has(fact)) {
      this.#found(at(place, '/fact'), `"${fact}" cannot be asked for here; docs/rule-grammar.md says where it can`);
      return unknown();
    }
    return this.#factReference(ref, path, scope, place);
  }

  /** Params and paths that a built-in fact does not have would be passed over in silence. */
  #checkParams(ref: Reference, place: Place): void {
    const known = BUILT_IN_PARAMS[ref.fact] ?? [];
    for (const key of Object.keys(ref.params ?? {}))
      if (!known.includes(key))
        this.#found(
          at(place, `/params/${key}`),
          `"${ref.fact}" has no param "${key}"; it has ${known.join(', ') || 'none'}`,
        );
    if (ref.path !== undefined && WITHOUT_PATH.has(ref.fact))
      this.#found(at(place, '/path'), `"${ref.fact}" has no "${ref.path}"; ask for it without a path`);
    if (ref.fact === 'codeSet' && ref.params && 'codes' in ref.params && ref.params['codes'] !== 'limited')
      this.#found(at(place, '/params/codes'), `found ${JSON.stringify(ref.params['codes'])}, expected "limited"`);
  }

  #path(ref: Reference, place: Place): string {
    if (ref.path === undefined) return '';
    if (ref.path.startsWith('$.')) return ref.path.slice(2);
    this.#found(at(place, '/path'), `found "${ref.path}"; a path is "$." and a name`);
    return '';
  }

  #recordPart(record: RecordSource, recordType: string, path: string, place: Place): Expression {
    if (path === '') return { kind: 'record', record, type: 'record' };
    if (path === 'loaded') return { kind: 'loaded', record, type: 'number' };
    const interval = this.#interval(recordType, path);
    if (interval) return { kind: 'interval', record, interval, type: 'interval' };
    const type = this.#column(recordType, path, at(place, '/path'));
    return { kind: 'column', record, recordType, key: path, type };
  }

  #interval(recordType: string, name: string): IntervalJson | undefined {
    return this.#declared.intervals.find(({ json }) => json.of === recordType && json.name === name)?.json;
  }

  #checkAlone(recordType: string, path: string, place: Place): void {
    const interval = this.#interval(recordType, path);
    if (interval && interval.blankEnd !== 'open')
      this.#found(
        at(place, '/path'),
        `a blank end of "${path}" follows from the student's next record, which is not known yet when a check examines values or records; let it examine histories`,
      );
  }

  #column(recordType: string, key: string, place: Place): ValueType {
    if (KEPT_DAYS.includes(key)) return 'day';
    const layout = layoutOf(this.#declared.schemas, recordType);
    const column = layout?.columns[columnIndex(layout, key)];
    if (column) return column.type === 'DT' ? 'day' : 'text';
    const names = [
      ...(layout?.columns.map((c) => c.key) ?? []),
      ...this.#declared.intervals.filter((i) => i.json.of === recordType).map((i) => i.json.name),
    ];
    this.#found(
      place,
      `${recordType} has no column or interval "${key}".${closest(key, names)} schemas/records/${recordType}.json lists the columns`,
    );
    return 'unknown';
  }

  #argument(path: string, scope: Scope, place: Place): Expression {
    const value = scope.args?.[path];
    if (value === undefined) {
      this.#found(
        at(place, '/path'),
        `the fact has no param "${path}"; it has ${Object.keys(scope.args ?? {}).join(', ') || 'none'}`,
      );
      return unknown();
    }
    return { kind: 'literal', type: 'text', value };
  }

  #parameter(ref: Reference, scope: Scope, place: Place): Expression {
    const name = this.#constant(ref.params?.['name'], scope, at(place, '/params/name'));
    const found = name === undefined ? undefined : this.#declared.parameters.get(name);
    if (!found) {
      if (name !== undefined)
        this.#found(
          at(place, '/params/name'),
          `unknown parameter "${name}".${closest(name, this.#declared.parameters.keys())} rules/parameters holds them`,
        );
      return unknown();
    }
    this.usedParameters.add(found.json.name);
    const parameter = found.json;
    const on =
      ref.params && 'on' in ref.params ? this.#value(ref.params['on'], scope, at(place, '/params/on')) : undefined;
    if (isDated(parameter) && !on)
      this.#found(place, `parameter "${name}" has values with days, so say with "on" for which day it is asked`);
    if (on && !fits(on, ['day']))
      this.#found(at(place, '/params/on'), `"on" takes a day, but ${foundType(on, ['day'])}`);
    const type = PARAMETER_TYPES[parameter.type];
    if (!type) {
      this.#found(place, `parameter "${name}" is a table; only the calculation "labels" reads tables`);
      return unknown();
    }
    return { kind: 'parameter', parameter, type, ...(on && { on }) };
  }

  /** A text that must be known when the rulebook is loaded: written out, or an argument of the fact. */
  #constant(json: unknown, scope: Scope, place: Place): string | undefined {
    const value = this.#value(json, scope, place);
    if (value.kind === 'literal' && typeof value.value === 'string') return value.value;
    this.#found(place, 'expected a text, or an argument of this fact');
    return undefined;
  }

  #fieldReference(ref: Reference, place: Place): Expression {
    const number = String(ref.params?.['number'] ?? '');
    if (!this.#fieldNumbers.has(number))
      this.#found(at(place, '/params/number'), `there is no field "${number}" in rules/fields`);
    return {
      kind: 'field',
      number,
      type: this.#declared.schemas.output.columns.find((c) => c.no === number)?.type === 'DT' ? 'day' : 'text',
    };
  }

  #columnPart(ref: Reference, path: string, scope: Scope, column: Column, place: Place): Expression {
    const { schemas } = this.#declared;
    const layout = layoutOf(schemas, scope.incoming as string) as Layout;
    if (ref.fact === 'codeSet') {
      const all = (column.codeSet && codeSetOf(schemas, column.codeSet)?.codes) || [];
      const codes =
        ref.params?.['codes'] === 'limited'
          ? all.filter((code) => code.from !== undefined || code.through !== undefined)
          : all;
      const on =
        ref.params && 'on' in ref.params ? this.#value(ref.params['on'], scope, at(place, '/params/on')) : undefined;
      return { kind: 'codeSet', codes, type: 'list', ...(on && { on }) };
    }
    if (path === 'codeDay')
      return this.#recordPart('incoming', layout.recordType, column.codeDay ?? layout.codeDay, place);
    if (path === 'max') return { kind: 'literal', type: 'number', value: column.max };
    if (path === 'name') return { kind: 'literal', type: 'text', value: column.name };
    this.#found(at(place, '/path'), `"column" has no "${path}"; it has $.max, $.name, $.codeDay`);
    return unknown();
  }

  #factReference(ref: Reference, path: string, scope: Scope, place: Place): Expression {
    const declared = this.#declared.facts.get(ref.fact);
    if (!declared) {
      this.#found(
        at(place, '/fact'),
        `asks for the fact "${ref.fact}", which does not exist.${closest(ref.fact, [...this.#declared.facts.keys(), ...BUILT_IN])} Declare it in rules/facts, or correct the name`,
      );
      return unknown();
    }
    this.usedFacts.add(ref.fact);
    const args = this.#arguments(ref, declared, scope, place);
    // Without its arguments the fact would be found at fault for what its caller left out.
    const node = args && this.#instance(declared, args, scope, place);
    if (!node) return unknown();
    if (node.kind === 'look' && node.gives === 'record') return this.#recordPart(node, node.from, path, place);
    const type = node.kind === 'calculation' ? node.type : node.gives === 'count' ? 'number' : 'flag';
    if (path !== '') {
      if (type === 'interval' && (path === 'start' || path === 'end'))
        return { kind: 'fact', node, part: path, type: 'day' };
      this.#found(at(place, '/path'), `the fact "${ref.fact}" gives ${oneOf([type])}, which has no "${path}"`);
    }
    return { kind: 'fact', node, type };
  }

  #arguments(
    ref: Reference,
    declared: Located<FactJson>,
    scope: Scope,
    place: Place,
  ): Record<string, string> | undefined {
    const wanted = declared.json.params ?? {};
    const given = ref.params ?? {};
    const args: Record<string, string> = {};
    let areComplete = true;
    for (const key of Object.keys(given))
      if (!Object.hasOwn(wanted, key))
        this.#found(
          at(place, `/params/${key}`),
          `the fact "${ref.fact}" has no param "${key}"; it has ${Object.keys(wanted).join(', ') || 'none'}`,
        );
    for (const [key, kind] of Object.entries(wanted)) {
      const value = this.#constant(given[key] ?? '', scope, at(place, `/params/${key}`));
      const isKnown = value !== undefined && (kind !== 'parameter' || this.#declared.parameters.has(value));
      if (!(key in given)) this.#found(place, `the fact "${ref.fact}" must be asked with the param "${key}"`);
      else if (value !== undefined && !isKnown)
        this.#found(
          at(place, `/params/${key}`),
          `unknown parameter "${value}".${closest(value, this.#declared.parameters.keys())} rules/parameters holds them`,
        );
      if (isKnown && key in given) args[key] = value;
      else areComplete = false;
    }
    return areComplete ? args : undefined;
  }

  #instance(
    declared: Located<FactJson>,
    args: Record<string, string>,
    scope: Scope,
    place: Place,
  ): FactNode | undefined {
    const { json } = declared;
    const isLook = 'from' in json;
    const key = [json.name, JSON.stringify(args), isLook ? '' : scope.record, scope.incoming, scope.isAlone].join('|');
    const known = this.#instances.get(key);
    if (known) return known;
    if (this.#resolving.includes(json.name)) {
      const circle = [...this.#resolving.slice(this.#resolving.indexOf(json.name)), json.name];
      this.#found(place, `the fact "${json.name}" depends on itself: ${circle.join(' asks for ')}`);
      return undefined;
    }
    this.#resolving.push(json.name);
    const ids = this.#nextId;
    this.#nextId = 0;
    const node = isLook
      ? this.#look(declared as Located<LookJson>, args, scope)
      : this.#calculation(declared as Located<CalculationJson>, args, scope);
    this.#nextId = ids;
    this.#resolving.pop();
    this.#instances.set(key, node);
    this.facts.push(node);
    return node;
  }

  #look(declared: Located<LookJson>, args: Record<string, string>, outer: Scope): LookNode {
    const { json } = declared;
    const index = this.#nextFact++;
    if (!layoutOf(this.#declared.schemas, json.from))
      this.#found(at(declared, '/from'), `there is no layout for record type "${json.from}" in schemas/records`);
    const scope: Scope = { ...outer, record: json.from, args };
    const where = json.where && this.#condition(json.where, scope, at(declared, '/where'));
    if (json.gives === 'record' && !json.order)
      this.#found(
        declared,
        `the fact "${json.name}" gives a record, so "order" must say which one when there are several`,
      );
    if (json.gives !== 'record' && json.order)
      this.#found(at(declared, '/order'), `"order" has no effect on a fact that gives "${json.gives}"`);
    const order = json.order ? this.#order(json.order, scope, at(declared, '/order'), 'record') : [];
    return {
      ...only(declared),
      kind: 'look',
      index,
      name: json.name,
      params: args,
      says: json.says,
      from: json.from,
      order,
      gives: json.gives,
      ...(where && { where }),
    };
  }

  #calculation(declared: Located<CalculationJson>, args: Record<string, string>, outer: Scope): CalculationNode {
    const { json } = declared;
    const index = this.#nextFact++;
    const scope: Scope = { ...outer, args };
    const made = this.#operands(declared, scope);
    const perRecord = scope.record !== undefined && made.operands.some((o) => concerns(o, 'record'));
    return {
      ...only(declared),
      kind: 'calculation',
      index,
      name: json.name,
      params: args,
      says: json.says,
      ...made,
      perRecord,
    };
  }

  #operands(
    declared: Located<CalculationJson>,
    scope: Scope,
  ): Pick<CalculationNode, 'calculation' | 'type' | 'operands' | 'cases' | 'by'> {
    const { json } = declared;
    const calculation = CALCULATIONS.get(json.calculate) as Calculation;
    const written: Written = json;
    const operand = (value: unknown, place: Place, wanted: readonly ValueType[]): Expression => {
      const expression = this.#value(value, scope, place);
      if (!fits(expression, wanted))
        this.#found(place, `"${json.calculate}" takes ${oneOf(wanted)} here, but ${foundType(expression, wanted)}`);
      return expression;
    };
    const operands: Expression[] = [];
    let several: readonly Expression[] = [];
    let cases: readonly string[] | undefined;
    let by: ParameterJson | undefined;
    for (const part of calculation.parts) {
      if (part.kind === 'parameter') {
        operands.push(this.#parameter({ fact: 'parameter', params: { name: part.name } }, scope, declared));
        continue;
      }
      const place = at(declared, `/${part.key}`);
      const value = written[part.key];
      if (part.kind === 'table') by = this.#table(value as string, place);
      else if (part.kind === 'operand') {
        const expression = operand(value, place, part.takes);
        operands.push(part.isMonthAndDay ? this.#monthDay(expression, place) : expression);
      } else {
        if (part.kind === 'cases') {
          cases = Object.keys(value as object);
          this.#checkCases(operands.at(-1), cases, place);
        }
        several = Object.entries(value as object).map(([key, one]) => operand(one, at(place, `/${key}`), part.takes));
        if (part.kind === 'list' && part.isOfOneType) this.#checkOneType(several, json.calculate, place);
        operands.push(...several);
      }
    }
    const type = calculation.gives === 'same' ? (several[0]?.type ?? 'text') : calculation.gives;
    return { calculation, type, operands, ...(cases && { cases }), ...(by && { by }) };
  }

  #table(name: string, place: Place): ParameterJson | undefined {
    const table = this.#declared.parameters.get(name);
    if (table?.json.type === 'table') this.usedParameters.add(name);
    else this.#found(place, `"${name}" is not a parameter of type table`);
    return table?.json;
  }

  /** Every choice of a parameter must have its case. */
  #checkCases(by: Expression | undefined, cases: readonly string[], place: Place): void {
    const choices = by?.kind === 'parameter' ? (by.parameter.choices ?? []) : [];
    for (const choice of choices) if (!cases.includes(choice)) this.#found(place, `the choice "${choice}" has no case`);
  }

  #checkOneType(operands: readonly Expression[], name: string, place: Place): void {
    const type = operands[0]?.type ?? 'text';
    operands.forEach((operand, i) => {
      if (!fits(operand, [type]))
        this.#found(
          at(place, `/${i}`),
          `"${name}" takes operands of one type; the first is ${oneOf([type])}, this is ${oneOf([operand.type])}`,
        );
    });
  }

  /**
   * Refuses whatever might not be a month and day on the day it is asked for: what a student's record holds is not
   * known before.
   */
  #monthDay(expression: Expression, place: Place): Expression {
    const values =
      expression.kind === 'literal'
        ? [expression.value]
        : expression.kind === 'parameter'
          ? expression.parameter.values.map(({ value }) => value)
          : undefined;
    if (!values) this.#found(place, 'expected a month and day, MM-DD, or a parameter of type text that holds one');
    for (const value of values ?? [])
      if (typeof value === 'string' && !isMonthAndDay(value))
        this.#found(
          place,
          `${expression.kind === 'parameter' ? `the parameter "${expression.parameter.name}" holds` : 'found'} "${value}"; expected a month and day, MM-DD, such as 09-30`,
        );
    return expression;
  }

  #order(
    json: readonly OrderJson[],
    scope: Scope,
    place: Place,
    record: 'record' | 'enrollment' = 'enrollment',
  ): Order[] {
    const last = json.at(-1);
    if (!last || !('loaded' in last))
      this.#found(place, 'an order ends with "loaded", so that of records alike in everything else one is first');
    const recordType = (record === 'record' ? scope.record : scope.enrollment) as string;
    return json.map((entry, i): Order => {
      const here = at(place, `/${i}`);
      if ('loaded' in entry) return { kind: 'loaded', last: entry.loaded === 'last' };
      if ('preferring' in entry)
        return { kind: 'preferring', condition: this.#condition(entry.preferring, scope, at(here, '/preferring')) };
      const kind = 'greatest' in entry ? 'greatest' : 'least';
      const path = 'greatest' in entry ? entry.greatest : entry.least;
      const by = this.#recordPart(record, recordType, this.#path({ fact: record, path }, here), at(here, `/${kind}`));
      if (!fitsType(by.type, ['text', 'day']))
        this.#found(at(here, `/${kind}`), `an order goes by a text or day column, but this is ${oneOf([by.type])}`);
      if (by.kind !== 'column') this.#found(at(here, `/${kind}`), `an order goes by columns; "${path}" is none`);
      return { kind, by, blankFirst: entry.blank === 'first' };
    });
  }

  /** Each field after those it reads; a circle is a finding. */
  #inDependencyOrder(fields: readonly Field[]): Field[] {
    const byNumber = new Map(fields.map((f) => [f.number, f]));
    const done = new Set<string>();
    const ordered: Field[] = [];
    const visit = (field: Field, path: readonly string[]): void => {
      if (done.has(field.number)) return;
      if (path.includes(field.number)) {
        this.#found(field, `field ${field.number} depends on itself: ${[...path, field.number].join(' reads ')}`);
        return;
      }
      for (const number of fieldsRead(field)) {
        const read = byNumber.get(number);
        if (read) visit(read, [...path, field.number]);
      }
      if (done.has(field.number)) return;
      done.add(field.number);
      ordered.push(field);
    };
    for (const field of fields) visit(field, []);
    return ordered;
  }
}

const PARAMETER_TYPES: Readonly<Record<ParameterJson['type'], ValueType | undefined>> = {
  text: 'text',
  number: 'number',
  day: 'day',
  flag: 'flag',
  choice: 'text',
  list: 'list',
  table: undefined,
};

const SCOPES: Readonly<Record<Examines, readonly string[]>> = {
  lines: ['line'],
  values: ['value'],
  records: ['sender'],
  transactions: ['transaction'],
  histories: [],
};

/** Stands where a finding was made, and causes no further ones. */
const unknown = (): Expression => ({ kind: 'literal', type: 'unknown', value: '' });
const at = (place: Place, pointer: string): Place => ({ file: place.file, pointer: place.pointer + pointer });
const only = (place: Place): Place => ({ file: place.file, pointer: place.pointer });
