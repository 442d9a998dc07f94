/** Check files: one check for each record type, and of those that examine values one for each column. */
import { type Column, codeSetOf, incomingColumns, type Layout, layoutOf } from '#records/layout';
import type { CheckFileJson, CheckJson } from '../load/declarations.ts';
import type { Check } from '../tree/nodes.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located, partsOfCheck } from './declared.ts';
import { typeOfColumn } from './record-parts.ts';
import type { Resolution } from './resolution.ts';
import { NAMES_OF_CHECKS, type Scope } from './scope.ts';

/** A check file, once for each record type and column that it is about. */
export const resolveCheck = (resolution: Resolution, check: Located<CheckFileJson>): Check[] =>
  partsOfCheck(check).flatMap((part) => resolvePart(resolution, part));

function resolvePart(resolution: Resolution, check: Located<CheckJson>): Check[] {
  const { json } = check;
  const place = at(check, '/conditions');
  if (json.examines === 'lines') {
    return [
      {
        ...check,
        condition: resolveCondition(
          resolution,
          json.conditions,
          { names: new Set(NAMES_OF_CHECKS.lines), alone: 'lines' },
          place,
        ),
      },
    ];
  }
  const types =
    json.recordTypes === 'all' ? resolution.declared.schemas.layouts.map((l) => l.recordType) : json.recordTypes;
  return types.flatMap((recordType, i): Check[] => {
    const layout = layoutOf(resolution.declared.schemas, recordType);
    if (!layout) {
      resolution.found(
        at(check, `/recordTypes/${i}`),
        `there is no layout for record type "${recordType}" in schemas/records`,
      );
      return [];
    }
    if (json.field) typeOfColumn(resolution, recordType, json.field, at(check, '/field'));
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
  });
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
