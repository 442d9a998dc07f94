/** Reports: files made from the rows of an extract, whose conditions and columns are those of a row. */
import type { ReportJson } from '../load/declarations.ts';
import type { Report, ReportColumn } from '../tree/nodes.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located, only } from './declared.ts';
import { outputColumnOf } from './record-parts.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';

/** A report is made of a file that is there already: it sees the columns of a row, and nothing else. */
const SCOPE: Scope = { names: new Set(['row']) };

export function resolveReport(resolution: Resolution, report: Located<ReportJson>): Report {
  const { json } = report;
  const [where] = resolution.numberedApart(
    () => json.where && resolveCondition(resolution, json.where, SCOPE, at(report, '/where')),
  );
  const key = json.counts === undefined ? 'columns' : 'by';
  const columns = (json[key] ?? []).flatMap((written, i) => column(resolution, report, written, `/${key}/${i}`));
  for (const [i, { name }] of columns.entries())
    if (columns.findIndex((other) => other.name === name) < i)
      resolution.found(
        at(report, `/${key}/${i}`),
        `the report has two columns with the name "${name}"; leave one out, or give it another "name"`,
      );
  return { ...only(report), json, ...(where && { where }), columns };
}

type ColumnJson = NonNullable<ReportJson['columns']>[number];

function column(
  resolution: Resolution,
  report: Located<ReportJson>,
  written: ColumnJson,
  pointer: string,
): ReportColumn[] {
  const json = typeof written === 'string' ? { column: written } : written;
  const place = at(report, typeof written === 'string' ? pointer : `${pointer}/column`);
  const found = outputColumnOf(resolution, json.column, place);
  if (!found) return [];
  const { name = found.name, instead } = json as Exclude<ColumnJson, string>;
  return [{ column: found, name, ...(instead && { instead: new Map(Object.entries(instead)) }) }];
}
