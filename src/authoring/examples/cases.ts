/**
 * The worked examples of a rulebook (`rules/examples/*.json`) as single cases, and the lines that their records stand
 * for.
 */
import type { ExtractRequest } from '#extract/request';
import { incomingColumns, layoutOf, ofItsYear } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import type { ParameterValue, ReferenceRow, Severity } from '#rulebook/load/declarations';

/**
 * A record by column keys, days as in files; columns not named are filled from `rules/examples/defaults.json`. Or a raw
 * line of a file.
 */
export type ExampleRecord =
  | { readonly line: string }
  | ({ readonly recordType: string } & Readonly<Record<string, string>>);

export interface ExampleFinding {
  /** The case's own record it is about, counted from 1. */
  readonly record: number;
  readonly code: string;
  readonly severity?: Severity;
}

type Columns = Readonly<Record<string, string>>;

export type Expectation =
  | { readonly value: string; readonly rule?: string; readonly row?: Columns }
  | { readonly rows: readonly Columns[] }
  | { readonly findings: readonly ExampleFinding[] };

/** Days as in rule files, `CCYY-MM-DD`. */
export type ExampleRequest = Omit<ExtractRequest, 'reportingLEAs'> & {
  /** Or `all`. */
  readonly reportingLEA: string;
};

/** The request of an example as callers of an extract write it. */
export const requestOf = ({ reportingLEA, ...rest }: ExampleRequest): ExtractRequest => ({
  ...rest,
  reportingLEAs: reportingLEA === 'all' ? 'all' : [reportingLEA],
});

/** Parameters set otherwise than the rulebook sets them, by name. */
export type OtherParameters = Readonly<Record<string, readonly ParameterValue[]>>;

/** Reference files that are loaded, by name, with their rows. */
export type ReferencesOfExample = Readonly<Record<string, readonly ReferenceRow[]>>;

/** One case with what its example gives to all cases. */
export interface ExampleCase {
  readonly file: string;
  /** JSON pointer of the case in its file. */
  readonly pointer: string;
  /** A field's number, `selection`, or a check's code. */
  readonly of: string;
  readonly title: string;
  readonly request?: ExampleRequest;
  readonly runDate?: string;
  readonly given: readonly ExampleRecord[];
  readonly records: readonly ExampleRecord[];
  readonly sender?: { readonly reportingLEA?: string };
  readonly retired?: RetiredOfExample;
  readonly parameters?: OtherParameters;
  readonly references?: ReferencesOfExample;
  readonly expect: Expectation;
}

/** Retired numbers, and what is known of the student of each one's replacement. */
export type RetiredOfExample = Readonly<
  Record<string, { readonly replacement: string; readonly gender?: string; readonly birthYear?: string }>
>;

interface CaseJson {
  readonly title: string;
  readonly records?: readonly ExampleRecord[];
  readonly instead?: boolean;
  readonly request?: ExampleRequest;
  readonly runDate?: string;
  readonly sender?: { readonly reportingLEA?: string };
  readonly retired?: RetiredOfExample;
  readonly parameters?: OtherParameters;
  readonly references?: ReferencesOfExample;
  readonly expect: Expectation;
}

interface ExampleJson {
  readonly of: string;
  readonly title: string;
  readonly given?: {
    readonly request?: ExampleRequest;
    readonly runDate?: string;
    readonly parameters?: OtherParameters;
    readonly references?: ReferencesOfExample;
    readonly records?: readonly ExampleRecord[];
  };
  readonly cases: readonly CaseJson[];
}

/** Thrown for a case that cannot be run as it is written; the message says what is wrong with it. */
export class ExampleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExampleError';
  }
}

/** Every case of every example, in the order of files and of the cases in them. */
export function casesOf(rulebook: Rulebook): ExampleCase[] {
  return rulebook.files
    .filter(({ path }) => grammarOf(path) === 'examples')
    .flatMap(({ path, json }) => {
      const file = json as ExampleJson | { readonly examples: readonly ExampleJson[] };
      return 'examples' in file
        ? file.examples.flatMap((example, i) => casesIn(example, path, `/examples/${i}`))
        : casesIn(file, path, '');
    });
}

function casesIn({ of, given, cases }: ExampleJson, file: string, pointer: string): ExampleCase[] {
  return cases.map(({ instead, records = [], ...own }, i) => ({
    file,
    pointer: `${pointer}/cases/${i}`,
    of,
    ...(given?.request && { request: given.request }),
    ...(given?.runDate && { runDate: given.runDate }),
    ...own,
    ...((given?.parameters || own.parameters) && { parameters: { ...given?.parameters, ...own.parameters } }),
    ...((given?.references || own.references) && { references: { ...given?.references, ...own.references } }),
    given: instead ? [] : (given?.records ?? []),
    records,
  }));
}

/**
 * Gives a function that writes a record as a line of a file: that of an ODS extract when the record's type ends in `-R`
 * or it names `uploaded` or `lastUpdated`.
 * @throws ExampleError (the function given) for a record type without a layout and for a column that its layout does
 * not have
 */
export function lineWriter(rulebook: Rulebook): (record: ExampleRecord) => string {
  const defaults = rulebook.files.find(({ path }) => grammarOf(path) === 'example-defaults')?.json as
    | { records: Record<string, Columns> }
    | undefined;
  return (record) => {
    // A union with an index signature is not told apart by `in`; the schema has seen to it that a line stands alone.
    if (isLine(record)) return record.line;
    const { recordType, ...named } = record;
    const plain = recordType.replace(ODS_SUFFIX, '');
    const layout = layoutOf(rulebook.schemas, plain);
    if (!layout)
      throw new ExampleError(
        `there is no layout for record type "${recordType}"; to show such a line, write it as {"line": …}`,
      );
    const known = incomingColumns(layout);
    const unknown = Object.keys(named).find((key) => !known.some((c) => c.key === key));
    if (unknown)
      throw new ExampleError(`${plain} has no column "${unknown}"; schemas/records/${plain}.json lists the columns`);
    const isOds = recordType !== plain || known.slice(layout.columns.length).some((c) => c.key in named);
    const values: Columns = {
      ...defaults?.records[plain],
      recordTypeCode: isOds ? plain + ODS_SUFFIX : plain,
      ...named,
    };
    const [line, dates] = [layout.columns, isOds ? known.slice(layout.columns.length) : []].map((columns) =>
      columns.map((c) => values[c.key] ?? ''),
    ) as [string[], string[]];
    return [...ofItsYear(layout, line), ...dates].join('^');
  };
}

const isLine = (record: ExampleRecord): record is { readonly line: string } => !('recordType' in record);
