/** Mistakes in parameters and intervals: another value, a day too early or too late, a value left out. */
import { dayAfter, dayBefore, parseDay, withDashes } from '#records/days';
import { codeSetOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { IntervalJson, ParameterJson, ParameterValue } from '#rulebook/load/declarations';
import { type Change, type MutantKind, quotedValue, without } from './change.ts';

export function parameterChanges(json: ParameterJson, pointer: string, rulebook: Rulebook): Change[] {
  const { name, type, values, choices = [] } = json;
  const all = `${pointer}/values`;
  const codes =
    json.codeSet === undefined ? [] : (codeSetOf(rulebook.schemas, json.codeSet)?.codes ?? []).map(({ code }) => code);
  const [firstCode] = codes;
  if (type === 'list' && values.length === 0 && firstCode !== undefined)
    return [
      {
        kind: 'code',
        pointer: all,
        to: [{ value: firstCode }],
        says: `"${firstCode}" was added to the parameter ${name}.`,
      },
    ];
  return values.flatMap((value, i): Change[] => {
    const place = `${all}/${i}`;
    const shown = shownValue(value);
    const become = (kind: MutantKind, to: string | number | boolean): Change => ({
      kind,
      pointer: place,
      at: `${place}/value`,
      to,
      says: `${shown} became ${quotedValue(to)} in the parameter ${name}.`,
    });
    const changes = valueMistakes(json, value, codes, choices).map(({ kind, to }) => become(kind, to));
    if (values.length > 1 || type === 'list')
      changes.push({
        kind: 'dropped',
        pointer: place,
        at: all,
        to: without(values, i),
        says: `${shown} was left out of the parameter ${name}.`,
      });
    return [...changes, ...ownerChanges(json, value, place), ...dayChanges(value, place, name)];
  });
}

function valueMistakes(
  { type, values }: ParameterJson,
  { value }: ParameterValue,
  codes: readonly string[],
  choices: readonly string[],
): { kind: MutantKind; to: string | number | boolean }[] {
  if (typeof value === 'number') return [value - 1, value + 1].map((to) => ({ kind: 'number', to }));
  if (typeof value === 'boolean') return [{ kind: 'value', to: !value }];
  if (type === 'day') return movedDays(value).map((to) => ({ kind: 'day', to }));
  if (type === 'choice') return choices.filter((choice) => choice !== value).map((to) => ({ kind: 'value', to }));
  const others = (codes.length > 0 ? codes : values.map((other) => String(other.value))).filter(
    (other) => other !== value,
  );
  const unused = others.filter((code) => codes.length === 0 || !values.some((other) => other.value === code));
  const kind: MutantKind = codes.length > 0 ? 'code' : 'value';
  const neighbors = new Set(
    [unused.findLast((code) => code < value), unused.find((code) => code > value)].filter((code) => code !== undefined),
  );
  if (neighbors.size > 0) return [...neighbors].map((to) => ({ kind, to }));
  const monthDay = movedDays(`${SOME_YEAR}-${value}`).map((day) => day.slice(SOME_YEAR.length + 1));
  if (monthDay.length > 0) return monthDay.map((to) => ({ kind: 'day', to }));
  return value === '' ? [] : [{ kind: 'value', to: '' }];
}

/** A year to move a month and day in: not a leap year, as most are. */
const SOME_YEAR = '2001';

/** The day before and the day after, CCYY-MM-DD; none for a text that is no day. */
function movedDays(text: string): string[] {
  const day = text[4] === '-' ? parseDay(text) : undefined;
  return day === undefined ? [] : [withDashes(dayBefore(day)), withDashes(dayAfter(day))];
}

const shownValue = ({ key, value }: ParameterValue): string =>
  key === undefined ? quotedValue(value) : `${quotedValue(value)} for ${quotedValue(key)}`;

/** Somebody was left out of those for whom a value is, or it became one for all. */
function ownerChanges({ name, values, type }: ParameterJson, value: ParameterValue, pointer: string): Change[] {
  const { for: only, ...forAll } = value;
  if (!only) return [];
  const said = `in the parameter ${name}`;
  const fewer = only.map(
    (owner, i): Change => ({
      kind: 'dropped',
      pointer: `${pointer}/for/${i}`,
      at: `${pointer}/for`,
      to: without(only, i),
      says: `${shownValue(value)} was no longer for ${owner} ${said}.`,
    }),
  );
  // Beside a value for all there cannot be another one.
  const isFree = type === 'list' || type === 'table' || values.every((other) => other.for !== undefined);
  const wider: Change = {
    kind: 'dropped',
    pointer: `${pointer}/for`,
    at: pointer,
    to: forAll,
    says: `${shownValue(value)} became for all ${said}.`,
  };
  return [...(only.length > 1 ? fewer : []), ...(isFree && values.length === 1 ? [wider] : [])];
}

function dayChanges(value: ParameterValue, pointer: string, name: string): Change[] {
  return (['from', 'through'] as const).flatMap((key): Change[] => {
    const { [key]: day, ...rest } = value;
    if (day === undefined) return [];
    const says = (text: string): string =>
      `${quotedValue(value.value)}: ${key} ${day} ${text} in the parameter ${name}.`;
    return [
      ...movedDays(day).map(
        (to): Change => ({ kind: 'day', pointer: `${pointer}/${key}`, to, says: says(`became ${to}`) }),
      ),
      { kind: 'dropped', pointer: `${pointer}/${key}`, at: pointer, to: rest, says: says('was left out') },
    ];
  });
}

export function intervalChanges({ name, of, blankEnd }: IntervalJson, pointer: string): Change[] {
  const at = `${pointer}/blankEnd`;
  const what = `the interval "${name}" of ${of}`;
  const change = (to: IntervalJson['blankEnd'], says: string): Change => ({
    kind: 'interval',
    pointer: at,
    to,
    says: `In ${what}, ${says}.`,
  });
  if (blankEnd === 'open')
    return [change({ dayBeforeNext: { sameColumns: [] } }, 'a blank end became the day before the next record')];
  const { sameColumns } = blankEnd.dayBeforeNext;
  const fewer = sameColumns.map((key, i) =>
    change(
      { dayBeforeNext: { sameColumns: without(sameColumns, i) } },
      `the next record need not be alike in "${key}"`,
    ),
  );
  return [change('open', 'a blank end became open'), ...fewer];
}
