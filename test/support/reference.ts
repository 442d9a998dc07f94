/**
 * The extract once more, as naively as it can be said: cenr.md sections 2 to 4, sentence by sentence, for the test that
 * compares whole lines. Written from that text alone. It imports nothing of the program, walks days one at a time where
 * it can, and may be as slow as it likes.
 */

/**
 * A record of one SSID as the store holds it: columns by key, blanks as `''`. Their order in a list is the order of
 * loading.
 */
export interface ReferenceRecord {
  readonly recordType: string;
  readonly ssid: string;
  readonly values: Readonly<Record<string, string>>;
  readonly uploaded: string;
  readonly lastUpdated: string;
}

export interface ReferenceRequest {
  readonly reportingLEAs: readonly string[] | 'all';
  readonly schools?: readonly string[] | undefined;
  readonly grades?: readonly string[] | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly academicYear?: string | undefined;
  readonly adjusted?: boolean | undefined;
  readonly asOf?: string | undefined;
  readonly from?: string | undefined;
  readonly through?: string | undefined;
}

interface Span {
  readonly start: string;
  /** Blank: open. */
  readonly end: string;
}

const OPEN = '99999999';

// Section 1: words.

/** "overlaps(a, b) = a.start <= b.end and b.start <= a.end, a blank end counting as later than everything." */
function overlaps(a: Span, b: Span): boolean {
  const aEnd = a.end === '' ? OPEN : a.end;
  const bEnd = b.end === '' ? OPEN : b.end;
  // "An interval that ends before it starts overlaps nothing."
  if (aEnd < a.start || bEnd < b.start) return false;
  return a.start <= bEnd && b.start <= aEnd;
}

/** "AY(d): the academic year that holds date d: 1 July to 30 June." Given by its first calendar year. */
function academicYear(day: string): number {
  const year = Number(day.slice(0, 4));
  const month = Number(day.slice(4, 6));
  return month >= 7 ? year : year - 1;
}

function isLeapYear(year: number): boolean {
  return new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
}

function theDayBefore(day: string): string {
  const date = new Date(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10).replace(/-/g, '');
}

/** "L = E + 7 years (29 February becomes 28 February)." */
function sevenYearsAfter(day: string): string {
  const year = Number(day.slice(0, 4)) + 7;
  if (day.endsWith('0229') && !isLeapYear(year)) return `${year}0228`;
  return `${year}${day.slice(4)}`;
}

// Section 2: which enrollments qualify.

function windowOf(request: ReferenceRequest): Span {
  if (request.academicYear !== undefined) {
    const [first, second] = request.academicYear.split('-');
    return { start: `${first}0701`, end: `${second}0630` };
  }
  if (request.asOf !== undefined) return { start: request.asOf, end: request.asOf };
  return { start: request.from as string, end: request.through as string };
}

const column = (record: ReferenceRecord, key: string): string => record.values[key] ?? '';
const startOf = (e: ReferenceRecord): string => column(e, 'enrollmentStartDate');
const exitOf = (e: ReferenceRecord): string => column(e, 'enrollmentExitDate');
const enrolled = (e: ReferenceRecord): Span => ({ start: startOf(e), end: exitOf(e) });
const isNamed = (names: readonly string[] | undefined, name: string): boolean =>
  names === undefined || names.length === 0 || names.includes(name);

function qualifies(r: ReferenceRecord, request: ReferenceRequest): boolean {
  const window = windowOf(request);
  if (r.recordType !== 'SENR' || r.ssid === '') return false;
  // 1
  if (request.reportingLEAs !== 'all' && !request.reportingLEAs.includes(column(r, 'reportingLEA'))) return false;
  if (!isNamed(request.schools, column(r, 'schoolOfAttendance'))) return false;
  if (!isNamed(request.grades, column(r, 'gradeLevelCode'))) return false;
  // 2
  if (column(r, 'studentExitReasonCode') === 'N470') return false;
  if (exitOf(r) !== '' && exitOf(r) < startOf(r)) return false;
  // 3
  if (!overlaps(enrolled(r), window)) return false;
  // 4
  if (request.adjusted === true && startOf(r) < window.start) return false;
  // 5
  return isNamed(request.statuses, column(r, 'enrollmentStatusCode'));
}

/** "Greatest start; then blank exit, else greatest exit; then greatest last-updated date; then the one loaded last." */
function mostRecent(rivals: readonly ReferenceRecord[]): ReferenceRecord {
  let left = [...rivals];
  const keep = (of: (r: ReferenceRecord) => string) => {
    const greatest = left.map(of).sort().at(-1);
    left = left.filter((r) => of(r) === greatest);
  };
  keep(startOf);
  keep((r) => exitOf(r) || OPEN);
  keep((r) => r.lastUpdated);
  return left[left.length - 1] as ReferenceRecord;
}

// Section 4: the derived fields.

const CATEGORIES: Readonly<Record<string, string>> = {
  100: 'Am Indian/Alskn Nat',
  201: 'Asian',
  202: 'Asian',
  203: 'Asian',
  204: 'Asian',
  205: 'Asian',
  206: 'Asian',
  207: 'Asian',
  208: 'Asian',
  299: 'Asian',
  301: 'Nat Hwiin/Othr Pac Islndr',
  302: 'Nat Hwiin/Othr Pac Islndr',
  303: 'Nat Hwiin/Othr Pac Islndr',
  304: 'Nat Hwiin/Othr Pac Islndr',
  399: 'Nat Hwiin/Othr Pac Islndr',
  400: 'Filipino',
  600: 'Black/African Am',
  700: 'White',
};

/** The last of those with the greatest (least) `of`: "same start: loaded last". */
function lastWithGreatest(
  records: readonly ReferenceRecord[],
  of: (r: ReferenceRecord) => string,
): ReferenceRecord | undefined {
  let best: ReferenceRecord | undefined;
  for (const record of records) if (best === undefined || of(record) >= of(best)) best = record;
  return best;
}

function earliest(days: readonly string[]): string {
  return [...days].sort()[0] ?? '';
}

function informationOf(e: ReferenceRecord, history: readonly ReferenceRecord[]): ReferenceRecord | undefined {
  const information = history.filter((r) => r.recordType === 'SINF');
  const effectiveStart = (r: ReferenceRecord): string => column(r, 'effectiveStartDate');
  const effective = (r: ReferenceRecord): Span => {
    const sent = column(r, 'effectiveEndDate');
    if (sent !== '') return { start: effectiveStart(r), end: sent };
    // "A blank effective end stands for the day before the student's next SINF record of the same LEA; open if there is
    // none."
    const later = information.filter(
      (other) =>
        column(other, 'reportingLEA') === column(r, 'reportingLEA') && effectiveStart(other) > effectiveStart(r),
    );
    const next = earliest(later.map(effectiveStart));
    return { start: effectiveStart(r), end: next === '' ? '' : theDayBefore(next) };
  };
  const overlapping = information.filter((r) => overlaps(effective(r), enrolled(e)));
  const greatest = lastWithGreatest(overlapping, effectiveStart);
  if (greatest === undefined) return undefined;
  const sameStart = overlapping.filter((r) => effectiveStart(r) === effectiveStart(greatest));
  const ofSameLEA = sameStart.filter((r) => column(r, 'reportingLEA') === column(e, 'reportingLEA'));
  return (ofSameLEA.length > 0 ? ofSameLEA : sameStart).at(-1);
}

function ethnicityRace(s: ReferenceRecord | undefined): string {
  if (s === undefined) return '';
  if (column(s, 'studentHispanicEthnicityIndicator') === 'Y') return 'Hispanic';
  const categories = new Set<string>();
  for (const n of [1, 2, 3, 4, 5]) {
    const category = CATEGORIES[column(s, `studentRace${n}Code`)];
    if (category !== undefined) categories.add(category);
  }
  if (categories.size > 1) return 'Multiple';
  return [...categories][0] ?? 'Missing';
}

function isDisadvantaged(
  e: ReferenceRecord,
  s: ReferenceRecord | undefined,
  history: readonly ReferenceRecord[],
): boolean {
  if (s !== undefined) {
    const parents = `${column(s, 'parentGuardian1HighestEducationLevelCode')}/${column(s, 'parentGuardian2HighestEducationLevelCode')}`;
    if (academicYear(startOf(e)) >= 2023) {
      if (parents === '14/14' || parents === '14/' || parents === '/14') return true;
    } else if (parents.startsWith('14/')) return true;
  }
  // "AY(e.start) is 2025-2026 or later, and a MEPS record of the student overlaps e (field 41)."
  if (academicYear(startOf(e)) >= 2025 && isMatchedMigrant(e, history)) return true;
  return history.some((r) => {
    if (r.recordType !== 'SPRG' || !overlaps(membership(r), enrolled(e))) return false;
    const program = column(r, 'educationProgramCode');
    if (['181', '182', '190', '191'].includes(program)) return true;
    if (program === '135') return academicYear(startOf(e)) <= 2024;
    if (program === '193') return membership(r).start >= '20200701';
    if (program === '175') return membership(r).start <= '20120630';
    return false;
  });
}

const membership = (r: ReferenceRecord): Span => ({
  start: column(r, 'educationProgramMembershipStartDate'),
  end: column(r, 'educationProgramMembershipEndDate'),
});

function isDisabled(e: ReferenceRecord, window: Span, history: readonly ReferenceRecord[]): boolean {
  const period = {
    start: [startOf(e), window.start].sort()[1] as string,
    end: earliest([exitOf(e) || window.end, window.end]),
  };
  const start = (r: ReferenceRecord): string => column(r, 'specialEducationStatusEffectiveStartDate');
  const statuses = history.filter((r) => r.recordType === 'SWDS');
  // "Two on one day: the one loaded last holds, the other never does."
  const holding = statuses.filter((r, i) => !statuses.some((other, j) => j > i && start(other) === start(r)));
  const onFirstDay = lastWithGreatest(
    holding.filter((r) => start(r) <= period.start),
    start,
  );
  const startingLater = holding.filter((r) => start(r) > period.start && start(r) <= period.end);
  return [onFirstDay, ...startingLater].some((r) => r !== undefined && column(r, 'specialEducationStatusCode') === '1');
}

function hasProgramAtSchool(program: string, e: ReferenceRecord, history: readonly ReferenceRecord[]): boolean {
  return history.some(
    (r) =>
      r.recordType === 'SPRG' &&
      column(r, 'educationProgramCode') === program &&
      column(r, 'reportingLEA') === column(e, 'reportingLEA') &&
      column(r, 'schoolOfAttendance') === column(e, 'schoolOfAttendance') &&
      overlaps(membership(r), enrolled(e)),
  );
}

/** "From Eligibility Start Date to End of Eligibility Date (blank: open), overlaps e; school, LEA … do not matter." */
function isMatchedMigrant(e: ReferenceRecord, history: readonly ReferenceRecord[]): boolean {
  return history.some(
    (r) =>
      r.recordType === 'MEPS' &&
      overlaps({ start: column(r, 'eligibilityStartDate'), end: column(r, 'endOfEligibilityDate') }, enrolled(e)),
  );
}

const yesNo = (yes: boolean): string => (yes ? 'Y' : 'N');

/** Fields 36 to 48 of the row made from `e`. */
function derivedFields(
  e: ReferenceRecord,
  window: Span,
  history: readonly ReferenceRecord[],
  runDate: string,
): string[] {
  const s = informationOf(e, history);
  const acquisitions = history.filter((r) => r.recordType === 'SELA');
  const statusStart = (r: ReferenceRecord): string => column(r, 'englishLanguageAcquisitionStatusStartDate');
  const status = (r: ReferenceRecord): string => column(r, 'englishLanguageAcquisitionStatusCode');
  const mostRecentBy = (bound: string) =>
    lastWithGreatest(
      acquisitions.filter((r) => statusStart(r) <= bound),
      statusStart,
    );

  const ofEnrollment = mostRecentBy(exitOf(e) || runDate);
  const field37 = ofEnrollment ? status(ofEnrollment) : '';
  const field44 = ofEnrollment ? statusStart(ofEnrollment) : '';

  const last = mostRecentBy(runDate);
  const earliestEL = earliest(acquisitions.filter((r) => status(r) === 'EL').map(statusStart));
  let field45 = '';
  if (last !== undefined && ['EL', 'RFEP', 'ADEL'].includes(status(last)) && earliestEL !== '') {
    const longTerm = sevenYearsAfter(earliestEL);
    const isTooLate = (status(last) === 'RFEP' || status(last) === 'ADEL') && !(longTerm < statusStart(last));
    if (!isTooLate) field45 = longTerm;
  }

  let [field46, field47, field48] = ['', '', ''];
  if (field45 !== '') {
    const latestInformation = lastWithGreatest(
      history.filter((r) => r.recordType === 'SINF'),
      (r) => column(r, 'effectiveStartDate'),
    );
    field46 = latestInformation ? column(latestInformation, 'studentInitialUSSchoolEnrollmentDateK12') : '';
    const counted = history.filter(
      (r) =>
        r.recordType === 'SENR' &&
        ['10', '30'].includes(column(r, 'enrollmentStatusCode')) &&
        column(r, 'studentExitReasonCode') !== 'N470',
    );
    field47 = earliest(counted.map(startOf));
    field48 = earliestEL;
  }

  return [
    ethnicityRace(s),
    field37,
    yesNo(isDisadvantaged(e, s, history)),
    yesNo(isDisabled(e, window, history)),
    yesNo(hasProgramAtSchool('191', e, history)),
    // "41 from 2025-2026 on (by AY(e.start)): … SPRG records do not count, open ones included."
    yesNo(academicYear(startOf(e)) >= 2025 ? isMatchedMigrant(e, history) : hasProgramAtSchool('135', e, history)),
    academicYear(startOf(e)) >= 2023 ? '' : yesNo(hasProgramAtSchool('185', e, history)),
    yesNo(hasProgramAtSchool('127', e, history)),
    field44,
    field45,
    field46,
    field47,
    field48,
  ];
}

// Section 3: the shape of the file. The 33 columns are those of the SENR layout after its first two, spelled out here
// so that nothing is shared.
const COPIED = [
  'localRecordID',
  'reportingLEA',
  'schoolOfAttendance',
  'schoolOfAttendanceNPS',
  'academicYearID',
  'ssid',
  'localStudentID',
  'studentLegalFirstName',
  'studentLegalMiddleName',
  'studentLegalLastName',
  'studentLegalNameSuffix',
  'studentAliasFirstName',
  'studentAliasMiddleName',
  'studentAliasLastName',
  'studentBirthDate',
  'studentGenderCode',
  'studentBirthCity',
  'studentBirthStateProvinceCode',
  'studentBirthCountryCode',
  'enrollmentStartDate',
  'enrollmentStatusCode',
  'gradeLevelCode',
  'enrollmentExitDate',
  'studentExitReasonCode',
  'studentSchoolCompletionStatus',
  'expectedReceiverSchoolOfAttendance',
  'studentMetAllUCCSURequirementsIndicator',
  'studentSchoolTransferCode',
  'districtOfGeographicResidenceCode',
  'studentGoldenStateSealMeritDiplomaIndicator',
  'studentSealOfBiliteracyIndicator',
  'adultAgeStudentsWithDisabilitiesInTransitionStatus',
  'graduationExemptionIndicator',
];

/**
 * The extract of some students.
 * @param records of all students, in the order of loading
 * @param request days as CCYYMMDD
 * @param runDate CCYYMMDD
 * @returns the whole file
 */
export function referenceExtract(
  records: readonly ReferenceRecord[],
  request: ReferenceRequest,
  runDate: string,
): string {
  const window = windowOf(request);
  // "One row for each (SSID, reporting LEA, school, grade)."
  const groups = new Map<string, ReferenceRecord[]>();
  for (const r of records) {
    if (!qualifies(r, request)) continue;
    const key = [r.ssid, column(r, 'reportingLEA'), column(r, 'schoolOfAttendance'), column(r, 'gradeLevelCode')].join(
      '^',
    );
    groups.set(key, [...(groups.get(key) ?? []), r]);
  }
  const rows = [...groups.values()].map(mostRecent);
  const order = (r: ReferenceRecord): string[] => [
    r.ssid,
    column(r, 'reportingLEA'),
    column(r, 'schoolOfAttendance'),
    column(r, 'gradeLevelCode'),
  ];
  rows.sort((a, b) => {
    const [left, right] = [order(a), order(b)];
    const i = left.findIndex((text, at) => text !== right[at]);
    return i < 0 ? 0 : (left[i] as string) < (right[i] as string) ? -1 : 1;
  });
  return rows
    .map((e) => {
      const history = records.filter((r) => r.ssid === e.ssid);
      const copied = COPIED.map((key) => column(e, key));
      return ['CENR-R', '', ...copied, ...derivedFields(e, window, history, runDate), e.uploaded, e.lastUpdated].join(
        '^',
      );
    })
    .map((line) => `${line}\r\n`)
    .join('');
}
