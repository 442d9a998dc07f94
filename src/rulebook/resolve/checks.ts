/** Check files: one check for each record type, and of those that examine values one for each column. */
import { type Column, codeSetOf, columnIndex, incomingColumns, type Layout, layoutOf } from '#records/layout';
import type { CheckJson } from '../load/declarations.ts';
import type { Check } from '../tree/nodes.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located } from './declared.ts';
import { typeOfColumn } from './record-parts.ts';
import type { Resolution } from './resolution.ts';
import { NAMES_OF_CHECKS, type Scope } from './scope.ts';

/** A check file, once for each record type and column that it is about. */
export function resolveCheck(resolution: Resolution, check: Located<CheckJson>): Check[] {
  const { json } = check;
  if (json.examines === 'lines') {
    const scope: Scope = { names: new Set(NAMES_OF_CHECKS.lines), alone: 'lines' };
    return [{ ...check, condition: resolveCondition(resolution, json.conditions, scope, at(check, '/conditions')) }];
  }
  const { layouts } = resolution.declared.schemas;
  if (json.recordTypes !== 'all')
    return json.recordTypes.flatMap((recordType, i) => {
      const layout = layoutOf(resolution.declared.schemas, recordType);
      if (layout) return resolveForType(resolution, check, layout, '');
      resolution.found(
        at(check, `/recordTypes/${i}`),
        `there is no layout for record type "${recordType}" in schemas/records`,
      );
      return [];
    });
  const { field, otherwise } = json;
  const [having, lacking] = [
    layouts.filter((layout) => field === undefined || columnIndex(layout, field) >= 0),
    layouts.filter((layout) => field !== undefined && columnIndex(layout, field) < 0),
  ];
  if (field !== undefined && having.length === 0)
    resolution.found(at(check, '/field'), `no record type has the column "${field}"`);
  if (otherwise && lacking.length === 0)
    resolution.found(
      at(check, '/otherwise'),
      `every record type has the column "${field}", so "otherwise" has no effect`,
    );
  return [
    ...having.flatMap((layout) => resolveForType(resolution, check, layout, '')),
    ...(otherwise
      ? lacking.flatMap((layout) =>
          resolveForType(resolution, { ...check, json: { ...json, ...otherwise } }, layout, '/otherwise'),
        )
      : []),
  ];
}

/** @param within where in the check's file the part is that is about this record type */
function resolveForType(
  resolution: Resolution,
  check: Located<CheckJson>,
  layout: Layout,
  within: '' | '/otherwise',
): Check[] {
  const { json } = check;
  const { recordType } = layout;
  const place = at(check, `${within}/conditions`);
  if (json.field) typeOfColumn(resolution, recordType, json.field, at(check, `${within}/field`));
  const { examines } = json;
  const scope: Scope = {
    names: new Set(NAMES_OF_CHECKS[examines]),
    incoming: recordType,
    ...(examines !== 'histories' && { alone: examines }),
  };
  if (json.examines !== 'values')
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
    const closed =
      column.codeSet !== undefined && codeSetOf(resolution.declared.schemas, column.codeSet)?.closed === true;
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
