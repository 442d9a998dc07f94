/** Which of a student's enrollments are in the extract, and what keeps the others out. */

import { capital, series } from '#base/text';
import type { SourceRecord } from '#records/record';
import type { Condition, Selection } from '#rulebook/tree/nodes';
import { concerns } from '#rulebook/tree/walk';
import { columnName } from '#rulebook/words/words';
import { asking, type ConditionContext, shownCondition } from './condition-tree.ts';
import type { ShownEnrollment } from './explanation.ts';
import type { Lookups } from './lookups.ts';
import type { RecordReader } from './record-view.ts';
import { type InWords, shortest } from './words/field-sentences.ts';
import { MOST_SHORT_WORDS, type Naming } from './words/manner.ts';
import { recordWords } from './words/record-words.ts';
import { because, type Statement, told } from './words/statement.ts';
import { wordCount } from './words/values-in-words.ts';

export interface SelectionContext extends ConditionContext {
  readonly reader: RecordReader;
  readonly lookups: Lookups;
  readonly selection: Selection;
  /** The enrollments that are rows. */
  readonly rows: readonly SourceRecord[];
  /** Columns to show of an enrollment beside its key columns. */
  readonly keys: readonly string[];
}

/**
 * What the selection makes of an enrollment.
 * @param inFull whether conditions that were not reached are shown; of an enrollment that is not the one asked about,
 * only what decided is worth its place
 */
export function shownEnrollment(enrollment: SourceRecord, context: SelectionContext, inFull: boolean): ShownEnrollment {
  const { inspector, lookups, selection, rows, view, keys } = context;
  return inspector.withEnrollment(enrollment, () => {
    lookups.forget();
    const inExtract = rows.includes(enrollment);
    const conditions = shownCondition(selection.where, asking(inspector), context, inFull);
    const words =
      inExtract || conditions.holds !== true
        ? qualification(enrollment, inExtract, context)
        : comesAfter(enrollment, context);
    lookups.forget();
    return { record: view.shown(enrollment, keys), inExtract, ...words, conditions };
  });
}

function qualification(enrollment: SourceRecord, inExtract: boolean, context: SelectionContext): InWords {
  const { inspector, lookups, selection } = context;
  const { sentences } = lookups;
  const holds = (c: Condition): boolean => inspector.holds(c);
  // Of what holds only that is worth saying which this enrollment has a part in; what the request leaves open holds for
  // all.
  const reasons = told(
    sentences.reasons(
      selection.where,
      holds,
      (leaf) => !inExtract || concerns(leaf.left, 'enrollment') || concerns(leaf.right, 'enrollment'),
    ),
  );
  const is = `${inExtract ? '' : 'not '}in the extract`;
  const why = because(`This enrollment is ${is}`, reasons, sentences.naming(), undefined, enrollment);
  return {
    short: shortQualification(`${capital(is)}`, inExtract, reasons, sentences.shortNames()),
    sentence: `${why}${inExtract ? beforeOthers(enrollment, context) : ''}`,
  };
}

/** Of an enrollment that is in the extract the first condition, for all of them hold; of another what keeps it out. */
function shortQualification(head: string, inExtract: boolean, reasons: readonly Statement[], naming: Naming): string {
  const others: Statement = { head: () => 'it meets every other condition', reach: 0 };
  const first = reasons.slice(0, 1);
  const plans = inExtract && reasons.length > 1 ? [[...first, others]] : [reasons, first];
  return (
    (reasons.length > 0 ? shortest(`${head}, because `, plans, naming) : undefined) ??
    `${head}: the enrollment ${inExtract ? 'meets' : 'does not meet'} the conditions of the selection.`
  );
}

/** That an enrollment stands for others, when there are any. */
function beforeOthers(enrollment: SourceRecord, context: SelectionContext): string {
  const { inspector, selection } = context;
  const others = enrollmentsOf(context).filter(
    (other) =>
      other !== enrollment &&
      isAlike(enrollment, other, context) &&
      inspector.withEnrollment(other, () => inspector.holds(selection.where)),
  );
  if (others.length === 0) return '';
  return ` It comes before ${others.length === 1 ? 'another enrollment' : `${others.length} other enrollments`} with the same ${sameWords(context)}.`;
}

/** Whether two enrollments would make the same row. */
export const isAlike = (
  a: SourceRecord,
  b: SourceRecord,
  { selection, reader }: Pick<SelectionContext, 'selection' | 'reader'>,
): boolean => selection.json.onePer.every((key) => reader.value(a, key) === reader.value(b, key));

function sameWords({ selection, glossary }: SelectionContext): string {
  const type = glossary.schemas.output.copiesFrom;
  const names = selection.json.onePer
    .filter((key) => key !== 'ssid')
    .map((key) => columnName(type, key, glossary.schemas));
  return series(names);
}

function comesAfter(enrollment: SourceRecord, context: SelectionContext): InWords {
  const { inspector, lookups, selection, rows } = context;
  const out = 'not in the extract';
  const winner = rows.find((row) => isAlike(row, enrollment, context));
  if (!winner)
    return {
      short: `${capital(out)}, although the enrollment qualifies.`,
      sentence: `This enrollment is ${out}, although it qualifies.`,
    };
  const same = sameWords(context);
  const entry = selection.order[inspector.firstDifference(selection.order, winner, enrollment, 'enrollment')];
  const { name, why } = lookups.nameAndWhy(entry, winner, enrollment, 'enrollment');
  const one = recordWords(winner, context, 'the one');
  const short = [
    `${capital(out)}: another enrollment with the same ${same} comes first, ${one}.`,
    `${capital(out)}: another enrollment comes first, ${one}.`,
  ];
  return {
    short: short.find((text) => wordCount(text) <= MOST_SHORT_WORDS) ?? (short.at(-1) as string),
    sentence: `This enrollment is ${out}, because another enrollment with the same ${same} comes first: ${name}.${why && ` ${capital(why)}.`}`,
  };
}

/** All of a student's enrollments, in the order of loading. */
export const enrollmentsOf = ({ inspector, glossary }: ConditionContext): readonly SourceRecord[] => {
  const type = inspector.compiled.plan.typeIndex.get(glossary.schemas.output.copiesFrom) as number;
  return inspector.x.history.byType[type] ?? [];
};
