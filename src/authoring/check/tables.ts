/** Tables that have no text for a code of their code set, on days on which records may have it. */
import { dayAfter, parseDay, withDashes } from '#records/days';
import { type Code, codeSetOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterValue } from '#rulebook/load/declarations';
import { holdsOn, plain, type Validity } from '#rulebook/tree/parameter-values';
import { type Note, note } from './note.ts';
import type { RowsOfExamples } from './witness.ts';

export function tableNotes({ declared, schemas }: Rulebook, rows: RowsOfExamples): Note[] {
  return [...declared.parameters.values()].flatMap(({ json, ...place }) => {
    const set = json.keys === undefined ? undefined : codeSetOf(schemas, json.keys);
    return (set?.codes ?? []).flatMap((code) => {
      const entries = json.values.filter(({ key, for: only }) => key === code.code && only === undefined);
      const day = firstDayWithout(code, entries);
      if (day === undefined) return [];
      const since = day === '' ? '' : ` from ${withDashes(day)} on`;
      return [
        note(
          'table-lacks-a-code',
          place,
          `the table "${json.name}" has no text for "${code.code}"${since}, which ${set?.codeSet} allows; add it, unless the code should be passed over`,
          { witness: rows.withCode(json, code.code, day) },
        ),
      ];
    });
  });
}

/** The first day on which a code may be used and has no entry; a gap between two entries is said as such. */
function firstDayWithout(code: Code, entries: readonly ParameterValue[]): string | undefined {
  const days = ['', ...[code, ...entries].flatMap(firstDaysOf)].sort();
  return days.find(
    (day) => holdsOn(code, day) && !entries.some((entry) => holdsOn(entry, day)) && !isBetween(day, entries),
  );
}

const firstDaysOf = ({ from, through }: Validity): string[] => [
  ...(from === undefined ? [] : [plain(from)]),
  ...(through === undefined ? [] : [dayAfter(parseDay(through) as string)]),
];

const isBetween = (day: string, entries: readonly Validity[]): boolean =>
  entries.some(({ through }) => through !== undefined && plain(through) < day) &&
  entries.some(({ from }) => from !== undefined && plain(from) > day);
