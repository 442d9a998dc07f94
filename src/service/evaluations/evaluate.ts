/**
 * Evaluations: the records of one student and a request in, rows out, nothing stored. Named columns become a caret line
 * first, and every line goes the way of an upload: checked, applied to an empty history, read, evaluated. So an
 * evaluation cannot differ from an extract of the same records.
 */
import { escapePointer } from '#base/json';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, RequestError, requestFacts } from '#extract/request';
import { type Applier, applier, bodyOf } from '#intake/apply';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import type { Problem } from '#intake/problem';
import { parseDay } from '#records/days';
import { incomingColumns, type Layout, outputColumns } from '#records/layout';
import { keepLine, ODS_SUFFIX, readRecords, type SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { type ErrorItem, ServiceError } from '../http/errors.ts';
import { errorItems, shown, unknownKey, validators } from '../http/validate.ts';
import { ExtractRequestBody } from '../schemas/extract-request.ts';

/** What an evaluation says about a record: a problem of the intake, with its place in the request. */
export interface Finding {
  readonly pointer: string;
  readonly code: string;
  readonly severity: 'reject' | 'warn';
  readonly recordType: string;
  readonly field: string;
  readonly fieldName: string;
  readonly value: string;
  readonly message: string;
}

export interface Evaluated {
  /** `''` when no record has one: such a student makes no rows. */
  readonly ssid: string;
  /** Columns of the output by key. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly findings: readonly Finding[];
}

/** A request understood and compiled, ready for student after student. */
export interface EvaluationSession {
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly columns: string;
  /**
   * Evaluates one student.
   * @param records a list of caret lines and of objects with a `recordType` and named columns, in the order of loading
   * @throws ServiceError CENR_REQUEST_INVALID for what is no list of records, CENR_RECORDS_REJECTED and
   * CENR_SEVERAL_STUDENTS for records that make no student
   */
  evaluate(records: unknown): Evaluated;
  /**
   * The same, with the body of the student's history as a store would keep it: what explanations are made from. Line
   * numbers count the records from 1.
   */
  evaluateWithBody(records: unknown): Evaluated & { readonly body: string };
}

export interface Evaluator {
  /**
   * Understands what comes before the records. Sessions are remembered: callers send the same request for student after
   * student.
   * @param today CCYYMMDD, the run date when none is given
   * @throws ServiceError CENR_REQUEST_INVALID
   */
  session(head: EvaluationHead, today: string): EvaluationSession;
}

export interface EvaluationHead {
  readonly request?: unknown;
  readonly runDate?: unknown;
  readonly columns?: unknown;
  /** The version asked for, by its hash or by its publication: decides which evaluator is asked. */
  readonly rulebook?: unknown;
  readonly publication?: unknown;
}

const SESSIONS = 200;
/** A request with thousands of schools is not worth remembering. */
const LONGEST_REMEMBERED = 4_096;

/** Ready for any request under one rulebook; what is compiled is compiled once. */
export function createEvaluator(rulebook: Rulebook): Evaluator {
  const isRequest = validators([]).bodies.compile(ExtractRequestBody);
  const { columnSets, defaultColumnSet } = rulebook.schemas.output;
  const compiled = new Map<string, Compiled>();
  const sessions = new Map<string, EvaluationSession>();
  const encoder = recordEncoder(rulebook.schemas.layouts);
  // So that a rulebook that cannot be compiled never takes force, and the first request under one does not wait.
  compiledFor(defaultColumnSet);

  function compiledFor(columns: string): Compiled {
    let found = compiled.get(columns);
    if (!found) {
      const whole = compileRulebook(rulebook, { columns, recording: false });
      const { checks, keys, plan } = whole;
      found = {
        whole,
        applier: applier(rulebook.schemas, keys, plan, checks, () => ''),
        keys: outputColumns(rulebook.schemas.output, columns).map((c) => c.key),
      };
      compiled.set(columns, found);
    }
    return found;
  }

  function understand(
    { request, runDate, columns = defaultColumnSet }: EvaluationHead,
    today: string,
  ): EvaluationSession {
    const errors: ErrorItem[] = isRequest(request) ? [] : errorItems(isRequest.errors ?? [], 'pointer', '/request');
    const day = runDate === undefined ? today : typeof runDate === 'string' ? parseDay(runDate) : undefined;
    if (day === undefined)
      errors.push({
        pointer: '/runDate',
        message: `found ${shown(runDate)}, expected a real day as CCYYMMDD or CCYY-MM-DD`,
      });
    if (typeof columns !== 'string' || !Object.hasOwn(columnSets, columns))
      errors.push({
        pointer: '/columns',
        message: `found ${shown(columns)}, expected one of ${Object.keys(columnSets).join(', ')}`,
      });
    if (errors.length > 0) throw new ServiceError('CENR_REQUEST_INVALID', { errors });
    try {
      return sessionOf(
        compiledFor(columns as string),
        encoder,
        request as ExtractRequest,
        day as string,
        columns as string,
      );
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      throw new ServiceError('CENR_REQUEST_INVALID', {
        errors: [{ pointer: `/request/${error.key}`, message: error.message }],
      });
    }
  }

  return {
    session(head, today) {
      const key = JSON.stringify([head.request, head.runDate ?? today, head.columns ?? defaultColumnSet]);
      let session = sessions.get(key);
      if (session) return session;
      session = understand(head, today);
      if (key.length > LONGEST_REMEMBERED) return session;
      // A Map keeps its keys in the order in which they came: the first is the oldest.
      if (sessions.size >= SESSIONS) sessions.delete(sessions.keys().next().value as string);
      sessions.set(key, session);
      return session;
    },
  };
}

interface Compiled {
  readonly whole: CompiledRulebook;
  readonly applier: Applier;
  readonly keys: readonly string[];
}

function sessionOf(
  { whole, applier, keys }: Compiled,
  encoder: RecordEncoder,
  request: ExtractRequest,
  runDate: string,
  columns: string,
): EvaluationSession {
  const { rulebook, checks, plan, rows: writer } = whole;
  const extractor = new Extractor(whole, requestFacts(request, rulebook), runDate);
  // No sender: a history holds the records of all LEAs. An extract made straight from records loads them on the run
  // date (cenr.md section 3).
  const checker = lineChecker(rulebook, checks, undefined, runDate);

  const named = (line: string): Record<string, string> => {
    const values = line.split('^');
    const row: Record<string, string> = {};
    for (let i = 0; i < keys.length; i++) row[keys[i] as string] = values[i] as string;
    return row;
  };

  function evaluate(records: unknown): Evaluated & { readonly records: readonly SourceRecord[] } {
    if (!Array.isArray(records))
      throw malformed([{ pointer: '/records', message: `found ${shown(records)}, expected a list of records` }]);
    const { ssid, body, withoutSSID, problems } = checkAll(records, encoder, checker);
    // Enrollments that still ask for an SSID make no rows, but are checked like all others.
    if (withoutSSID !== '')
      problems.push(...applier.apply('', [], readRecords(withoutSSID, plan)).faults.map(applier.problem));
    const { history, records: kept, faults } = applier.apply(ssid, [], readRecords(body, plan));
    problems.push(...faults.map(applier.problem));
    if (problems.some((p) => p.severity === 'reject')) throw rejected(problems, records, encoder);
    const rows: Record<string, string>[] = [];
    if (ssid !== '')
      extractor.rows(history, (x, enrollment) => rows.push(named(writer.line(x, enrollment).slice(0, -2))));
    return { ssid, rows, findings: problems.map((p) => findingOf(p, records, encoder)), records: kept };
  }

  return {
    request,
    runDate,
    columns,
    evaluate(records) {
      const { ssid, rows, findings } = evaluate(records);
      return { ssid, rows, findings };
    },
    evaluateWithBody(records) {
      const { records: kept, ...evaluated } = evaluate(records);
      return { ...evaluated, body: bodyOf(kept, whole.keys) };
    },
  };
}

interface CheckedRecords {
  readonly ssid: string;
  /** Kept lines of the student, and those of enrollments without an SSID. */
  readonly body: string;
  readonly withoutSSID: string;
  readonly problems: Problem[];
}

function checkAll(records: readonly unknown[], encoder: RecordEncoder, checker: LineChecker): CheckedRecords {
  const errors: ErrorItem[] = [];
  const problems: Problem[] = [];
  let ssid = '';
  let several = false;
  let body = '';
  let withoutSSID = '';
  for (let i = 0; i < records.length; i++) {
    const line = encoder.line(records[i], i, errors);
    if (errors.length > 0) continue;
    const checked = checker.check(line, '', i + 1);
    if (checked.problems.length > 0) problems.push(...checked.problems);
    if (checked.text === undefined) continue;
    const kept = keepLine(
      { source: 0, line: i + 1, uploaded: checked.uploaded, lastUpdated: checked.lastUpdated },
      checked.text,
    );
    if (checked.ssid === '') withoutSSID += withoutSSID === '' ? kept : `\n${kept}`;
    else {
      several ||= ssid !== '' && ssid !== checked.ssid;
      ssid = checked.ssid;
      body += body === '' ? kept : `\n${kept}`;
    }
  }
  if (errors.length > 0) throw malformed(errors);
  if (several) throw new ServiceError('CENR_SEVERAL_STUDENTS');
  return { ssid, body, withoutSSID, problems };
}

const malformed = (errors: readonly ErrorItem[]): ServiceError => new ServiceError('CENR_REQUEST_INVALID', { errors });

function rejected(problems: readonly Problem[], records: readonly unknown[], encoder: RecordEncoder): ServiceError {
  const rejections = problems.filter((p) => p.severity === 'reject');
  return new ServiceError('CENR_RECORDS_REJECTED', {
    errors: rejections.map((p) => {
      const { pointer, code, field, fieldName, message } = findingOf(p, records, encoder);
      return { pointer, code, field, fieldName, message };
    }),
  });
}

function findingOf(
  { line, recordType, field, fieldName, value, code, severity, message }: Problem,
  records: readonly unknown[],
  encoder: RecordEncoder,
): Finding {
  const record = records[line - 1];
  const key = encoder.keyOf(recordType, field);
  // Pointers resolve: a column of a caret line, or one that was not sent, has no place of its own in the request.
  const own = key !== undefined && typeof record === 'object' && record !== null && Object.hasOwn(record, key);
  return {
    pointer: `/records/${line - 1}${own ? `/${key}` : ''}`,
    code,
    severity,
    recordType,
    field,
    fieldName,
    value,
    message,
  };
}

interface RecordEncoder {
  /** A record as a caret line; what is wrong with its form goes to `errors`, and the line is then of no use. */
  line(record: unknown, index: number, errors: ErrorItem[]): string;
  /** Key of a column by record type, as it stands in field 1, and field number. */
  keyOf(recordType: string, field: string): string | undefined;
}

interface EncodedType {
  readonly count: number;
  /** Index among `incomingColumns` by key; a Map, since keys are what callers send. */
  readonly places: ReadonlyMap<string, number>;
  readonly isDay: readonly boolean[];
  readonly keyOf: ReadonlyMap<string, string>;
  readonly blank: readonly string[];
}

/** What would end a field or a line. */
const BREAKS = /[\^\r\n]/;
const TYPE_KEY = 'recordType';

function recordEncoder(layouts: readonly Layout[]): RecordEncoder {
  const types = new Map<string, EncodedType>();
  for (const layout of layouts) {
    const columns = incomingColumns(layout);
    // Field 1 is `recordType` here; a second key for it would only raise the question which one counts.
    const places = new Map(columns.map((c, i): [string, number] => [i === 0 ? TYPE_KEY : c.key, i]));
    const encoded: EncodedType = {
      count: layout.columns.length,
      places,
      isDay: columns.map((c) => c.type === 'DT'),
      keyOf: new Map(columns.map((c, i) => [c.no, i === 0 ? TYPE_KEY : c.key])),
      blank: columns.map(() => ''),
    };
    types.set(layout.recordType, encoded);
    types.set(layout.recordType + ODS_SUFFIX, encoded);
  }
  const typeNames = layouts.map((l) => l.recordType);

  function encode(record: Record<string, unknown>, index: number, errors: ErrorItem[]): string {
    const wrong = (key: string, message: string): number =>
      errors.push({ pointer: `/records/${index}${key === '' ? '' : `/${escapePointer(key)}`}`, message });
    const recordType = record[TYPE_KEY];
    const type = typeof recordType === 'string' ? types.get(recordType) : undefined;
    if (!type) {
      if (recordType === undefined)
        wrong('', `the key "${TYPE_KEY}" is missing; expected one of ${typeNames.join(', ')}`);
      else wrong(TYPE_KEY, `found ${shown(recordType)}, expected one of ${typeNames.join(', ')}`);
      return '';
    }
    const { count, places, isDay } = type;
    const fields = type.blank.slice();
    let isOds = (recordType as string).endsWith(ODS_SUFFIX);
    for (const key in record) {
      const value = record[key];
      const at = places.get(key);
      if (at === undefined) wrong(key, unknownKey(key, [...places.keys()]));
      else if (typeof value === 'string') {
        if (BREAKS.test(value)) wrong(key, 'a value cannot hold a caret (^) or a line end');
        fields[at] = isDay[at] && value.length === 10 && value[4] === '-' ? (parseDay(value) ?? value) : value;
        isOds ||= at >= count && value !== '';
      } else if (value !== null) wrong(key, `found ${shown(value)}, expected a text, or null for a blank`);
    }
    if (isOds) {
      if (!(recordType as string).endsWith(ODS_SUFFIX)) fields[0] = recordType + ODS_SUFFIX;
      return fields.join('^');
    }
    fields.length = count;
    return fields.join('^');
  }

  return {
    line(record, index, errors) {
      if (typeof record === 'string') {
        const line = record.replace(/\r?\n$/, '');
        if (line.trim() === '' || /[\r\n]/.test(line))
          errors.push({
            pointer: `/records/${index}`,
            message: 'a record that is given as a text is one line, and not a blank one',
          });
        return line;
      }
      if (typeof record === 'object' && record !== null && !Array.isArray(record))
        return encode(record as Record<string, unknown>, index, errors);
      errors.push({
        pointer: `/records/${index}`,
        message: `found ${shown(record)}, expected a caret line, or an object with "${TYPE_KEY}" and named columns`,
      });
      return '';
    },
    keyOf: (recordType, field) => types.get(recordType)?.keyOf.get(field),
  };
}
