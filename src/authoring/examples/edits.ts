/**
 * Which edit makes examples fail: found by making the edits one by one in the rulebook as it was. One edit may make
 * hundreds fail, and its place says more than theirs.
 */
import { parseJson } from '#base/json';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Difference, differencesOf } from '../impact/declared.ts';
import { isMade, variantOf } from '../impact/variants.ts';
import { casesOf, type ExampleCase } from './cases.ts';
import { Bench, type ExampleResult, runCase } from './run.ts';

/** An edit, and the examples that fail because of it. */
export interface FailingEdit {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly pointer: string;
  /** What was changed, without a full stop. */
  readonly sentence: string;
  readonly examples: readonly ExampleResult[];
}

export interface FailedByEdit {
  /** Most examples first. */
  readonly edits: readonly FailingEdit[];
  /** Those that no single edit makes fail. */
  readonly others: readonly ExampleResult[];
}

/** Of another rulebook altogether nobody asks which of its differences made an example fail. */
const MOST_EDITS = 60;

/**
 * Parts failing examples by the edit that makes them fail. An edit that makes only one fail is told by that example.
 * @param from the rulebook before the edits
 * @param to with the edits, as the results have it
 */
export function failedByEdit(from: Rulebook, to: Rulebook, results: readonly ExampleResult[]): FailedByEdit {
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length < 2) return { edits: [], others: failed };
  const cases = new Map(casesOf(to).map((example) => [`${example.file} ${example.pointer}`, example]));
  let left = failed;
  const edits: FailingEdit[] = [];
  const differences = differencesOf(from, to);
  if (differences.length > MOST_EDITS) return { edits: [], others: failed };
  for (const difference of differences) {
    const fails = failsWith(difference, from, to);
    if (!fails) continue;
    const made = left.filter((result) => {
      const example = cases.get(`${result.file} ${result.pointer}`);
      return example !== undefined && fails(example);
    });
    if (made.length < 2) continue;
    left = left.filter((result) => !made.includes(result));
    edits.push({ ...placeOf(difference, from, to), sentence: difference.sentence, examples: made });
  }
  return { edits: edits.toSorted((a, b) => b.examples.length - a.examples.length), others: left };
}

/** Whether an example fails when nothing but this difference is made; `undefined` for one that no example can notice. */
function failsWith(
  difference: Difference,
  from: Rulebook,
  to: Rulebook,
): ((example: ExampleCase) => boolean) | undefined {
  if (difference.kind === 'check') return ({ of }) => difference.id === `check ${of}`;
  if (!isMade(difference)) return undefined;
  const variant = variantOf(from, to, new Set([difference.id]), from.declared.laws);
  if (!variant) return undefined;
  const bench = new Bench({ ...from, ...variant, declared: { ...variant.declared, checks: from.declared.checks } });
  return (example) => {
    const isOfRows = example.of === 'selection' || from.declared.fields.some(({ json }) => json.field === example.of);
    return isOfRows && !runCase(bench, example).passed;
  };
}

function placeOf({ file, pointer, did }: Difference, from: Rulebook, to: Rulebook) {
  const text = (did === 'removed' ? from : to).files.find(({ path }) => path === file)?.text;
  const { line, column } = text === undefined ? { line: 1, column: 1 } : parseJson(text).locate(pointer);
  return { file, line, column, pointer };
}
