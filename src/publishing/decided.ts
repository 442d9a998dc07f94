/** Readings that evidence decided, written into the files of a rulebook: other values, and why. */
import { parseJson } from '#base/json';
import { withValueAt } from '#base/json-edits';
import { grammarOf } from '#rulebook/load/assemble';
import type { ParameterValue } from '#rulebook/load/declarations';
import type { RulebookTexts } from '#rulebook/load/texts';
import { isRefused, type Refused } from './refusals.ts';
import { changeParameter } from './workflow.ts';

/** A reading as it was decided. */
interface Decided {
  /** By name of a parameter. */
  readonly values: ReadonlyMap<string, readonly ParameterValue[]>;
  /** A sentence that goes behind the reading. */
  readonly reason: string;
}

/**
 * The files with what was decided; every other character stays.
 * @returns a refusal when there is no such parameter
 */
export function withDecided(texts: RulebookTexts, decided: readonly Decided[]): RulebookTexts | Refused {
  let now = texts;
  for (const { values, reason } of decided) {
    for (const [name, own] of values) {
      const changed = changeParameter({ texts: now }, name, own, true);
      if (isRefused(changed)) return changed;
      now = changed;
    }
    now = withReason(now, [...values.keys()], reason);
  }
  return now;
}

interface Parameter {
  readonly name: string;
  readonly says: string;
  readonly reading?: string;
}

/** The reason stands behind the readings that there are; where there is none it becomes one. */
function withReason(texts: RulebookTexts, names: readonly string[], reason: string): RulebookTexts {
  const isNamed = ({ name }: Parameter): boolean => names.includes(name);
  const parametersOf = ({ path, text }: RulebookTexts[number]): readonly Parameter[] =>
    grammarOf(path) === 'parameters' ? (parseJson(text).json as { parameters: Parameter[] }).parameters : [];
  const all = texts.flatMap(parametersOf).filter(isNamed);
  const told = all.some(({ reading }) => reading !== undefined)
    ? all.filter(({ reading }) => reading !== undefined)
    : all.slice(0, 1);
  return texts.map((file) => {
    let { text } = file;
    for (const [i, { name, says, reading }] of parametersOf(file).entries()) {
      if (!told.some((parameter) => parameter.name === name)) continue;
      const [key, value] =
        reading === undefined
          ? ['says', `${JSON.stringify(says)}, "reading": ${JSON.stringify(reason)}`]
          : ['reading', JSON.stringify(`${reading} ${reason}`)];
      text = withValueAt(text, `/parameters/${i}/${key}`, value) ?? text;
    }
    return { path: file.path, text };
  });
}
