/** Field files: the rules of each column that is filled by one. */
import type { FieldJson, RuleJson } from '../load/declarations.ts';
import type { Field, Place, Rule } from '../tree/nodes.ts';
import { fieldsRead } from '../tree/walk.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located } from './declared.ts';
import { resolveValue } from './references.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';
import { dayWrittenOut, fitsType, oneOf } from './types.ts';

/** A field file and its rules, which must be such that every case has a value. */
export function resolveField(resolution: Resolution, field: Located<FieldJson>, scope: Scope): Field {
  checkColumnOf(resolution, field);
  const { json, file, pointer } = field;
  const rules = json.rules.map((_, i) => resolveRule(resolution, field, i, scope));
  return { file, pointer, number: json.field, json, rules };
}

/** The output layout must have the column, under the same name, and leave it to a rule. */
function checkColumnOf(resolution: Resolution, field: Located<FieldJson>): void {
  const { json } = field;
  const column = resolution.declared.schemas.output.columns.find((c) => c.no === json.field);
  if (!column)
    resolution.found(
      at(field, '/field'),
      `there is no column ${json.field} in schemas/records/CENR.json; add it there, or correct the number`,
    );
  else {
    if (!column.rule)
      resolution.found(
        at(field, '/field'),
        `column ${json.field} of schemas/records/CENR.json is not filled by a rule ("rule": true is missing there)`,
      );
    if (column.name !== json.name)
      resolution.found(
        at(field, '/name'),
        `found "${json.name}", but schemas/records/CENR.json calls field ${json.field} "${column.name}"`,
      );
  }
}

function resolveRule(resolution: Resolution, field: Located<FieldJson>, i: number, scope: Scope): Rule {
  const { rules } = field.json;
  const rule = rules[i] as RuleJson;
  const place = at(field, `/rules/${i}`);
  checkPlaceAmong(resolution, rules, i, place);
  const here = at(place, '/event/params/value');
  const written = resolveValue(resolution, rule.event.params.value, scope, here);
  const value = isDayColumn(resolution, field)
    ? dayWrittenOut(written, ['day'], (message) => resolution.found(here, message))
    : written;
  if (!fitsType(value.type, ['text', 'day', 'number']))
    resolution.found(here, `a field's value is a text, day or number, but this is ${oneOf([value.type])}`);
  return {
    ...place,
    name: rule.name,
    value,
    ...(rule.conditions && {
      condition: resolveCondition(resolution, rule.conditions, scope, at(place, '/conditions')),
    }),
  };
}

const isDayColumn = ({ declared }: Resolution, { json }: Located<FieldJson>): boolean =>
  declared.schemas.output.columns.some(({ no, type }) => no === json.field && type === 'DT');

/** A rule has a name of its own, and all but the last have conditions. */
function checkPlaceAmong(resolution: Resolution, rules: FieldJson['rules'], i: number, place: Place): void {
  const rule = rules[i] as RuleJson;
  const last = rules.length - 1;
  if (rules.slice(0, i).some(({ name }) => name === rule.name))
    resolution.found(
      at(place, '/name'),
      `a second rule is called "${rule.name}"; give each rule of a field its own name`,
    );
  if (i < last && !rule.conditions)
    resolution.found(
      place,
      `rule "${rule.name}" has no conditions, so the rules after it never decide; only the last rule, "otherwise", has none`,
    );
  if (i === last && (rule.conditions || rule.name !== 'otherwise'))
    resolution.found(
      place,
      `the last rule is "${rule.name}"${rule.conditions ? ' and has conditions' : ''}; expected "otherwise" without conditions, so that every case has a value`,
    );
}

/** Each field after those it reads; a circle is a finding. */
export function inDependencyOrder(resolution: Resolution, fields: readonly Field[]): Field[] {
  const byNumber = new Map(fields.map((f) => [f.number, f]));
  const done = new Set<string>();
  const ordered: Field[] = [];
  const visit = (field: Field, path: readonly string[]): void => {
    if (done.has(field.number)) return;
    if (path.includes(field.number)) {
      resolution.found(field, `field ${field.number} depends on itself: ${[...path, field.number].join(' reads ')}`);
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
