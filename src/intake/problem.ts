/** What is wrong with a record, for the person who sent it. */
import { cut } from '#base/text';
import type { Column } from '#records/layout';
import type { CompiledCheck } from '#rulebook/compile/check-program';
import type { Severity } from '#rulebook/load/declarations';

/** A problem that a check found in a record. The keys are those of a problems file (NDJSON, CSV, REST). */
export interface Problem {
  readonly file: string;
  /** Line of the file, from 1. */
  readonly line: number;
  /** As it stands in field 1. */
  readonly recordType: string;
  /** Number and name of the field with the problem; both blank if the problem is in the whole line. */
  readonly field: string;
  readonly fieldName: string;
  readonly value: string;
  readonly code: string;
  readonly severity: Severity;
  /** What was found, what was expected and how to fix it. */
  readonly message: string;
}

/** `reject`: not stored. `warn`: stored. `advice`: stored, and nothing is wrong. */
export const SEVERITIES = ['reject', 'warn', 'advice'] as const satisfies readonly Severity[];

/** A line as it was sent. It is student data: whoever may see the problem may see it, and nobody else. */
export interface SentLine {
  readonly text: string;
  /** The characters of the field at fault; absent where the line does not have it, or the problem is in the whole line. */
  readonly marked?: { readonly from: number; readonly to: number };
}

/** What the line of a problem says. */
export interface AboutLine {
  readonly school?: string;
  /** Of records that are rejected or warned of. */
  readonly sent?: SentLine;
}

/** A problem as it is kept: with what its line says, where the line was at hand. */
export type KeptProblem = Problem & AboutLine;

/** A problem and whose record has it. */
export interface StudentProblem extends AboutLine {
  readonly problem: Problem;
  /** The place of its file among those of the upload. */
  readonly at?: number;
  /** `''` for a record without one, and for a line whose fields cannot be told apart. */
  readonly ssid: string;
}

export const PROBLEM_KEYS = [
  'file',
  'line',
  'recordType',
  'field',
  'fieldName',
  'value',
  'code',
  'severity',
  'message',
] as const satisfies readonly (keyof Problem)[];

const NONE: readonly Problem[] = [];

/** Of problems that are reported once a file, those that were not reported yet. */
export class OnceAFile {
  readonly #reported = new Set<string>();

  /** @param file tells the files apart */
  first(file: number, { onceAFile }: { readonly onceAFile: readonly Problem[] }): readonly Problem[] {
    if (onceAFile.length === 0) return NONE;
    return onceAFile.filter(({ code }) => {
      const key = `${file} ${code}`;
      if (this.#reported.has(key)) return false;
      this.#reported.add(key);
      return true;
    });
  }
}

/** Looks up what stands between braces in a message, such as `incoming.enrollmentStartDate`. */
export type Lookup = (name: string) => string;

/** A report shows at most this much of a value: a value may be wrong by being enormous. */
const MOST_SHOWN = 200;

const MOST_TEMPLATES = 4_096;

const shortened = (value: string): string => cut(value, MOST_SHOWN);

/** By template: what stands between the names in braces, and these, in turn. */
const templates = new Map<string, readonly string[]>();

function partsOf(template: string): readonly string[] {
  let parts = templates.get(template);
  if (!parts) {
    parts = template.split(/\{([a-zA-Z.0-9]+)\}/);
    // Rulebooks under test have many; those at work a few hundred.
    if (templates.size < MOST_TEMPLATES) templates.set(template, parts);
  }
  return parts;
}

/**
 * Makes a problem of a check that failed.
 * @param column the column at fault, where it is not the one that the check names
 */
export function problemOf(
  check: CompiledCheck,
  where: { file: string; line: number; recordType: string },
  value: string,
  lookup: Lookup,
  column: Column | undefined = check.column,
): Problem {
  const { json } = check;
  const shown = shortened(value);
  const word = (name: string): string =>
    name === 'value' ? shown : name.startsWith('column.') ? columnPart(column, name, lookup) : lookup(name);
  const fill = (template: string): string =>
    partsOf(template).reduce((text, part, i) => text + (i % 2 === 1 ? word(part) : part), '');
  return {
    ...where,
    recordType: shortened(where.recordType),
    field: column?.no ?? '',
    fieldName: column?.name ?? '',
    value: shown,
    code: json.code,
    severity: json.severity,
    message: `${fill(json.message)} ${fill(json.fix)}`,
  };
}

function columnPart(column: Column | undefined, name: string, lookup: Lookup): string {
  switch (name) {
    case 'column.name':
      return column?.name ?? '';
    case 'column.max':
      return String(column?.max ?? '');
    case 'column.codeSet':
      return column?.codeSet ?? '';
    default:
      return lookup(name);
  }
}

/** One problem as a line of CSV (RFC 4180), without a line end. */
export const problemAsCsv = (problem: Problem): string =>
  PROBLEM_KEYS.map((key) => csvValue(String(problem[key]))).join(',');

// A spreadsheet would run a value that begins like a formula, and what stands in a field is somebody else's text.
const csvValue = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** A line of CSV, its end included. */
export const csvLine = (values: readonly string[]): string => `${values.map(csvValue).join(',')}\r\n`;
