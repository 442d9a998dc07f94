/** What a schema cannot say of parameters, layouts and intervals: that what they name is there, and fits. Pure. */
import { parseDay } from '#records/days';
import type { CodeSet, Layout, Schemas } from '#records/layout';
import type { Declarations, Located } from '../resolve/declared.ts';
import { daysMeet } from '../tree/parameter-values.ts';
import type { Finding, IntervalJson, ParameterJson, ParameterValue } from './declarations.ts';

/** The output layout: it describes what goes out, the other files of its folder what comes in. */
export const OUTPUT = 'schemas/records/CENR.json';

/** What is wrong, and where: a JSON pointer below the value, parameter or interval in hand. */
type Fault = readonly [below: string, message: string];

/** Overlapping days, codes that their code set does not hold, a choice that is none. */
export function* parameterFindings({ parameters, schemas }: Declarations): Generator<Finding> {
  for (const { file, pointer, json } of parameters.values())
    for (const [below, message] of parameterFaults(json, schemas)) yield { file, pointer: pointer + below, message };
}

function* parameterFaults(json: ParameterJson, schemas: Schemas): Generator<Fault> {
  const name = json.type === 'table' ? json.keys : json.codeSet;
  const set = name === undefined ? undefined : schemas.codeSets.find((c) => c.codeSet === name);
  if (name !== undefined && !set)
    yield [json.type === 'table' ? '/keys' : '/codeSet', `there is no code set "${name}" in schemas/codesets`];
  for (const [i, value] of json.values.entries())
    for (const [below, message] of valueFaults(json, value, json.values.slice(0, i), set))
      yield [`/values/${i}${below}`, message];
}

function* valueFaults(
  json: ParameterJson,
  value: ParameterValue,
  earlier: readonly ParameterValue[],
  set: CodeSet | undefined,
): Generator<Fault> {
  const code = json.type === 'table' ? value.key : value.value;
  if (set?.closed && !set.codes.some((c) => c.code === code))
    yield ['', `"${code}" is not a code of ${set.codeSet}; schemas/codesets lists them`];
  for (const key of ['from', 'through'] as const)
    if (value[key] !== undefined && parseDay(value[key]) === undefined)
      yield [`/${key}`, `"${value[key]}" is not a day of the calendar`];
  if (json.type === 'day' && parseDay(String(value.value)) === undefined)
    yield ['/value', `"${value.value}" is not a day of the calendar`];
  if (value.from && value.through && value.through < value.from)
    yield ['', `holds through ${value.through}, which is before its first day ${value.from}`];
  yield* typeFaults(json, value.value);
  if (json.type === 'list' || json.type === 'table') return;
  const clash = earlier.find((other) => daysMeet(other, value));
  if (clash)
    yield [
      '',
      `holds on days on which "${clash.value}" holds too; a parameter of type ${json.type} has one value on any one day`,
    ];
}

const OF_TEXTS: readonly ParameterJson['type'][] = ['text', 'list', 'choice', 'table', 'day'];

function* typeFaults({ type, choices }: ParameterJson, value: ParameterValue['value']): Generator<Fault> {
  if (type === 'choice' && !choices?.includes(String(value)))
    yield ['/value', `"${value}" is not one of the choices ${choices?.join(', ')}`];
  if (type === 'number' && typeof value !== 'number')
    yield ['/value', `a parameter of type number takes a number; found ${JSON.stringify(value)}`];
  if (type === 'flag' && typeof value !== 'boolean')
    yield ['/value', `a parameter of type flag takes true or false; found ${JSON.stringify(value)}`];
  if (OF_TEXTS.includes(type) && typeof value !== 'string')
    yield ['/value', `a parameter of type ${type} takes a text; found ${JSON.stringify(value)}`];
}

/** Columns that a layout names must be columns of it; the output must copy columns that are there. */
export function* layoutFindings({ schemas, intervals }: Declarations): Generator<Finding> {
  for (const layout of schemas.layouts) yield* namedColumns(layout);
  for (const [pointer, message] of outputFaults(schemas)) yield { file: OUTPUT, pointer, message };
  for (const interval of intervals) yield* intervalFindings(interval, schemas);
}

function* namedColumns(layout: Layout): Generator<Finding> {
  const keys = new Set(layout.columns.map((c) => c.key));
  const named = [
    ...layout.keyColumns,
    ...(layout.keyColumnsWithoutSSID ?? []),
    ...(layout.replaces?.sameColumns ?? []),
    layout.codeDay,
    ...(layout.replaces ? [layout.replaces.latestBy] : []),
    ...layout.columns.flatMap((c) => c.codeDay ?? []),
  ];
  for (const key of new Set(named))
    if (!keys.has(key))
      yield {
        file: `schemas/records/${layout.recordType}.json`,
        pointer: '',
        message: `names the column "${key}", which is not among its columns`,
      };
}

function* outputFaults({ layouts, output }: Schemas): Generator<Fault> {
  const { columns, columnSets, defaultColumnSet, copiesFrom } = output;
  const copied = layouts.find((l) => l.recordType === copiesFrom);
  for (const [i, { copyOf }] of columns.entries())
    if (copyOf !== undefined && !copied?.columns.some((c) => c.key === copyOf))
      yield [`/columns/${i}/copyOf`, `${copiesFrom} has no column "${copyOf}"`];
  for (const [set, range] of Object.entries(columnSets))
    for (const [i, no] of range.entries())
      if (!columns.some((c) => c.no === no)) yield [`/columnSets/${set}/${i}`, `there is no column "${no}"`];
  if (!Object.hasOwn(columnSets, defaultColumnSet))
    yield ['/defaultColumnSet', `there is no column set "${defaultColumnSet}"`];
}

function* intervalFindings({ file, pointer, json }: Located<IntervalJson>, { layouts }: Schemas): Generator<Finding> {
  const layout = layouts.find((l) => l.recordType === json.of);
  if (!layout) {
    const message = `there is no layout for record type "${json.of}" in schemas/records`;
    return yield { file, pointer: `${pointer}/of`, message };
  }
  const named = [
    json.start,
    ...(json.end === undefined ? [] : [json.end]),
    ...(json.blankEnd === 'open' ? [] : json.blankEnd.dayBeforeNext.sameColumns),
  ];
  for (const key of named)
    if (!layout.columns.some((c) => c.key === key))
      yield {
        file,
        pointer,
        message: `${json.of} has no column "${key}"; schemas/records/${json.of}.json lists the columns`,
      };
}
