/** The laws that a row breaks, in words, with the values that show it. */

import type { CompiledRulebook } from '#extract/extractor';
import { type OutputColumn, outputColumns } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { BrokenLaw } from './explanation.ts';
import { valueAtStart } from './words/values-in-words.ts';

/**
 * The laws that the row which was just worked out breaks; one about columns that are not in the file is not asked.
 * @param columns that were asked about: a law counts when it reads one of them
 */
export function brokenLawsOf(
  { rulebook, program, rows }: CompiledRulebook,
  x: Evaluation,
  enrollment: SourceRecord,
  columnSet: string,
  columns: readonly OutputColumn[],
): readonly BrokenLaw[] {
  const { output } = rulebook.schemas;
  const written = outputColumns(output, columnSet);
  const has = (of: readonly OutputColumn[]) => (number: string) => of.some(({ no }) => no === number);
  const broken = program.laws.filter(
    ({ law, isBroken }) => law.reads.every(has(written)) && law.reads.some(has(columns)) && isBroken(x),
  );
  if (broken.length === 0) return [];
  const values = rows.named(x, enrollment);
  return broken.map(({ law: { json, file, pointer, reads } }) => {
    const fields = written.flatMap(({ no, key, name, type }) =>
      reads.includes(no) ? [{ field: no, name, value: values[key] as string, isDay: type === 'DT' }] : [],
    );
    const found = fields.map(
      ({ field, name, value, isDay }) => `${field} ${name} is ${value === '' ? 'blank' : valueAtStart(value, isDay)}`,
    );
    return {
      law: json.name,
      says: json.says,
      file,
      pointer,
      fields: fields.map(({ field, name, value }) => ({ field, name, value })),
      sentence: `This row breaks the law "${json.name}": ${json.says} In this row, ${found.join('; ')}. The rules of these fields contradict each other, whatever each explains of itself.`,
    };
  });
}
