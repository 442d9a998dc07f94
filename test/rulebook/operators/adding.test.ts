/**
 * To add an operator or a calculation is to add its file: no other source knows one by its name, but for those listed
 * here. What the rest of the program must know of one, its file says.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { newBudget, Prover } from '#authoring/check/prover';
import { coverageOf } from '#authoring/examples/coverage';
import { mutantsOf } from '#authoring/mutants/mutants';
import { Explainer } from '#explain/explain';
import type { RowKey } from '#explain/row-keys';
import { type Calculation, ofDay } from '#rulebook/calculations/calculation';
import { CALCULATIONS } from '#rulebook/calculations/index';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { OPERATORS, type Operator } from '#rulebook/operators/index';
import { Identities } from '#rulebook/tree/identity';
import type { CalculationNode, Condition, Field } from '#rulebook/tree/nodes';
import { calculationLines, conditionWords, glossaryOf } from '#rulebook/words/words';
import { student } from '../../explain/subjects.ts';
import { shipped } from '../../support/histories.ts';

const PROJECT = join(import.meta.dirname, '../../..');

/** Where they are written down, where the grammar is as types, and where they are written again on purpose. */
const OWN = [
  'src/rulebook/operators/',
  'src/rulebook/calculations/',
  'src/rulebook/load/declarations.ts',
  'src/rulebook/load/grammar-types.ts',
  'src/rulebook/second-opinion/',
];

/** Names that stand elsewhere, and why. An entry that matches nothing any more fails, so the list cannot rot. */
const ALLOWED: readonly { readonly where: string; readonly names: readonly string[]; readonly because: string }[] = [
  {
    where: 'src/rulebook/compile/leaves.ts',
    names: ['equal', 'notEqual', 'overlaps'],
    because: 'measured: these are spared calls for each record; without it they are compiled as every other',
  },
  {
    where: 'src/rulebook/compile/check-program.ts',
    names: ['present'],
    because: 'what is known of a value: blank or present',
  },
  { where: 'src/service/schemas/access-log.ts', names: ['after'], because: 'where a page begins' },
  { where: 'src/service/schemas/matching.ts', names: ['before'], because: 'who had a number before' },
  {
    where: 'src/service/routes/v1/extracts/_id/horizons/students.ts',
    names: ['period'],
    because: 'a parameter of the request',
  },
  { where: 'src/service/access-log/search.ts', names: ['before'], because: 'where a page ends' },
  { where: 'src/reconcile/corrections.ts', names: ['lookUp'], because: 'what a person looks up' },
  { where: 'src/reconcile/difference-reasons.ts', names: ['after', 'before'], because: 'the two extracts' },
  { where: 'src/reconcile/fit.ts', names: ['academicYear'], because: 'a part of a request' },
  { where: 'src/pipeline/assign-ssids.ts', names: ['before'], because: 'who had a number before' },
  { where: 'src/pipeline/difference-reasons.ts', names: ['before', 'after'], because: 'the two extracts' },
  { where: 'src/pages/ssid/shown.ts', names: ['equal'], because: 'how a part of two persons agrees' },
  { where: 'src/identity/reason.ts', names: ['equal'], because: 'how a part of two persons agrees' },
  { where: 'src/cli/commands/ssid/assign-files.ts', names: ['before'], because: 'who had a number before' },
  { where: 'src/authoring/forms/known.ts', names: ['present'], because: 'what is known of a value: blank or present' },
  { where: 'src/authoring/forms/new-field.ts', names: ['equal'], because: 'what a new condition begins with' },
  { where: 'src/authoring/forms/new-field.ts', names: ['before', 'after'], because: 'the side of a column' },
  { where: 'src/pages/policy/new-field.ts', names: ['before'], because: 'the side of a column' },
  {
    where: 'src/service/routes/v1/uploads/_id/numbers.ts',
    names: ['before'],
    because: 'who had a number before',
  },
  { where: 'src/cli/commands/load.ts', names: ['before'], because: 'who had a number before' },
  { where: 'src/authoring/completion/completion.ts', names: ['in'], because: 'a key of the grammar' },
  { where: 'src/rulebook/load/', names: ['contains'], because: 'a word of JSON Schema' },
  {
    where: 'src/rulebook/resolve/references.ts',
    names: ['labels'],
    because: 'a finding about a table says what tables are for',
  },
  { where: 'src/rulebook/tree/absence.ts', names: ['academicYear'], because: 'the academic year of a request' },
  { where: 'src/rulebook/load/layout-findings.ts', names: ['academicYear'], because: 'the academic year of a layout' },
  { where: 'src/extract/request.ts', names: ['academicYear'], because: 'the academic year of a request' },
  { where: 'src/cli/commands/serve.ts', names: ['academicYear'], because: 'the academic year of a request' },
  { where: 'src/authoring/impact/impact-text.ts', names: ['before'], because: 'a heading of a table' },
  { where: 'src/pipeline/impact.ts', names: ['before', 'after'], because: 'counts before a change and after it' },
  { where: 'src/sample/', names: ['choose'], because: 'a word of the recipe for samples' },
  { where: 'src/service/schemas/page.ts', names: ['after'], because: 'the parameter of a list' },
  { where: 'src/pages/', names: ['labels', 'academicYear', 'after'], because: 'parameters of addresses' },
  { where: 'src/service/routes/v1/extracts/_id/file.ts', names: ['labels'], because: 'the parameter of a download' },
  { where: 'src/cli/', names: ['after'], because: 'where a text of help is put' },
];

const names = [...OPERATORS.keys(), ...CALCULATIONS.keys()];
/** A name of one word is a word of English too, and a request has an academic year: any object may have such a key. */
const keys = names.filter((name) => /[A-Z]/.test(name) && name !== 'academicYear');
const KNOWN = new RegExp(`(['"\`])(${names.join('|')})\\1|(?<![\\w.])(${keys.join('|')})\\??:(?!:)`, 'g');

/** The names of operators and calculations that a source knows, as a text or as a key. Comments may have them. */
function namesIn(source: string): Set<string> {
  const code = source.split('\n').filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line));
  return new Set([...code.join('\n').matchAll(KNOWN)].flatMap(([, , text, key]) => text ?? key ?? []));
}

t.test('the search sees what it must', async (t) => {
  t.same([...namesIn("if (operator.name === 'notEqual') return;")], ['notEqual']);
  t.same([...namesIn("switch (json.calculate) {\n  case 'earliest':\n    return 1;\n}")], ['earliest']);
  t.same([...namesIn('const PHRASES = { equal: "is", lessThan: "is less than" };')], ['lessThan']);
  t.same([...namesIn(" * 'equal'\n  // firstOf: the first\nconst a = addYears(day, 1);")], []);
});

t.test('no other source knows an operator or a calculation by its name', async (t) => {
  const unused = new Set(ALLOWED.flatMap(({ where, names }) => names.map((name) => `${where} '${name}'`)));
  const sources = globSync('src/**/*.ts', { cwd: PROJECT }).filter((file) => !OWN.some((own) => file.startsWith(own)));
  t.ok(sources.length > 200, `${sources.length} files`);
  for (const file of sources) {
    const found = namesIn(readFileSync(join(PROJECT, file), 'utf8'));
    for (const name of found)
      for (const entry of ALLOWED)
        if (file.startsWith(entry.where) && entry.names.includes(name)) {
          unused.delete(`${entry.where} '${name}'`);
          found.delete(name);
        }
    if (found.size > 0) t.fail(`${file} knows ${[...found].join(', ')}; let its own file say what this one must know`);
  }
  t.same([...unused], [], 'every exception is still one');
});

/** What a file of its own would say, and nothing else does. */
const startsWith: Omit<Operator, 'name'> & { readonly name: string } = {
  name: 'addedOperator',
  asks: 'other',
  left: ['text'],
  right: ['text'],
  absent: false,
  phrases: ['starts with', 'does not start with'],
  holds: (left, right) => left !== undefined && String(left).startsWith(String(right)),
  examples: [],
};
const yearOf: Omit<Calculation, 'name'> & { readonly name: string } = {
  name: 'addedCalculation',
  parts: [{ kind: 'operand', key: 'day', takes: ['day'] }],
  gives: 'text',
  absentIf: 'anyMissing',
  lines: ([day]) => [`the year of this day: ${day}`],
  toldBy: (day) => `the year of ${day}`,
  compute: ofDay((day) => day.slice(0, 4)),
  mistakes: ({ day }: { day: unknown }) => [{ pointer: '/day', to: day, says: 'It became the year of another day' }],
  examples: [],
};

const FIELD = 'rules/fields/40-homeless-program-eligible.json';
const FACTS = 'rules/facts/programs.json';

/** The shipped rulebook, with a field that asks the new operator about the new calculation. */
function rulebookWith(asked: string): Rulebook {
  const day = { fact: 'enrollment', path: '$.enrollmentStartDate' };
  const event = (value: string) => ({ type: 'value', params: { value } });
  const conditions = { fact: 'yearOfStart', operator: startsWith.name, value: asked };
  const rules = [
    { name: 'eligible', conditions, event: event('Y') },
    { name: 'otherwise', event: event('N') },
  ];
  const fact = { name: 'yearOfStart', says: 'the year of the start', calculate: yearOf.name, day };
  const files = shipped.files.map((file) => {
    const json = file.json as Readonly<Record<string, readonly unknown[]>>;
    if (file.path === FIELD) return { path: FIELD, json: { ...json, rules } };
    return file.path === FACTS ? { path: FACTS, json: { ...json, facts: [...(json['facts'] ?? []), fact] } } : file;
  });
  return assemble({ hash: 'added', files });
}

t.test('one that only its file knows is compiled, worded, examined, mutated and explained', async (t) => {
  for (const [known, added] of [
    [OPERATORS, startsWith],
    [CALCULATIONS, yearOf],
  ] as const) {
    (known as Map<string, unknown>).set(added.name, added);
    t.teardown(() => (known as Map<string, unknown>).delete(added.name));
  }
  const rulebook = rulebookWith('20');
  const field = rulebook.extract.fields.find(({ file }) => file === FIELD) as Field;
  const condition = field.rules[0]?.condition as Condition;
  const node = rulebook.extract.facts.find(({ name }) => name === 'yearOfStart') as CalculationNode;
  const glossary = glossaryOf(rulebook);
  t.equal(conditionWords(condition, glossary), 'the year of the start starts with "20"');
  t.same(calculationLines(node, glossary), ["the year of this day: the enrollment's Enrollment Start Date"]);
  const prover = new Prover([condition], new Identities(), { fields: new Map(), budget: newBudget() });
  t.equal(prover.constant(condition), undefined, 'it may hold and may fail, for all that can be proven');
  t.same(
    coverageOf(rulebook, { only: [field.number] })[0]?.gaps.map(({ says }) => says),
    ['Rule "otherwise" never decides.', 'Never false: the year of the start starts with "20".'],
    'a start is never blank, so its year is never absent',
  );
  t.same(
    mutantsOf(rulebook, { only: [field.number] })
      .filter(({ kind }) => kind === 'operator' || kind === 'calculation')
      .map(({ says }) => says),
    [
      'Became its opposite: the year of the start starts with "20".',
      'It became the year of another day (in: the year of the start).',
    ],
  );
  const said = [rulebook, rulebookWith('19')].map((of) => {
    const explainer = new Explainer(of, '1.2.3');
    const subject = student([{ recordType: 'SENR' }]);
    const key = explainer.rows(subject)[0] as RowKey;
    const explained = explainer.row(subject, key, { fields: [field.number], changes: false })?.fields?.[0];
    return [explained?.sentence, explained?.whyNot?.[0]?.sentence];
  });
  t.same(said, [
    [
      'Y, because the year of the start is 2023, which starts with 20.',
      'Not N, because the year of the start is 2023, which starts with 20.',
    ],
    [
      'N, because the year of the start is 2023, which does not start with 19.',
      'Not Y, because the year of the start is 2023, which does not start with 19.',
    ],
  ]);
});
