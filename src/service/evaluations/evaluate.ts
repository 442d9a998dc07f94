import type { Shape } from '#base/shape';
import { UserError } from '#base/user-error';
import type { Subject } from '#explain/explain';
import type { EvaluationLaw } from '#explain/explanation';
import { brokenLawsOf } from '#explain/laws';
import type { SentWith } from '#explain/record-view';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { checkRequest, columnSetFor, type ExtractRequest, RequestError, requestFacts } from '#extract/request';
import { activeNumbers } from '#identity/replacements';
import { Applier } from '#intake/apply';
import { type CheckedLine, type LineChecker, lineChecker } from '#intake/check-lines';
import type { Problem } from '#intake/problem';
import type { QuickCheck } from '#intake/quick-check';
import type { RetiredNumbers } from '#intake/retired-numbers';
import { type Student, StudentLines, studentFrom } from '#intake/student';
import { retiredIn } from '#pipeline/retired-numbers';
import { parseDay } from '#records/days';
import { type OutputColumn, outputColumns, usualColumnSet } from '#records/layout';
import { placeText } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { type MadeItem, ServiceError } from '../http/errors.ts';
import { errorItems, shown, validators } from '../http/validate.ts';
import { EvaluationReplacements } from '../schemas/evaluation.ts';
import { ExtractRequestBody } from '../schemas/extract-request.ts';
import { RecordEncoder } from './record-encoder.ts';

/** A problem of a record, with a pointer into the request instead of file and line. */
export interface EvaluationProblem {
  readonly pointer: string;
  readonly code: string;
  readonly severity: Problem['severity'];
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
  readonly problems: readonly EvaluationProblem[];
  /** How many records are of a type that the extract does not use; absent for none. */
  readonly notUsed?: number;
  /** The laws that rows break; absent for none. */
  readonly laws?: readonly EvaluationLaw[];
}

/** What becomes of a student with a rejected record: refused, or made of the others, as an extract does. */
export const ON_REJECT = ['refuse', 'skip'] as const;
export type OnReject = (typeof ON_REJECT)[number];

/** A request understood and compiled, ready for student after student. */
export interface EvaluationSession {
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly columns: string;
  readonly replacements: Shape<typeof EvaluationReplacements>;
  readonly onReject: OnReject;
  /** The SSID that records speak of, if it is one and the same; to be told of records that make no student. */
  ssidIn(records: unknown): string | undefined;
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
  evaluateWithBody(records: unknown): Evaluated & Pick<Subject, 'body' | 'sent' | 'sentWith'>;
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
  /** Retired SSIDs and what replaces each. */
  readonly replacements?: unknown;
  /** Not part of what callers write; the route knows it. */
  readonly onReject?: OnReject;
}

const REFUSE: OnReject = 'refuse';
const SESSIONS = 200;
/** A request with thousands of schools is not worth remembering. */
const LONGEST_REMEMBERED = 4_096;

/** They know nothing of a rulebook. */
const { bodies } = validators([]);
const isRequest = bodies.compile(ExtractRequestBody);
const isReplacements = bodies.compile(EvaluationReplacements);

/** Ready for any request under one rulebook; what is compiled is compiled once. */
export function createEvaluator(rulebook: Rulebook): Evaluator {
  const { columnSets } = rulebook.schemas.output;
  const compiled = new Map<string, Compiled>();
  const sessions = new Map<string, EvaluationSession>();
  const encoder = new RecordEncoder(rulebook.schemas.layouts);
  // So that a rulebook that cannot be compiled never takes effect, and the first request under one does not wait.
  compiledFor(usualColumnSet(rulebook.schemas.output));

  function compiledFor(columns: string): Compiled {
    let found = compiled.get(columns);
    if (!found) {
      const whole = compileRulebook(rulebook, { columns, recording: false });
      found = {
        whole,
        applier: new Applier(whole, () => ''),
        columns: outputColumns(rulebook.schemas.output, columns),
        checkerOn: checkersByDay(whole),
      };
      compiled.set(columns, found);
    }
    return found;
  }

  function understand(
    { request, runDate, columns, replacements = [], onReject = REFUSE }: EvaluationHead,
    today: string,
  ): EvaluationSession {
    const errors: MadeItem[] = [
      ...(isRequest(request) ? [] : errorItems(isRequest.errors ?? [], 'pointer', '/request')),
      ...(isReplacements(replacements) ? [] : errorItems(isReplacements.errors ?? [], 'pointer', '/replacements')),
    ];
    const day = runDate === undefined ? today : typeof runDate === 'string' ? parseDay(runDate) : undefined;
    if (day === undefined)
      errors.push({
        pointer: '/runDate',
        message: `found ${shown(runDate)}, expected a real date, written CCYYMMDD or CCYY-MM-DD`,
      });
    if (columns !== undefined && (typeof columns !== 'string' || !Object.hasOwn(columnSets, columns)))
      errors.push({
        pointer: '/columns',
        message: `found ${shown(columns)}, expected one of ${Object.keys(columnSets).join(', ')}`,
      });
    if (errors.length > 0) throw new ServiceError('CENR_REQUEST_INVALID', { errors });
    try {
      checkRequest(request as ExtractRequest, rulebook);
      const columnSet = (columns as string | undefined) ?? columnSetFor(request as ExtractRequest, rulebook);
      const { checkerOn, ...made } = compiledFor(columnSet);
      const pairs = replacements as Shape<typeof EvaluationReplacements>;
      const retired = retiredAsked(pairs, rulebook);
      const checker = (): LineChecker => checkerOn(day as string, retired);
      const asked = { request: request as ExtractRequest, runDate: day as string, columns: columnSet };
      return sessionOf({ ...made, checker }, encoder, { ...asked, replacements: pairs, onReject });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      throw new ServiceError('CENR_REQUEST_INVALID', {
        errors: [{ pointer: `/request/${error.key}`, message: error.message }],
      });
    }
  }

  return {
    session(head, today) {
      const { request, runDate = today, columns = null, replacements = [], onReject = REFUSE } = head;
      const key = keyOf([request, runDate, columns, replacements, onReject]);
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

/** The JSON of what is asked; `''` for what is nested too deep for it, and is refused when it is looked at. */
function keyOf(asked: readonly unknown[]): string {
  try {
    return JSON.stringify(asked);
  } catch {
    return '';
  }
}

interface Compiled {
  readonly whole: CompiledRulebook;
  readonly applier: Applier;
  readonly columns: readonly OutputColumn[];
  /** Checks records loaded on a day. */
  readonly checkerOn: (day: string, retired: RetiredNumbers | undefined) => LineChecker;
}

/** Checkers remember values that they have seen, so there are few of them. */
const MOST_CHECKERS = 4;

/**
 * No sender: a history holds the records of all LEAs. An extract made straight from records loads them on the run date
 * (cenr.md section 3).
 */
function checkersByDay({ rulebook, checks }: CompiledRulebook): Compiled['checkerOn'] {
  const checkers = new Map<string, LineChecker>();
  return (day, retired) => {
    const key = `${day} ${[...(retired?.replacements ?? [])].map(([old, { ssid }]) => `${old} ${ssid}`).join()}`;
    let checker = checkers.get(key);
    if (!checker) {
      if (checkers.size >= MOST_CHECKERS) checkers.delete(checkers.keys().next().value as string);
      checker = lineChecker(rulebook, checks, undefined, day, retired);
      checkers.set(key, checker);
    }
    return checker;
  };
}

/** @throws ServiceError CENR_REQUEST_INVALID when they make a circle, or one is replaced twice */
function retiredAsked(asked: Shape<typeof EvaluationReplacements>, rulebook: Rulebook): RetiredNumbers | undefined {
  if (asked.length === 0) return undefined;
  const twice = asked.find(({ retired }, i) => asked.findIndex((each) => each.retired === retired) < i);
  if (twice)
    throw malformed([{ pointer: '/replacements', message: `${twice.retired} is retired twice; expected once` }]);
  try {
    const lines = asked.map((one, i) => ({ ...one, place: `replacement ${i + 1}` }));
    return retiredIn(activeNumbers(lines), rulebook);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw malformed([{ pointer: '/replacements', message: error.message }]);
  }
}

function sessionOf(
  { whole, applier, columns: written, checker }: Omit<Compiled, 'checkerOn'> & { readonly checker: () => LineChecker },
  encoder: RecordEncoder,
  head: Pick<EvaluationSession, 'request' | 'runDate' | 'columns' | 'replacements' | 'onReject'>,
): EvaluationSession {
  const { rulebook, rows: writer } = whole;
  const { request, runDate, columns, onReject } = head;
  const keys = written.map((c) => c.key);
  const extractor = new Extractor(whole, requestFacts(request, rulebook), runDate);

  const named = (line: string): Record<string, string> => {
    const values = line.split('^');
    const row: Record<string, string> = {};
    for (let i = 0; i < keys.length; i++) row[keys[i] as string] = values[i] as string;
    return row;
  };

  function evaluate(records: unknown): Evaluated & {
    readonly student: Student | undefined;
    readonly sent: string;
    readonly sentWith: SentWith;
  } {
    if (!Array.isArray(records))
      throw malformed([{ pointer: '/records', message: `found ${shown(records)}, expected a list of records` }]);
    if (records.length === 0)
      throw malformed([{ pointer: '/records', message: 'found no records, expected at least one' }]);
    const lines = checkAll(records, encoder, checker());
    const ssid = ssidOf(lines);
    const { problems } = lines;
    // Enrollments that still ask for an SSID make no rows, but are checked like all others.
    if (lines.bodies.has('')) problems.push(...studentFrom(lines, '', applier).problems);
    const student = ssid === '' ? undefined : studentFrom(lines, ssid, applier);
    if (student) problems.push(...student.problems);
    if (onReject === REFUSE && problems.some((p) => p.severity === 'reject'))
      throw rejected(problems, records, encoder);
    const rows: Record<string, string>[] = [];
    const laws: EvaluationLaw[] = [];
    if (student)
      extractor.rows(student.history, (x, enrollment) => {
        // Nearly no row breaks one, and to say so of all columns takes longer than to ask.
        if (whole.laws.some(({ isBroken }) => isBroken(x)))
          for (const law of brokenLawsOf(whole, x, enrollment, columns, written))
            laws.push({ row: rows.length, ...law });
        rows.push(named(writer.line(x, enrollment).slice(0, -2)));
      });
    return {
      ssid,
      rows,
      problems: problems.map((p) => problemIn(p, records, encoder)),
      ...(lines.notUsed > 0 && { notUsed: lines.notUsed }),
      ...(laws.length > 0 && { laws }),
      student,
      sent: lines.bodies.get(ssid) ?? '',
      sentWith: (source, line) => lines.sentWith.get(placeText(source, line)),
    };
  }

  return {
    ...head,
    ssidIn: (records) => encoder.ssidIn(records),
    evaluate(records) {
      const { student: _, sent: __, sentWith: ___, ...evaluated } = evaluate(records);
      return evaluated;
    },
    evaluateWithBody(records) {
      const { student, ...evaluated } = evaluate(records);
      return { ...evaluated, body: student ? applier.bodyOf(student.records) : '' };
    },
  };
}

/** @throws ServiceError CENR_REQUEST_INVALID */
function checkAll(records: readonly unknown[], encoder: RecordEncoder, checker: LineChecker): StudentLines {
  const errors: MadeItem[] = [];
  const texts = records.map((record, i) => encoder.line(record, i, errors));
  if (errors.length > 0) throw malformed(errors);
  const lines = new StudentLines();
  const { quick } = checker;
  quick.take(Buffer.from(texts.join('\n')));
  let from = 0;
  for (let i = 0; i < texts.length; i++, from = quick.next) {
    const isClear = quick.passes(from);
    lines.add(0, i + 1, isClear ? keptBy(quick) : checker.check(texts[i] as string, '', i + 1));
  }
  return lines;
}

/** A line that no check has anything to say of. */
const keptBy = (quick: QuickCheck): CheckedLine => ({ fate: 'kept', ...quick.kept(), problems: [], onceAFile: [] });

/**
 * The SSID of the student whose lines these are; `''` when no record has one.
 * @throws ServiceError CENR_SEVERAL_STUDENTS
 */
function ssidOf({ bodies }: StudentLines): string {
  let ssid = '';
  for (const found of bodies.keys()) {
    if (ssid !== '' && found !== '') throw new ServiceError('CENR_SEVERAL_STUDENTS');
    ssid ||= found;
  }
  return ssid;
}

const malformed = (errors: readonly MadeItem[]): ServiceError => new ServiceError('CENR_REQUEST_INVALID', { errors });

function rejected(problems: readonly Problem[], records: readonly unknown[], encoder: RecordEncoder): ServiceError {
  const rejections = problems.filter((p) => p.severity === 'reject');
  return new ServiceError('CENR_RECORDS_REJECTED', {
    errors: rejections.map((p) => () => {
      const { pointer, code, field, fieldName, message } = problemIn(p, records, encoder);
      return { pointer, code, field, fieldName, message };
    }),
  });
}

function problemIn(
  { line, recordType, field, fieldName, value, code, severity, message }: Problem,
  records: readonly unknown[],
  encoder: RecordEncoder,
): EvaluationProblem {
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
