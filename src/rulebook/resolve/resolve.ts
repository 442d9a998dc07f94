/**
 * From rule files to the typed tree: names become what they name, every reference gets its type, and everything that a
 * JSON Schema cannot see is found here, all of it at once: unknown facts, operators, parameters and columns, wrong
 * types for an operator, facts that depend on themselves.
 */
import type { Finding } from '../load/declarations.ts';
import type { CheckTree, ExtractTree } from '../tree/nodes.ts';
import { resolveCheck } from './checks.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Declarations } from './declared.ts';
import { makeFact } from './facts.ts';
import { inDependencyOrder, resolveField } from './fields.ts';
import { resolveHorizon } from './horizons.ts';
import { resolveLaw } from './laws.ts';
import { resolveOrder } from './orders.ts';
import { typeOfColumn } from './record-parts.ts';
import { resolveReport } from './reports.ts';
import { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';

/** A tree, and what is wrong with it. It may be used only when nothing is. */
export interface Resolved<T> {
  readonly tree: T;
  readonly findings: readonly Finding[];
}

/** Resolves the selection, the fields, the laws, the reports and the horizons: the program of the extract. */
export function resolveExtract(declared: Declarations): Resolved<ExtractTree> {
  const resolution = new Resolution(declared, makeFact);
  const { fields, schemas } = declared;
  const scope: Scope = {
    names: new Set(['window', 'request', 'runDate']),
    enrollment: schemas.output.copiesFrom,
  };
  const selection = resolveSelection(resolution, scope);
  const fieldScope: Scope = { ...scope, names: new Set([...scope.names, 'field']) };
  const [resolved, conditionCount] = resolution.numberedApart(() =>
    fields.map((field) => resolveField(resolution, field, fieldScope)),
  );
  for (const [i, column] of schemas.output.columns.entries())
    if (column.rule && !resolution.fieldNumbers.has(column.no))
      resolution.found(
        { file: 'schemas/records/CENR.json', pointer: `/columns/${i}` },
        `column ${column.no} "${column.name}" is filled by a rule, but rules/fields has no file for it`,
      );
  const laws = declared.laws.map((law) => resolveLaw(resolution, law));
  const reports = declared.reports.map((report) => resolveReport(resolution, report));
  const tree = {
    selection,
    fields: inDependencyOrder(resolution, resolved),
    laws,
    reports,
    horizons: declared.horizons.flatMap((horizon) => resolveHorizon(resolution, horizon) ?? []),
    facts: resolution.facts,
    conditionCount,
    asks: resolution.asks,
  };
  return { tree, findings: resolution.findings };
}

function resolveSelection(resolution: Resolution, scope: Scope): ExtractTree['selection'] {
  const { selection, schemas } = resolution.declared;
  const { json } = selection;
  const where = resolveCondition(resolution, json.where, scope, at(selection, '/where'));
  const order = resolveOrder(resolution, json.order, scope, at(selection, json.order.length ? '/order' : ''));
  for (const name of ['onePer', 'rowOrder'] as const)
    for (const [i, key] of json[name].entries())
      typeOfColumn(resolution, schemas.output.copiesFrom, key, at(selection, `/${name}/${i}`));
  return { ...selection, where, order };
}

/** Resolves the checks. */
export function resolveChecks(declared: Declarations): Resolved<CheckTree> {
  const resolution = new Resolution(declared, makeFact);
  const checks = declared.checks.flatMap((check) => resolveCheck(resolution, check));
  return { tree: { checks, facts: resolution.facts, asks: resolution.asks }, findings: resolution.findings };
}
