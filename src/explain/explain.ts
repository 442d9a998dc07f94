/**
 * Explanations: why a row is what it is, and why a student has none. Everything is found by evaluating again what is
 * asked about; nothing is kept.
 */

import { counted } from '#base/text';
import { UserError } from '#base/user-error';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { type OutputColumn, outputColumns } from '#records/layout';
import { type History, historyOf, readRecords, type SourceRecord } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import { type SecondOpinion, secondOpinion } from '#rulebook/second-opinion/second-opinion';
import type { Field } from '#rulebook/tree/nodes';
import { glossaryOf } from '#rulebook/words/words';
import type {
  ExplanationHead,
  MissingExplanation,
  RowExplanation,
  SecondOpinionShown,
  ShownEnrollment,
} from './explanation.ts';
import { FieldExplainer, type RowInHand } from './fields.ts';
import { compileForExplanations, Inspector } from './inspector.ts';
import { type Comparisons, Looks } from './looks.ts';
import { enrollmentsOf, type SelectionContext, shownEnrollment } from './qualification.ts';
import { type PlaceOf, RecordReader, RecordView } from './record-view.ts';
import { whatWouldChangeIt } from './what-would-change/try.ts';

/** A student, what was asked for, and who reads the answer. */
export interface Subject {
  readonly ssid: string;
  /** The student history: kept lines, as the store has them. */
  readonly body: string;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** A name of `columnSets` in the output layout; its default set when absent. */
  readonly columns?: string;
  /** LEAs whose records the reader may see in full. */
  readonly visible: LEAScope;
  /** Where lines were sent, by the number of their source. */
  readonly placeOf: PlaceOf;
}

/** What tells the rows of a student apart: the reporting LEA, and school and grade as the selection has them. */
export interface RowKey {
  readonly reportingLEA: string;
  readonly school: string;
  readonly grade: string;
}

/** A row; its reporting LEA may be left out when school and grade say which. */
export type AskedRow = Omit<RowKey, 'reportingLEA'> & { readonly reportingLEA?: string };

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

export interface Explainer {
  /** The rows of a student, in the order of the extract. */
  rows(subject: Subject): readonly RowKey[];
  /**
   * Why a row is what it is; `undefined` when there is no such row.
   * @throws UserError for a field that the extract does not have, and for a row that only its reporting LEA would tell
   * apart; the message is a sentence
   */
  row(subject: Subject, key: AskedRow, options?: RowOptions): RowExplanation | undefined;
  /** Why a student has no row, enrollment by enrollment. */
  missing(subject: Subject): MissingExplanation;
  /**
   * What a trace keeps of a row: the index of the deciding rule by field, and the outcome of every condition node.
   * `undefined` when there is no such row.
   */
  decisions(
    subject: Subject,
    key: AskedRow,
  ): { readonly decided: readonly number[]; readonly outcomes: Uint8Array } | undefined;
  /**
   * The same row by both engines.
   * @param fields only these fields, and those that they read; all when absent
   * @throws UserError when there is no such row; Error when the second engine evaluated fewer or more rules than the
   * files have
   */
  secondOpinion(subject: Subject, key: AskedRow, fields?: readonly string[]): Promise<SecondOpinionShown>;
}

/** A request taken up: what it comes to, and an inspector that serves student after student. */
interface Prepared {
  readonly facts: RequestFacts;
  readonly inspector: Inspector;
}

/** Requests that are kept prepared; explanations of one extract after the other ask for the same few. */
const MOST_PREPARED = 16;

/**
 * Compiles a rulebook for explanations. What it gives serves any number of students and requests, one after the other.
 * @param version of this program, for the second opinion
 * @param opinion who gives the second opinion; json-rules-engine when absent
 */
export function createExplainer(rulebook: Rulebook, version: string, opinion?: SecondOpinion): Explainer {
  const { schemas, extract } = rulebook;
  const { output } = schemas;
  const compiled = compileForExplanations(rulebook);
  const glossary = glossaryOf(rulebook);
  const reader = new RecordReader(schemas);
  const fieldExplainer = new FieldExplainer(rulebook);
  const comparisons: Comparisons = new Map();
  const { selection } = extract;
  const [school = '', grade = ''] = selection.json.onePer.filter((key) => key !== 'ssid' && key !== 'reportingLEA');
  const prepared = new Map<string, Prepared>();
  let second = opinion;

  function prepare({ request, runDate }: Subject): Prepared {
    const key = JSON.stringify([request, runDate]);
    const known = prepared.get(key);
    if (known) return known;
    const facts = requestFacts(request, rulebook);
    const fresh: Prepared = { facts, inspector: new Inspector(compiled, facts, runDate) };
    const [oldest] = prepared.keys();
    if (oldest !== undefined && prepared.size >= MOST_PREPARED) prepared.delete(oldest);
    prepared.set(key, fresh);
    return fresh;
  }

  /** Takes a student in hand. */
  function take(subject: Subject): Prepared & { readonly history: History; readonly rows: readonly SourceRecord[] } {
    const { facts, inspector } = prepare(subject);
    const history = historyOf(subject.ssid, readRecords(subject.body, compiled.plan), compiled.plan);
    return { inspector, facts, history, rows: inspector.select(history) };
  }

  const keyOf = (row: SourceRecord): RowKey => ({
    reportingLEA: reader.value(row, 'reportingLEA'),
    school: school && reader.value(row, school),
    grade: grade && reader.value(row, grade),
  });

  function find(rows: readonly SourceRecord[], asked: AskedRow): SourceRecord | undefined {
    const fitting = rows.filter((row) => {
      const key = keyOf(row);
      return (
        key.school === asked.school &&
        key.grade === asked.grade &&
        (asked.reportingLEA ?? key.reportingLEA) === key.reportingLEA
      );
    });
    const leas = new Set(fitting.map((row) => keyOf(row).reportingLEA));
    if (leas.size > 1)
      throw new UserError(
        `several reporting LEAs have a row of this student for school ${asked.school} and grade ${asked.grade}: ${[...leas].join(', ')}; say for which one`,
      );
    return fitting[0];
  }

  const head = ({ ssid, runDate }: Subject, { from, through }: RequestFacts): ExplanationHead => ({
    ssid,
    runDate,
    window: { start: from, end: through },
    rulebook: { name: rulebook.about.name, version: rulebook.about.version, sha256: rulebook.hash },
  });

  const viewOf = ({ visible, placeOf }: Subject): RecordView => new RecordView(reader, visible, placeOf);

  function selectionContext(
    inspector: Inspector,
    looks: Looks,
    view: RecordView,
    rows: readonly SourceRecord[],
  ): SelectionContext {
    return { inspector, looks, view, rows, glossary, reader, selection, keys: fieldExplainer.selectionKeys };
  }

  function columnsAsked(subject: Subject, numbers: readonly string[] | undefined): readonly OutputColumn[] {
    const columns = outputColumns(output, subject.columns ?? output.defaultColumnSet);
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

  return {
    rows: (subject) => take(subject).rows.map(keyOf),

    row(subject, key, { fields: numbers, whyNot = true, changes = true } = {}) {
      const columns = columnsAsked(subject, numbers);
      const { inspector, facts, rows } = take(subject);
      const row = find(rows, key);
      if (!row) return undefined;
      const view = viewOf(subject);
      const looks = new Looks(inspector, glossary, view, comparisons);
      const context = selectionContext(inspector, looks, view, rows);
      const enrollments = enrollmentsOf(context).map((enrollment) => ({
        enrollment,
        shown: shownEnrollment(enrollment, context, enrollment === row),
      }));
      inspector.evaluate(row);
      const changeOf = (field: Field) =>
        whatWouldChangeIt({
          inspector,
          compiled,
          request: facts,
          runDate: subject.runDate,
          ssid: subject.ssid,
          body: subject.body,
          enrollment: row,
          field,
          glossary,
          shown: (record, keys) => view.shown(record, keys),
          mayChange: (record) => view.isVisible(record),
        });
      const inHand: RowInHand = {
        inspector,
        looks,
        view,
        glossary,
        enrollment: row,
        whyNot,
        ...(changes && { changeOf }),
      };
      const fields = fieldExplainer.explain(columns, inHand);
      return {
        ...head(subject, facts),
        ...keyOf(row),
        qualification: (enrollments.find(({ enrollment }) => enrollment === row) as (typeof enrollments)[number]).shown,
        otherEnrollments: enrollments.filter(({ enrollment }) => enrollment !== row).map(({ shown }) => shown),
        fields,
      };
    },

    missing(subject) {
      const { inspector, facts, history, rows } = take(subject);
      const view = viewOf(subject);
      const context = selectionContext(inspector, new Looks(inspector, glossary, view, comparisons), view, rows);
      const enrollments = enrollmentsOf(context).map((enrollment) => shownEnrollment(enrollment, context, false));
      const records = history.byType.reduce((sum, of) => sum + of.length, 0);
      const name = schemas.layouts.find((l) => l.recordType === output.copiesFrom)?.name;
      return {
        ...head(subject, facts),
        missing: rows.length === 0,
        sentence: missingSentence(rows.length, enrollments, records, name ?? output.copiesFrom),
        enrollments,
      };
    },

    decisions(subject, key) {
      const { inspector, rows } = take(subject);
      const row = find(rows, key);
      if (!row) return undefined;
      inspector.evaluate(row);
      return { decided: [...inspector.x.decided], outcomes: inspector.x.outcomes.slice() };
    },

    async secondOpinion(subject, key, fields) {
      const { inspector, facts, history, rows } = take(subject);
      const row = find(rows, key);
      if (!row)
        throw new UserError(`student ${subject.ssid} has no row for school ${key.school} and grade ${key.grade}`);
      inspector.evaluate(row);
      // Another student may be in hand before the second opinion is there.
      const ours = extract.fields.map(({ number, rules }) => {
        const { value, decided } = inspector.field(number);
        return { number, value, rule: rules[decided]?.name ?? '' };
      });
      second ??= secondOpinion(rulebook);
      const theirs = await second.evaluate(history, row, facts, subject.runDate, fields);
      const asked = extract.fields.filter(({ number }) => fields === undefined || theirs.fields.has(number));
      const left = fields?.find(
        (number) => extract.fields.some((field) => field.number === number) && !theirs.fields.has(number),
      );
      if (left !== undefined)
        throw new Error(`${second.library.name} left out field ${left}, so its opinion cannot be used`);
      const rulesInFiles = asked.reduce((sum, { rules }) => sum + rules.length, 0);
      if (theirs.rulesEvaluated !== rulesInFiles)
        throw new Error(
          `${second.library.name} evaluated ${theirs.rulesEvaluated} of ${rulesInFiles} rules, so its opinion cannot be used`,
        );
      const differences = ours.flatMap(({ number, value, rule }) => {
        if (!asked.some((field) => field.number === number)) return [];
        const other = theirs.fields.get(number) ?? { value: '', rule: '' };
        if (other.value === value && other.rule === rule) return [];
        return [{ field: number, first: value, second: other.value, firstRule: rule, secondRule: other.rule }];
      });
      return {
        first: { engine: 'cenr', version },
        second: { engine: second.library.name, version: second.library.version },
        agree: differences.length === 0,
        rulesEvaluated: theirs.rulesEvaluated,
        rulesInFiles,
        differences: differences.sort((a, b) => Number(a.field) - Number(b.field)),
      };
    },
  };
}

function missingSentence(rows: number, enrollments: readonly ShownEnrollment[], records: number, name: string): string {
  if (rows > 0) return `The student is not missing: the extract has ${counted(rows, 'row')} of this student.`;
  if (records === 0) return 'The student is not in the extract, because there is no record of this student.';
  const [only, ...others] = enrollments;
  if (!only)
    return `The student is not in the extract, because this student has no ${name} record, only ${counted(records, 'record')} of other types.`;
  if (others.length === 0)
    return `The student is not in the extract. ${only.sentence.replace('This enrollment', 'The only enrollment')}`;
  return `The student is not in the extract, because none of this student's ${enrollments.length} enrollments qualifies.`;
}
