/** The fields of one row as both engines have them, held against each other. */
import type { SourceRecord } from '#records/record';
import type { DecidedField, Opinion, SecondOpinion } from '#rulebook/second-opinion/second-opinion';
import type { Field } from '#rulebook/tree/nodes';
import type { SecondOpinionShown, SelectionOpinion } from './explanation.ts';

/** The rows of one student as both engines select them. */
export interface BothSelections {
  readonly version: string;
  readonly library: SecondOpinion['library'];
  /** The enrollments that are rows, in the order of rows. */
  readonly first: readonly SourceRecord[];
  readonly second: readonly SourceRecord[];
}

/** Whether both engines make the same rows from the same enrollments. */
export const compareSelections = ({ version, library, first, second }: BothSelections): SelectionOpinion => ({
  first: { engine: 'cenr', version },
  second: { engine: library.name, version: library.version },
  agree: first.length === second.length && first.every((row, i) => row === second[i]),
  rows: { first: first.length, second: second.length },
});

/** What both engines say of one row. */
export interface BothOpinions {
  readonly selection: SelectionOpinion;
  /** The derived fields of the rulebook. */
  readonly fields: readonly Field[];
  /** What this program came to, by field number. */
  readonly first: ReadonlyMap<string, DecidedField>;
  readonly second: Opinion;
  /** The numbers of the fields that were asked about; all when absent. */
  readonly asked: readonly string[] | undefined;
  /** Names of the laws that this program finds broken. */
  readonly laws: readonly string[];
}

/**
 * Where two opinions differ.
 * @throws Error when the second engine left out a field, or evaluated fewer or more rules than the files have
 */
export function compareOpinions({
  fields,
  selection,
  first,
  second,
  asked: numbers,
  laws: broken,
}: BothOpinions): SecondOpinionShown {
  const library = selection.second.engine;
  const leftOut = numbers?.find(
    (number) => fields.some((field) => field.number === number) && !second.fields.has(number),
  );
  if (leftOut !== undefined) throw new Error(`${library} left out field ${leftOut}, so its opinion cannot be used`);
  const asked = fields.filter(({ number }) => numbers === undefined || second.fields.has(number));
  const rulesInFiles = asked.reduce((sum, { rules }) => sum + rules.length, 0);
  if (second.rulesEvaluated !== rulesInFiles)
    throw new Error(
      `${library} evaluated ${second.rulesEvaluated} of ${rulesInFiles} rules, so its opinion cannot be used`,
    );
  const none: DecidedField = { value: '', rule: '' };
  const differences = asked.flatMap(({ number }) => {
    const ours = first.get(number) ?? none;
    const theirs = second.fields.get(number) ?? none;
    if (theirs.value === ours.value && theirs.rule === ours.rule) return [];
    return [{ field: number, first: ours.value, second: theirs.value, firstRule: ours.rule, secondRule: theirs.rule }];
  });
  const laws = { first: broken.filter((name) => second.laws.has(name)), second: brokenIn(second) };
  const sameLaws = laws.first.toSorted().join() === laws.second.toSorted().join();
  return {
    ...selection,
    agree: selection.agree && differences.length === 0 && sameLaws,
    rulesEvaluated: second.rulesEvaluated,
    rulesInFiles,
    ...(!sameLaws && { laws }),
    differences: differences.sort((a, b) => Number(a.field) - Number(b.field)),
  };
}

const brokenIn = ({ laws }: Opinion): string[] => [...laws].flatMap(([name, holds]) => (holds ? [] : [name]));
