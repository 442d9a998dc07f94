/** Check files: one check for each record type, and of those that examine values one for each column. */
import { type Column, codeSetOf, incomingColumns, type Layout, layoutOf } from '#records/layout';
import type { CheckFileJson, CheckJson } from '../load/declarations.ts';
import type { Check } from '../tree/nodes.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located, partsOfCheck } from './declared.ts';
import { typeOfColumn } from './record-parts.ts';
import type { Resolution } from './resolution.ts';
import { NAMES_OF_CHECKS, type Scope } from './scope.ts';

/** They are asked when the whole history is known. */
const IN_HISTORIES: ReadonlySet<CheckJson['examines']> = new Set(['histories', 'anomalies']);

/** A check file, once for each record type and column that it is about. */
export const resolveCheck = (resolution: Resolution, check: Located<CheckFileJson>): Check[] =>
  partsOfCheck(check).flatMap((part) => resolvePart(resolution, part));

function resolvePart(resolution: Resolution, check: Located<CheckJson>): Check[] {
  const { json } = check;
  if (json.examines === 'lines') {
    const scope: Scope = { names: new Set(NAMES_OF_CHECKS.lines), alone: 'lines' };
    return [{ ...check, condition: resolveCondition(resolution, json.conditions, scope, at(check, '/conditions')) }];
  }
  return layoutsOf(resolution, check).flatMap((layout) => resolveForType(resolution, check, layout));
}

/** The layouts of the record types that a part is about. */
function layoutsOf(resolution: Resolution, check: Located<CheckJson>): Layout[] {
  const { recordTypes, field, lacking } = check.json;
  const { layouts } = resolution.declared.schemas;
  if (recordTypes !== 'all')
    return recordTypes.flatMap((recordType, i) => {
      const layout = layoutOf(resolution.declared.schemas, recordType);
      if (layout) return [layout];
      resolution.found(
        at(check, `/recordTypes/${i}`),
        `there is no layout for record type "${recordType}" in schemas/records`,
      );
      return [];
    });
  const has = (key: string) => (layout: Layout) => incomingColumns(layout).some((column) => column.key === key);
  if (lacking !== undefined) {
    const without = layouts.filter((layout) => !has(lacking)(layout));
    if (without.length === 0)
      resolution.found(check, `every record type has the column "${lacking}", so "otherwise" has no effect`);
    return without;
  }
  if (field === undefined) return [...layouts];
  const having = layouts.filter(has(field));
  if (having.length === 0) resolution.found(at(check, '/field'), `no record type has the column "${field}"`);
  return having;
}

function resolveForType(resolution: Resolution, check: Located<CheckJson>, layout: Layout): Check[] {
  const { json } = check;
  const { recordType } = layout;
  const place = at(check, '/conditions');
  if (json.field) typeOfColumn(resolution, recordType, json.field, at(check, '/field'));
  const { examines } = json;
  const scope: Scope = {
    names: new Set(NAMES_OF_CHECKS[examines]),
    incoming: recordType,
    ...(!IN_HISTORIES.has(examines) && { alone: examines }),
  };
  if (examines !== 'values')
    return [{ ...check, recordType, condition: resolveCondition(resolution, json.conditions, scope, place) }];
  return columnsOf(resolution, layout, check).map((column) => ({
    ...check,
    recordType,
    column,
    condition: resolveCondition(resolution, json.conditions, { ...scope, column }, place),
  }));
}

function columnsOf(resolution: Resolution, layout: Layout, check: Located<CheckJson>): Column[] {
  const wanted = check.json.columns;
  if (!wanted) {
    resolution.found(check, 'a check that examines values says with "columns" which ones');
    return [];
  }
  return incomingColumns(layout).filter((column) => {
    const codes = column.codeSet === undefined ? undefined : codeSetOf(resolution.declared.schemas, column.codeSet);
    const closed = codes?.closed === true;
    return (
      (wanted.type === undefined || column.type === wanted.type) &&
      (wanted.required === undefined || column.required === wanted.required) &&
      (wanted.closedCodeSet === undefined || closed === wanted.closedCodeSet) &&
      (wanted.completeCodeSet === undefined || (closed && (codes?.complete ?? true) === wanted.completeCodeSet)) &&
      (wanted.lengthKnown === undefined || column.lengthKnown === wanted.lengthKnown) &&
      (wanted.codeSets === undefined || wanted.codeSets.includes(column.codeSet ?? '')) &&
      (wanted.keys === undefined || wanted.keys.includes(column.key)) &&
      !wanted.except?.includes(column.key)
    );
  });
}
