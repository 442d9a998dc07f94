/**
 * Whether the compiled rulebook and json-rules-engine, which knows nothing of it, come to the same value by the same
 * rule.
 */
import type { CompiledRulebook } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import type { History, SourceRecord } from '#records/record';
import { LIBRARY } from '#rulebook/second-opinion/library';
import type { SecondOpinion } from '#rulebook/second-opinion/second-opinion';

/**
 * Asks both which enrollments are rows, and about every enrollment of a history, qualifying or not: rules do not know why they are asked.
 * @param student read with the plan of `rulebook`
 * @param day the run date, CCYYMMDD
 * @throws Error for the first field on which the two differ
 */
export async function agree(
  rulebook: CompiledRulebook,
  second: SecondOpinion,
  student: History,
  asked: ExtractRequest,
  day: string,
): Promise<void> {
  const { program } = rulebook;
  const facts = requestFacts(asked, rulebook.rulebook);
  const x = program.newEvaluation();
  program.begin(x, facts, day);
  const rows = [...program.select(x, student)];
  const theirRows = await second.select(student, facts, day);
  const lines = (records: readonly SourceRecord[]): string => records.map((record) => record.loaded).join();
  if (lines(rows) !== lines(theirRows))
    throw new Error(`rows: compiled ${lines(rows)}, ${LIBRARY.name} ${lines(theirRows)}`);
  for (const enrollment of student.byType[program.rowType] ?? []) {
    program.evaluate(x, enrollment);
    const opinion = await second.evaluate(student, enrollment, facts, day);
    for (const { json } of rulebook.rulebook.declared.fields) {
      const index = program.fieldNumbers.indexOf(json.field);
      const own = { value: x.fields[index], rule: json.rules[x.decided[index] as number]?.name };
      const other = opinion.fields.get(json.field);
      if (own.value === other?.value && own.rule === other?.rule) continue;
      throw new Error(`field ${json.field}: compiled ${JSON.stringify(own)}, ${LIBRARY.name} ${JSON.stringify(other)}`);
    }
  }
}
