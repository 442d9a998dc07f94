/** docs/record-checks.md: every check of incoming records, from rules/checks. */

import { examplesWords } from '#authoring/pages/rules-in-words';
import { type Block, heading, list, listOf, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import { capital } from '#base/text';
import { layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { CheckFileJson, CheckJson, ColumnsJson, Examines, SourceJson } from '#rulebook/load/declarations';
import { type Located, partsOfCheck, severitiesOf } from '#rulebook/resolve/declared';
import type { Check } from '#rulebook/tree/nodes';
import { factsIn, parametersIn } from '#rulebook/tree/walk';
import { columnOf, glossaryOf, parameterValueWords, saysOf, whenLines } from '#rulebook/words/words';
import { generatedNote } from './note.ts';

const EXAMINES: Readonly<Record<Examines, string>> = {
  lines: 'each line',
  values: 'each value',
  records: 'each record that was not rejected',
  transactions: 'each such record, compared with what is stored',
  histories: 'each stored record, after the whole upload',
  anomalies: 'each stored record of a store, whenever somebody asks which students look wrong',
  pairs: 'two students whose demographics are much alike, whenever somebody asks which students look wrong',
};

const SEVERITY = {
  reject: 'reject: the record is not stored',
  warn: 'warn: the record is stored',
  advice: 'advice: the record is stored and counted, and nothing is wrong',
} as const;

const INTRODUCTION = `These checks examine every incoming record. A record that fails a check of severity *reject* is not stored; a check of severity *warn* reports a problem, but the record is stored. A check of severity *advice* says something worth knowing, and nothing is wrong. Records
are stored as they were sent; nothing is repaired. A problem has file, line, field, value and code, and its message says what was found and how to fix it.
In messages, \`{value}\` is the value with the problem and \`{incoming.column}\` is another value of the same record.

The codes are those of CALPADS. If no published code was found, the source says "this project".
To change a severity or a text, edit the file in \`rules/checks\`; [rule-grammar.md](rule-grammar.md) explains it.`;

export function recordChecksPage(rulebook: Rulebook): string {
  const checks = [...rulebook.declared.checks].sort((a, b) => (a.json.code < b.json.code ? -1 : 1));
  return asMarkdown([
    heading(1, 'Checks of incoming records'),
    paragraph(generatedNote('rules/checks')),
    paragraph(INTRODUCTION),
    table(
      ['code', 'files', 'title', 'examines', 'severity'],
      checks.map(({ json, ...place }) => [
        `[${json.code}](#${json.code.toLowerCase()})`,
        filesWords(json),
        json.title,
        EXAMINES[json.examines],
        severitiesOf({ json, ...place }).join(', '),
      ]),
    ),
    ...checks.flatMap((check) => section(check, rulebook)),
  ]);
}

const filesWords = ({ recordTypes }: CheckFileJson): string => (recordTypes === 'all' ? 'all' : recordTypes.join(', '));

function section(check: Located<CheckFileJson>, rulebook: Rulebook): Block[] {
  const { json } = check;
  return [
    heading(2, json.code),
    paragraph(`**${json.title}.**`),
    list([
      `Files: ${filesWords(json)}`,
      `Examines: ${EXAMINES[json.examines]}`,
      `Source: ${sourceWords(json.source)}`,
      `Worked examples: ${examplesWords(json.code, rulebook)}`,
      ...(json.reading === undefined ? [] : [`Reading: ${json.reading}`]),
    ]),
    ...partsOfCheck(check).flatMap((part) => partBlocks(part, rulebook)),
  ];
}

/** What one part of a check reports, and when. */
function partBlocks({ file, pointer, json }: Located<CheckJson>, rulebook: Rulebook): Block[] {
  const resolved = rulebook.checks.checks.find(
    (check) => check.file === file && check.pointer === pointer && check.json.code === json.code,
  );
  const { schemas } = rulebook;
  const isWithout = ({ recordType }: { readonly recordType: string }): boolean =>
    columnOf(recordType, json.lacking ?? '', schemas) === undefined;
  // A part is about record types of its own only when they lack the field of the check.
  const recordTypes = schemas.layouts.filter(isWithout).map(({ recordType }) => recordType);
  const own = json.lacking === undefined ? json : { ...json, recordTypes };
  return [
    ...(json.lacking === undefined
      ? []
      : [
          paragraph(
            `Of ${recordTypes.join(', ')}, without that field, it asks this instead, of ${EXAMINES[json.examines]}.`,
          ),
        ]),
    list([
      `Severity: ${SEVERITY[json.severity]}`,
      ...(json.columns ? [`Columns: ${columnsWords(json.columns)}`] : []),
      ...fieldItem(own, rulebook),
      `Message: ${json.message}`,
      `Fix: ${json.fix}`,
    ]),
    ...finding(resolved, rulebook),
  ];
}

/** The column that findings point to: its number and name in each file. */
function fieldItem({ field, pointsTo, recordTypes }: CheckJson, { schemas }: Rulebook): string[] {
  if (pointsTo !== undefined) return ['Points to: the first column that differs'];
  if (field === undefined) return [];
  const types = recordTypes === 'all' ? schemas.layouts.map((l) => l.recordType) : recordTypes;
  const columns = types.flatMap((type) => (layoutOf(schemas, type) ? columnOf(type, field, schemas) : undefined) ?? []);
  return [`Points to: ${columns.map((c) => c.no).join(', ')} ${columns[0]?.name ?? field}`];
}

function columnsWords(columns: ColumnsJson): string {
  const { type, required, closedCodeSet, completeCodeSet, lengthKnown, codeSets, keys, except } = columns;
  const parts = [
    type === 'DT' ? 'dates' : type === 'CS' ? 'fields that are not dates' : '',
    required === true ? 'required fields' : required === false ? 'fields that are not required' : '',
    closedCodeSet === true ? 'fields with a closed code set' : '',
    completeCodeSet === true ? 'fields with a complete code set' : '',
    completeCodeSet === false ? 'fields with a code set that may lack newer codes' : '',
    lengthKnown === true ? 'fields whose greatest length is published' : '',
    lengthKnown === false ? 'fields whose greatest length is not published' : '',
    codeSets === undefined ? '' : `fields with the code set ${codeSets.map((set) => `\`${set}\``).join(' or ')}`,
    keys === undefined ? '' : `the field ${keys.map((key) => `\`${key}\``).join(', ')}`,
  ].filter(Boolean);
  const all = parts.length === 0 ? 'all fields' : parts.join(' that are also ');
  return except ? `${all}, except ${except.map((key) => `\`${key}\``).join(', ')}` : all;
}

/** Of checks of lines and values the message says all: what they compare differs from column to column. */
function finding(check: Check | undefined, rulebook: Rulebook): Block[] {
  if (!check || check.json.examines === 'lines' || check.json.examines === 'values') return [];
  const glossary = glossaryOf(rulebook);
  const facts = factsIn([check.condition]);
  const fault = whenLines(check.condition, glossary);
  const parameters = parametersIn([check.condition]);
  const looks = facts.flatMap((node) => {
    if (node.kind !== 'look' || !node.where) return [];
    const { head, items } = whenLines(node.where, glossary);
    return [paragraph(`*${capital(saysOf(node, glossary))}*: a ${node.from} record counts ${head}`), listOf(items)];
  });
  return [
    paragraph(`It reports a problem ${fault.head}`),
    listOf(fault.items),
    ...looks,
    ...(parameters.length
      ? [
          paragraph('Parameters'),
          list(
            parameters.map(
              (p) => `\`${p.name}\`, ${p.says}: ${p.values.map(parameterValueWords).join(', ') || '(none)'}`,
            ),
          ),
        ]
      : []),
  ];
}

const sourceWords = ({ page, updated, element, lastCompared }: Partial<SourceJson>): string =>
  [page, updated && `updated ${updated}`, element, lastCompared && `last compared ${lastCompared}`]
    .filter(Boolean)
    .join(', ');
