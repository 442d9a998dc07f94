/** A row of a finished extract as answers show it. */
import type { Rulebook } from '#rulebook/load/assemble';
import type { ExtractRow } from '../schemas/extract-row.ts';
import type { RowReader, TracedRow } from './extract-answers.ts';

/** Rules of the derived fields, by field number, in the order in which a trace has them. */
export type RuleNames = ReadonlyMap<string, readonly string[]>;

export const ruleNames = ({ schemas, extract }: Rulebook): RuleNames =>
  new Map(
    schemas.output.columns.flatMap(({ no, rule }) =>
      rule ? [[no, extract.fields.find((f) => f.number === no)?.rules.map((r) => r.name) ?? []] as const] : [],
    ),
  );

/** @param id of the extract */
export function shownRow(
  id: string,
  { row: key, decided }: TracedRow,
  columns: ReturnType<RowReader['columns']>,
  rules: RuleNames,
): ExtractRow {
  const { ssid, reportingLEA, school, grade } = key;
  const self = `/v1/extracts/${id}/rows/${[ssid, school, grade].map(encodeURIComponent).join('/')}`;
  const decidedBy = Object.fromEntries(
    [...rules].map(([field, names], i): [string, string] => [field, names[decided[i] as number] as string]),
  );
  const which = `?reportingLEA=${encodeURIComponent(reportingLEA)}`;
  return {
    ssid,
    reportingLEA,
    school,
    grade,
    columns,
    rules: decidedBy,
    links: { explanation: `${self}/explanation${which}`, proof: `${self}/proof${which}` },
  };
}
