/**
 * Synthetic student histories and requests for every property. Nothing real is in them: SSIDs start with 99, names are
 * made up, and days come from a small set, so that intervals touch, starts tie and boundaries of rules are met often.
 *
 *     CENR_FUZZ_SEED=417 CENR_FUZZ_RUNS=10000 node test/rulebook/compile/reference.test.ts
 *
 * repeats yesterday's failure exactly, or looks longer. Both are printed by every property.
 */

import fc from 'fast-check';
import type { Test } from 'tap';
import { UserError } from '#base/user-error';
import type { ExtractRequest } from '#extract/request';
import { layoutOf, type Schemas } from '#records/layout';
import { keepLine } from '#records/record';
import { loadRulebook } from '#rulebook/load/load';

/** The shipped rulebook, loaded once for all properties of a file. */
export const shipped = loadRulebook();

/** A record as a store holds it, before it is written into a body. Lists of them are in the order of loading. */
export interface TestRecord {
  readonly recordType: 'SENR' | 'SINF' | 'SPRG' | 'SELA' | 'SWDS' | 'MEPS';
  readonly ssid: string;
  readonly values: Readonly<Record<string, string>>;
  readonly uploaded: string;
  readonly lastUpdated: string;
  /** Blank fields at the end of the line are left out, as a sender may. */
  readonly short: boolean;
  /** The line came from an ODS extract: its record type ends in `-R`. */
  readonly ods: boolean;
}

/**
 * Days on both sides of everything the rules know: academic years, retirements, seven years, 29 February, and days next
 * to each other.
 */
export const DAYS = [
  '20120629',
  '20120630',
  '20120701',
  '20160229',
  '20160301',
  '20160815',
  '20170630',
  '20170701',
  '20200229',
  '20200630',
  '20200701',
  '20220701',
  '20230228',
  '20230301',
  '20230629',
  '20230630',
  '20230701',
  '20230702',
  '20230814',
  '20230815',
  '20230816',
  '20231231',
  '20240101',
  '20240228',
  '20240229',
  '20240301',
  '20240606',
  '20240607',
  '20240608',
  '20240629',
  '20240630',
  '20240701',
  '20240702',
  '20250629',
  '20250630',
  '20250701',
  '20250702',
  '20250815',
  '20260301',
  '20270301',
] as const;

export const LEAS = ['1000001', '1000002', '9999999'] as const;
export const SCHOOLS = ['2000001', '2000002', '0000001'] as const;
export const GRADES = ['05', '06', 'TK', 'KN'] as const;

const often = <T>(value: T, weight: number) => ({ weight, arbitrary: fc.constant(value) });
const blankOr = (codes: readonly string[]) => fc.constantFrom('', ...codes);
const yesNoBlank = fc.constantFrom('', 'Y', 'N');
const lea = fc.oneof(often<string>(LEAS[0], 4), often<string>(LEAS[1], 1), often<string>(LEAS[2], 1));
const school = fc.oneof(often<string>(SCHOOLS[0], 3), often<string>(SCHOOLS[1], 1), often<string>(SCHOOLS[2], 1));
const academicYearID = fc.constantFrom('2022-2023', '2023-2024', '2024-2025', '2025-2026');
const race = fc.constantFrom('', '', '', '100', '201', '299', '201', '301', '399', '400', '600', '700');
const education = fc.oneof(often('14', 3), often('', 2), often('10', 1), often('15', 1));

interface OfDays {
  readonly day: fc.Arbitrary<string>;
  readonly blankOrDay: fc.Arbitrary<string>;
  /** Start and end, the end often blank and now and then before the start. */
  readonly span: fc.Arbitrary<readonly [string, string]>;
}

function ofDays(days: readonly string[]): OfDays {
  const day = fc.constantFrom(...days);
  const blankOrDay = fc.oneof({ weight: 2, arbitrary: day }, often('', 1));
  const span = fc
    .tuple(day, day, fc.constantFrom('open', 'open', 'ordered', 'ordered', 'ordered', 'oneDay', 'any'))
    .map(([a, b, kind]): [string, string] => {
      if (kind === 'open') return [a, ''];
      if (kind === 'oneDay') return [a, a];
      return kind === 'ordered' && b < a ? [b, a] : [a, b];
    });
  return { day, blankOrDay, span };
}

type Columns = Readonly<Record<string, string>>;

const student = (ssid: string): Columns => ({
  ssid,
  localStudentID: `L${ssid.slice(-3)}`,
  studentLegalFirstName: 'Sample',
  studentLegalLastName: 'Stüdent',
  studentBirthDate: '20120517',
  studentGenderCode: 'X',
  studentBirthCountryCode: 'US',
});

const enrollment = ({ span }: OfDays): fc.Arbitrary<Columns> =>
  fc
    .record({
      reportingLEA: lea,
      schoolOfAttendance: school,
      academicYearID,
      localRecordID: fc.constantFrom('', 'A 1'),
      enrollmentStatusCode: fc.constantFrom('10', '10', '10', '20', '30', '50'),
      gradeLevelCode: fc.oneof(
        often<string>(GRADES[0], 3),
        often<string>(GRADES[1], 1),
        often<string>(GRADES[2], 1),
        often<string>(GRADES[3], 1),
      ),
      studentExitReasonCode: fc.constantFrom('', '', 'T160', 'E230', 'E155', 'N470'),
      studentMetAllUCCSURequirementsIndicator: yesNoBlank,
      graduationExemptionIndicator: yesNoBlank,
      days: span,
    })
    .map(({ days, ...rest }) => ({ ...rest, enrollmentStartDate: days[0], enrollmentExitDate: days[1] }));

const information = ({ span, blankOrDay }: OfDays): fc.Arbitrary<Columns> =>
  fc
    .record({
      reportingLEA: lea,
      schoolOfAttendance: school,
      academicYearID,
      studentHispanicEthnicityIndicator: fc.constantFrom('', 'N', 'N', 'Y'),
      studentRace1Code: race,
      studentRace2Code: race,
      studentRace5Code: race,
      studentInitialUSSchoolEnrollmentDateK12: blankOrDay,
      parentGuardian1HighestEducationLevelCode: education,
      parentGuardian2HighestEducationLevelCode: education,
      days: span,
    })
    .map(({ days, ...rest }) => ({ ...rest, effectiveStartDate: days[0], effectiveEndDate: days[1] }));

const program = ({ span }: OfDays): fc.Arbitrary<Columns> =>
  fc
    .record({
      reportingLEA: lea,
      schoolOfAttendance: school,
      academicYearID,
      educationProgramCode: fc.constantFrom(
        '191',
        '191',
        '135',
        '185',
        '127',
        '175',
        '181',
        '182',
        '190',
        '193',
        '122',
        '144',
      ),
      educationProgramMembershipCode: fc.constantFrom('', '1', '2', '3'),
      educationServiceCode: fc.constantFrom('', '05'),
      days: span,
    })
    .map(({ days, ...rest }) => ({
      ...rest,
      educationProgramMembershipStartDate: days[0],
      educationProgramMembershipEndDate: days[1],
    }));

const acquisition = ({ day }: OfDays): fc.Arbitrary<Columns> =>
  fc.record({
    reportingLEA: lea,
    schoolOfAttendance: school,
    academicYearID,
    englishLanguageAcquisitionStatusCode: fc.constantFrom('EL', 'EL', 'EL', 'RFEP', 'ADEL', 'EO', 'IFEP', 'TBD'),
    englishLanguageAcquisitionStatusStartDate: day,
    primaryLanguageCode: fc.constant('eng'),
  });

const disability = ({ day }: OfDays): fc.Arbitrary<Columns> =>
  fc.record({
    reportingLEA: lea,
    academicYearID,
    reportingSELPA: fc.constant('9900'),
    specialEducationStatusCode: fc.constantFrom('1', '1', '2', '3', '4'),
    specialEducationStatusEffectiveStartDate: day,
    nonParticipationReasonCode: blankOr(['23']),
  });

/** A record of the weekly match: no LEA, no school, no academic year. */
const eligibility = ({ span, blankOrDay }: OfDays): fc.Arbitrary<Columns> =>
  fc
    .record({
      msdNumber: fc.constantFrom('60000000001', '60000000002'),
      retiredMSDNumber: blankOr(['60000000001']),
      dateMSDRetired: blankOrDay,
      lastUpdateDate: blankOrDay,
      days: span,
    })
    .map(({ days, ...rest }) => ({ ...rest, eligibilityStartDate: days[0], endOfEligibilityDate: days[1] }));

function recordOf(ssid: string, days: OfDays, uploadDays: fc.Arbitrary<string>): fc.Arbitrary<TestRecord> {
  const of = (recordType: TestRecord['recordType'], columns: fc.Arbitrary<Columns>): fc.Arbitrary<TestRecord> =>
    fc
      .record({
        columns,
        uploaded: uploadDays,
        lastUpdated: uploadDays,
        short: fc.boolean(),
        ods: fc.nat(3).map((n) => n === 0),
      })
      .map(({ columns: values, ...rest }) => ({
        recordType,
        ssid,
        values: { ...student(ssid), ...values },
        ...rest,
      }));
  return fc.oneof(
    { weight: 4, arbitrary: of('SENR', enrollment(days)) },
    { weight: 2, arbitrary: of('SINF', information(days)) },
    { weight: 3, arbitrary: of('SPRG', program(days)) },
    { weight: 3, arbitrary: of('SELA', acquisition(days)) },
    { weight: 2, arbitrary: of('SWDS', disability(days)) },
    { weight: 2, arbitrary: of('MEPS', eligibility(days)) },
  );
}

/** Records with one key stand for one record: the last of them, where it was loaded (records.md section 2). */
export function distinct(records: readonly TestRecord[], schemas: Schemas = shipped.schemas): TestRecord[] {
  const key = ({ recordType, values }: TestRecord): string =>
    [recordType, ...(layoutOf(schemas, recordType)?.keyColumns ?? []).map((k) => values[k] ?? '')].join('^');
  const kept = new Map<string, TestRecord>();
  for (const record of records) {
    kept.delete(key(record));
    kept.set(key(record), record);
  }
  return [...kept.values()];
}

/**
 * The records of one student in the order of loading, each key once; now and then an enrollment's key stands several
 * times, which no store does, so that the rules on which of several wins are met to the last of them.
 */
export const historyOf = (ssid: string): fc.Arbitrary<TestRecord[]> =>
  fc
    .uniqueArray(fc.constantFrom(...DAYS), { minLength: 1, maxLength: 8, size: 'max' })
    .chain((days) =>
      fc.tuple(
        fc.array(recordOf(ssid, ofDays(days), fc.constantFrom('20240701', '20240702', '')), {
          minLength: 1,
          maxLength: 16,
          size: 'max',
        }),
        fc.nat(3),
      ),
    )
    .map(([records, n]) =>
      n === 0
        ? [
            ...records.filter((r) => r.recordType === 'SENR'),
            ...distinct(records.filter((r) => r.recordType !== 'SENR')),
          ]
        : distinct(records),
    );

export const SSID = '9900000001';
export const history = historyOf(SSID);

/** Up to three students' records, student by student, SSIDs ascending. */
export const students: fc.Arbitrary<TestRecord[]> = fc
  .tuple(
    historyOf(SSID),
    fc.option(historyOf('9900000002'), { nil: [] }),
    fc.option(historyOf('9912345678'), { nil: [] }),
  )
  .map((all) => all.flat());

const someOf = (values: readonly string[]) =>
  fc.oneof(often<string[]>([], 3), {
    weight: 1,
    arbitrary: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }),
  });

const who = {
  reportingLEAs: fc.oneof(
    often<readonly string[] | 'all'>([LEAS[0]], 4),
    often<readonly string[] | 'all'>('all', 1),
    often<readonly string[] | 'all'>([LEAS[1], LEAS[2]], 1),
  ),
  schools: someOf(SCHOOLS),
  grades: someOf(GRADES),
  statuses: someOf(['10', '20', '30', '50']),
};

export const academicYearRequest: fc.Arbitrary<ExtractRequest> = fc.record({
  ...who,
  academicYear: fc.oneof(
    often('2023-2024', 3),
    often('2022-2023', 1),
    often('2024-2025', 1),
    often('2025-2026', 2),
    often('2019-2020', 1),
  ),
  adjusted: fc.boolean(),
});
export const asOfRequest: fc.Arbitrary<ExtractRequest> = fc.record({ ...who, asOf: fc.constantFrom(...DAYS) });
export const rangeRequest: fc.Arbitrary<ExtractRequest> = fc
  .record({
    ...who,
    days: fc
      .tuple(fc.constantFrom<string>(...DAYS), fc.constantFrom<string>(...DAYS))
      .map((days) => days.sort() as [string, string]),
  })
  .map(({ days: [from, through], ...rest }) => ({ ...rest, from, through }));

/** A request of any of the three kinds. */
export const request: fc.Arbitrary<ExtractRequest> = fc.oneof(
  { weight: 3, arbitrary: academicYearRequest },
  { weight: 1, arbitrary: asOfRequest },
  { weight: 2, arbitrary: rangeRequest },
);
export const runDate = fc.constantFrom(
  '20230814',
  '20231001',
  '20240229',
  '20240630',
  '20240715',
  '20260715',
  '20270101',
);

/** The fields of a record's line, without the two dates of an ODS extract. */
export function fieldsOf(record: TestRecord, schemas: Schemas = shipped.schemas): string[] {
  const columns = layoutOf(schemas, record.recordType)?.columns ?? [];
  const fields = columns.map(({ key }) =>
    key === 'recordTypeCode' ? record.recordType + (record.ods ? '-R' : '') : (record.values[key] ?? ''),
  );
  if (record.short) while (fields.at(-1) === '') fields.pop();
  return fields;
}

/** The body that a store would keep: kept lines in the order of loading. */
export const bodyFrom = (records: readonly TestRecord[]): string =>
  records
    .map((record, i) =>
      keepLine(
        { source: 1, line: i + 1, uploaded: record.uploaded, lastUpdated: record.lastUpdated },
        fieldsOf(record).join('^'),
      ),
    )
    .join('\n');

/** A whole number from the environment. */
export const numberFrom = (name: string): number | undefined => {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw new UserError(`${name} is "${text}"; it takes a whole number`);
  return Number(text);
};

/** One seed for all properties of a run. */
export const SEED = numberFrom('CENR_FUZZ_SEED') ?? Math.floor(Math.random() * 2 ** 31);
const RUNS = numberFrom('CENR_FUZZ_RUNS');
const SHRINKING_MS = 20_000;

/**
 * How many random cases to try.
 * @param usual when CENR_FUZZ_RUNS does not say
 */
export const runsOf = (usual: number): number => RUNS ?? usual;

/**
 * Asserts that a property holds, and prints how to repeat the run.
 * @param runs how many cases when CENR_FUZZ_RUNS does not say
 */
export async function holds<Ts>(t: Test, name: string, runs: number, property: fc.IRawProperty<Ts>): Promise<unknown> {
  const numRuns = runsOf(runs);
  t.comment(`CENR_FUZZ_SEED=${SEED} CENR_FUZZ_RUNS=${numRuns} (${name})`);
  const found = await fc.check(property, { seed: SEED, numRuns, endOnFailure: true });
  if (!found.failed) return t.pass(`${name} (${found.numRuns} cases)`);
  // A smaller case says more, but is not worth waiting for long.
  const smaller = await fc.check(property, {
    seed: SEED,
    numRuns,
    path: found.counterexamplePath ?? '',
    interruptAfterTimeLimit: SHRINKING_MS,
  });
  const details = smaller.counterexample ? smaller : found;
  const report = `${fc.defaultReportMessage(details as fc.RunDetails<Ts>) ?? ''}\n${(details.errorInstance as Error | undefined)?.stack ?? ''}`;
  for (const line of report.split('\n')) t.comment(line);
  return t.fail(name);
}
