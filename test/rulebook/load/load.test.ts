/**
 * What a rulebook is refused for, to the word. Each file in `bad/` is a case: the shipped rulebook, changed by its
 * patches, and every finding that is expected, as `cenr rules check` prints it (file:line:column pointer: sentence), in
 * file order.
 *
 *     { "title": "…",
 *       "patches": [ { "file": "rules/fields/40-….json", "replace": ["text that stands there once", "text in its place"] } ],
 *       "findings": [ "rules/fields/40-….json:8:31 /rules/0/conditions/fact: …" ] }
 *
 * A patch may also give a file's whole `text`, or `"remove": true`. When a shipped file has changed and lines have
 * moved,
 *
 *     CENR_UPDATE=1 node test/rulebook/load/load.test.ts
 *
 * writes what is found now into the cases, to be read in review like code.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runExamples } from '#authoring/examples/run';
import { Explainer } from '#explain/explain';
import {
  describeFinding,
  loadRulebook,
  type PlacedFinding,
  RulebookLoadError,
  type RulebookTexts,
  SHIPPED_RULES,
  verify,
} from '#rulebook/load/load';
import type { Condition } from '#rulebook/tree/nodes';
import { conditionWords, glossaryOf } from '#rulebook/words/words';
import { student } from '../../explain/subjects.ts';
import { folder } from '../../support/folders.ts';
import { type Patch, patched, shippedTexts } from '../texts.ts';

interface BadCase {
  readonly title: string;
  readonly patches: readonly Patch[];
  readonly findings: readonly string[];
}

const BAD = join(import.meta.dirname, 'bad');
const cases = readdirSync(BAD).map((name): BadCase & { readonly name: string } => ({
  name,
  ...JSON.parse(readFileSync(join(BAD, name), 'utf8')),
}));

/** The findings about texts; none when they make a rulebook. */
function findingsOf(texts: RulebookTexts): readonly PlacedFinding[] {
  try {
    verify(texts);
    return [];
  } catch (error) {
    if (error instanceof RulebookLoadError) return error.findings;
    throw error;
  }
}

const segments = (pointer: string): string[] => pointer.split('/').slice(1);

/** What stands at a JSON pointer, or at its nearest parent that exists. */
const valueAt = (json: unknown, pointer: string): unknown =>
  segments(pointer).reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : value,
    json,
  );

/** Whether the JSON value stands in the text where a finding says, counted in lines and columns. */
function standsAt(text: string, { line, column }: PlacedFinding, value: unknown): boolean {
  const rest = text
    .split('\n')
    .slice(line - 1)
    .join('\n')
    .slice(column - 1);
  const first = JSON.stringify(value).charAt(0);
  return rest.startsWith(typeof value === 'object' ? first : JSON.stringify(value));
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

t.test('the shipped rulebook is accepted, before anything is changed in it', (t) => {
  t.same(findingsOf(shippedTexts), []);
  t.equal(verify(shippedTexts).hash, loadRulebook().hash, 'and its texts give the same hash as its folders');
  t.end();
});

t.test('refusals', (t) => {
  for (const { name, title, patches, findings } of cases) {
    const texts = patched(patches);
    const found = findingsOf(texts);
    if (process.env['CENR_UPDATE'] === '1')
      writeFileSync(
        join(BAD, name),
        `${JSON.stringify({ title, patches, findings: found.map(describeFinding) }, null, 2)}\n`,
      );
    t.same(found.map(describeFinding), findings, `${name}: ${title} (CENR_UPDATE=1 writes what is found)`);
    for (const finding of found) {
      const text = texts.find(({ path }) => path === finding.file)?.text;
      const json = text === undefined ? undefined : parsed(text);
      // A duplicate key, a forbidden one and an unknown one are pointed at by name, not by value.
      if (
        text === undefined ||
        json === undefined ||
        /appears twice|not allowed as a key|unknown key|nested|cannot have this file|not UTF-8/.test(finding.message)
      )
        continue;
      t.ok(
        standsAt(text, finding, valueAt(json, finding.pointer)),
        `${name}: line and column are where ${finding.pointer || 'the file'} stands`,
      );
    }
  }
  t.end();
});

t.test('the message of the error says how many there are, then each', (t) => {
  const several = cases.find(({ name }) => name === 'several-in-file-order.json') as BadCase;
  t.throws(() => verify(patched(several.patches)), {
    name: 'RulebookLoadError',
    message: `the rulebook cannot be used (${several.findings.length} findings):\n${several.findings.join('\n')}`,
  });
  t.end();
});

t.test('a file too large to have been written by hand is not even parsed', (t) => {
  const file = 'rules/fields/40-homeless-program-eligible.json';
  t.same(findingsOf(patched([{ file, text: ' '.repeat(1_000_001) }])).map(describeFinding), [
    `${file}:1:1: the file has 1000001 characters; a rule file has at most 1000000`,
  ]);
  t.end();
});

t.test('64 brackets are not too deep for the parser; the grammar judges what is in them', (t) => {
  const file = 'rules/fields/40-homeless-program-eligible.json';
  const [finding] = findingsOf(patched([{ file, text: '['.repeat(64) + ']'.repeat(64) }]));
  t.match(finding, { file, pointer: '', line: 1, column: 1, message: /it must be object/ });
  t.end();
});

t.test('a day may be written out, with dashes as everywhere in rule files', (t) => {
  const bothParents = '"value": { "fact": "parameter", "params": { "name": "bothParentsCountFrom" } }';
  const file = 'rules/fields/38-socio-economically-disadvantaged.json';
  const writtenOut = patched([
    { file, replace: [`"onOrAfter", ${bothParents}`, '"onOrAfter", "value": "2023-07-01"'] },
    { file, replace: [`"before", ${bothParents}`, '"before", "value": "2023-07-01"'] },
  ]);
  const failed = runExamples(verify(writtenOut)).filter(({ of, passed }) => of === '38' && !passed);
  t.same(failed, [], 'and means the same');
  t.end();
});

t.test('a field may give a day, and a day be looked for in a list, with dashes too', async (t) => {
  const file = 'rules/fields/44-english-language-acquisition-status-start-date.json';
  const rulebook = verify(
    patched([
      {
        file,
        replace: [
          '"fact": "statusOfEnrollment", "operator": "present", "value": true',
          '"fact": "enrollment", "path": "$.enrollmentStartDate", "operator": "in", "value": ["2023-07-01", "2023-08-15"]',
        ],
      },
      {
        file,
        replace: [
          '{ "fact": "statusOfEnrollment", "path": "$.englishLanguageAcquisitionStatusStartDate" }',
          '"2024-02-29"',
        ],
      },
    ]),
  );
  const explainer = new Explainer(rulebook, '1');
  for (const [enrollmentStartDate, value] of [
    ['20230815', '20240229'],
    ['20230816', ''],
  ] as const) {
    const subject = student([{ recordType: 'SENR', enrollmentStartDate }]);
    const [key] = explainer.rows(subject);
    const row = explainer.row(subject, key as NonNullable<typeof key>, { fields: ['44'] });
    t.match(row?.fields, [{ value }], 'as records have it');
    t.match(await explainer.secondOpinion(subject, key as NonNullable<typeof key>, ['44']), { agree: true });
  }
  const [rule] = rulebook.extract.fields.find(({ number }) => number === '44')?.rules ?? [];
  t.match(conditionWords(rule?.condition as Condition, glossaryOf(rulebook)), /is one of "2023-07-01", "2023-08-15"$/);
  t.end();
});

t.test('a broken rulebook gives nothing, and leaves a good one as it was', (t) => {
  const dir = folder(t);
  cpSync(SHIPPED_RULES, dir, { recursive: true });
  const good = loadRulebook(dir);
  const before = JSON.stringify(good.files);
  const examples = runExamples(good).length;
  writeFileSync(join(dir, 'fields', '40-homeless-program-eligible.json'), '{ "field": "40" ');
  let replaced = good;
  t.throws(
    () => {
      replaced = loadRulebook(dir);
    },
    {
      name: 'RulebookLoadError',
      message:
        /^the rulebook cannot be used \(1 finding\):\nrules\/fields\/40-homeless-program-eligible\.json:1:17: not JSON: /,
    },
  );
  t.equal(replaced, good);
  t.equal(JSON.stringify(good.files), before);
  t.equal(runExamples(good).filter(({ passed }) => passed).length, examples, 'it still decides as before');
  t.end();
});

t.test('folders', (t) => {
  t.throws(() => loadRulebook(join(SHIPPED_RULES, '..')), {
    message: /has no rulebook\.json, but the folder ".*rules" has one; give that folder/,
  });
  t.throws(() => loadRulebook('/nowhere/rules'), {
    message: /"\/nowhere\/rules" is not a folder; give the folder with rulebook\.json/,
  });
  t.throws(() => loadRulebook(SHIPPED_RULES, '/nowhere/schemas'), {
    message: /"\/nowhere\/schemas" is not a folder; give the folder with records and codesets/,
  });
  t.throws(() => loadRulebook(join(SHIPPED_RULES, 'rulebook.json')), { message: /is not a folder/ });
  const dir = folder(t);
  cpSync(SHIPPED_RULES, dir, { recursive: true });
  writeFileSync(join(dir, 'README.md'), 'What we changed and why.');
  writeFileSync(join(dir, '.rulebook.json.swp'), 'left by an editor');
  t.equal(loadRulebook(dir).hash, loadRulebook().hash, 'notes and hidden files are no part of a rulebook');
  t.end();
});
