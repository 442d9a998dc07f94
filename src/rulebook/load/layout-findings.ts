/** Columns that a layout names must be columns of it; the output must copy columns that are there. */
import { headingOf, type Layout, type Schemas } from '#records/layout';
import type { Declarations, Located } from '../resolve/declared.ts';
import type { Finding, IntervalJson } from './declarations.ts';

/** The file of the output layout: it describes what goes out, the others what comes in. */
export const OUTPUT = 'schemas/records/CENR.json';

/** Every finding about layouts and intervals by themselves. */
export function layoutFindings({ schemas, intervals }: Declarations): Finding[] {
  return [
    ...schemas.layouts.flatMap(aboutLayout),
    ...schemas.layouts.flatMap(aboutFile),
    ...aboutCopies(schemas),
    ...aboutColumnSets(schemas),
    ...intervals.flatMap((interval) => aboutInterval(interval, schemas)),
  ];
}

function aboutLayout(layout: Layout): Finding[] {
  const keys = new Set(layout.columns.map((c) => c.key));
  const named = [
    ...layout.keyColumns,
    ...(layout.keyColumnsWithoutSSID ?? []),
    ...(layout.replaces?.sameColumns ?? []),
    ...(layout.codeDay === undefined ? [] : [layout.codeDay]),
    ...(layout.replaces ? [layout.replaces.latestBy] : []),
    ...layout.columns.flatMap((c) => c.codeDay ?? []),
  ];
  return [...new Set(named)]
    .filter((key) => !keys.has(key))
    .map((key) => ({
      file: `schemas/records/${layout.recordType}.json`,
      pointer: '',
      message: `names the column "${key}", which is not among its columns`,
    }));
}

/** Every record begins with its type, and is one of a student; each column of a file has a name of its own. */
function aboutFile({ recordType, columns, file: looks }: Layout): Finding[] {
  const file = `schemas/records/${recordType}.json`;
  const findings: Finding[] = [];
  if (columns[0]?.key !== 'recordTypeCode')
    findings.push({
      file,
      pointer: '/columns/0/key',
      message: `the first column is "${columns[0]?.key}"; expected "recordTypeCode", also where files do not have it`,
    });
  if (!columns.some(({ key }) => key === 'ssid'))
    findings.push({
      file,
      pointer: '/columns',
      message: 'there is no column "ssid", so nobody knows whose a record is',
    });
  if (!looks?.header) return findings;
  const names = columns.map(headingOf);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) < i)
      findings.push({
        file,
        pointer: `/columns/${i}`,
        message: `an earlier column is called "${name}" too; give one of the two another "heading"`,
      });
  for (const [i, name] of (looks.ignored ?? []).entries())
    if (names.includes(name))
      findings.push({
        file,
        pointer: `/file/ignored/${i}`,
        message: `"${name}" is a column of the layout, which is read`,
      });
  return findings;
}

function aboutCopies({ layouts, output }: Schemas): Finding[] {
  const copied = layouts.find((l) => l.recordType === output.copiesFrom);
  return output.columns.flatMap(({ copyOf }, i) =>
    copyOf === undefined || copied?.columns.some((c) => c.key === copyOf)
      ? []
      : {
          file: OUTPUT,
          pointer: `/columns/${i}/copyOf`,
          message: `${output.copiesFrom} has no column "${copyOf}"`,
        },
  );
}

function aboutColumnSets({ output }: Schemas): Finding[] {
  const findings: Finding[] = [];
  for (const [set, range] of Object.entries(output.columnSets))
    for (const [i, no] of range.entries())
      if (!output.columns.some((c) => c.no === no))
        findings.push({ file: OUTPUT, pointer: `/columnSets/${set}/${i}`, message: `there is no column "${no}"` });
  if (!Object.hasOwn(output.columnSets, output.defaultColumnSet))
    findings.push({
      file: OUTPUT,
      pointer: '/defaultColumnSet',
      message: `there is no column set "${output.defaultColumnSet}"`,
    });
  return findings;
}

function aboutInterval({ file, pointer, json }: Located<IntervalJson>, { layouts }: Schemas): Finding[] {
  const layout = layouts.find((l) => l.recordType === json.of);
  if (!layout)
    return [
      {
        file,
        pointer: `${pointer}/of`,
        message: `there is no layout for record type "${json.of}" in schemas/records`,
      },
    ];
  const named = [
    json.start,
    ...(json.end === undefined ? [] : [json.end]),
    ...(json.blankEnd === 'open' ? [] : json.blankEnd.dayBeforeNext.sameColumns),
  ];
  return named
    .filter((key) => !layout.columns.some((c) => c.key === key))
    .map((key) => ({
      file,
      pointer,
      message: `${json.of} has no column "${key}"; schemas/records/${json.of}.json lists the columns`,
    }));
}
