/** Examples that fail say what they would have to expect, and hold with it. */
import t from 'tap';
import { expectedNow } from '#authoring/examples/expected-now';
import { runExamples } from '#authoring/examples/run';
import { parseJson } from '#base/json';
import { withValueAt } from '#base/json-edits';
import { verify } from '#rulebook/load/load';
import { shipped } from '../../support/histories.ts';

t.setTimeout(300_000);

const texts = shipped.files.flatMap(({ path, text }) => (text === undefined ? [] : { path, text }));
const CODES = 'rules/parameters/program-codes.json';

t.test('with what they would have to expect, the examples that a change overturns hold', async (t) => {
  const changed = texts.map(({ path, text }) => ({
    path,
    text:
      path === CODES
        ? text.replace('"value": "191", "source": "cenr-40"', '"value": "190", "source": "cenr-40"')
        : text,
  }));
  const rulebook = verify(changed);
  const failed = expectedNow(
    rulebook,
    runExamples(rulebook).filter(({ passed }) => !passed),
  );
  t.ok(failed.length > 3);
  t.ok(failed.every((one) => one.expectedNow));
  const accepted = changed.map(({ path, text }) => ({
    path,
    text: failed
      .filter(({ file }) => file === path)
      .reduce((now, one) => withValueAt(now, `${one.pointer}/expect`, JSON.stringify(one.expectedNow)) ?? now, text),
  }));
  for (const { text } of accepted) t.same(parseJson(text).problems ?? [], []);
  t.same(
    runExamples(verify(accepted)).filter(({ passed }) => !passed),
    [],
  );
});
