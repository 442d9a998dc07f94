import type { LEA } from './places.ts';
import type { Picker } from './random.ts';

/** What stays the same on all records of a student. */
export interface Student {
  readonly ordinal: string;
  readonly ssid: string;
  readonly firstName: string;
  readonly middleName: string;
  readonly lastName: string;
  /** Another last name that the student has or had; blank for most. */
  readonly aliasLastName: string;
  readonly birthDate: string;
  readonly gender: string;
  readonly initialUSDate: string;
  /** What was chosen for him of the columns that are chosen once for a student. */
  readonly chosen: readonly string[];
}

/** Pickers of the values that a shape gives to columns of its record. */
export type AlsoPickers = ReadonlyMap<string, Picker<string>> | undefined;

/** An enrollment: a place, the days from start to end (-1 while open), and the grade's rung. */
export interface Enrollment {
  readonly lea: LEA;
  readonly school: string;
  readonly start: number;
  readonly end: number;
  readonly rung: number;
  readonly grade: string;
  readonly status: string;
  readonly exit: string;
  readonly completion: string;
  readonly also: AlsoPickers;
}

/** What a student information record says of ethnicity, race and parents. */
export interface Background {
  readonly hispanic: string;
  readonly ethnicityMissing: string;
  readonly races: readonly string[];
  readonly raceMissing: string;
  readonly parents: readonly [string, string];
}

/**
 * One record before it is written. All record types share this one shape, which keeps reading its properties quick;
 * each type uses the properties that its columns name.
 */
export interface SampleRecord {
  readonly lea: LEA;
  readonly school: string;
  readonly start: number;
  readonly end: number;
  readonly code: string;
  readonly grade: string;
  readonly exit: string;
  readonly completion: string;
  readonly initialStart: number;
  readonly background: Background | undefined;
  readonly also: AlsoPickers;
}
