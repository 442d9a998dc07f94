/** One file changed: what `assembleChanged` gives is what `assemble` gives, refusals included. */
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { assemble, assembleChanged, grammarOf, KINDS, type Rulebook, RulebookError } from '#rulebook/load/assemble';
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
