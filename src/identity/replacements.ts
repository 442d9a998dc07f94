/** The Replacement SSID extract: what it lists, and how it is read. */
import { UserError } from '#base/user-error';
import type { History } from '#records/record';
import { type LEAScope, sendersOf } from '#records/scope';
import type { PersonReader } from './columns.ts';

/** One line of the file. */
export interface ReplacementLine {
  readonly lea: string;
  readonly school: string;
  readonly localID: string;
  readonly retired: string;
  readonly replacement: string;
}

/** A line that was read, with the place where it stands. */
export interface ReadReplacement extends ReplacementLine {
  /** From 1. */
  readonly line: number;
  readonly place: string;
}

const SSID_DIGITS = 10;

/** Names and greatest lengths of the columns, in order. */
export const REPLACEMENT_COLUMNS = [
  { name: 'Reporting LEA', max: 7 },
  { name: 'School of Attendance', max: 7 },
  { name: 'Local Student ID', max: 16 },
  { name: 'Retired SSID', max: SSID_DIGITS },
  { name: 'Replacement SSID', max: SSID_DIGITS },
] as const;

export const replacementValues = (line: ReplacementLine): readonly string[] => [
  ...[line.lea, line.school, line.localID, line.retired, line.replacement],
];

/**
 * The lines about a retired number: one for each LEA in scope that the student has an enrollment at, with the school and
 * local student ID of the last one.
 * @param histories of the retired number and of its replacement, as far as there are any
 */
export function replacementLines(
  { retired, replacement }: Pick<ReplacementLine, 'retired' | 'replacement'>,
  histories: readonly Pick<History, 'byType'>[],
  reader: PersonReader,
  scope: LEAScope,
): readonly ReplacementLine[] {
  const enrollments = histories.flatMap(({ byType }) =>
    (byType[reader.enrollmentType] ?? []).map((record) => reader.enrollment(record)),
  );
  const leas = [...new Set(enrollments.map(({ lea }) => lea))].filter((lea) => scope === 'all' || scope.includes(lea));
  return leas.sort().map((lea) => {
    const own = enrollments.filter((enrollment) => enrollment.lea === lea);
    const last = own.reduce((latest, each) => (each.start >= latest.start ? each : latest));
    return { lea, school: last.school, localID: last.localID, retired, replacement };
  });
}

const SSID = /^[0-9]{10}$/;

/**
 * Reads a Replacement SSID file: five fields with carets or commas between them; a first line of column names and blank
 * lines are passed over. A number that several lines retire in favor of the same one comes once.
 * @param sender the LEA that sends it, several with commas between them, or `all`
 * @throws UserError naming the line at fault
 */
export function readReplacements(text: string, name: string, sender: string): readonly ReadReplacement[] {
  const found = new Map<string, ReadReplacement>();
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '') continue;
    const place = `${name}:${i + 1}`;
    const fields = line.split(line.includes('^') ? '^' : ',').map((value) => value.trim());
    if (i === 0 && fields.every((value) => !/\d/.test(value))) continue;
    const refuse = (says: string): never => {
      throw new UserError(`${place}: ${says}. Nothing was done`);
    };
    if (fields.length !== REPLACEMENT_COLUMNS.length)
      refuse(`found ${fields.length} fields, expected ${REPLACEMENT_COLUMNS.map((column) => column.name).join(', ')}`);
    const [lea, school, localID, retired, replacement] = fields as [string, string, string, string, string];
    if (sender !== 'all' && !sendersOf(sender).includes(lea))
      refuse(`Reporting LEA is ${lea}, expected the sender's, ${sender}`);
    for (const ssid of [retired, replacement])
      if (!SSID.test(ssid)) refuse(`"${ssid}" is no SSID; expected ten digits`);
    const known = found.get(retired);
    if (known && known.replacement !== replacement) refuse(`${retired} has another replacement at ${known.place}`);
    if (!known) found.set(retired, { lea, school, localID, retired, replacement, place, line: i + 1 });
  }
  return [...found.values()];
}

/**
 * The active number that stands for each retired one, where a replacement may be retired by another line.
 * @throws UserError naming the line at fault when lines make a circle
 */
export function activeNumbers(
  lines: readonly Pick<ReadReplacement, 'retired' | 'replacement' | 'place'>[],
): ReadonlyMap<string, string> {
  const next = new Map(lines.map(({ retired, replacement }) => [retired, replacement]));
  return new Map(
    lines.map(({ retired, replacement, place }) => {
      let active = replacement;
      for (let steps = 0; next.has(active); active = next.get(active) as string)
        if (active === retired || steps++ > lines.length)
          throw new UserError(`${place}: ${retired} would be replaced in a circle; expected an SSID that stays`);
      return [retired, active];
    }),
  );
}
