/** Worked examples that expect a text which a parameter no longer gives: what they expect becomes the text of today. */
import { parseJson } from '#base/json';
import { withValueAt } from '#base/json-edits';
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import type { ParameterValue } from '#rulebook/load/declarations';
import { RulebookLoadError, verify } from '#rulebook/load/load';
import type { RulebookTexts } from '#rulebook/load/texts';
import { parametersIn, partsOf } from '#rulebook/tree/walk';
import { type Refused, refuse } from './refusals.ts';

type Values = readonly Pick<ParameterValue, 'value' | 'key'>[];

interface ExampleJson {
  readonly of: string;
  readonly given?: { readonly parameters?: object };
  readonly cases: readonly {
    readonly parameters?: object;
    readonly expect: { readonly value?: string; readonly rows?: readonly Readonly<Record<string, string>>[] };
  }[];
}

/** A text of a file, by its JSON pointer, and what it becomes. */
type Edit = readonly [pointer: string, to: string];

/**
 * The files of examples that follow other values of a parameter: those of the fields that read it, and those of the
 * selection where they name the columns of these fields. Examples that set the parameter themselves stay.
 * @param texts with the former values
 * @param values the values of today; a text that some of them still give is not followed
 * @returns files with other texts, or a refusal when the rules cannot be used, so that nobody knows who reads it
 */
export function examplesFollowing(texts: RulebookTexts, name: string, values: Values): RulebookTexts | Refused {
  let rulebook: Rulebook;
  try {
    rulebook = verify(texts);
  } catch (error) {
    if (!(error instanceof RulebookLoadError)) throw error;
    return refuse(
      'check-has-errors',
      'The rules of the draft cannot be used as they are, so it is not known which examples the parameter decides. Correct them first, or leave "examples" out.',
    );
  }
  const became = textsThatBecame(rulebook.declared.parameters.get(name)?.json.values ?? [], values);
  const readers = rulebook.extract.fields.filter((field) =>
    parametersIn(partsOf(field)).some((parameter) => parameter.name === name),
  );
  const numbers = new Set(readers.map(({ number }) => number));
  const keys = rulebook.schemas.output.columns.flatMap(({ no, key }) => (numbers.has(no) ? [key] : []));
  return texts.flatMap(({ path, text }) => {
    if (grammarOf(path) !== 'examples') return [];
    const { json } = parseJson(text);
    const { examples } = json as { readonly examples?: readonly ExampleJson[] };
    const edits = examples
      ? examples.flatMap((example, i) => editsOf(example, `/examples/${i}`))
      : editsOf(json as ExampleJson, '');
    const now = edits.reduce((done, [pointer, to]) => withValueAt(done, pointer, JSON.stringify(to)) ?? done, text);
    return now === text ? [] : [{ path, text: now }];
  });

  function editsOf({ of, given, cases }: ExampleJson, pointer: string): Edit[] {
    if (given?.parameters && name in given.parameters) return [];
    return cases.flatMap(({ parameters, expect }, i): Edit[] => {
      if (parameters && name in parameters) return [];
      const place = `${pointer}/cases/${i}/expect`;
      if (numbers.has(of)) return followed(expect.value, `${place}/value`);
      if (of !== 'selection') return [];
      return (expect.rows ?? []).flatMap((row, r) =>
        keys.flatMap((key) => followed(row[key], `${place}/rows/${r}/${key}`)),
      );
    });
  }

  function followed(text: string | undefined, pointer: string): Edit[] {
    const to = text === undefined ? undefined : became.get(text);
    return to === undefined ? [] : [[pointer, to]];
  }
}

/** Former texts and what each became, by their place, or by their key in a table. */
function textsThatBecame(former: Values, now: Values): ReadonlyMap<string, string> {
  const still = new Set(now.map(({ value }) => value));
  const pairs = former.flatMap(({ value, key }, i): [string, string][] => {
    const [same] = key === undefined ? [now[i]] : now.filter((other) => other.key === key);
    const isText = typeof value === 'string' && typeof same?.value === 'string';
    return isText && !still.has(value) && former.length === now.length ? [[value, same.value as string]] : [];
  });
  const targets = Map.groupBy(pairs, ([from]) => from);
  return new Map(pairs.filter(([from]) => new Set(targets.get(from)?.map(([, to]) => to)).size === 1));
}
