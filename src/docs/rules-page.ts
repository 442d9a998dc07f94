/** docs/rules.md: the rules of the extract in sentences, from rules/. */
import type { Rulebook } from '../rulebook/assemble.ts';
import type { ParameterJson, SourceJson } from '../rulebook/declarations.ts';
import type { FactNode, Field, Rule } from '../rulebook/tree.ts';
import {
  calculationLines,
  columnName,
  expressionWords,
  factsIn,
  type Glossary,
  orderLines,
  parametersIn,
  saysOf,
  valueWords,
  whenLines,
} from '../rulebook/words.ts';
import { casesOf } from '../rulebook-examples/cases.ts';
import { generatedNote } from './note.ts';

const HEAD = `# The rules of the extract

${generatedNote('rules')}

Which enrollments become rows, and how each derived field comes about, in the words of the rule files. The files are what counts; where a sentence here and a file
differ, the file is right and this page must be generated again. Words are explained in [glossary.md](glossary.md), the files in [rule-grammar.md](rule-grammar.md).
`;

export function rulesPage(rulebook: Rulebook): string {
  const { about, declared, schemas, extract } = rulebook;
  const glossary: Glossary = { schemas, says: (name) => declared.parameters.get(name)?.json.says };
  const fields = [...extract.fields].sort((a, b) => Number(a.number) - Number(b.number));
  return [
    HEAD,
    `Rulebook: ${about.name}, version ${about.version}. It follows the page "${about.publication.page}" as updated on ${about.publication.updated}; last compared as a whole on ${about.lastCompared}.\n`,
    [
      '| field | name | rules | source | last compared |',
      '|---|---|---|---|---|',
      ...fields.map(
        ({ number, json }) =>
          `| [${number}](#field-${number}) | ${json.name} | ${json.rules.map((r) => r.name).join(', ')} | ${json.source.page}, element ${json.source.element} | ${json.source.lastCompared} |`,
      ),
      '',
    ].join('\n'),
    selectionSection(rulebook, glossary),
    ...fields.map((field) => fieldSection(field, rulebook, glossary)),
    intervalsSection(rulebook),
    readingsSection(rulebook),
    parametersSection(rulebook),
  ].join('\n');
}

function selectionSection({ extract, schemas }: Rulebook, glossary: Glossary): string {
  const { json, where, order } = extract.selection;
  const names = (keys: readonly string[]): string => keys.map((key) => columnName(schemas.output.copiesFrom, key, schemas)).join(', ');
  const qualifies = whenLines(where, glossary);
  return [
    '## Selection',
    '',
    `Source: ${sourceWords(json.source)}.`,
    ...readingLines(json.reading),
    '',
    `An enrollment qualifies ${qualifies.head}`,
    '',
    ...qualifies.items,
    '',
    `There is one row for each ${names(json.onePer)}. Of several qualifying enrollments the first by this order makes the row:`,
    '',
    ...orderLines(order, glossary).map((line, i) => `${i + 1}. ${line}`),
    '',
    `Rows are written in ascending order of SSID, then ${names(json.rowOrder)}.`,
    '',
  ].join('\n');
}

function fieldSection(field: Field, rulebook: Rulebook, glossary: Glossary): string {
  const { json, rules } = field;
  const conditions = rules.flatMap((rule) => rule.condition ?? []);
  const values = rules.map((rule) => rule.value);
  const facts = factsIn(conditions, values);
  const parameters = parametersIn(conditions, values, facts);
  return [
    `## Field ${field.number}`,
    '',
    `**${json.name}.** Source: ${sourceWords(json.source)}. File: \`${field.file}\`.`,
    ...readingLines(json.reading),
    '',
    'The first rule that holds gives the value.',
    '',
    ...rules.flatMap((rule, i) => [...ruleLines(rule, i, glossary), '']),
    ...(facts.length ? ['Facts it asks for:', '', ...facts.flatMap((node) => factLines(node, glossary)), ''] : []),
    ...(parameters.length ? ['Parameters it reads:', '', ...parameters.map((p) => `* [\`${p.name}\`](#${p.name.toLowerCase()}): ${shortValues(p)}`), ''] : []),
    `Worked examples: ${examplesWords(field.number, rulebook)}.`,
    '',
  ].join('\n');
}

function ruleLines({ name, condition, value }: Rule, i: number, glossary: Glossary): string[] {
  const gives = expressionWords(value, glossary);
  if (!condition) return [`${i + 1}. **${name}** gives ${gives}.`];
  const { head, items } = whenLines(condition, glossary);
  return [`${i + 1}. **${name}** gives ${gives}, ${head}`, '', ...items.map((line) => `   ${line}`)];
}

function factLines(node: FactNode, glossary: Glossary): string[] {
  const params = Object.entries(node.params).map(([key, value]) => `${key}: \`${value}\``);
  const head = `* \`${node.name}\`${params.length ? ` (${params.join(', ')})` : ''}: ${saysOf(node, glossary)}.`;
  if (node.kind === 'calculation') return [`${head} It is`, ...calculationLines(node, glossary).map((line, i) => (i === 0 ? `  ${line}` : line))];
  const what = { any: 'It is true when there is a', count: 'It is the number of', record: 'It is a' }[node.gives];
  const where = node.where && whenLines(node.where, glossary, 'for which');
  return [
    `${head} ${what} ${node.from} record${where ? ` ${where.head}` : '.'}`,
    ...(where ? where.items.map((line) => `  ${line}`) : []),
    ...(node.order.length
      ? ['', '  Of several, the first by this order:', '', ...orderLines(node.order, glossary).map((line, i) => `  ${i + 1}. ${line}`), '']
      : []),
  ];
}

/** Intervals as rules name them: which columns they go from and to, and what a blank end stands for. */
function intervalsSection({ declared, schemas }: Rulebook): string {
  const rows = declared.intervals.map(({ json }) => {
    const named = (key: string | undefined): string => (key === undefined ? '(none)' : columnName(json.of, key, schemas));
    const same = json.blankEnd === 'open' ? [] : json.blankEnd.dayBeforeNext.sameColumns.map(named);
    const blank =
      json.blankEnd === 'open' ? 'open' : `the day before the student's next ${json.of} record${same.length ? ` with the same ${same.join(', ')}` : ''}`;
    return `| \`${json.name}\` | ${json.of} | ${named(json.start)} | ${named(json.end)} | ${blank} |`;
  });
  return [
    '## Intervals',
    '',
    'Both ends of an interval are included.',
    '',
    '| interval | of | first day | last day | a blank or missing last day is |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Everywhere a reading was chosen because the page is silent; the parameters among them offer alternatives. */
function readingsSection({ extract, declared }: Rulebook): string {
  const rows = [
    ...(extract.selection.json.reading ? [`| Selection | ${cell(extract.selection.json.reading)} |`] : []),
    ...declared.fields.flatMap(({ json }) => (json.reading ? [`| Field ${json.field} | ${cell(json.reading)} |`] : [])),
    ...[...declared.parameters.values()].flatMap(({ json }) =>
      json.reading ? [`| [\`${json.name}\`](#${json.name.toLowerCase()}) | ${cell(json.reading)}${alternatives(json)} |`] : [],
    ),
  ];
  return ['## Readings', '', 'Where the page is silent or ambiguous, these readings were chosen.', '', '| where | reading |', '|---|---|', ...rows, ''].join(
    '\n',
  );
}

const alternatives = ({ type, choices, values }: ParameterJson): string =>
  type === 'choice'
    ? ` Choices: ${(choices ?? []).map((choice) => `\`${choice}\`${values.some((v) => v.value === choice) ? ' (in force)' : ''}`).join(', ')}.`
    : '';

function parametersSection({ declared }: Rulebook): string {
  const parameters = [...declared.parameters.values()].sort((a, b) => (a.json.name < b.json.name ? -1 : 1));
  return [
    '## Parameters',
    '',
    'Values that rules and checks use by name. Days are both included; a value without days always holds.',
    '',
    ...parameters.flatMap(({ json, file }) => [
      `### ${json.name}`,
      '',
      `${capital(json.says)}. Type: ${json.type}. File: \`${file}\`.`,
      ...readingLines(json.reading, alternatives(json)),
      '',
      ...(json.values.length ? ['| value | from | through | source |', '|---|---|---|---|'] : ['No value: the list is empty.']),
      ...json.values.map((v) => `| ${v.key === undefined ? '' : `\`${v.key}\` `}\`${v.value}\` | ${v.from ?? ''} | ${v.through ?? ''} | ${v.source ?? ''} |`),
      '',
    ]),
  ].join('\n');
}

/** A text inside a table. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const MOST_VALUES = 8;

const shortValues = ({ values }: ParameterJson): string =>
  values.length === 0 ? '(none)' : values.length > MOST_VALUES ? `${values.length} values` : values.map(valueWords).join(', ');

const readingLines = (reading: string | undefined, more = ''): string[] => (reading === undefined ? [] : ['', `Reading: ${reading}${more}`]);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const sourceWords = ({ page, updated, element, lastCompared }: SourceJson): string =>
  [page, updated && `updated ${updated}`, `element ${element}`, `last compared ${lastCompared}`].filter(Boolean).join(', ');

function examplesWords(of: string, rulebook: Rulebook): string {
  const cases = casesOf(rulebook).filter((example) => example.of === of);
  const files = [...new Set(cases.map((example) => example.file))];
  return cases.length === 0 ? 'none' : `${cases.length} in ${files.map((file) => `\`${file}\``).join(', ')}`;
}
