/** What may be named at a place of a rule file, besides the facts that are declared. */
import type { Column } from '#records/layout';
import type { Examines } from '../load/declarations.ts';
import type { ValueType } from '../tree/values.ts';

/** Built-in facts that stand for something at hand, and the types of their parts by path. */
export const CONTEXT: Readonly<Record<string, Readonly<Record<string, ValueType>>>> = {
  window: { '': 'interval', start: 'day', end: 'day' },
  request: {
    reportingLEAs: 'list',
    schools: 'list',
    grades: 'list',
    statuses: 'list',
    adjusted: 'flag',
    academicYear: 'text',
  },
  runDate: { '': 'day' },
  value: { '': 'text', form: 'text' },
  line: {
    fields: 'number',
    most: 'number',
    excess: 'number',
    filled: 'number',
    known: 'flag',
    header: 'flag',
  },
  transaction: { does: 'text', stored: 'flag', again: 'flag', differs: 'flag' },
  sender: { reportingLEA: 'text' },
  replacement: { ssid: 'text', gender: 'text', birthYear: 'text', sentGender: 'text', sentBirthYear: 'text' },
  pair: { score: 'number', points: 'number', nearYearAlone: 'flag' },
};

/** What may be named at a place. */
export interface Scope {
  /** Built-in facts, beside records and what every place may name. */
  readonly names: ReadonlySet<string>;
  /** Under these three names, the type of the record at hand. */
  readonly enrollment?: string;
  readonly incoming?: string;
  readonly record?: string;
  /** Nothing is known yet of other records than the incoming one: the kind of check that asks. */
  readonly alone?: Examines;
  /** The column whose values a check examines. */
  readonly column?: Column;
  /** The params of the fact in which the place is. */
  readonly args?: Readonly<Record<string, string>>;
}

/** Every built-in fact: its name is not looked up among the declared ones. */
export const BUILT_IN = new Set([
  ...Object.keys(CONTEXT),
  'enrollment',
  'record',
  'incoming',
  'row',
  'field',
  'parameter',
  'argument',
  'column',
  'codeSet',
]);

/** The params of built-in facts; those of declared facts are declared with them. */
export const BUILT_IN_PARAMS: Readonly<Record<string, readonly string[]>> = {
  parameter: ['name', 'on', 'for'],
  field: ['number'],
  codeSet: ['on', 'codes'],
};
/** Built-in facts that have no parts. */
export const WITHOUT_PATH = new Set(['parameter', 'field', 'codeSet']);

/** What the conditions of a check may name, by what it examines. */
export const NAMES_OF_CHECKS: Readonly<Record<Examines, readonly string[]>> = {
  lines: ['line'],
  values: ['value'],
  records: ['sender', 'runDate', 'replacement'],
  transactions: ['transaction'],
  histories: ['sender'],
  anomalies: ['runDate'],
  pairs: ['pair'],
};

/** Names under which a rule might look for the rows or the records of other students. */
export const OTHER_STUDENTS = new Set(['rows', 'students', 'otherStudents', 'extract']);

/** Where a rule belongs that would see them. */
export const ONE_STUDENT =
  'a rule sees the records of one student, and no row or other student; what counts or lists rows of several students is a report (rules/reports), and what must be true of each row is a law (rules/laws.json)';
