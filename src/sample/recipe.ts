import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { Weights } from './random.ts';

/** Two whole numbers: the least and the greatest. */
export type Range = readonly [number, number];

/**
 * How a column is filled: from the student, from the record at hand, or by chance. A column that is not mentioned stays
 * blank.
 */
export type ColumnSource =
  | { readonly student: string }
  | { readonly record: string }
  | {
      readonly choose: Weights;
      readonly per: 'student' | 'record';
      /** Blank in a record without this value of the record. */
      readonly with?: string;
    };

/** Values that one shape gives to columns of its record, in place of what the record type says. */
export type Also = Readonly<Record<string, Weights>>;

/** One enrollment of a year. */
export interface EnrollmentStep {
  readonly place?: 'here' | 'otherSchool' | 'otherLEA';
  readonly stays?: boolean;
  readonly school?: string;
  readonly start: { readonly at: readonly [number, number] } | { readonly after: Range };
  readonly end: 'yearEnd' | 'open' | { readonly at: readonly [number, number] } | { readonly lasts: Range };
  readonly status: string;
  readonly gradeShift?: number;
  readonly grade?: string;
  readonly exit?: Weights;
  readonly completion?: Weights;
  readonly also?: Also;
}

/** What can happen to a student in one academic year. */
export interface YearShape {
  readonly name: string;
  readonly weight: number;
  readonly fromYear?: number;
  readonly throughYear?: number;
  readonly enrollments: readonly EnrollmentStep[];
  readonly leaves?: number;
  readonly away?: Range;
}

/** A rung of the ladder of grades; its code may depend on the year in which the academic year starts. */
export interface Rung {
  readonly codes: readonly { readonly code: string; readonly fromYear?: number; readonly throughYear?: number }[];
  readonly newSchool?: number;
  readonly skipped?: number;
}

/** A kind of program record. */
export interface ProgramShape {
  readonly program: string;
  readonly weight: number;
  readonly from?: string;
  readonly through?: string;
  readonly given?: { readonly rung: number; readonly share: number };
  readonly starts?: { readonly share: number; readonly days: Weights };
  readonly ends?: { readonly share: number; readonly days: Weights };
  readonly also?: Also;
}

/** A day told from an enrollment's first or last day. */
export interface RelativeDay {
  readonly of: 'start' | 'end';
  readonly plus: Range;
}

/** How a program record lies to its enrollment. */
export interface Touch {
  readonly name: string;
  readonly weight: number;
  readonly start: RelativeDay;
  readonly end: 'open' | RelativeDay;
}

/** One status of a sequence that a student goes through. */
export interface StatusStep {
  readonly code: string;
  readonly start: { readonly entry: Range } | { readonly after: Range };
  readonly leapDay?: boolean;
  readonly notBefore?: string;
  readonly elsewhere?: boolean;
  readonly also?: Also;
}

/** A sequence of statuses. */
export interface StatusSequence {
  readonly name: string;
  readonly weight: number;
  readonly statuses: readonly StatusStep[];
  readonly also?: Also;
}

/** A way to spoil a finished record. */
export interface Spoiling {
  readonly name: string;
  readonly weight: number;
  readonly record: string;
  readonly filled?: readonly string[];
  readonly set?: Readonly<Record<string, Weights>>;
  readonly swap?: readonly [string, string];
  readonly tooLong?: string;
  readonly moreFields?: number;
}

/** Ways to spoil records, and the share of records that are spoiled. */
export interface Spoilings {
  readonly share: number;
  readonly kinds: readonly Spoiling[];
}

/** A record type of the sample: which history its records come from, and what stands in its columns. */
export type RecordRecipe = {
  readonly columns: Readonly<Record<string, ColumnSource>>;
} & (
  | { readonly history: 'enrollments' | 'information' | 'programs' }
  | { readonly history: 'statuses'; readonly sequences: readonly StatusSequence[] }
  | { readonly history: 'matches'; readonly matches: ProgramsRecipe }
);

/** Records that lie over or beside enrollments: how many, how they lie to them, and of which kinds. */
export interface ProgramsRecipe {
  readonly counts: Weights;
  readonly outsideDays: number;
  readonly otherSchool: number;
  readonly otherLEA: number;
  readonly touches: readonly Touch[];
  readonly kinds: readonly ProgramShape[];
}

/**
 * What synthetic students look like: the content of `schemas/sample.json`, whose grammar is
 * `schemas/grammar/sample.schema.json`.
 */
export interface Recipe {
  readonly years: { readonly first: number; readonly last: number };
  readonly calendar: { readonly yearStarts: string; readonly firstDays: Weights; readonly lastDays: Weights };
  readonly places: {
    readonly leaCode: string;
    readonly schoolCode: string;
    readonly selpaCode: string;
    readonly schools: Weights;
    readonly directory: { readonly header: string; readonly rows: readonly string[] };
  };
  readonly students: {
    readonly ssid: { readonly prefix: string; readonly digits: number };
    readonly firstNames: readonly string[];
    readonly middleNames: readonly string[];
    readonly lastNames: readonly string[];
    readonly withMiddleName: number;
    readonly ageOnFirstRung: number;
    readonly genders: Weights;
    readonly initialUSDate: { readonly share: number; readonly beforeFirstEnrollment: Range };
    readonly withoutEnrollment: number;
  };
  readonly grades: { readonly ladder: readonly Rung[]; readonly progress: Weights };
  readonly enrollments: {
    readonly lateArrival: { readonly share: number; readonly years: Range };
    readonly stillOpen: number;
    readonly years: readonly YearShape[];
    readonly lastRungYears: readonly YearShape[];
  };
  readonly information: {
    readonly offsets: Weights;
    readonly newLEA: number;
    readonly again: number;
    readonly sameDayElsewhere: number;
    readonly ends: Partial<Record<InformationEnd, number>>;
    readonly changesEthnicity: number;
    readonly changesParents: number;
    readonly hispanic: Weights;
    readonly yes: string;
    readonly no: string;
    readonly races: {
      readonly counts: Weights;
      readonly codes: Weights;
      readonly listed: number;
      readonly lists: readonly (readonly string[])[];
    };
    readonly parents: readonly { readonly levels: readonly [string, string]; readonly weight: number }[];
  };
  readonly programs: ProgramsRecipe;
  readonly records: Readonly<Record<string, RecordRecipe>>;
  readonly writing: {
    readonly lineEnd: string;
    readonly slashDates: number;
    readonly withoutTrailingBlanks: number;
    readonly resend: { readonly share: number; readonly set: Readonly<Record<string, Weights>> };
  };
  readonly ods: {
    readonly suffix: string;
    readonly blank: readonly string[];
    readonly leaveOff: Readonly<Record<string, readonly string[]>>;
    readonly uploadedAfter: Range;
    readonly updatedAfter: Range;
  };
  readonly identities: Identities;
  readonly blemishes: Spoilings;
  readonly mistakes: Spoilings;
}

/** Names that are joined of two parts. */
export interface JoinedNames {
  readonly beginnings: readonly string[];
  readonly endings: readonly string[];
}

/** Persons whose identity is hard to tell, for a sample with identities. */
export interface Identities {
  readonly firstNames: JoinedNames;
  readonly lastNames: JoinedNames;
  /** What happens to a person's numbers. */
  readonly kinds: Weights;
  /** How records differ that are about one person. */
  readonly differences: Weights;
  readonly secondNumberElsewhere: number;
  readonly twinsWithNearNames: number;
}

/** How a record of student information ends. */
export type InformationEnd = 'blank' | 'dayBeforeNext' | 'onNext' | 'gapBeforeNext' | 'withEnrollment';

/**
 * Takes the files of a recipe and of its JSON Schema; gives the recipe. Throws, naming every place, when it does not
 * keep to the schema.
 */
export function readRecipe(path: string, schemaPath: string): Recipe {
  const recipe: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const validate = new Ajv({ allErrors: true, strict: false }).compile<Recipe>(
    JSON.parse(readFileSync(schemaPath, 'utf8')),
  );
  if (validate(recipe)) return recipe;
  const places = (validate.errors ?? []).map(
    (error) => `${path}: ${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`,
  );
  throw new Error(`The recipe of the sample was not read.\n${places.join('\n')}`);
}
