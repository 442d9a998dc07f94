/** Rule files that are broken, hostile or enormous: an error with its place, quickly, and nothing lost. */
import t from 'tap';
import { checkRulebook } from '#authoring/check/check';
import type { RuleFinding } from '#authoring/check/finding';
import { MOST_LEAVES } from '#authoring/check/prover';
import { OPERATORS } from '#rulebook/operators/index';
import { type Patch, patched, shippedTexts } from '../../rulebook/texts.ts';

const FILE = 'rules/fields/40-homeless-program-eligible.json';
const CONDITION =
  '{ "fact": "programAtSchool", "params": { "program": "homelessProgram" }, "operator": "equal", "value": true }';

const described = ({ file, line, column, pointer, severity, message, kind }: RuleFinding): string =>
  `${file}:${line}:${column}${pointer && ` ${pointer}`}: ${severity}: ${message.slice(0, 150)} (${kind})`;

const condition = (text: string): Patch => ({ file: FILE, replace: [CONDITION, text] });

const refused: readonly [what: string, Patch, found: string][] = [
  [
    'not JSON',
    { file: FILE, text: '{ "field": "40" ' },
    `${FILE}:1:17: error: not JSON: close brace expected; found "" (cannot-be-used)`,
  ],
  [
    'a duplicate key',
    { file: FILE, replace: ['"field": "40",', '"field": "40", "field": "41",'] },
    `${FILE}:3:18 /field: error: the key "field" appears twice; keep one of the two (cannot-be-used)`,
  ],
  [
    'an unknown key',
    { file: FILE, replace: ['"field": "40",', '"field": "40", "fild": "41",'] },
    `${FILE}:3:26 /fild: error: unknown key "fild". Did you mean "field"? Expected one of $schema, field, name, source,`,
  ],
  [
    'a text of ten million characters',
    { file: FILE, replace: ['"field": "40"', `"field": "${'4'.repeat(10_000_000)}"`] },
    `${FILE}:1:1: error: the file has 100`,
  ],
  [
    'conditions 10,000 deep',
    condition(`${'{ "not": '.repeat(10_000)}${CONDITION}${' }'.repeat(10_000)}`),
    `${FILE}:8:`,
  ],
  [
    'a list of more conditions than anybody can read',
    condition(`{ "all": [ ${Array.from({ length: 201 }, () => CONDITION).join(', ')} ] }`),
    `${FILE}:8:30 /rules/0/conditions/all: error: the list has 201 items; expected at most 200 (cannot-be-used)`,
  ],
  [
    'a key that reaches the prototype',
    { file: FILE, replace: ['"field": "40",', '"field": "40", "__proto__": { "polluted": true },'] },
    `${FILE}:3:18 /__proto__: error: "__proto__" is not allowed as a key; choose another name (cannot-be-used)`,
  ],
  [
    'facts in a circle',
    {
      file: 'rules/facts/disabilities.json',
      replace: [
        '"of": [ { "fact": "enrollment", "path": "$.enrolled" }, { "fact": "window" } ]',
        '"of": [ { "fact": "enrolledInWindow" }, { "fact": "window" } ]',
      ],
    },
    'rules/facts/disabilities.json:5:44 /facts/0/of/0: error: the fact "enrolledInWindow" depends on itself: enrolledInWindow asks for enrolledInWindow (cannot-be-used)',
  ],
  ['a file that is no text at all', { file: FILE, text: '\u0000\u0001' }, `${FILE}:1:1: error: not JSON`],
  ['nothing', { file: FILE, text: '' }, `${FILE}:1:1: error: not JSON: value expected; found "" (cannot-be-used)`],
];

t.test('what cannot be used', (t) => {
  for (const [what, patch, found] of refused) {
    const report = checkRulebook(patched([patch]));
    t.equal(report.canBeUsed, false, what);
    t.equal(report.counts.error, report.findings.length);
    t.match(report.hash, /^[0-9a-f]{64}$/);
    t.ok(
      report.findings.map(described).some((line) => line.startsWith(found)),
      `${what}: ${report.findings.map(described).join('\n')}`,
    );
  }
  t.notOk('polluted' in {}, 'no object has what the file tried to give to all');
  t.end();
});

t.test('a finding repeats little of what it found', (t) => {
  const report = checkRulebook(
    patched([condition(`{ "fact": "${'a'.repeat(900_000)}", "operator": "equal", "value": true }`)]),
  );
  t.equal(report.canBeUsed, false);
  for (const { message } of report.findings) t.ok(message.length < 1_000, message.slice(0, 100));
  t.end();
});

t.test('no texts at all', (t) => {
  const report = checkRulebook([]);
  t.equal(report.canBeUsed, false);
  t.match(report.findings[0], { severity: 'error', kind: 'cannot-be-used', message: /the file is missing/ });
  t.end();
});

t.test('a regular expression is a text like any other', (t) => {
  const bomb = '(a+)+$';
  const report = checkRulebook(
    patched([{ file: 'rules/checks/SSID0001.json', replace: ['"value": "9999999999"', `"value": "${bomb}"`] }]),
  );
  t.equal(report.canBeUsed, true, 'forms are compared character by character');
  const lacks = OPERATORS.get('lacksForm');
  t.equal(lacks?.holds('a'.repeat(100_000), bomb), true, 'so a value cannot make one run away');
  t.equal(lacks?.holds(bomb, bomb), false, 'and only the very same text has that form');
  t.end();
});

t.test('conditions too large to examine are said to be', (t) => {
  const many = Array.from(
    { length: MOST_LEAVES + 1 },
    (_, i) => `{ "fact": "enrollment", "path": "$.localRecordID", "operator": "notEqual", "value": "R${i}" }`,
  );
  const report = checkRulebook(patched([condition(`{ "all": [ ${many.join(', ')} ] }`)]));
  t.equal(report.canBeUsed, true);
  t.same(report.findings.filter(({ kind }) => kind === 'not-examined').map(described), [
    `${FILE}:8:21 /rules/0/conditions: advice: there are ${MOST_LEAVES + 1} comparisons here; the check handles up to ${MOST_LEAVES}, so split them (not-examined)`,
  ]);
  t.end();
});

t.test('conditions that make much work are given up, not gone through', (t) => {
  const ways = Array.from(
    { length: 60 },
    (_, i) =>
      `{ "any": [ { "fact": "enrollment", "path": "$.studentLegalFirstName", "operator": "hasForm", "value": "${'A'.repeat(i + 1)}" }, { "fact": "enrollment", "path": "$.studentLegalLastName", "operator": "hasForm", "value": "${'9'.repeat(i + 1)}" } ] }`,
  );
  const report = checkRulebook(patched([condition(`{ "all": [ ${ways.join(', ')} ] }`)]));
  t.equal(report.canBeUsed, true);
  t.end();
});

t.test('the shipped rulebook is none of these', (t) => {
  t.match(checkRulebook(shippedTexts), { canBeUsed: true, counts: { error: 0 } });
  t.end();
});
