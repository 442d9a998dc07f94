/** The days of parameters' values: twice, with gaps, and beyond the days of their codes. */
import { dayAfter, dayBefore, parseDay, withDashes } from '#records/days';
import { type Code, codeSetOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson, ParameterValue } from '#rulebook/load/declarations';
import type { Place } from '#rulebook/tree/nodes';
import { areForTheSame, daysMeet } from '#rulebook/tree/parameter-values';
import { below, type Note, note } from './note.ts';
import type { RowsOfExamples } from './witness.ts';

export function parameterNotes({ declared, schemas }: Rulebook, rows: RowsOfExamples): Note[] {
  return [...declared.parameters.values()].flatMap(({ json, ...place }) => {
    const set = json.codeSet === undefined ? undefined : codeSetOf(schemas, json.codeSet);
    return [
      ...twice(json, place),
      ...gaps(json, place, rows),
      ...forNoDifference(json, place),
      ...(set ? beyondCodes(json, place, set.codes, rows) : []),
    ];
  });
}

function* twice({ name, type, values }: ParameterJson, place: Place): Generator<Note> {
  for (const [i, value] of values.entries()) {
    const earlier = values.slice(0, i);
    if (type === 'list') {
      const same = earlier.findIndex(
        (other) => other.value === value.value && daysMeet(other, value) && areForTheSame(other, value),
      );
      if (same >= 0)
        yield note(
          'validity-overlap',
          below(place, `/values/${i}`),
          `the list "${name}" has "${value.value}" twice on the same days, here and as number ${same + 1}; keep one, or correct its days`,
        );
    }
    if (type === 'table') {
      const same = earlier.findIndex(
        (other) => other.key === value.key && daysMeet(other, value) && areForTheSame(other, value),
      );
      const differs = earlier[same]?.value !== value.value;
      if (same >= 0)
        yield note(
          'validity-overlap',
          below(place, `/values/${i}`),
          `the table "${name}" has the key "${value.key}" twice${(value.from ?? value.through) ? ' on the same days' : ''}, here and as number ${same + 1}${differs ? `, with "${value.value}" and "${earlier[same]?.value}"` : ''}; keep one`,
          { other: differs },
        );
    }
  }
}

function* gaps(parameter: ParameterJson, place: Place, rows: RowsOfExamples): Generator<Note> {
  const { name, type, values } = parameter;
  const all = values.map((value, i) => ({ value, i }));
  const groups = Map.groupBy(all, ({ value }) =>
    JSON.stringify([type === 'list' && value.value, value.key ?? '', value.for ?? []]),
  ).values();
  for (const group of groups) {
    const inOrder = group.toSorted((a, b) => ((a.value.from ?? '') < (b.value.from ?? '') ? -1 : 1));
    for (const [k, { value, i }] of inOrder.entries()) {
      const before = inOrder[k - 1]?.value;
      const [last, first] = [before?.through, value.from];
      if (
        last === undefined ||
        first === undefined ||
        dayBefore(parseDay(first) as string) <= (parseDay(last) as string)
      )
        continue;
      const what =
        type === 'list'
          ? `the list "${name}" does not have "${value.value}"`
          : type === 'table'
            ? `the table "${name}" has no text for "${value.key}"`
            : `the parameter "${name}" has no value${value.for ? ` for ${value.for.join(', ')}` : ''}`;
      yield note(
        'validity-gap',
        below(place, `/values/${i}`),
        `${what} between ${last} and ${first}; close the gap, unless it is intended`,
        {
          witness:
            type === 'table'
              ? rows.withCode(parameter, String(value.key), dayAfter(parseDay(last) as string))
              : undefined,
        },
      );
    }
  }
}

/** Values for some that are the same as the value for all on each of their days. */
function* forNoDifference({ name, type, values }: ParameterJson, place: Place): Generator<Note> {
  if (type === 'list') return;
  const forAll = values.filter((value) => value.for === undefined);
  for (const [i, value] of values.entries()) {
    const meeting = forAll.filter((other) => other.key === value.key && daysMeet(other, value));
    const [same] = meeting;
    if (value.for && same && meeting.every((other) => other.value === value.value) && covers(same, value))
      yield note(
        'value-for-no-difference',
        below(place, `/values/${i}`),
        `the parameter "${name}" has "${value.value}" for ${value.for.join(', ')}, but on the same days for all; remove it, or write the value that was meant`,
      );
  }
}

/** Whether the days of one value are all among those of another. */
const covers = (wide: ParameterValue, { from, through }: ParameterValue): boolean =>
  (wide.from === undefined || (from !== undefined && wide.from <= from)) &&
  (wide.through === undefined || (through !== undefined && through <= wide.through));

function* beyondCodes(
  parameter: ParameterJson,
  place: Place,
  codes: readonly Code[],
  rows: RowsOfExamples,
): Generator<Note> {
  const { name, codeSet, values } = parameter;
  for (const [i, { value, from, through }] of values.entries()) {
    const code = codes.find((c) => c.code === value);
    const at = below(place, `/values/${i}`);
    if (code?.through !== undefined && (through === undefined || through > code.through)) {
      const last = parseDay(code.through) as string;
      yield note(
        'code-retired',
        at,
        `the parameter "${name}" has "${value}" ${through === undefined ? 'without a last day' : `through ${through}`}, but ${codeSet} allows the code through ${withDashes(last)} only; give the value that last day, unless old records should count`,
        { witness: rows.afterRetirement(parameter, String(value), last) },
      );
    }
    if (code?.from !== undefined && (from === undefined || from < code.from))
      yield note(
        'code-before-its-days',
        at,
        `the parameter "${name}" has "${value}" ${from === undefined ? 'without a first day' : `from ${from}`}, but ${codeSet} allows the code from ${code.from}; give the value that first day, unless no earlier record can have it`,
      );
  }
}
