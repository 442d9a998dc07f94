/** What is known of an extract beside its rows: the "About" sheet of a workbook, the metadata of a Parquet file. */
import { withDashes } from '#records/days';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ExtractRequest } from '../request.ts';

export interface About {
  /** SHA-256 of the text file, hexadecimal. */
  readonly sha256: string;
  /** The column set. */
  readonly columns: string;
  /** What the sheets of a workbook are called; that of the extract when absent. */
  readonly sheet?: string;
  /** Absent where nobody knows: of a file without its manifest. */
  readonly made?: {
    readonly request: ExtractRequest;
    /** CCYYMMDD */
    readonly runDate: string;
    readonly rulebook: NamedRulebook;
  };
  /** Where names of columns and meanings of codes are from. */
  readonly namesFrom: NamedRulebook;
}

interface NamedRulebook {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export const namedRulebook = ({ about: { name, version }, hash }: Pick<Rulebook, 'about' | 'hash'>): NamedRulebook => ({
  name,
  version,
  sha256: hash,
});

/** What there is to say, and of what. */
export function aboutLines({ sha256, columns, made, namesFrom }: About): [string, string][] {
  return [
    ...(made
      ? [...requestLines(made.request), line('Run date', withDashes(made.runDate)), ...rulebookLines('', made.rulebook)]
      : [line('Request', 'not known: the extract came without its manifest')]),
    ...(made?.rulebook.sha256 === namesFrom.sha256 ? [] : rulebookLines('Column names and meanings: ', namesFrom)),
    line('Column set', columns),
    line('SHA-256 of the text file', sha256),
  ];
}

const line = (of: string, says: string): [string, string] => [of, says];

const rulebookLines = (before: string, { name, version, sha256 }: NamedRulebook): [string, string][] => [
  line(`${before}Rulebook`, `${name} ${version}`),
  line(`${before}SHA-256 of the rulebook`, sha256),
];

function requestLines(request: ExtractRequest): [string, string][] {
  const { reportingLEAs, academicYear, adjusted, asOf, from, through, schools, grades, statuses } = request;
  const list = (of: string, codes: readonly string[] | undefined): [string, string] =>
    line(of, codes && codes.length > 0 ? codes.join(', ') : 'all');
  const days: readonly (readonly [string, string | undefined])[] = [
    ['Academic Year', academicYear && `${academicYear}${adjusted ? ', adjusted' : ''}`],
    ['As-of Date', asOf],
    ['Date Range, first day', from],
    ['Date Range, last day', through],
  ];
  return [
    list('Reporting LEA', reportingLEAs === 'all' ? [] : reportingLEAs),
    ...days.flatMap(([of, day]) => (day === undefined ? [] : [line(of, /^\d{8}$/.test(day) ? withDashes(day) : day)])),
    list('School of Attendance', schools),
    list('Grade Level', grades),
    list('Enrollment Status', statuses),
  ];
}
