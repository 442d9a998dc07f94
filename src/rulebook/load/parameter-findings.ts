/**
 * What a schema cannot say about parameters: overlapping days, codes that their code set does not hold, a choice that
 * is none.
 */
import { parseDay } from '#records/days';
import type { CodeSet } from '#records/layout';
import { fitsForm } from '../operators/form.ts';
import type { Declarations } from '../resolve/declared.ts';
import { areForTheSame, daysMeet } from '../tree/parameter-values.ts';
import type { Finding, ParameterJson, ParameterValue } from './declarations.ts';

/** A finding about one parameter or one of its values: its pointer from there, and the message. */
type Said = readonly [at: string, message: string];

/** Every finding about a parameter by itself, in the order of the files. */
export function parameterFindings({ parameters, schemas }: Declarations): Finding[] {
  return [...parameters.values()].flatMap(({ file, pointer, json }) =>
    [...aboutParameter(json, schemas.codeSets)].map(([at, message]) => ({ file, pointer: pointer + at, message })),
  );
}

function* aboutParameter(json: ParameterJson, codeSets: readonly CodeSet[]): Generator<Said> {
  const isTable = json.type === 'table';
  const setName = isTable ? json.keys : json.codeSet;
  const set = setName === undefined ? undefined : codeSets.find((c) => c.codeSet === setName);
  if (setName !== undefined && !set)
    yield [isTable ? '/keys' : '/codeSet', `there is no code set "${setName}" in schemas/codesets`];
  const { differsBy } = json;
  if (differsBy?.codeSet !== undefined && !codeSets.some(({ codeSet }) => codeSet === differsBy.codeSet))
    yield ['/differsBy/codeSet', `there is no code set "${differsBy.codeSet}" in schemas/codesets`];
  for (const [i, value] of json.values.entries()) {
    const code = isTable ? value.key : value.value;
    if (set?.closed && !set.codes.some((c) => c.code === code))
      yield [`/values/${i}`, `"${code}" is not a code of ${setName}; schemas/codesets lists them`];
    for (const about of [
      aboutDays(json, value),
      aboutType(json, value),
      aboutOwners(json, value, codeSets),
      aboutOthers(json, i),
    ])
      for (const [at, message] of about) yield [`/values/${i}${at}`, message];
  }
}

/** Days are of the calendar, and the last one not before the first. */
function* aboutDays({ type }: ParameterJson, value: ParameterValue): Generator<Said> {
  for (const key of ['from', 'through'] as const)
    if (value[key] !== undefined && parseDay(value[key]) === undefined)
      yield [`/${key}`, `"${value[key]}" is not a day of the calendar`];
  if (type === 'day' && parseDay(String(value.value)) === undefined)
    yield ['/value', `"${value.value}" is not a day of the calendar`];
  if (value.from && value.through && value.through < value.from)
    yield ['', `holds through ${value.through}, which is before its first day ${value.from}`];
}

/** A value is of the parameter's type. */
function* aboutType({ type, choices }: ParameterJson, { value }: ParameterValue): Generator<Said> {
  if (type === 'choice' && !choices?.includes(String(value)))
    yield ['/value', `"${value}" is not one of the choices ${choices?.join(', ')}`];
  if (type === 'number' && typeof value !== 'number')
    yield ['/value', `a parameter of type number takes a number; found ${JSON.stringify(value)}`];
  if (type === 'flag' && typeof value !== 'boolean')
    yield ['/value', `a parameter of type flag takes true or false; found ${JSON.stringify(value)}`];
  if (['text', 'list', 'choice', 'table', 'day'].includes(type) && typeof value !== 'string')
    yield ['/value', `a parameter of type ${type} takes a text; found ${JSON.stringify(value)}`];
}

/** Whoever has a value of its own has the form, or is a code of the set, by which values differ. */
function* aboutOwners(
  { name, differsBy }: ParameterJson,
  { for: only = [] }: ParameterValue,
  codeSets: readonly CodeSet[],
): Generator<Said> {
  if (!differsBy) {
    if (only.length > 0)
      yield [
        '/for',
        `a value of the parameter "${name}" is only for some; say with "differsBy" of the parameter by what its values differ`,
      ];
    return;
  }
  const { says, form, codeSet } = differsBy;
  const codes = codeSets.find((set) => set.codeSet === codeSet)?.codes;
  for (const [i, owner] of only.entries()) {
    if (form !== undefined && !fitsForm(owner, form))
      yield [`/for/${i}`, `"${owner}" does not have the form ${form} of a ${says}; correct it`];
    if (codes && !codes.some(({ code }) => code === owner))
      yield [`/for/${i}`, `"${owner}" is not a code of ${codeSet}; schemas/codesets lists them`];
  }
}

/** Only lists and tables have several values on one day. */
function* aboutOthers({ type, values }: ParameterJson, i: number): Generator<Said> {
  if (type === 'list' || type === 'table') return;
  const value = values[i] as ParameterValue;
  const clash = values.slice(0, i).find((other) => areForTheSame(other, value) && daysMeet(other, value));
  if (clash)
    yield [
      '',
      `holds on days on which "${clash.value}" holds too; a parameter of type ${type} has one value on any one day${value.for ? ' for each' : ''}`,
    ];
}
