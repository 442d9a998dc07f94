/** Values and references: a name becomes what it names, and every expression has its type. */
import { closest } from '#base/closest';
import { type Column, codeSetOf, type Layout, layoutOf } from '#records/layout';
import type { FactJson, ParameterJson, Reference } from '../load/declarations.ts';
import { formOf } from '../operators/form.ts';
import type { Expression, Place, RecordSource } from '../tree/nodes.ts';
import { isDated } from '../tree/parameter-values.ts';
import type { ValueType } from '../tree/values.ts';
import { looksIn } from '../tree/walk.ts';
import { at, type Located } from './declared.ts';
import { checkKnownAlone, columnOfRow, partOfRecord, pathOf } from './record-parts.ts';
import type { Resolution } from './resolution.ts';
import { BUILT_IN, BUILT_IN_PARAMS, CONTEXT, ONE_STUDENT, OTHER_STUDENTS, type Scope, WITHOUT_PATH } from './scope.ts';
import { dayWrittenOut, fits, foundType, literalType, oneOf, PARAMETER_TYPES, unknown } from './types.ts';

const isReference = (value: unknown): value is Reference =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'fact' in value;

/** A value as a rule file writes it: written out, or a reference. */
export function resolveValue(resolution: Resolution, json: unknown, scope: Scope, place: Place): Expression {
  if (isReference(json)) return resolveReference(resolution, json, scope, place);
  const type = literalType(json);
  if (!type) {
    resolution.found(
      place,
      `expected a text, a number, true or false, a list of texts, or a reference with "fact"; found ${JSON.stringify(json)}`,
    );
    return unknown();
  }
  return { kind: 'literal', type, value: json as string };
}

/** What a reference names at its place. */
export function resolveReference(resolution: Resolution, ref: Reference, scope: Scope, place: Place): Expression {
  const { fact } = ref;
  const path = pathOf(resolution, ref, place);
  if (BUILT_IN.has(fact)) checkParams(resolution, ref, place);
  const source = fact === 'enrollment' || fact === 'record' || fact === 'incoming' ? scope[fact] : undefined;
  if (source !== undefined) {
    if (fact === 'incoming' && (scope.alone === 'values' || scope.alone === 'records'))
      checkKnownAlone(resolution, source, path, place);
    return partOfRecord(resolution, fact as RecordSource, source, path, place);
  }
  if (fact === 'argument' && scope.args) return argument(resolution, path, scope, place);
  if (fact === 'parameter') return resolveParameter(resolution, ref, scope, place);
  if (fact === 'row' && scope.names.has('row')) return columnOfRow(resolution, path, place);
  if (fact === 'field' && scope.names.has('field')) return fieldReference(resolution, ref, place);
  if (scope.column && (fact === 'column' || fact === 'codeSet'))
    return partOfColumn(resolution, ref, path, scope, scope.column, place);
  const parts = Object.hasOwn(CONTEXT, fact) && scope.names.has(fact) ? CONTEXT[fact] : undefined;
  if (parts) return partOfContext(resolution, fact, parts, path, place);
  if (BUILT_IN.has(fact)) {
    const where = fact === 'row' ? ONE_STUDENT : 'docs/rule-grammar.md says where it can';
    resolution.found(at(place, '/fact'), `"${fact}" cannot be asked for here; ${where}`);
    return unknown();
  }
  return factReference(resolution, ref, path, scope, place);
}

function partOfContext(
  resolution: Resolution,
  fact: string,
  parts: Readonly<Record<string, ValueType>>,
  path: string,
  place: Place,
): Expression {
  const type = parts[path];
  if (type) return { kind: 'context', fact, part: path, type };
  resolution.found(
    at(place, '/path'),
    `"${fact}" has no "${path}"; it has ${Object.keys(parts)
      .map((p) => (p ? `$.${p}` : 'itself (no path)'))
      .join(', ')}`,
  );
  return unknown();
}

/** Params and paths that a built-in fact does not have would be passed over in silence. */
function checkParams(resolution: Resolution, ref: Reference, place: Place): void {
  const known = BUILT_IN_PARAMS[ref.fact] ?? [];
  for (const key of Object.keys(ref.params ?? {}))
    if (!known.includes(key))
      resolution.found(
        at(place, `/params/${key}`),
        `"${ref.fact}" has no param "${key}"; it has ${known.join(', ') || 'none'}`,
      );
  if (ref.path !== undefined && WITHOUT_PATH.has(ref.fact))
    resolution.found(at(place, '/path'), `"${ref.fact}" has no "${ref.path}"; ask for it without a path`);
  if (ref.fact === 'codeSet' && ref.params && 'codes' in ref.params && !CODES.includes(ref.params['codes']))
    resolution.found(
      at(place, '/params/codes'),
      `found ${JSON.stringify(ref.params['codes'])}, expected "limited" or "forms"`,
    );
}

/** What a check may ask of a code set instead of its codes. */
const CODES: readonly unknown[] = ['limited', 'forms'];

function argument(resolution: Resolution, path: string, scope: Scope, place: Place): Expression {
  const value = scope.args?.[path];
  if (value === undefined) {
    resolution.found(
      at(place, '/path'),
      `the fact has no param "${path}"; it has ${Object.keys(scope.args ?? {}).join(', ') || 'none'}`,
    );
    return unknown();
  }
  return { kind: 'literal', type: 'text', value };
}

/**
 * A parameter, by its name, the day for which it is asked, and whose value is.
 * @param asTable whether a table is meant, and nothing else may be
 */
export function resolveParameter(
  resolution: Resolution,
  ref: Reference,
  scope: Scope,
  place: Place,
  asTable = false,
): Expression {
  const name = constantText(resolution, ref.params?.['name'], scope, at(place, '/params/name'));
  const found = name === undefined ? undefined : resolution.declared.parameters.get(name);
  if (!found) {
    if (name !== undefined)
      resolution.found(
        at(place, '/params/name'),
        `unknown parameter "${name}".${closest(name, resolution.declared.parameters.keys())} rules/parameters holds them`,
      );
    return unknown();
  }
  const parameter = found.json;
  resolution.asks.add(parameter.name);
  const on = dayAsked(resolution, ref, scope, place);
  const whose = whoseAsked(resolution, ref, parameter, scope, place);
  if (isDated(parameter) && !on)
    resolution.found(place, `parameter "${name}" has values with days, so say with "on" for which day it is asked`);
  if (on && !fits(on, ['day']))
    resolution.found(at(place, '/params/on'), `"on" takes a day, but ${foundType(on, ['day'])}`);
  const type = PARAMETER_TYPES[parameter.type];
  if ((type === 'table') !== asTable) {
    resolution.found(
      place,
      asTable
        ? `"${name}" is not a parameter of type table`
        : `parameter "${name}" is a table; only the calculation "labels" reads tables`,
    );
    return unknown();
  }
  return { kind: 'parameter', parameter, type, ...(on && { on }), ...(whose && { whose }) };
}

/** Whose value of a parameter is asked: of the LEA, county, school or grade by which it differs. */
function whoseAsked(
  resolution: Resolution,
  ref: Reference,
  { name, differsBy }: ParameterJson,
  scope: Scope,
  place: Place,
): Expression | undefined {
  const isAsked = ref.params !== undefined && 'for' in ref.params;
  if (isAsked !== (differsBy !== undefined)) {
    resolution.found(
      isAsked ? at(place, '/params/for') : place,
      isAsked
        ? `parameter "${name}" is the same for all, so "for" has no effect; give the parameter "differsBy", or leave "for" out`
        : `parameter "${name}" differs by ${differsBy?.says}, so say with "for" for which ${differsBy?.says} it is asked`,
    );
    return undefined;
  }
  if (!isAsked) return undefined;
  const here = at(place, '/params/for');
  const whose = resolveValue(resolution, ref.params?.['for'], scope, here);
  if (!fits(whose, ['text'])) resolution.found(here, `"for" takes a text, but ${foundType(whose, [])}`);
  return whose;
}

/** The day for which a parameter or a code set is asked. */
function dayAsked(resolution: Resolution, ref: Reference, scope: Scope, place: Place): Expression | undefined {
  if (!ref.params || !('on' in ref.params)) return undefined;
  const here = at(place, '/params/on');
  const written = resolveValue(resolution, ref.params['on'], scope, here);
  return dayWrittenOut(written, ['day'], (message) => resolution.found(here, message));
}

/** A text that must be known when the rulebook is loaded: written out, or an argument of the fact. */
function constantText(resolution: Resolution, json: unknown, scope: Scope, place: Place): string | undefined {
  const value = resolveValue(resolution, json, scope, place);
  if (value.kind === 'literal' && typeof value.value === 'string') return value.value;
  resolution.found(place, 'expected a text, or an argument of this fact');
  return undefined;
}

function fieldReference(resolution: Resolution, ref: Reference, place: Place): Expression {
  const number = String(ref.params?.['number'] ?? '');
  if (!resolution.fieldNumbers.has(number))
    resolution.found(at(place, '/params/number'), `there is no field "${number}" in rules/fields`);
  return {
    kind: 'field',
    number,
    type: resolution.declared.schemas.output.columns.find((c) => c.no === number)?.type === 'DT' ? 'day' : 'text',
  };
}

/** Of the column whose values a check examines: its codes, and what its layout says of it. */
function partOfColumn(
  resolution: Resolution,
  ref: Reference,
  path: string,
  scope: Scope,
  column: Column,
  place: Place,
): Expression {
  const { schemas } = resolution.declared;
  const layout = layoutOf(schemas, scope.incoming as string) as Layout;
  if (ref.fact === 'codeSet') {
    const all = (column.codeSet && codeSetOf(schemas, column.codeSet)?.codes) || [];
    if (ref.params?.['codes'] === 'forms')
      return { kind: 'literal', type: 'list', value: [...new Set(all.map(({ code }) => formOf(code)))] };
    const codes =
      ref.params?.['codes'] === 'limited'
        ? all.filter((code) => code.from !== undefined || code.through !== undefined)
        : all;
    const on = dayAsked(resolution, ref, scope, place);
    return { kind: 'codeSet', codes, type: 'list', ...(on && { on }) };
  }
  if (path === 'codeDay') {
    const key = column.codeDay ?? layout.codeDay;
    if (key === undefined) return { kind: 'literal', type: 'day', value: '' };
    return partOfRecord(resolution, 'incoming', layout.recordType, key, place);
  }
  if (path === 'max') return { kind: 'literal', type: 'number', value: column.max };
  if (path === 'name') return { kind: 'literal', type: 'text', value: column.name };
  resolution.found(at(place, '/path'), `"column" has no "${path}"; it has $.max, $.name, $.codeDay`);
  return unknown();
}

function factReference(resolution: Resolution, ref: Reference, path: string, scope: Scope, place: Place): Expression {
  const declared = resolution.declared.facts.get(ref.fact);
  if (!declared && OTHER_STUDENTS.has(ref.fact)) {
    resolution.found(at(place, '/fact'), `"${ref.fact}" cannot be asked for; ${ONE_STUDENT}`);
    return unknown();
  }
  if (!declared) {
    resolution.found(
      at(place, '/fact'),
      `asks for the fact "${ref.fact}", which does not exist.${closest(ref.fact, [...resolution.declared.facts.keys(), ...BUILT_IN])} Declare it in rules/facts, or correct the name`,
    );
    return unknown();
  }
  if (scope.names.has('row') && 'from' in declared.json) {
    resolution.found(
      at(place, '/fact'),
      `the fact "${ref.fact}" looks into the student history, but a law or a report is about the row alone; ask for columns of the row, or for a calculation from them`,
    );
    return unknown();
  }
  const args = argumentsOf(resolution, ref, declared, scope, place);
  // Without its arguments the fact would be found at fault for what its caller left out.
  const node = args && resolution.factOf(declared, args, scope, place);
  if (!node) return unknown();
  if (scope.alone !== undefined && looksIn([node]).length > 0)
    resolution.found(
      at(place, '/fact'),
      `the fact "${ref.fact}" looks into the student history, which is not known yet when a check examines ${scope.alone}; let it examine histories`,
    );
  if (node.kind === 'look' && node.gives === 'record') return partOfRecord(resolution, node, node.from, path, place);
  const { type } = node;
  if (path !== '') {
    if (type === 'interval' && (path === 'start' || path === 'end'))
      return { kind: 'fact', node, part: path, type: 'day' };
    resolution.found(at(place, '/path'), `the fact "${ref.fact}" gives ${oneOf([type])}, which has no "${path}"`);
  }
  return { kind: 'fact', node, type };
}

/** The params with which a fact is asked; `undefined` when one is missing or not known. */
function argumentsOf(
  resolution: Resolution,
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
      resolution.found(
        at(place, `/params/${key}`),
        `the fact "${ref.fact}" has no param "${key}"; it has ${Object.keys(wanted).join(', ') || 'none'}`,
      );
  for (const [key, kind] of Object.entries(wanted)) {
    const value = constantText(resolution, given[key] ?? '', scope, at(place, `/params/${key}`));
    const isKnown = value !== undefined && (kind !== 'parameter' || resolution.declared.parameters.has(value));
    if (!(key in given)) resolution.found(place, `the fact "${ref.fact}" must be asked with the param "${key}"`);
    else if (value !== undefined && !isKnown)
      resolution.found(
        at(place, `/params/${key}`),
        `unknown parameter "${value}".${closest(value, resolution.declared.parameters.keys())} rules/parameters holds them`,
      );
    if (isKnown && key in given) args[key] = value;
    else areComplete = false;
  }
  return areComplete ? args : undefined;
}
