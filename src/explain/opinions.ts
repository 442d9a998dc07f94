/** The fields of one row as both engines have them, held against each other. */
import type { DecidedField, Opinion, SecondOpinion } from '#rulebook/second-opinion/second-opinion';
import type { Field } from '#rulebook/tree/nodes';
import type { SecondOpinionShown } from './explanation.ts';

/** What both engines say of one row. */
export interface BothOpinions {
  /** The derived fields of the rulebook. */
  readonly fields: readonly Field[];
  /** What this program came to, by field number. */
  readonly first: ReadonlyMap<string, DecidedField>;
  /** The version of this program. */
  readonly version: string;
  readonly second: Opinion;
  readonly library: SecondOpinion['library'];
  /** The numbers of the fields that were asked about; all when absent. */
  readonly asked: readonly string[] | undefined;
}

/**
 * Where two opinions differ.
 * @throws Error when the second engine left out a field, or evaluated fewer or more rules than the files have
 */
export function compareOpinions({
  fields,
  first,
  version,
  second,
  library,
  asked: numbers,
}: BothOpinions): SecondOpinionShown {
  const leftOut = numbers?.find(
    (number) => fields.some((field) => field.number === number) && !second.fields.has(number),
  );
  if (leftOut !== undefined)
    throw new Error(`${library.name} left out field ${leftOut}, so its opinion cannot be used`);
  const asked = fields.filter(({ number }) => numbers === undefined || second.fields.has(number));
  const rulesInFiles = asked.reduce((sum, { rules }) => sum + rules.length, 0);
  if (second.rulesEvaluated !== rulesInFiles)
    throw new Error(
      `${library.name} evaluated ${second.rulesEvaluated} of ${rulesInFiles} rules, so its opinion cannot be used`,
    );
  const none: DecidedField = { value: '', rule: '' };
  const differences = asked.flatMap(({ number }) => {
    const ours = first.get(number) ?? none;
    const theirs = second.fields.get(number) ?? none;
    if (theirs.value === ours.value && theirs.rule === ours.rule) return [];
    return [{ field: number, first: ours.value, second: theirs.value, firstRule: ours.rule, secondRule: theirs.rule }];
  });
  return {
    first: { engine: 'cenr', version },
    second: { engine: library.name, version: library.version },
    agree: differences.length === 0,
    rulesEvaluated: second.rulesEvaluated,
    rulesInFiles,
    differences: differences.sort((a, b) => Number(a.field) - Number(b.field)),
  };
}
