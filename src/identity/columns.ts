/** A person and the last enrollment out of a student history. */
import { UserError } from '#base/user-error';
import type { Layout } from '#records/layout';
import { compare, type History, type ReadPlan, Slots, type SourceRecord } from '#records/record';
import type { MatchParameters } from './parameters.ts';
import type { Description } from './person.ts';

/** What is known of where a student was last. */
export interface LastEnrollment {
  readonly lea: string;
  readonly school: string;
  readonly localID: string;
  readonly grade: string;
  /** CCYYMMDD, all; `''` for none. */
  readonly start: string;
  readonly exit: string;
  readonly exitReason: string;
}

const LEA = 'reportingLEA';
type DescriptionSlots = Readonly<Record<keyof Description, number>>;
type EnrollmentSlots = Readonly<Record<keyof LastEnrollment, number>>;

/** Reads persons out of records. */
export class PersonReader {
  readonly plan: ReadPlan;
  /** Index of the record type of enrollments. */
  readonly enrollmentType: number;
  readonly #informationType: number;
  readonly #informationStart: number;
  readonly #ofInformation: DescriptionSlots;
  readonly #ofEnrollment: DescriptionSlots;
  readonly #enrollment: EnrollmentSlots;

  /** The slot of the day an enrollment starts. */
  readonly startSlot: number;

  /**
   * @param enrollmentRecords the record type of enrollments
   * @param slots of a plan that others share
   */
  constructor(
    layouts: readonly Layout[],
    enrollmentRecords: string,
    p: MatchParameters,
    slots: Slots = new Slots(layouts),
  ) {
    const described = (type: string): DescriptionSlots => {
      const slot = (key: keyof MatchParameters['person']): number => slots.column(type, p.person[key]);
      return {
        ...{ first: slot('FirstName'), middle: slot('MiddleName'), last: slot('LastName') },
        ...{ aliasFirst: slot('AliasFirstName'), aliasMiddle: slot('AliasMiddleName') },
        ...{ aliasLast: slot('AliasLastName'), birthDate: slot('BirthDate'), gender: slot('Gender') },
        ...{ birthCountry: slot('BirthCountry'), birthState: slot('BirthState') },
      };
    };
    const slot = (key: keyof MatchParameters['enrollment']): number =>
      slots.column(enrollmentRecords, p.enrollment[key]);
    this.#ofEnrollment = described(enrollmentRecords);
    const information = informationIn(layouts, enrollmentRecords, p);
    this.#ofInformation = described(information.recordType);
    this.#informationStart = slots.column(information.recordType, information.codeDay);
    this.#enrollment = {
      ...{ lea: slots.column(enrollmentRecords, LEA), school: slot('School'), localID: slot('LocalID') },
      ...{ grade: slot('Grade'), start: slot('Start'), exit: slot('Exit'), exitReason: slot('ExitReason') },
    };
    this.startSlot = this.#enrollment.start;
    this.enrollmentType = slots.type(enrollmentRecords);
    this.#informationType = slots.type(information.recordType);
    this.plan = slots.plan();
  }

  /** Who a record of an enrollment is about. */
  describedBy = (enrollment: SourceRecord): Description => describe(enrollment, this.#ofEnrollment);

  /**
   * Who a student is by the newest record: of student information, or of an enrollment where there is none.
   * `undefined` for a student without any of these.
   */
  described({ byType }: Pick<History, 'byType'>): Description | undefined {
    const information = newest(byType[this.#informationType] ?? [], this.#informationStart);
    const enrollment = newest(byType[this.enrollmentType] ?? [], this.#enrollment.start);
    const described = information && describe(information, this.#ofInformation);
    if (described && described.birthDate !== '' && described.last !== '') return described;
    return enrollment && describe(enrollment, this.#ofEnrollment);
  }

  /** The enrollment with the latest start; of several the one loaded last. */
  last({ byType }: Pick<History, 'byType'>): LastEnrollment | undefined {
    const record = newest(byType[this.enrollmentType] ?? [], this.#enrollment.start);
    return record && this.enrollment(record);
  }

  enrollment({ values }: SourceRecord): LastEnrollment {
    const at = this.#enrollment;
    return {
      lea: values[at.lea] as string,
      school: values[at.school] as string,
      localID: values[at.localID] as string,
      grade: values[at.grade] as string,
      start: values[at.start] as string,
      exit: values[at.exit] as string,
      exitReason: values[at.exitReason] as string,
    };
  }

  /** The LEAs that a student has an enrollment at. */
  leas({ byType }: Pick<History, 'byType'>): ReadonlySet<string> {
    return new Set((byType[this.enrollmentType] ?? []).map(({ values }) => values[this.#enrollment.lea] as string));
  }
}

/**
 * The layout of student information: the one beside that of enrollments that has all columns of a person.
 * @throws UserError when the rules have none
 */
function informationIn(
  layouts: readonly Layout[],
  enrollmentRecords: string,
  p: MatchParameters,
): { readonly recordType: string; readonly codeDay: string } {
  const wanted = Object.values(p.person);
  for (const { recordType, columns, codeDay } of layouts) {
    const keys = new Set(columns.map(({ key }) => key));
    if (recordType !== enrollmentRecords && codeDay !== undefined && wanted.every((key) => keys.has(key)))
      return { recordType, codeDay };
  }
  throw new UserError(
    `no record layout beside ${enrollmentRecords} has the columns ${wanted.join(', ')}, which matching needs`,
  );
}

const describe = ({ values }: SourceRecord, at: DescriptionSlots): Description => ({
  first: values[at.first] as string,
  middle: values[at.middle] as string,
  last: values[at.last] as string,
  aliasFirst: values[at.aliasFirst] as string,
  aliasMiddle: values[at.aliasMiddle] as string,
  aliasLast: values[at.aliasLast] as string,
  birthDate: values[at.birthDate] as string,
  gender: values[at.gender] as string,
  birthCountry: values[at.birthCountry] as string,
  birthState: values[at.birthState] as string,
});

function newest(records: readonly SourceRecord[], start: number): SourceRecord | undefined {
  let found: SourceRecord | undefined;
  for (const record of records) {
    const order = found ? compare(record.values[start], found.values[start]) || record.loaded - found.loaded : 1;
    if (order > 0) found = record;
  }
  return found;
}
