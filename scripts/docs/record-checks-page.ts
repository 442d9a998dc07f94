/** docs/record-checks.md: every check of incoming records, from rules/checks. */

import { casesOf } from '#authoring/examples/cases';
import { layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { CheckJson, ColumnsJson, Examines, SourceJson } from '#rulebook/load/declarations';
import type { Check } from '#rulebook/tree/nodes';
import { factsIn, parametersIn } from '#rulebook/tree/walk';
import { columnOf, type Glossary, saysOf, valueWords, whenLines } from '#rulebook/words/words';
import { generatedNote } from './note.ts';

const EXAMINES: Readonly<Record<Examines, string>> = {
  lines: 'each line',
  values: 'each value',
  records: 'each record without a rejection so far',
  transactions: 'each such record, when it meets what is stored',
  histories: 'each stored record, once the whole upload is in',
};

const SEVERITY = { reject: 'reject: the record is not stored', warn: 'warn: the record is stored' } as const;

const HEAD = `# Checks of incoming records

${generatedNote('rules/checks')}

Every record that comes in passes these checks. A check of severity *reject* keeps the record out; one of severity *warn* reports it and lets it in. What is not
rejected is stored as it was sent; nothing is repaired. A finding names file, line, field, value and code, and its message says what was found and what to do.
In messages, \`{value}\` is the value at fault and \`{incoming.column}\` another value of the same record.

Codes are those that CALPADS prints. Where no published code was found, the source says "this project".
To change a severity or a text, edit the file in \`rules/checks\`; [rule-grammar.md](rule-grammar.md) explains it.
`;

export function recordChecksPage(rulebook: Rulebook): string {
  const checks = rulebook.declared.checks.map((check) => check.json).sort((a, b) => (a.code < b.code ? -1 : 1));
  const rows = checks.map(
    (json) =>
      `| [${json.code}](#${json.code.toLowerCase()}) | ${filesWords(json)} | ${json.title} | ${EXAMINES[json.examines]} | ${json.severity} |`,
  );
  const table = ['| code | files | title | looks at | severity |', '|---|---|---|---|---|', ...rows].join('\n');
  return [HEAD, `${table}\n`, ...checks.map((json) => section(json, rulebook))].join('\n');
}

const filesWords = ({ recordTypes }: CheckJson): string => (recordTypes === 'all' ? 'all' : recordTypes.join(', '));

function section(json: CheckJson, rulebook: Rulebook): string {
  const resolved = rulebook.checks.checks.filter((check) => check.json === json);
  return [
    `## ${json.code}`,
    '',
    `**${json.title}.**`,
    '',
    `* Files: ${filesWords(json)}`,
    `* Severity: ${SEVERITY[json.severity]}`,
    `* Looks at: ${EXAMINES[json.examines]}${json.columns ? `, of ${columnsWords(json.columns)}` : ''}`,
    ...fieldLines(json, rulebook),
    `* Message: ${json.message}`,
    `* Advice: ${json.advice}`,
    `* Source: ${sourceWords(json.source)}`,
    `* Worked examples: ${examplesWords(json.code, rulebook)}`,
    ...finding(resolved[0], rulebook),
    '',
  ].join('\n');
}

/** The column that findings point to: its number and name in each file. */
function fieldLines({ field, recordTypes }: CheckJson, { schemas }: Rulebook): string[] {
  if (field === undefined) return [];
  const types = recordTypes === 'all' ? schemas.layouts.map((l) => l.recordType) : recordTypes;
  const columns = types.flatMap((type) => (layoutOf(schemas, type) ? columnOf(type, field, schemas) : undefined) ?? []);
  return [`* Points to: ${columns.map((c) => c.no).join(', ')} ${columns[0]?.name ?? field}`];
}

function columnsWords({ type, required, closedCodeSet, codeSet, keys, except }: ColumnsJson): string {
  const parts = [
    type === 'DT' ? 'dates' : type === 'CS' ? 'fields that are not dates' : '',
    required === true ? 'required fields' : required === false ? 'fields that are not required' : '',
    closedCodeSet === true ? 'fields with a closed code set' : '',
    codeSet === undefined ? '' : `fields with the code set \`${codeSet}\``,
    keys === undefined ? '' : `the field ${keys.map((key) => `\`${key}\``).join(', ')}`,
  ].filter(Boolean);
  const all = parts.length === 0 ? 'all fields' : parts.join(' that are also ');
  return except ? `${all}, except ${except.map((key) => `\`${key}\``).join(', ')}` : all;
}

/** Of checks of lines and values the message says all: what they compare differs from column to column. */
function finding(check: Check | undefined, { schemas, declared }: Rulebook): string[] {
  if (!check || check.json.examines === 'lines' || check.json.examines === 'values') return [];
  const glossary: Glossary = { schemas, says: (name) => declared.parameters.get(name)?.json.says };
  const facts = factsIn([check.condition]);
  const fault = whenLines(check.condition, glossary);
  const parameters = parametersIn([check.condition]);
  const looks = facts.flatMap((node) => {
    if (node.kind !== 'look' || !node.where) return [];
    const { head, items } = whenLines(node.where, glossary);
    return ['', `*${capital(saysOf(node, glossary))}*: a ${node.from} record counts ${head}`, '', ...items];
  });
  return [
    '',
    `It finds fault ${fault.head}`,
    '',
    ...fault.items,
    ...looks,
    ...(parameters.length
      ? [
          '',
          'Parameters',
          '',
          ...parameters.map((p) => `* \`${p.name}\`, ${p.says}: ${p.values.map(valueWords).join(', ') || '(none)'}`),
        ]
      : []),
  ];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const sourceWords = ({ page, updated, element, lastCompared }: Partial<SourceJson>): string =>
  [page, updated && `updated ${updated}`, element, lastCompared && `last compared ${lastCompared}`]
    .filter(Boolean)
    .join(', ');

function examplesWords(code: string, rulebook: Rulebook): string {
  const cases = casesOf(rulebook).filter((example) => example.of === code);
  const files = [...new Set(cases.map((example) => example.file))];
  return cases.length === 0 ? 'none' : `${cases.length} in ${files.map((file) => `\`${file}\``).join(', ')}`;
}
