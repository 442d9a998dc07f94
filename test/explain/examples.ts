/** Students of the worked examples in hand, as an explanation has them. */

import { casesOf, type ExampleCase, type ExampleRecord, lineWriter } from '#authoring/examples/cases';
import { compileForExplanations, Inspector } from '#explain/inspector';
import { requestFacts } from '#extract/request';
import { fieldsOf, historyOf, keepLine, readRecords, type SourceRecord } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Field } from '#rulebook/tree/nodes';
import { glossaryOf } from '#rulebook/words/words';
import { shipped } from '../support/histories.ts';

export const compiled = compileForExplanations(shipped);
export const glossary = glossaryOf(shipped);
export const fieldOf = (number: string): Field => shipped.extract.fields.find((f) => f.number === number) as Field;

const write = lineWriter(shipped);
const SSID = '9900000001';

export interface InHand {
  readonly inspector: Inspector;
  readonly request: RequestFacts;
  readonly runDate: string;
  readonly ssid: string;
  readonly body: string;
  readonly enrollment: SourceRecord;
}

/** The body of one student's records; line numbers count from 1. */
export const bodyOf = (records: readonly ExampleRecord[], runDate: string): string =>
  records
    .map((record, i) => keepLine({ source: 0, line: i + 1, uploaded: runDate, lastUpdated: runDate }, write(record)))
    .join('\n');

/** A student with the fields of one row worked out; nothing when there is no such row. */
export function inHand(
  body: string,
  request: RequestFacts,
  runDate: string,
  isRow: (enrollment: SourceRecord) => boolean = () => true,
  rulebook = compiled,
): InHand | undefined {
  const inspector = new Inspector(rulebook, request, runDate);
  const enrollment = inspector.select(historyOf(SSID, readRecords(body, rulebook.plan), rulebook.plan)).find(isRow);
  if (!enrollment) return undefined;
  inspector.evaluate(enrollment);
  return { inspector, request, runDate, ssid: SSID, body, enrollment };
}

export const YEAR = requestFacts({ reportingLEAs: ['1234567'], academicYear: '2023-2024' }, shipped);
export const RUN_DATE = '20240715';

/** The first row of a student with these records, asked for the academic year 2023-2024 and made after it. */
export function student(records: readonly ExampleRecord[]): InHand {
  const made = inHand(bodyOf(records, RUN_DATE), YEAR, RUN_DATE);
  if (!made) throw new Error('the records make no row');
  return made;
}

/** Every worked example of a field, its row in hand. */
export const fieldExamples: readonly { readonly example: ExampleCase; readonly made: InHand }[] = casesOf(
  shipped,
).flatMap((example) => {
  if (example.parameters) return [];
  if (
    !shipped.extract.fields.some((f) => f.number === example.of) ||
    !example.request ||
    !example.runDate ||
    !('value' in example.expect)
  )
    return [];
  const { reportingLEA, ...rest } = example.request;
  const request = requestFacts({ ...rest, reportingLEAs: reportingLEA === 'all' ? 'all' : [reportingLEA] }, shipped);
  const runDate = example.runDate.replaceAll('-', '');
  const records = [...example.given, ...example.records].filter(
    (r) => 'recordType' in r && ((r as Record<string, string>)['ssid'] ?? SSID) === SSID,
  );
  const { row } = example.expect;
  const key = (enrollment: SourceRecord, no: string): string => fieldsOf(enrollment)[Number(no) - 1] ?? '';
  const isRow = (enrollment: SourceRecord): boolean =>
    Object.entries(row ?? {}).every(
      ([column, value]) =>
        key(enrollment, shipped.schemas.output.columns.find((c) => c.key === column)?.no ?? '') === value,
    );
  const made = inHand(bodyOf(records, runDate), request, runDate, isRow);
  return made ? [{ example, made }] : [];
});
