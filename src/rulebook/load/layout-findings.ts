/** Columns that a layout names must be columns of it; the output must copy columns that are there. */
import { areConsecutiveYears } from '#records/days';
import { headingOf, isNumbered, type Layout, type OutputLayout, outputColumns, type Schemas } from '#records/layout';
import type { Declarations, Located } from '../resolve/declared.ts';
import type { Finding, IntervalJson } from './declarations.ts';

/** The file of the output layout: it describes what goes out, the others what comes in. */
export const OUTPUT = 'schemas/records/CENR.json';

/** Every finding about layouts and intervals by themselves. */
export function layoutFindings({ schemas, intervals }: Declarations): Finding[] {
  return [
    ...schemas.layouts.flatMap(aboutLayout),
    ...schemas.layouts.flatMap(aboutFile),
    ...schemas.layouts.flatMap(aboutYears),
    ...aboutCopies(schemas),
    ...aboutNames(schemas),
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
    ...(layout.academicYear === undefined ? [] : [layout.academicYear]),
    ...(layout.replaces ? [layout.replaces.latestBy] : []),
    ...(layout.drawn?.names.map(({ column }) => column) ?? []),
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

function aboutNames({ output }: Schemas): Finding[] {
  return (output.names ?? []).flatMap((name, i) =>
    output.columns.some(({ key }) => key === name)
      ? []
      : { file: OUTPUT, pointer: `/names/${i}`, message: `there is no column "${name}"` },
  );
}

function aboutColumnSets({ output }: Schemas): Finding[] {
  const sets = Object.keys(output.columnSets).flatMap((set) => aboutColumnSet(output, set));
  return [...sets, ...aboutUsualColumns(output)];
}

function aboutColumnSet(output: OutputLayout, set: string): Finding[] {
  const items = output.columnSets[set] ?? [];
  const pointer = `/columnSets/${set}`;
  const place = (name: string): number =>
    output.columns.findIndex(({ key, no }) => (isNumbered(items) ? no : key) === name);
  const findings: Finding[] = [];
  const found = (at: string, message: string): void =>
    void findings.push({ file: OUTPUT, pointer: pointer + at, message });
  for (const [i, item] of items.entries()) {
    const named =
      typeof item === 'string' ? [[item, '']] : Object.entries(item).map(([key, name]) => [name, `/${key}`]);
    for (const [name = '', at] of named) if (place(name) < 0) found(`/${i}${at}`, `there is no column "${name}"`);
    if (typeof item === 'object' && place(item.through) >= 0 && place(item.from) > place(item.through))
      found(`/${i}`, `"${item.through}" stands before "${item.from}"; write the first column under "from"`);
  }
  const keys = outputColumns(output, set).map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) found('', `the column "${twice}" is in it twice`);
  else if (findings.length === 0 && /^[0-9]+$/.test(set) && keys.length !== Number(set))
    found('', `it has ${keys.length} columns, not ${set}; name the columns that it should have, or call it otherwise`);
  return findings;
}

/** Which columns are written when none are asked for: for every academic year some. */
function aboutUsualColumns({ columnSets, defaultColumnSet }: OutputLayout): Finding[] {
  const findings: Finding[] = [];
  const found = (at: string, message: string): void =>
    void findings.push({ file: OUTPUT, pointer: `/defaultColumnSet${at}`, message });
  const requireSet = (set: string, at: string): void => {
    if (!Object.hasOwn(columnSets, set)) found(at, `there is no column set "${set}"`);
  };
  if (typeof defaultColumnSet === 'string') {
    requireSet(defaultColumnSet, '');
    return findings;
  }
  for (const [i, { columnSet, from }] of defaultColumnSet.entries()) {
    requireSet(columnSet, `/${i}/columnSet`);
    if (from === undefined) {
      if (i > 0)
        found(`/${i}`, 'only the first choice is without "from"; say from which academic year this one is made');
      continue;
    }
    if (i === 0)
      found('/0/from', `there are no columns for the years before ${from}; leave "from" out of the first choice`);
    if (!areConsecutiveYears(from)) found(`/${i}/from`, yearWords(from));
    const { from: before } = defaultColumnSet[i - 1] ?? {};
    if (before !== undefined && from <= before)
      found(`/${i}/from`, `${from} is not after ${before}; write the years in ascending order`);
  }
  return findings;
}

const yearWords = (found: string): string => `found "${found}", expected two consecutive years, such as 2026-2027`;

/** Columns of some years stand behind the others, so that no column is elsewhere in another year. */
function aboutYears({ recordType, columns, academicYear, file: looks }: Layout): Finding[] {
  const file = `schemas/records/${recordType}.json`;
  return columns.flatMap(({ from, name }, i) => {
    const before = columns[i - 1];
    const pointer = `/columns/${i}`;
    if (from === undefined)
      return before?.from === undefined
        ? []
        : {
            file,
            pointer,
            message: `"${before.name}" before it is a column from ${before.from} on only; columns of all years come first`,
          };
    const message = !areConsecutiveYears(from)
      ? yearWords(from)
      : academicYear === undefined
        ? `the layout does not say which column has the academic year of a line; name it in "academicYear"`
        : looks
          ? `files of this type have no years of columns, since "file" says how they look`
          : (before?.from ?? '') > from
            ? `${from} is before ${before?.from}, the year of "${before?.name}"; the newest columns come last`
            : undefined;
    return message === undefined ? [] : { file, pointer: `${pointer}/from`, message: `"${name}": ${message}` };
  });
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
