/**
 * Runs the worked examples of a rulebook: records in, values out. Pure; `npm test` and `npx cenr rules test` show what
 * it gives.
 *
 * An example is a file in `rules/examples`, or one of several in a file: what it is *of*, what its cases have in
 * common, and its cases.
 *
 *     { "of": "40", "title": "Homeless Program Eligible",
 *       "given": { "request": { "reportingLEA": "1234567", "academicYear": "2023-2024" }, "runDate": "2024-07-15",
 *                  "records": [ { "recordType": "SENR", "enrollmentStartDate": "20230815" } ] },
 *       "cases": [
 *         { "title": "A membership that ends on the first day of the enrollment counts",
 *           "records": [ { "recordType": "SPRG", "educationProgramCode": "191", … } ],
 *           "expect": { "value": "Y", "rule": "eligible" } } ] }
 *
 * A case has the records given and its own behind them, or, with `"instead": true`, only its own. Its `request` and
 * `runDate` stand instead of those given. Its `parameters` are set otherwise than in the rulebook, for this case alone:
 * `"parameters": { "adjustedBy": [ { "value": "academicYearID" } ] }`. Columns not named are those of
 * `rules/examples/defaults.json`. A record that names `uploaded` or `lastUpdated` is a line of an ODS extract.
 *
 * of a field:      the records are student histories as they are stored, in the order of loading; nothing is checked,
 * so a history may hold what a check would
 *                  reject. `expect` has `value`, perhaps `rule` (the one that decided), and `row` where there are several rows: `{ "schoolOfAttendance": … }`.
 * of `selection`:  the same; `expect` has `rows`: every row, in order, each with the columns of the extract that
 * matter. of a check:      the records given are stored, by an upload of their own; then the case's records are
 * uploaded, by `sender` if it has one. `expect` has
 *                  `findings`: every finding of every check, by record (counted from 1), then by code. Of a check of
 *                  anomalies or pairs the records are histories as they are stored; `findings` are those of such checks.
 */
import { countedOrNo } from '#base/text';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { RequestError, requestFacts } from '#extract/request';
import { matchParameters } from '#identity/parameters';
import { OF_STORES, oddAmong, StudentReader } from '#identity/student-reader';
import { Applier } from '#intake/apply';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import type { Problem } from '#intake/problem';
import type { RetiredNumbers } from '#intake/retired-numbers';
import { StudentLines, studentFrom } from '#intake/student';
import { parseDay } from '#records/days';
import { compare, historyOf, placeOf, readRecords, type SourceRecord } from '#records/record';
import type { Observer } from '#rulebook/compile/compiling';
import type { Evaluation } from '#rulebook/compile/evaluation';
import {
  assemble,
  assembleChanged,
  assembleWithValues,
  grammarOf,
  type Rulebook,
  RulebookError,
} from '#rulebook/load/assemble';
import type { ParameterJson, SourceFile } from '#rulebook/load/declarations';
import { rowsFile } from '#rulebook/load/reference-files';
import { fileHash } from '#rulebook/load/texts';
import { NO_CHECKS } from '#rulebook/tree/nodes';
import {
  casesOf,
  type ExampleCase,
  ExampleError,
  type ExampleFinding,
  type ExampleRecord,
  lineWriter,
  type RetiredOfExample,
  requestOf,
} from './cases.ts';
import { withFieldOnly } from './reads.ts';

type Row = Readonly<Record<string, string>>;

/** What a case came to. */
export type Found =
  | { readonly kind: 'field'; readonly value: string; readonly rule: string }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'findings'; readonly findings: readonly Required<ExampleFinding>[] };

export interface ExampleResult {
  /** Path of the file in the rulebook, and JSON pointer of the case in it. */
  readonly file: string;
  readonly pointer: string;
  /** A field's number, `selection`, or a check's code. */
  readonly of: string;
  readonly title: string;
  /** Whether it came to what it expects, and its rows break no law. */
  readonly passed: boolean;
  /** Whether it came to what it expects, laws aside. */
  readonly asExpected: boolean;
  /** Absent for a case that could not be run. */
  readonly found?: Found;
  /** Only when not passed: what was expected and what was found, or why the case could not be run. */
  readonly message?: string;
  /** Names of the laws that its rows break; absent when they break none. */
  readonly laws?: readonly string[];
}

/** The lines of a case's students, and the first of its records, counted from 1, that could not be kept. */
interface Kept {
  readonly lines: StudentLines;
  readonly unreadable: number | undefined;
}

/** What a case has otherwise than the rulebook. */
export type Own = Pick<ExampleCase, 'parameters' | 'references'>;

/** Looks on while cases run. */
export interface Observed {
  /** A field's number, `selection`, or a check's code: nothing else is worked out. All when absent. */
  readonly of?: string;
  /** A case with parameters of its own has a rulebook, and so conditions, of its own. */
  readonly observerFor: (rulebook: Rulebook) => Observer;
}

/** A rulebook ready to run cases. Parts are made when a case first asks for them: one case of one field needs few. */
export class Bench {
  readonly rulebook: Rulebook;
  readonly #observed: Observed | undefined;
  readonly #otherwise: (own: Own) => Rulebook;
  readonly #kept: WeakMap<ExampleCase, Kept>;
  readonly #others = new Map<string, Bench>();
  readonly #checkers = new Map<string, LineChecker>();
  /** By day. */
  readonly #keepers = new Map<string, LineChecker>();
  #write: ((record: ExampleRecord) => string) | undefined;
  #checked: CompiledRulebook | undefined;
  #unchecked: CompiledRulebook | undefined;
  readonly #appliers = new Map<string | undefined, Applier>();
  /** By day. */
  readonly #readers = new Map<string, StudentReader>();

  /**
   * @param observed only that is of interest, and what its conditions come to
   * @param like a bench for a rulebook with the same layouts and examples: what it has read of them is not read again
   * @param change the file that makes this rulebook of that of `like`
   */
  constructor(
    rulebook: Rulebook,
    { observed, like, change }: { observed?: Observed | undefined; like?: Bench; change?: SourceFile } = {},
  ) {
    this.rulebook = rulebook;
    this.#otherwise = (own) => {
      if (!like || !change || grammarOf(change.path) === 'parameters') return otherwise(rulebook, own);
      const { rulebook: unchanged } = like.for(own);
      return orExampleError(() => assembleChanged(unchanged, change));
    };
    this.#observed = observed;
    this.#kept = like ? like.#kept : new WeakMap();
    this.#write = like ? like.#write : undefined;
  }

  /**
   * The bench for a case: this one, or one whose rulebook has the case's own parameters.
   * @throws ExampleError for parameters that the rulebook cannot have
   */
  for(own: Own): Bench {
    const { parameters, references } = own;
    if (Object.keys({ ...parameters, ...references }).length === 0) return this;
    const key = JSON.stringify([parameters, references]);
    let bench = this.#others.get(key);
    if (!bench) {
      bench = new Bench(this.#otherwise(own), { observed: this.#observed, like: this });
      this.#others.set(key, bench);
    }
    return bench;
  }

  /** Writes a record as a line; see `lineWriter`. */
  get write(): (record: ExampleRecord) => string {
    this.#write ??= lineWriter(this.rulebook);
    return this.#write;
  }

  get compiled(): CompiledRulebook {
    this.#checked ??= this.#compile(this.rulebook);
    return this.#checked;
  }

  /** The same rulebook without its checks: it takes records as they are. */
  get unchecked(): CompiledRulebook {
    this.#unchecked ??= this.#compile({ ...this.rulebook, checks: NO_CHECKS });
    return this.#unchecked;
  }

  /** Applies the records sent by an LEA, or by one that acts for all. */
  applier(sender: string | undefined): Applier {
    let applier = this.#appliers.get(sender);
    if (!applier) {
      applier = new Applier(this.compiled, String, sender);
      this.#appliers.set(sender, applier);
    }
    return applier;
  }

  /** The checker of lines sent by an LEA (or by one that acts for all) and loaded on a day CCYYMMDD. */
  checker(sender: string | undefined, day: string, retired?: RetiredOfExample): LineChecker {
    const key = `${sender} ${day} ${JSON.stringify(retired ?? {})}`;
    let checker = this.#checkers.get(key);
    if (!checker) {
      checker = lineChecker(
        ...([this.rulebook, this.compiled.checks, sender, day] as const),
        retired && retiredNumbers(this.rulebook, retired),
      );
      this.#checkers.set(key, checker);
    }
    return checker;
  }

  /** The histories of a case, nothing checked. */
  kept(example: ExampleCase, day: string): Kept {
    let kept = this.#kept.get(example);
    if (!kept) {
      kept = keep(this.#keeper(day), [...example.given, ...example.records].map(this.write));
      this.#kept.set(example, kept);
    }
    return kept;
  }

  /** The checker of lines that are kept as they are. */
  #keeper(day: string): LineChecker {
    let keeper = this.#keepers.get(day);
    if (!keeper) {
      keeper = lineChecker(this.rulebook, this.unchecked.checks, undefined, day);
      this.#keepers.set(day, keeper);
    }
    return keeper;
  }

  /** Reads students for what looks wrong on a day CCYYMMDD. */
  reader(day: string): StudentReader {
    let reader = this.#readers.get(day);
    if (!reader) {
      reader = new StudentReader(this.rulebook, day, this.#observed?.observerFor(this.rulebook));
      this.#readers.set(day, reader);
    }
    return reader;
  }

  #compile(rulebook: Rulebook): CompiledRulebook {
    const observed = this.#observed;
    if (!observed) return compileRulebook(rulebook, { recording: false });
    const field = rulebook.extract.fields.find(({ number }) => number === observed.of);
    return compileRulebook(field ? withFieldOnly(rulebook, field.number) : rulebook, {
      recording: false,
      observer: observed.observerFor(rulebook),
    });
  }
}

/** Runs every case of every example of a rulebook, in the order of files and of the cases in them. */
export function runExamples(rulebook: Rulebook): ExampleResult[] {
  const bench = new Bench(rulebook);
  return casesOf(rulebook).map((example) => runCase(bench, example));
}

/** Runs one case. Never throws for what the case says: a case that cannot be run has not passed. */
export function runCase(bench: Bench, example: ExampleCase): ExampleResult {
  const { file, pointer, of, title } = example;
  try {
    const { found, message, laws = [] } = run(bench.for(example), example);
    return {
      file,
      pointer,
      of,
      title,
      passed: message === undefined && laws.length === 0,
      asExpected: message === undefined,
      found,
      ...((message !== undefined || laws.length > 0) && { message: withLaws(message, laws, bench) }),
      ...(laws.length > 0 && { laws }),
    };
  } catch (error) {
    if (!(error instanceof ExampleError || error instanceof RequestError)) throw error;
    return {
      file,
      pointer,
      of,
      title,
      passed: false,
      asExpected: false,
      message: `the case cannot be run: ${error.message}`,
    };
  }
}

/**
 * The rulebook with other values of some parameters, as if they stood in its files, and with these reference files.
 * @throws ExampleError for a parameter or reference file that it does not know, or cannot be used with
 */
export function otherwise(rulebook: Rulebook, { parameters = {}, references = {} }: Own): Rulebook {
  const { hash, files, declared } = rulebook;
  const unheard = Object.keys(references).find((name) => !declared.references.has(name));
  if (unheard) throw new ExampleError(`it has the reference file "${unheard}", which schemas/references does not have`);
  const rows = Object.entries(references).map(([name, rows]) => rowsFile({ name, sha256: fileHash(name), rows }));
  const unknown = Object.keys(parameters).find((name) => !declared.parameters.has(name));
  if (unknown) throw new ExampleError(`it sets the parameter "${unknown}", which rules/parameters does not have`);
  const changed = files.map((file) => {
    if (grammarOf(file.path) !== 'parameters') return file;
    const json = file.json as { readonly parameters: readonly ParameterJson[] };
    if (!json.parameters.some(({ name }) => parameters[name])) return file;
    return {
      ...file,
      json: {
        ...json,
        parameters: json.parameters.map((p) => (parameters[p.name] ? { ...p, values: parameters[p.name] } : p)),
      },
    };
  });
  return orExampleError(() =>
    rows.length > 0
      ? assemble({ hash, files: [...changed, ...rows] })
      : assembleWithValues(rulebook, changed, Object.keys(parameters)),
  );
}

function orExampleError(made: () => Rulebook): Rulebook {
  try {
    return made();
  } catch (error) {
    if (!(error instanceof RulebookError)) throw error;
    const { file, pointer, message } = error.findings[0] ?? {};
    throw new ExampleError(
      `with the parameters or reference files that it sets, the rulebook cannot be used: ${file} ${pointer}: ${message}`,
    );
  }
}

interface Ran {
  readonly found: Found;
  readonly message: string | undefined;
  readonly laws?: readonly string[];
}

function run(bench: Bench, example: ExampleCase): Ran {
  const { declared } = bench.rulebook;
  const { of } = example;
  if (of === 'selection') return runSelection(bench, example);
  if (declared.fields.some((f) => f.json.field === of)) return runField(bench, example);
  if (declared.checks.some((c) => c.json.code === of)) return runCheck(bench, example);
  throw new ExampleError(`found "${of}", expected a field, "selection", or a check of this rulebook`);
}

function runField(bench: Bench, example: ExampleCase): Ran {
  const { of, expect } = example;
  if (!('value' in expect)) throw new ExampleError(`an example of field ${of} expects a value`);
  const { compiled, rows, laws } = extract(bench, example);
  const key = compiled.rulebook.schemas.output.columns.find((c) => c.no === of)?.key as string;
  const chosen = rows.filter(({ row }) => matches(row, knownColumns(compiled, expect.row ?? {})));
  const [only] = chosen;
  if (!only || chosen.length > 1)
    throw new ExampleError(
      `expected one row, found ${countedOrNo(chosen.length, 'row')}; use "row" to choose one of several`,
    );
  const found: Found = { kind: 'field', value: only.row[key] as string, rule: only.rules.get(of) as string };
  const passed = found.value === expect.value && (expect.rule === undefined || found.rule === expect.rule);
  const said = (value: string, rule: string | undefined): string =>
    `"${value}"${rule === undefined ? '' : ` by rule "${rule}"`}`;
  const other = `expected ${said(expect.value, expect.rule)}, found ${said(found.value, found.rule)}`;
  return { found, laws, message: passed ? undefined : other };
}

/** What is shown of a row when an example expects none. */
export const USUAL_KEYS = ['ssid', 'schoolOfAttendance', 'gradeLevelCode'];

function runSelection(bench: Bench, example: ExampleCase): Ran {
  const { expect } = example;
  if (!('rows' in expect)) throw new ExampleError('an example of the selection expects rows');
  const { compiled, rows, laws } = extract(bench, example);
  const keys = [...new Set(expect.rows.flatMap((row) => Object.keys(knownColumns(compiled, row))))];
  const found: Found = { kind: 'rows', rows: rows.map(({ row }) => row) };
  const passed = rows.length === expect.rows.length && rows.every(({ row }, i) => matches(row, expect.rows[i] as Row));
  const said = (list: readonly Row[]): string =>
    [countedOrNo(list.length, 'row'), ...list.map((row) => JSON.stringify(row))].join(' ');
  const shown = found.rows.map((row) =>
    Object.fromEntries((keys.length ? keys : USUAL_KEYS).map((key) => [key, row[key] as string])),
  );
  const other = `expected ${said(expect.rows)}, found ${said(shown)}`;
  return { found, laws, message: passed ? undefined : other };
}

/** What is wrong with a case, laws that its rows break included. */
function withLaws(message: string | undefined, laws: readonly string[], { rulebook }: Bench): string {
  const broken = laws.map((name) => {
    const says = rulebook.declared.laws.find(({ json }) => json.name === name)?.json.says ?? '';
    return `its row breaks the law "${name}": ${says.replace(/\.$/, '')}`;
  });
  return [...(message === undefined ? [] : [message]), ...broken].join('; ');
}

function retiredNumbers(rulebook: Rulebook, retired: RetiredOfExample): RetiredNumbers {
  const { Gender: gender, BirthDate: birthDate } = matchParameters(rulebook).person;
  const replacements = Object.entries(retired).map(
    ([number, { replacement: ssid, gender, birthYear }]) => [number, { ssid, gender, birthYear }] as const,
  );
  return { replacements: new Map(replacements), columns: { gender, birthDate } };
}

function runCheck(bench: Bench, example: ExampleCase): Ran {
  const { of, expect } = example;
  if (!('findings' in expect)) throw new ExampleError(`an example of check ${of} expects findings`);
  const check = bench.rulebook.declared.checks.find(({ json }) => json.code === of)?.json;
  const findings = (OF_STORES.has(check?.examines ?? '') ? anomaliesOf(bench, example) : uploaded(bench, example)).sort(
    (a, b) => a.record - b.record || compare(a.code, b.code),
  );
  const passed =
    findings.length === expect.findings.length &&
    findings.every(({ record, code, severity }, i) => {
      const expected = expect.findings[i] as ExampleFinding;
      return record === expected.record && code === expected.code && severity === (expected.severity ?? severity);
    });
  const said = (list: readonly ExampleFinding[]): string =>
    list
      .map(({ record, code, severity }) => `${code}${severity ? ` (${severity})` : ''} on record ${record}`)
      .join(', ') || 'no finding';
  return {
    found: { kind: 'findings', findings },
    message: passed ? undefined : `expected ${said(expect.findings)}, found ${said(findings)}`,
  };
}

type Finding = Extract<Found, { kind: 'findings' }>['findings'][number];

/** What looks wrong in the histories of a case, nothing checked before; records are counted from 1. */
function anomaliesOf(bench: Bench, example: ExampleCase): Finding[] {
  const day = example.runDate === undefined ? '' : dayOf(example.runDate);
  const { lines, unreadable } = bench.kept(example, day);
  if (unreadable !== undefined) throw new ExampleError(`its record ${unreadable} has a record type without a layout`);
  const reader = bench.reader(day);
  const found = [...lines.bodies]
    .filter(([ssid]) => ssid !== '')
    .map(([ssid, body]) => historyOf(ssid, readRecords(body, reader.plan), reader.plan));
  return oddAmong(found, reader).map(({ check, record }) => ({
    record: placeOf(record).line,
    code: check.json.code,
    severity: check.json.severity,
  }));
}

/** What the checks of uploads find in the records of a case. */
function uploaded(bench: Bench, example: ExampleCase): Finding[] {
  const { write } = bench;
  const { given, records, sender, retired } = example;
  const day = example.runDate === undefined ? '' : dayOf(example.runDate);
  const store = new Map<string, readonly SourceRecord[]>();
  const upload = (list: readonly ExampleRecord[], lea: string | undefined): Problem[] => {
    const { lines } = keep(bench.checker(lea, day, retired), list.map(write));
    const applier = bench.applier(lea);
    const problems = [...lines.problems];
    for (const ssid of lines.bodies.keys()) {
      const student = studentFrom(lines, ssid, applier, store.get(ssid));
      store.set(ssid, student.records);
      problems.push(...student.problems);
    }
    return problems;
  };
  const refused = upload(given, undefined).find((p) => p.severity === 'reject');
  if (refused)
    throw new ExampleError(`record ${refused.line} of those given is rejected by ${refused.code}: ${refused.message}`);
  return upload(records, sender?.reportingLEA).map(({ line, code, severity }) => ({ record: line, code, severity }));
}

interface ExtractedRow {
  readonly row: Row;
  /** By field number: the name of the rule that decided. */
  readonly rules: ReadonlyMap<string, string>;
}

interface Extracted {
  readonly compiled: CompiledRulebook;
  readonly rows: readonly ExtractedRow[];
  /** Names of the laws that rows break. */
  readonly laws: readonly string[];
}

/**
 * Whether the checks let in every record of a case, sent by one who acts for all.
 * @throws ExampleError for a case that cannot be run as it is written
 */
export function areLetIn(bench: Bench, { given, records, runDate = '' }: ExampleCase): boolean {
  const { lines } = keep(bench.checker(undefined, runDate && dayOf(runDate)), [...given, ...records].map(bench.write));
  const problems = [...lines.bodies.keys()].flatMap(
    (ssid) => studentFrom(lines, ssid, bench.applier(undefined)).problems,
  );
  return [...lines.problems, ...problems].every(({ severity }) => severity !== 'reject');
}

/** The rows of a case's histories. */
function extract(bench: Bench, example: ExampleCase): Extracted {
  const { rulebook, unchecked: compiled } = bench;
  const rows: ExtractedRow[] = [];
  const broken = new Set<string>();
  // With parameters of its own a case shows another reading, of which laws need not be true.
  const laws = example.parameters === undefined ? compiled.program.laws : [];
  eachRow(bench, example, (x, enrollment) => {
    const rules = rulebook.extract.fields.map(({ number, rules }): [string, string] => [
      number,
      rules[x.decided[compiled.program.fieldNumbers.indexOf(number)] as number]?.name as string,
    ]);
    rows.push({ row: compiled.rows.named(x, enrollment), rules: new Map(rules) });
    for (const { law, isBroken } of laws) if (isBroken(x)) broken.add(law.json.name);
  });
  return { compiled, rows, laws: [...broken] };
}

/**
 * Calls `each` for every row of a case's histories, students in ascending order of SSID as in an extract; `x` is that
 * of `bench.unchecked`, and good until `each` returns. Parameters of the case do not count: `bench.for` gives the bench
 * that has them.
 * @throws ExampleError, RequestError for a case that cannot be run as it is written
 */
export function eachRow(
  bench: Bench,
  example: ExampleCase,
  each: (x: Evaluation, enrollment: SourceRecord) => void,
): void {
  const { rulebook, unchecked: compiled } = bench;
  const { request, runDate } = example;
  if (!request) throw new ExampleError('it has no request, and its file has no common one');
  if (runDate === undefined) throw new ExampleError('it has no runDate, and its file has no common one');
  const day = dayOf(runDate);
  const { plan } = compiled;
  const { lines, unreadable } = bench.kept(example, day);
  if (unreadable !== undefined) throw new ExampleError(`its record ${unreadable} has a record type without a layout`);
  const extractor = new Extractor(compiled, requestFacts(requestOf(request), rulebook), day);
  // A record without an SSID belongs to no history (cenr.md section 1).
  for (const [ssid, body] of [...lines.bodies].filter(([ssid]) => ssid !== '').sort(([a], [b]) => compare(a, b)))
    extractor.rows(historyOf(ssid, readRecords(body, plan), plan), each);
}

/** Line numbers count the records from 1. */
function keep(checker: LineChecker, sent: readonly string[]): Kept {
  const lines = new StudentLines();
  let unreadable: number | undefined;
  for (const [i, line] of sent.entries())
    if (!lines.add(0, i + 1, checker.check(line, '', i + 1))) unreadable ??= i + 1;
  return { lines, unreadable };
}

function knownColumns({ rulebook }: CompiledRulebook, row: Row): Row {
  const { columns } = rulebook.schemas.output;
  const unknown = Object.keys(row).find((key) => !columns.some((c) => c.key === key));
  if (unknown)
    throw new ExampleError(`the extract has no column "${unknown}"; schemas/records/CENR.json lists the columns`);
  return row;
}

const matches = (row: Row, columns: Row): boolean =>
  Object.entries(columns).every(([key, value]) => row[key] === value);

function dayOf(runDate: string): string {
  const day = parseDay(runDate);
  if (day === undefined) throw new ExampleError(`its runDate "${runDate}" is not a real date`);
  return day;
}
