/** One file or parameter changed: what is assembled anew in part is what `assemble` gives, refusals included. */
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import {
  assemble,
  assembleChanged,
  assembleWithValues,
  grammarOf,
  KINDS,
  type Rulebook,
  RulebookError,
} from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import { loadRulebook } from '#rulebook/load/load';

const shipped = loadRulebook();

/** The rulebook, or the findings for which it is refused. */
function outcome(make: () => Rulebook): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof RulebookError) return error.findings;
    throw error;
  }
}

const CHANGES: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll('"191"', '"192"'),
  (text) => text.replaceAll('"equal"', '"notEqual"'),
  (text) => text.replaceAll(/"fact":"(?!parameter)/g, '"fact":"no'),
  (text) => text.replaceAll('"Y"', '"X"').replace('"reject"', '"warn"'),
  // No column is as wide as what this rule writes.
  (text) => text.replaceAll(/"params":{"value":"[^"]*"/g, `"params":{"value":"${'Y'.repeat(200)}"`),
];

for (const { grammar } of KINDS)
  t.test(grammar, async (t) => {
    const files = shipped.files.filter(({ path }) => grammarOf(path) === grammar);
    for (const { path, json } of [...files.slice(0, 2), ...files.slice(-1)])
      for (const [i, change] of CHANGES.entries()) {
        const file = { path, json: JSON.parse(change(JSON.stringify(json))) as unknown };
        const all = shipped.files.map((known) => (known.path === path ? file : known));
        t.ok(
          isDeepStrictEqual(
            outcome(() => assembleChanged(shipped, file)),
            outcome(() => assemble({ hash: shipped.hash, files: all })),
          ),
          `${path}, change ${i + 1}`,
        );
      }
  });

t.test('values of parameters', async (t) => {
  let anew = 0;
  for (const file of shipped.files.filter(({ path }) => grammarOf(path) === 'parameters')) {
    const { parameters, ...others } = file.json as { readonly parameters: readonly ParameterJson[] };
    // The last value alone, and twice: some parameters have only one, and no two may be the same.
    for (const { name, values } of parameters)
      for (const changed of [values.slice(-1), [...values.slice(-1), ...values]]) {
        const json = {
          ...others,
          parameters: parameters.map((p) => (p.name === name ? { ...p, values: changed } : p)),
        };
        const files = shipped.files.map((known) => (known === file ? { ...file, json } : known));
        const made = outcome(() => assembleWithValues(shipped, files, [name]));
        t.ok(
          isDeepStrictEqual(
            made,
            outcome(() => assemble({ hash: shipped.hash, files })),
          ),
          name,
        );
        if (!Array.isArray(made) && (made as Rulebook).checks !== shipped.checks) anew++;
      }
  }
  t.ok(anew > 0, 'some are asked for by checks');
});
