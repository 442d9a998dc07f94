import { UserError } from '#base/user-error';
import { Bytes } from './bytes.ts';
import type { Days } from './calendar.ts';
import { makeDays, open } from './calendar.ts';
import { prepareCareers } from './enrollments.ts';
import type { MakeIdentities } from './identities.ts';
import { prepareIdentities } from './identities.ts';
import type { Information } from './information.ts';
import { prepareInformation } from './information.ts';
import type { LineWriter, SampleLayout, Style } from './lines.ts';
import { alsoKeysOf, prepareChoices, prepareLines } from './lines.ts';
import { preparePeople, ssidOf } from './people.ts';
import type { Places } from './places.ts';
import { makePlaces } from './places.ts';
import { preparePrograms } from './programs.ts';
import { Random } from './random.ts';
import type { Recipe, RecordRecipe } from './recipe.ts';
import { prepareStatuses } from './statuses.ts';
import type { Enrollment, SampleRecord, Student } from './student.ts';

/** What a sample is made of. The same options, recipe and layouts give the same bytes. */
export interface SampleOptions {
  /** How many students. */
  readonly students: number;
  /** Any whole number. */
  readonly seed: number;
  /** How many LEAs they attend. */
  readonly leas: number;
  readonly style: Style;
  /** The calendar year in which the first academic year starts; the recipe's when not given. */
  readonly firstYear?: number;
  /** The calendar year in which the last academic year starts; the recipe's when not given. */
  readonly lastYear?: number;
  /** Persons whose identity is hard to tell, without mistakes of other kinds; requests for numbers, and the truth. */
  readonly identities?: boolean;
}

/** What a sample with identities has besides record types: lines that ask for an SSID, and who everybody is. */
export const REQUESTS = 'requests';
export const IDENTITIES = 'identities';

/** Some lines of one record type, each with its line end, as UTF-8. */
export interface SampleChunk {
  /** The record type; `requests` or `identities` for what only a sample with identities has. */
  readonly recordType: string;
  readonly bytes: Uint8Array;
  /** How many lines that is. */
  readonly lines: number;
}

const chunkSize = 1 << 18;
const spare = 1 << 14;
const yearsBefore = 30;
const yearsAfter = 3;

/** The greatest number of LEAs that the codes of a sample can tell apart. */
export const mostLEAs = 9900;

/**
 * Takes a recipe, the layouts of the record types it names, and options; gives the sample as chunks of whole lines,
 * student by student, so that memory does not grow with the number of students. Throws a UserError for options that
 * make no sample.
 */
export function* generateSample(
  given: Recipe,
  layouts: readonly SampleLayout[],
  options: SampleOptions,
): Generator<SampleChunk, void, undefined> {
  const recipe = options.identities ? faultless(given) : given;
  const { students, seed, leas, style } = options;
  const firstYear = options.firstYear ?? recipe.years.first;
  const lastYear = options.lastYear ?? recipe.years.last;
  checkOptions(recipe, options, firstYear, lastYear);

  const days = makeDays(firstYear - yearsBefore, lastYear + yearsAfter, recipe.calendar.yearStarts);
  const lastDay = days.of(lastYear + 1, recipe.calendar.yearStarts) - 1;
  const random = new Random(seed, open);
  const places = makePlaces(recipe.places, leas, random);
  const career = prepareCareers(recipe, days, places, firstYear, lastYear);
  const choices = prepareChoices(recipe);
  const person = preparePeople(recipe, days, choices, seed);
  const records = prepareRecords(recipe, days, places, lastDay);
  const typeOf = ([recordType, recordRecipe]: readonly [string, RecordRecipe]): RecordType => {
    const layout = layouts.find((layout) => layout.recordType === recordType);
    if (!layout)
      throw new Error(`The recipe makes ${recordType} records, but no layout of that record type was given.`);
    return {
      recordType,
      records: records(recordRecipe),
      lines: prepareLines(recipe, layout, alsoKeysOf(shapesOf(recipe, recordRecipe)), choices, style, days),
      out: new Bytes(chunkSize + spare),
      count: 0,
    };
  };
  const types = Object.entries(recipe.records).map(typeOf);
  const identities = options.identities
    ? new IdentityWriter(
        types,
        prepareIdentities(recipe, places, (of) => ssidOf(recipe.students.ssid, of, seed)),
        () =>
          typeOf(
            Object.entries(recipe.records).find(([, { history }]) => history === 'enrollments') as [
              string,
              RecordRecipe,
            ],
          ),
      )
    : undefined;
  const outs: readonly Pending[] = identities ? [...types, ...identities.outs] : types;

  for (let ordinal = 0; ordinal < students; ordinal++) {
    // Each student has a sequence of his own: the first thousand students of a sample stay the same however many
    // follow.
    random.restart(seed, ordinal);
    const way = career(random);
    const student = person(random, ordinal, way);
    const isEnrolled = !random.chance(recipe.students.withoutEnrollment);
    if (identities) identities.write(random, ordinal, student, way.enrollments);
    else for (const type of types) writeRecords(type, random, student, way.enrollments, isEnrolled);
    for (const out of outs) if (out.out.length >= chunkSize) yield chunkOf(out);
  }
  for (const out of outs) if (out.count > 0) yield chunkOf(out);
}

function writeRecords(
  type: RecordType,
  random: Random,
  student: Student,
  enrollments: readonly Enrollment[],
  isEnrolled: boolean,
): void {
  type.lines.begin(student);
  for (const record of type.records(random, enrollments, isEnrolled))
    type.count += type.lines.write(record, type.out, random);
}

/** The recipe without mistakes: what is known of a sample with identities is exactly so in its records. */
const faultless = (recipe: Recipe): Recipe => ({
  ...recipe,
  mistakes: { ...recipe.mistakes, share: 0 },
  blemishes: { ...recipe.blemishes, share: 0 },
  writing: { ...recipe.writing, slashDates: 0, resend: { ...recipe.writing.resend, share: 0 } },
});

/** Writes persons whose identity is hard to tell: their records, their requests, and the truth. */
class IdentityWriter {
  readonly #types: readonly RecordType[];
  readonly #requests: RecordType;
  readonly #truth: Pending = { recordType: IDENTITIES, out: new Bytes(chunkSize + spare), count: 0 };
  readonly #identities: MakeIdentities;
  #requestLine = 0;
  #isBegun = false;

  constructor(types: readonly RecordType[], identities: MakeIdentities, enrollments: () => RecordType) {
    this.#types = types;
    this.#identities = identities;
    this.#requests = { ...enrollments(), recordType: REQUESTS };
  }

  get outs(): readonly Pending[] {
    return [this.#requests, this.#truth];
  }

  write(random: Random, ordinal: number, made: Student, career: readonly Enrollment[]): void {
    for (const { student, enrollments, isRequest, truth } of this.#identities(random, ordinal, made, career)) {
      for (const type of isRequest ? [this.#requests] : this.#types)
        writeRecords(type, random, student, enrollments, true);
      const line = isRequest ? String(++this.#requestLine) : '';
      const leas = [...new Set(enrollments.map(({ lea }) => lea.code))].join(' ');
      const values = [truth.person, truth.kind, student.ssid, line, leas, truth.difference, truth.twinOf];
      this.#tell(values.map((value) => value.replaceAll(',', '')));
    }
  }

  #tell(values: readonly string[]): void {
    if (!this.#isBegun) this.#truth.out.add(`${TRUTH_COLUMNS.join(',')}\r\n`);
    this.#isBegun = true;
    this.#truth.out.add(`${values.join(',')}\r\n`);
    this.#truth.count++;
  }
}

/** The columns of the truth: a line for each number or request of a person. */
const TRUTH_COLUMNS = ['Person', 'Kind', 'SSID', 'Request Line', 'Reporting LEAs', 'Difference', 'Twin Of'] as const;

/** The school directory of a sample: every school that its students may attend, one a line. */
export function sampleDirectory({ places }: Recipe, { seed, leas }: Pick<SampleOptions, 'seed' | 'leas'>): string {
  const { header, rows } = places.directory;
  const { all } = makePlaces(places, leas, new Random(seed, open));
  const lines = all.flatMap(({ code, schools }) =>
    schools.map((school, i) =>
      (rows[i % rows.length] as string).replaceAll('{school}', school).replaceAll('{lea}', code),
    ),
  );
  return `${[header, ...lines].join('\r\n')}\r\n`;
}

/** Makes the records of one type that a student has. Those of a few who are not enrolled have all but enrollments. */
type Records = (random: Random, enrollments: readonly Enrollment[], isEnrolled: boolean) => readonly SampleRecord[];

/** Lines on their way to a file. */
interface Pending {
  readonly recordType: string;
  readonly out: Bytes;
  /** How many lines there are in `out`. */
  count: number;
}

/** A record type on its way to a file. */
interface RecordType extends Pending {
  readonly records: Records;
  readonly lines: LineWriter;
}

function chunkOf(type: Pending): SampleChunk {
  const chunk = { recordType: type.recordType, bytes: type.out.take(), lines: type.count };
  type.count = 0;
  return chunk;
}

function prepareRecords(
  recipe: Recipe,
  days: Days,
  places: Places,
  lastDay: number,
): (record: RecordRecipe) => Records {
  const information = prepareInformation(recipe.information, places);
  const programs = preparePrograms(recipe.programs, days, places);
  return (record) => {
    switch (record.history) {
      case 'enrollments':
        return (_, enrollments, isEnrolled) => (isEnrolled ? enrollments.map(ofEnrollment) : []);
      case 'information':
        return (random, enrollments) => information(random, enrollments).map(ofInformation);
      case 'programs':
        return (random, enrollments) => programs(random, enrollments).map(ofOther);
      case 'matches': {
        // A match is made of students who are enrolled.
        const matches = preparePrograms(record.matches, days, places);
        return (random, enrollments, isEnrolled) => (isEnrolled ? matches(random, enrollments).map(ofOther) : []);
      }
      case 'statuses': {
        const statuses = prepareStatuses(record.sequences, days, places, lastDay);
        return (random, enrollments) => statuses(random, enrollments).map(ofOther);
      }
    }
  };
}

function checkOptions(recipe: Recipe, options: SampleOptions, firstYear: number, lastYear: number): void {
  const { students, seed, leas } = options;
  const most = 10 ** recipe.students.ssid.digits / (options.identities ? 2 : 1);
  if (!Number.isInteger(students) || students < 0 || students > most) {
    throw new UserError(`Expected 0 to ${most} students, the number of synthetic SSIDs; found ${students}.`);
  }
  if (!Number.isInteger(leas) || leas < 1 || leas > mostLEAs)
    throw new UserError(`Expected 1 to ${mostLEAs} LEAs; found ${leas}.`);
  if (!Number.isInteger(seed)) throw new UserError(`Expected a whole number as the seed; found ${seed}.`);
  if (
    !Number.isInteger(firstYear) ||
    !Number.isInteger(lastYear) ||
    firstYear > lastYear ||
    firstYear < 1900 ||
    lastYear > 2200
  ) {
    throw new UserError(
      `The years of a sample run from a first to a last one within 1900 and 2200; ${firstYear} to ${lastYear} do not.`,
    );
  }
}

function shapesOf(recipe: Recipe, record: RecordRecipe) {
  if (record.history === 'enrollments') {
    return [...recipe.enrollments.years, ...recipe.enrollments.lastRungYears].flatMap((shape) => shape.enrollments);
  }
  if (record.history === 'programs') return recipe.programs.kinds;
  if (record.history === 'matches') return record.matches.kinds;
  return record.history === 'statuses' ? record.sequences.flatMap((sequence) => [sequence, ...sequence.statuses]) : [];
}

function ofEnrollment(enrollment: Enrollment): SampleRecord {
  return {
    lea: enrollment.lea,
    school: enrollment.school,
    start: enrollment.start,
    end: enrollment.end,
    code: enrollment.status,
    grade: enrollment.grade,
    exit: enrollment.exit,
    completion: enrollment.completion,
    initialStart: open,
    background: undefined,
    also: enrollment.also,
  };
}

function ofInformation(record: Information): SampleRecord {
  return {
    lea: record.lea,
    school: record.school,
    start: record.start,
    end: record.end,
    code: '',
    grade: '',
    exit: '',
    completion: '',
    initialStart: open,
    background: record.background,
    also: undefined,
  };
}

function ofOther(
  record: Pick<SampleRecord, 'lea' | 'school' | 'start' | 'code' | 'also'> & {
    readonly end?: number;
    readonly initialStart?: number;
  },
): SampleRecord {
  return {
    lea: record.lea,
    school: record.school,
    start: record.start,
    end: record.end ?? open,
    code: record.code,
    grade: '',
    exit: '',
    completion: '',
    initialStart: record.initialStart ?? open,
    background: undefined,
    also: record.also,
  };
}
