/** Generated students with one seeded cause: their records differ from ours in one known way. */
import { compileRulebook } from '#extract/extractor';
import { keyColumns } from '#extract/file-rows';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { Applier } from '#intake/apply';
import { lineChecker } from '#intake/check-lines';
import { StudentLines, studentFrom } from '#intake/student';
import type { Basis } from '#reconcile/readings';
import { type Comparison, World } from '#reconcile/views';
import { addDays, isRealDay } from '#records/days';
import { columnIndex, type Layout, layoutOf, outputColumns } from '#records/layout';
import { fieldsOf, readRecords, type SourceRecord } from '#records/record';
import { NO_CHECKS } from '#rulebook/tree/nodes';
import { generateSample } from '#sample/generate';
import { readSampleLayouts, readSampleRecipe } from '#sample/write';
import { shipped } from '../support/histories.ts';

/** A line of a student, field by field. */
export type Line = readonly string[];

export interface SampleStudent {
  readonly ssid: string;
  readonly lines: readonly Line[];
}

export const RUN_DATE = '20260715';
export const REQUEST: ExtractRequest = { reportingLEAs: 'all', academicYear: '2025-2026' };

const columns = outputColumns(shipped.schemas.output, '50');
export const COMPARISON: Comparison = {
  columns: columns.filter(({ day, literal }) => day === undefined && literal === undefined),
  keys: keyColumns(columns, shipped).map((place) => columns[place]?.key ?? ''),
  withoutZeros: new Set(),
};
export const BASIS: Basis = { rulebook: shipped, request: REQUEST, runDate: RUN_DATE, comparison: COMPARISON };

export const layout = (type: string): Layout => layoutOf(shipped.schemas, type) as Layout;

/** Students of a sample, with the lines that belong to them in the order of the files. */
export function sampleStudents(count: number, seed: number): SampleStudent[] {
  const recipe = readSampleRecipe();
  const decoder = new TextDecoder();
  const texts = new Map<string, string>();
  const options = { students: count, seed, leas: 2, style: 'plain', lastYear: 2025 } as const;
  for (const { recordType, bytes } of generateSample(recipe, readSampleLayouts(recipe), options))
    texts.set(recordType, (texts.get(recordType) ?? '') + decoder.decode(bytes));
  const students = new Map<string, Line[]>();
  for (const [type, text] of texts)
    for (const line of text.split(/\r?\n/)) {
      const fields = line.split('^');
      const { columns: own } = layout(type);
      const ssid = fields[columnIndex(layout(type), 'ssid')] ?? '';
      if (!/^\d{10}$/.test(ssid) || fields.length > own.length) continue;
      while (fields.length < own.length) fields.push('');
      students.set(ssid, [...(students.get(ssid) ?? []), fields]);
    }
  // Only what a store keeps, as it keeps it: without one of these lines, no earlier line of the same record comes back.
  return [...students]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ssid, lines]) => ({ ssid, lines: readRecords(bodyOf(ssid, lines), checked.plan).map(plainLine) }));
}

/** A kept record as a line of a file, all of its fields, without a transaction. */
function plainLine(record: SourceRecord): Line {
  const type = checked.plan.types[record.type] as string;
  const { columns: own } = layout(type);
  const fields = fieldsOf(record);
  return own.map(({ key }, i) =>
    key === 'recordTypeCode' ? type : key === 'transactionTypeCode' ? '' : (fields[i] ?? ''),
  );
}

const checked = compileRulebook(shipped, { recording: false });
const checker = lineChecker(shipped, checked.checks, undefined, RUN_DATE);
const open = compileRulebook({ ...shipped, checks: NO_CHECKS });
const openChecker = lineChecker(shipped, open.checks, undefined, RUN_DATE);

/** The history of lines as a store would keep it; line numbers are places in the list, from 1. */
export function bodyOf(ssid: string, all: readonly Line[], isChecked = true): string {
  const [compiled, check] = isChecked ? [checked, checker] : [open, openChecker];
  const lines = new StudentLines();
  for (const [i, fields] of all.entries()) lines.add(1, i + 1, check.check(fields.join('^'), '', i + 1));
  const applier = new Applier(compiled, () => '');
  return applier.bodyOf(studentFrom(lines, ssid, applier).records);
}

export const world = new World(
  compileRulebook(shipped, { recording: false }),
  requestFacts(REQUEST, shipped),
  RUN_DATE,
  COMPARISON,
);

/** What a seed does to one line. */
export interface Seed {
  readonly name: string;
  readonly recordType: string;
  /** Their line instead of ours; nothing for one that is not there. */
  readonly theirs?: (line: Line, random: () => number) => Line | undefined;
  /** The column that is not the same. */
  readonly key?: string;
  /** The line is not here. */
  readonly notHere?: true;
}

const withColumn = (line: Line, type: string, key: string, value: string): Line =>
  line.with(columnIndex(layout(type), key), value);

const movedDay =
  (type: string, key: string) =>
  (line: Line, random: () => number): Line | undefined => {
    const day = line[columnIndex(layout(type), key)]?.replaceAll(/\D/g, '') ?? '';
    const days = Math.floor(random() * 800) - 400;
    return isRealDay(day) && days !== 0 ? withColumn(line, type, key, addDays(day, days)) : undefined;
  };

const otherCode =
  (type: string, key: string, codes: readonly string[]) =>
  (line: Line, random: () => number): Line | undefined => {
    const now = line[columnIndex(layout(type), key)];
    const others = codes.filter((code) => code !== now);
    return withColumn(line, type, key, others[Math.floor(random() * others.length)] ?? '');
  };

const TYPES = ['SENR', 'SINF', 'SPRG', 'SELA', 'SWDS', 'MEPS'];
const day = (type: string, key: string): Seed => ({
  name: `${type}: another ${key}`,
  recordType: type,
  key,
  theirs: movedDay(type, key),
});
const code = (type: string, key: string, codes: readonly string[]): Seed => ({
  name: `${type}: another ${key}`,
  recordType: type,
  key,
  theirs: otherCode(type, key, codes),
});

/** Every kind of cause that one record can be. */
export const SEEDS: readonly Seed[] = [
  ...TYPES.map((recordType): Seed => ({ name: `${recordType}: not there`, recordType, theirs: () => undefined })),
  ...TYPES.map((recordType): Seed => ({ name: `${recordType}: not here`, recordType, notHere: true })),
  // A match with the migrant system lasts for years: where its start moves, no row changes.
  ...TYPES.slice(0, -1).map((type) => day(type, layout(type).codeDay as string)),
  day('SENR', 'enrollmentExitDate'),
  day('SPRG', 'educationProgramMembershipEndDate'),
  day('MEPS', 'endOfEligibilityDate'),
  day('SINF', 'studentInitialUSSchoolEnrollmentDateK12'),
  code('SPRG', 'educationProgramCode', ['181', '182', '191', '135', '127', '193', '122']),
  code('SELA', 'englishLanguageAcquisitionStatusCode', ['EL', 'RFEP', 'EO', 'IFEP']),
  code('SWDS', 'specialEducationStatusCode', ['1', '2', '3', '4']),
  code('SINF', 'studentHispanicEthnicityIndicator', ['Y', 'N']),
  code('SINF', 'studentRace1Code', ['100', '201', '400', '600', '700']),
  code('SINF', 'parentGuardian1HighestEducationLevelCode', ['10', '14', '15']),
  code('SENR', 'gradeLevelCode', ['05', '06', '07']),
  code('SENR', 'enrollmentStatusCode', ['10', '20']),
  code('SENR', 'studentExitReasonCode', ['T160', 'E155', 'N470']),
  code('SENR', 'schoolOfAttendance', ['9900991', '9900992']),
  code('SENR', 'studentLegalFirstName', ['Another']),
  code('SENR', 'localStudentID', ['L1', 'L2']),
];

/** A repeatable source of numbers below 1. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
