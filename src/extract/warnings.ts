/**
 * What somebody should know of an extract that was made as asked and may still not be what they wanted: rows that break a
 * law of the rules, and LEAs, schools or days of which there is nothing. Names no LEA but those of the request, so whoever may read the extract may read these.
 */
import { counted, grouped, plural, shortList } from '#base/text';
import type { Counts } from '#intake/apply';
import { academicYearDays, academicYearOf, withDashes } from '#records/days';
import { passedOverInWords } from '#records/record';
import type { Warning } from '#records/warning';
import type { Rulebook } from '#rulebook/load/assemble';
import type { LawResult } from './laws.ts';
import { academicYearFirstDay, type ExtractRequest, requestFacts } from './request.ts';
import type { Seen } from './seen.ts';

/** What became of the lines that the records come from; those that nobody uses do not count. */
export interface LinesSent {
  readonly read: number;
  readonly rejected: number;
}

export const linesOf = ({ added, replaced, deleted, rejected }: Counts): LinesSent => ({
  read: added + replaced + deleted + rejected,
  rejected,
});

const MOST_NAMED = 10;

/** The warning that the rows themselves are doubtful. */
export const LAW_BROKEN = 'LAW_BROKEN';

/**
 * A warning for each law that rows break, to stand before all others.
 * @param laws what the extract came to
 * @param rows of the extract
 */
export const lawWarnings = (
  laws: readonly LawResult[],
  { declared }: Pick<Rulebook, 'declared'>,
  rows: number,
): readonly Warning[] =>
  laws.flatMap(({ name, rows: broken, line }) => {
    if (broken === 0) return [];
    const says = declared.laws.find(({ json }) => json.name === name)?.json.says ?? '';
    const of = `${counted(broken, 'row')} of ${grouped(rows)} ${broken === 1 ? 'breaks' : 'break'} the law "${name}": ${says}`;
    const first = line === undefined ? '' : ` The first is line ${grouped(line)} of the file.`;
    return [
      {
        code: LAW_BROKEN,
        message: `${of}${first} The rules contradict each other: do not use the extract before somebody has looked at the rules of these fields.`,
      },
    ];
  });

/** Whether an LEA of a request has no enrollment. */
export const lacksLEA = ({ reportingLEAs }: ExtractRequest, { leas }: Seen): boolean =>
  reportingLEAs === 'all' ? leas.size === 0 : !reportingLEAs.every((lea) => leas.has(lea));

/**
 * The other warnings of an extract; none for most.
 * @param seen where the enrollments are that it looked at
 * @param lines of the LEAs of the request; asked only when an LEA has no enrollment
 */
export const warningsOf = (
  request: ExtractRequest,
  rulebook: Pick<Rulebook, 'declared'>,
  rows: number,
  seen: Seen,
  lines: () => LinesSent,
): readonly Warning[] => [...ofTypes(seen), ...ofRequest(request, rulebook, rows, seen, lines)];

/** What was loaded under another version of the rules, and means nothing to this one. */
function ofTypes({ passedOver }: Seen): Warning[] {
  const count = Object.values(passedOver).reduce((sum, n) => sum + n, 0);
  return count === 0
    ? []
    : [
        {
          code: 'RECORDS_PASSED_OVER',
          message: `Passed over ${grouped(count)} stored ${plural(count, 'record')} of types that this version of the rules does not know: ${passedOverInWords(passedOver)}. They were loaded under another version, are kept as they are, and count again under a version that knows them.`,
        },
      ];
}

function ofRequest(
  request: ExtractRequest,
  rulebook: Pick<Rulebook, 'declared'>,
  rows: number,
  seen: Seen,
  lines: () => LinesSent,
): readonly Warning[] {
  const missing =
    request.reportingLEAs === 'all'
      ? seen.leas.size === 0
        ? 'any LEA'
        : ''
      : shortList(
          request.reportingLEAs.filter((lea) => !seen.leas.has(lea)),
          MOST_NAMED,
        );
  const { read, rejected } = missing === '' ? { read: 0, rejected: 0 } : lines();
  if (read > 0 && rejected === read)
    return [
      {
        code: 'ALL_LINES_REJECTED',
        message: `All lines sent (${grouped(read)}) were rejected, so there is no record to make rows from. Correct what the problems of the file name, and send it again.`,
      },
    ];
  const warnings = [
    ...(missing === ''
      ? []
      : [
          {
            code: 'NO_ENROLLMENTS_OF_LEA',
            message: `Found no enrollment of ${missing}. Check the LEA, and whether its Student Enrollment records were sent.`,
          } as const,
        ]),
    ...ofSchools(request, seen),
    ...ofDays(request, rulebook, seen, rows),
  ];
  if (rows > 0 || warnings.length > 0) return warnings;
  return [
    {
      code: 'NO_ROWS',
      message: `No enrollment meets the request${spanOf(seen)}. Check days, schools, grades and statuses.`,
    },
  ];
}

const spanOf = ({ first, last }: Seen): string =>
  first === '' ? '' : `; those of its LEAs start and end between ${withDashes(first)} and ${withDashes(last)}`;

function ofSchools({ schools = [] }: ExtractRequest, seen: Seen): Warning[] {
  const without = schools.filter((school) => !seen.schools.has(school));
  if (without.length === 0 || seen.schools.size === 0) return [];
  const known = shortList([...seen.schools].sort(), MOST_NAMED);
  return [
    {
      code: 'NO_ENROLLMENTS_AT_SCHOOL',
      message: `Found no enrollment at school ${shortList(without, MOST_NAMED)}; the LEAs of the request have enrollments at ${known}.`,
    },
  ];
}

function ofDays(
  request: ExtractRequest,
  rulebook: Pick<Rulebook, 'declared'>,
  { first, last }: Seen,
  rows: number,
): Warning[] {
  if (first === '') return [];
  const { from, through } = requestFacts(request, rulebook);
  if (through < first)
    return [
      {
        code: 'BEFORE_ALL_ENROLLMENTS',
        message: `The request ends on ${withDashes(through)}, before the first enrollment starts on ${withDashes(first)}.`,
      },
    ];
  // Nothing need happen in a school for months; a whole year without a start or an end is one that was not sent.
  const firstDay = academicYearFirstDay(rulebook);
  const year = academicYearOf(last, firstDay);
  if (from <= academicYearDays(year, firstDay).end) return [];
  return [
    {
      code: 'AFTER_ALL_ENROLLMENTS',
      message: `The request begins on ${withDashes(from)}; the latest day on which an enrollment starts or ends is ${withDashes(last)}, in ${year}.${rows > 0 ? ' Rows are of enrollments without an exit date.' : ''} Check whether the records of later years were sent.`,
    },
  ];
}
