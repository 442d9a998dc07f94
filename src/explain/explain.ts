/**
 * Explanations: why a row is what it is, and why a student has none. Everything is found by evaluating again what is
 * asked about; nothing is kept.
 */

import { basename } from 'node:path';
import { LRUCache } from 'lru-cache';
import { UserError } from '#base/user-error';
import type { CompiledRulebook } from '#extract/extractor';
import { columnSetFor, type ExtractRequest, requestFacts } from '#extract/request';
import type { Problem } from '#intake/problem';
import { layoutOf, type OutputColumn, outputColumns } from '#records/layout';
import { countPassedOver, type History, historyOf, plainType, readRecords, type SourceRecord } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import { type DecidedField, type SecondOpinion, secondOpinion } from '#rulebook/second-opinion/second-opinion';
import type { Field } from '#rulebook/tree/nodes';
import { type Glossary, glossaryOf } from '#rulebook/words/words';
import { closestEnrollment } from './closest-enrollment.ts';
import type {
  ExplanationHead,
  MissingExplanation,
  RowExplanation,
  SecondOpinionShown,
  SelectionOpinion,
  ShownRejection,
  StudentHistory,
} from './explanation.ts';
import { FieldExplainer } from './fields.ts';
import { compileForExplanations, Inspector } from './inspector.ts';
import { brokenLawsOf } from './laws.ts';
import { Lookups } from './lookups.ts';
import { MissingStudents } from './missing-students.ts';
import { compareOpinions, compareSelections } from './opinions.ts';
import { enrollmentsOf, type SelectionContext, shownEnrollment } from './qualification.ts';
import { type PlaceOf, RecordReader, RecordView, type SentWith } from './record-view.ts';
import { type AskedRow, type RowKey, RowKeys } from './row-keys.ts';
import { StudentRecords } from './student-records.ts';
import { Resender } from './what-would-change/resending.ts';
import { whatWouldChangeIt } from './what-would-change/try.ts';
import { missingSentence } from './words/missing-sentence.ts';

/** A student, what was asked for, and who reads the answer. */
export interface Subject {
  readonly ssid: string;
  /** The student history: kept lines, as the store has them. */
  readonly body: string;
  /** As in `SentRecords`: for records out of files or a request. */
  readonly sent?: string | undefined;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** A name of `columnSets` in the output layout; its default set when absent. */
  readonly columns?: string;
  /** LEAs whose records the reader may see in full. */
  readonly visible: LEAScope;
  /** Where lines were sent, by the number of their source. */
  readonly placeOf: PlaceOf;
  /** The SSIDs that lines were sent with, where they are not that of the student. */
  readonly sentWith?: SentWith | undefined;
  /** Retired SSIDs that this one replaces, and the day (CCYYMMDD) from which each is retired. */
  readonly formerly?: readonly { readonly retired: string; readonly day: string }[] | undefined;
  /** The id of the upload as of which the records are; for a store that goes on. */
  readonly asOfUpload?: string | undefined;
  /** Why records of the student were rejected, and in which upload: what is missing may be among them. */
  readonly rejections?: readonly {
    readonly upload?: string;
    readonly problem: Problem;
    /** The retired SSID that it was sent with. */
    readonly ssid?: string;
  }[];
}

export interface RowOptions {
  /** Field numbers; all of the column set when absent. */
  readonly fields?: readonly string[];
  /** Whether to say what stands in the way of other values; true when absent. */
  readonly whyNot?: boolean;
  /**
   * Whether to look for the smallest change that would change a value, which takes by far the longest; true when
   * absent.
   */
  readonly changes?: boolean;
}

/** A request taken up: what it comes to, and an inspector that serves student after student. */
interface Prepared {
  readonly facts: RequestFacts;
  readonly inspector: Inspector;
}

/** A student taken in hand, and the enrollments that are rows, in the order of the extract. */
interface InHand extends Prepared {
  readonly history: History;
  readonly rows: readonly SourceRecord[];
}

/** Requests that are kept prepared; explanations of one extract after the other ask for the same few. */
const MOST_PREPARED = 16;

/** A rulebook compiled for explanations. It serves any number of students and requests, one after the other. */
export class Explainer {
  readonly #rulebook: Rulebook;
  readonly #version: string;
  readonly #compiled: CompiledRulebook;
  readonly #glossary: Glossary;
  readonly #reader: RecordReader;
  readonly #fields: FieldExplainer;
  readonly #rowKeys: RowKeys;
  readonly #prepared = new LRUCache<string, Prepared>({ max: MOST_PREPARED });
  /** What was read of a body: a row, its decisions and the second opinion on it ask for the same. */
  readonly #histories = new WeakMap<Subject, History>();
  #opinion: SecondOpinion | undefined;
  #resender: Resender | undefined;
  #records: StudentRecords | undefined;

  /**
   * @param version of this program, for the second opinion
   * @param opinion who gives the second opinion; json-rules-engine when absent
   */
  constructor(rulebook: Rulebook, version: string, opinion?: SecondOpinion) {
    const { schemas, extract } = rulebook;
    this.#rulebook = rulebook;
    this.#version = version;
    this.#opinion = opinion;
    this.#compiled = compileForExplanations(rulebook);
    this.#glossary = { ...glossaryOf(rulebook), isPlain: true };
    this.#reader = new RecordReader(schemas);
    this.#fields = new FieldExplainer(rulebook);
    this.#rowKeys = new RowKeys(extract.selection, this.#reader);
  }

  /** The rows of a student, in the order of the extract. */
  rows(subject: Subject): readonly RowKey[] {
    return this.#take(subject).rows.map((row) => this.#rowKeys.of(row));
  }

  /**
   * Why a row is what it is; `undefined` when there is no such row.
   * @throws UserError for a field that the extract does not have, and for a row that only its reporting LEA would tell
   * apart; the message is a sentence
   */
  row(subject: Subject, key: AskedRow, options: RowOptions = {}): RowExplanation | undefined {
    const { fields: numbers, whyNot = true, changes = true } = options;
    const columns = this.#columnsAsked(subject, numbers);
    const inHand = this.#take(subject);
    const { inspector } = inHand;
    const row = this.#rowKeys.find(inHand.rows, key);
    if (!row) return undefined;
    const context = this.#selectionContext(subject, inHand);
    const { lookups, view, glossary } = context;
    const qualification = shownEnrollment(row, context, true);
    const otherEnrollments = enrollmentsOf(context)
      .filter((enrollment) => enrollment !== row)
      .map((enrollment) => shownEnrollment(enrollment, context, false));
    inspector.evaluate(row);
    const laws = brokenLawsOf(this.#compiled, inspector.x, row, this.#columnSet(subject), columns);
    const fields = this.#fields.explain(columns, {
      inspector,
      lookups,
      view,
      glossary,
      enrollment: row,
      whyNot,
      ...(changes && { changeOf: (field: Field) => this.#changeOf(field, row, subject, inHand, view) }),
    });
    return {
      ...this.#head(subject, inHand),
      ...this.#rowKeys.of(row),
      ...(laws.length > 0 && { laws }),
      qualification,
      otherEnrollments,
      fields,
    };
  }

  /** Why a student has no row, enrollment by enrollment. */
  missing(subject: Subject): MissingExplanation {
    const inHand = this.#take(subject);
    const { rows, history } = inHand;
    const { schemas } = this.#rulebook;
    const context = this.#selectionContext(subject, inHand);
    const enrollments = enrollmentsOf(context).map((enrollment) => shownEnrollment(enrollment, context, false));
    const records = history.byType.reduce((sum, of) => sum + of.length, 0);
    const { copiesFrom } = schemas.output;
    const noun = layoutOf(schemas, copiesFrom)?.name ?? copiesFrom;
    const rejections = (subject.rejections ?? []).map(({ upload, problem, ssid }): ShownRejection => {
      const { recordType, file, line, code, message } = problem;
      return {
        recordType,
        sent: {
          ...(upload !== undefined && { upload }),
          ...{ file: basename(file), line },
          ...(ssid !== undefined && { ssid }),
        },
        code,
        message,
      };
    });
    const rejected = rejections.find(({ recordType }) => plainType(recordType) === copiesFrom);
    return {
      ...this.#head(subject, inHand),
      missing: rows.length === 0,
      ...missingSentence({
        rows: rows.length,
        enrollments,
        closest: closestEnrollment(context),
        records,
        noun,
        rejected,
      }),
      enrollments,
      rejections,
    };
  }

  /** Finds who is missing from the extract of a request, student after student. */
  missingStudents(request: ExtractRequest, runDate: string): MissingStudents {
    return new MissingStudents(this.#glossary, this.#compiled, {
      request: requestFacts(request, this.#rulebook),
      runDate,
      leas: request.reportingLEAs,
    });
  }

  /** All records of a student, with the days that each is about. */
  history(subject: Subject): StudentHistory {
    const { ssid, body, visible, placeOf, sentWith } = subject;
    this.#records ??= new StudentRecords(this.#rulebook);
    return {
      ...this.#head(subject, this.#take(subject)),
      lanes: this.#records.lanes,
      records: this.#records.of(ssid, body, new RecordView(this.#reader, visible, placeOf, sentWith)),
    };
  }

  /**
   * What a trace keeps of a row: the index of the deciding rule by field, and the outcome of every condition node.
   * `undefined` when there is no such row.
   */
  decisions(
    subject: Subject,
    key: AskedRow,
  ): { readonly decided: readonly number[]; readonly outcomes: Uint8Array } | undefined {
    const { inspector, rows } = this.#take(subject);
    const row = this.#rowKeys.find(rows, key);
    if (!row) return undefined;
    inspector.evaluate(row);
    return { decided: [...inspector.x.decided], outcomes: inspector.x.outcomes.slice() };
  }

  /**
   * The same row by both engines.
   * @param fields only these fields, and those that they read; all when absent
   * @throws UserError when there is no such row; Error when the second engine evaluated fewer or more rules than the
   * files have
   */
  async secondOpinion(subject: Subject, key: AskedRow, fields?: readonly string[]): Promise<SecondOpinionShown> {
    const { inspector, facts, history, rows } = this.#take(subject);
    const row = this.#rowKeys.find(rows, key);
    if (!row) throw new UserError(`student ${subject.ssid} has no row for school ${key.school} and grade ${key.grade}`);
    inspector.evaluate(row);
    // Read now: while the second opinion is waited for, another student may be taken in hand.
    const first = this.#decidedFields(inspector);
    const laws = this.#compiled.program.laws
      .filter(({ isBroken }) => isBroken(inspector.x))
      .map(({ law }) => law.json.name);
    const selection = await this.#selections(subject, { facts, history, rows: [...rows] });
    const second = await this.#another().evaluate(history, row, facts, subject.runDate, fields);
    return compareOpinions({ fields: this.#rulebook.extract.fields, selection, first, second, asked: fields, laws });
  }

  /** Which enrollments of a student are rows, by both engines: the second opinion on a student who is missing. */
  selectionOpinion(subject: Subject): Promise<SelectionOpinion> {
    const { facts, history, rows } = this.#take(subject);
    return this.#selections(subject, { facts, history, rows: [...rows] });
  }

  async #selections(
    { runDate }: Subject,
    { facts, history, rows }: Pick<InHand, 'facts' | 'history' | 'rows'>,
  ): Promise<SelectionOpinion> {
    const opinion = this.#another();
    const second = await opinion.select(history, facts, runDate);
    return compareSelections({ version: this.#version, library: opinion.library, first: rows, second });
  }

  #another(): SecondOpinion {
    this.#opinion ??= secondOpinion(this.#rulebook);
    return this.#opinion;
  }

  /** Takes a student in hand. */
  #take(subject: Subject): InHand {
    const { plan } = this.#compiled;
    const { facts, inspector } = this.#prepare(subject);
    let history = this.#histories.get(subject);
    if (!history) {
      history = historyOf(subject.ssid, readRecords(subject.body, plan), plan);
      this.#histories.set(subject, history);
    }
    return { inspector, facts, history, rows: inspector.select(history) };
  }

  #prepare({ request, runDate }: Subject): Prepared {
    const key = JSON.stringify([request, runDate]);
    const known = this.#prepared.get(key);
    if (known) return known;
    const facts = requestFacts(request, this.#rulebook);
    const fresh: Prepared = { facts, inspector: new Inspector(this.#compiled, facts, runDate) };
    this.#prepared.set(key, fresh);
    return fresh;
  }

  #head(
    { ssid, runDate, asOfUpload, formerly = [] }: Subject,
    { facts: { from, through }, history }: InHand,
  ): ExplanationHead {
    const { about, hash } = this.#rulebook;
    const passedOver: Record<string, number> = {};
    countPassedOver(passedOver, history.passedOver);
    return {
      ssid,
      ...(formerly.length > 0 && { formerly: formerly.map(({ retired, day }) => ({ ssid: retired, until: day })) }),
      runDate,
      ...(asOfUpload !== undefined && { asOfUpload }),
      window: { start: from, end: through },
      rulebook: { name: about.name, version: about.version, sha256: hash },
      ...(history.passedOver && { passedOver }),
    };
  }

  #selectionContext({ visible, placeOf, sentWith }: Subject, { inspector, rows }: InHand): SelectionContext {
    const view = new RecordView(this.#reader, visible, placeOf, sentWith);
    return {
      inspector,
      view,
      rows,
      lookups: new Lookups(inspector, this.#glossary, view),
      glossary: this.#glossary,
      reader: this.#reader,
      selection: this.#rulebook.extract.selection,
      keys: this.#fields.selectionKeys,
    };
  }

  #columnSet({ columns, request }: Subject): string {
    return columns ?? columnSetFor(request, this.#rulebook);
  }

  #columnsAsked(subject: Subject, numbers: readonly string[] | undefined): readonly OutputColumn[] {
    const { output } = this.#rulebook.schemas;
    const columns = outputColumns(output, this.#columnSet(subject));
    if (!numbers) return columns;
    return numbers.map((number) => {
      const column = columns.find((c) => c.no === number);
      if (!column)
        throw new UserError(
          `the extract has no field "${number}"; its fields are ${columns[0]?.no} to ${columns.at(-1)?.no}`,
        );
      return column;
    });
  }

  #changeOf(field: Field, enrollment: SourceRecord, subject: Subject, { inspector, facts }: InHand, view: RecordView) {
    this.#resender ??= new Resender(this.#rulebook);
    return whatWouldChangeIt({
      resender: this.#resender,
      inspector,
      compiled: this.#compiled,
      request: facts,
      runDate: subject.runDate,
      ssid: subject.ssid,
      body: subject.body,
      sent: subject.sent,
      enrollment,
      field,
      glossary: this.#glossary,
      shown: (record, keys) => view.shown(record, keys),
      mayChange: (record) => view.isVisible(record),
    });
  }

  /** The derived fields of the row that was evaluated last, by number. */
  #decidedFields(inspector: Inspector): ReadonlyMap<string, DecidedField> {
    return new Map(
      this.#rulebook.extract.fields.map(({ number, rules }) => {
        const { value, decided } = inspector.field(number);
        return [number, { value, rule: rules[decided]?.name ?? '' }];
      }),
    );
  }
}
