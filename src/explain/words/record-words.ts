/** Records as nouns: by their type and their days, and where they came from. */
import { layoutOf } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Glossary } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import { columnValue } from '../what-would-change/edits.ts';
import type { NameOf } from './manner.ts';
import { dayWords } from './values-in-words.ts';

/** "Student Program record" for `SPRG`; "Students with Disabilities Status record" for `SWDS`. */
export const recordTypeWords = (recordType: string, { schemas }: Glossary): string =>
  `${layoutOf(schemas, recordType)?.name ?? recordType} record`;

type Known = { readonly inspector: Inspector; readonly glossary: Glossary };

/**
 * The days that a record has in its own columns: " of 2022-09-01 to 2023-05-31", " of 2023-10-01".
 * @param toEnd whether the last of them is told
 */
function daysOf(
  record: SourceRecord,
  recordType: string,
  { inspector: { compiled }, glossary }: Known,
  toEnd: boolean,
): string {
  const layout = layoutOf(glossary.schemas, recordType);
  if (!layout) return '';
  const interval = compiled.rulebook.declared.intervals.find(({ json }) => json.of === recordType)?.json;
  const column = (key: string | undefined): string =>
    key === undefined ? '' : columnValue(record, key, compiled.plan, layout);
  const start = column(interval?.start ?? layout.codeDay);
  const end = toEnd ? column(interval?.end) : '';
  return start === '' ? ' without a start date' : ` of ${dayWords(start)}${end === '' ? '' : ` to ${dayWords(end)}`}`;
}

/**
 * A record by its days: "the Student Program record of 2022-09-01 to 2023-05-31".
 * @param noun what stands for its type: "the one"
 */
export function recordWords(record: SourceRecord, known: Known, noun?: string): string {
  const recordType = known.inspector.compiled.plan.types[record.type] as string;
  return `${noun ?? `the ${recordTypeWords(recordType, known.glossary)}`}${daysOf(record, recordType, known, true)}`;
}

/** A record by the day it starts on: "the enrollment of 2022-09-01". */
export const recordByStart = (record: SourceRecord, known: Known, noun: string): string =>
  `${noun}${daysOf(record, known.inspector.compiled.plan.types[record.type] as string, known, false)}`;

/** Names by days alone, as short forms have them. */
export const briefly =
  (context: ConditionContext): NameOf =>
  (record, noun) =>
    recordWords(record, context, noun);

/** Names by days and, the first time, by LEA, file and line: "… record of 2023-08-15 (LEA 1234567, FILE, line 3)". */
export const inFull =
  (context: ConditionContext): NameOf =>
  (record, noun, isKnown) =>
    `${recordWords(record, context, noun)}${isKnown ? '' : context.view.sourceWords(record)}`;
