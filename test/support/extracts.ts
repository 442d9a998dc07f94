/** The program under test, in as few words as tests need: test records in, the extract's text out. */
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { Applier } from '#intake/apply';
import { lineChecker } from '#intake/check-lines';
import { StudentLines, studentFrom } from '#intake/student';
import { historyOf, placeOf, readRecords, TextHistory } from '#records/record';
import { bodyFrom, fieldsOf, shipped, type TestRecord } from './histories.ts';

export const compiled = compileRulebook(shipped);

const bySSID = <T extends { readonly ssid: string }>(records: readonly T[]): [string, T[]][] =>
  [...Map.groupBy(records, (r) => r.ssid)].sort(([a], [b]) => (a < b ? -1 : 1));

/** The extract of records as a store keeps them, each student's in the order of loading. */
export function extract(
  records: readonly TestRecord[],
  request: ExtractRequest,
  runDate: string,
  rulebook: CompiledRulebook = compiled,
): string {
  const extractor = new Extractor(rulebook, requestFacts(request, rulebook.rulebook), runDate);
  return bySSID(records)
    .map(([ssid, own]) => extractor.linesOf(new TextHistory(ssid, bodyFrom(own))))
    .join('');
}

/** The history of one student as the compiled rulebook reads it. */
export const readHistory = (ssid: string, records: readonly TestRecord[], rulebook: CompiledRulebook = compiled) =>
  historyOf(ssid, readRecords(bodyFrom(records), rulebook.plan), rulebook.plan);

/**
 * The extract of records sent as lines of plain files, checks and transactions included.
 * @param rejected is told which records were not stored
 */
export function extractOfLines(
  records: readonly TestRecord[],
  request: ExtractRequest,
  runDate: string,
  rejected: (record: TestRecord) => void = () => {},
): string {
  const { rulebook, checks } = compiled;
  const checker = lineChecker(rulebook, checks, undefined, runDate);
  const applier = new Applier(compiled, String);
  const extractor = new Extractor(compiled, requestFacts(request, rulebook), runDate);
  const lines = new StudentLines();
  for (const [i, record] of records.entries())
    if (!lines.add(1, i + 1, checker.check(fieldsOf(record).join('^'), 'sent', i + 1))) rejected(record);
  return [...lines.bodies.keys()]
    .sort()
    .map((ssid) => {
      const { history, faults } = studentFrom(lines, ssid, applier);
      for (const { check, record } of faults)
        if (check.json.severity === 'reject') rejected(records[placeOf(record).line - 1] as TestRecord);
      return extractor.lines(history);
    })
    .join('');
}

/** The lines of an extract, split into their fields. Field 36 is `fields[35]`. */
export const rowsOf = (text: string): string[][] =>
  text
    .split('\r\n')
    .slice(0, -1)
    .map((line) => line.split('^'));
