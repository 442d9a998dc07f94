/**
 * The rules of an extract in sentences, as Markdown or HTML: what each field says, with its facts, parameters, days and
 * sources. Pure.
 */

import { type Block, heading, type Item, list, listOf, paragraph, table } from '#base/page/blocks';
import { asHtml } from '#base/page/html';
import { asMarkdown } from '#base/page/markdown';
import { capital, series } from '#base/text';
import { UserError } from '#base/user-error';
import type { Rulebook } from '#rulebook/load/assemble';
import { ledgersOf, sentencesIn } from '#rulebook/load/citations';
import type { ParameterJson, SourceJson } from '#rulebook/load/declarations';
import type { FactNode, Field, Law, Report, Rule } from '#rulebook/tree/nodes';
import { conditionsOfLaw, factsIn, parametersIn, partsOf } from '#rulebook/tree/walk';
import {
  calculationLines,
  columnName,
  expressionWords,
  type Glossary,
  glossaryOf,
  lookWords,
  orderLines,
  parameterValueWords,
  saysOf,
  whenLines,
} from '#rulebook/words/words';
import { casesOf } from '../examples/cases.ts';
import { notComparedForAYear, otherDaysAsked, partOfYear, valuesIn, type Year, yearOf } from './in-effect.ts';

export interface RulesWanted {
  /** The number of a field: only its rules, and the parameters that they read. */
  readonly field?: string;
  /** `CCYY-CCYY`: only what holds for enrollments that start in this academic year. */
  readonly academicYear?: string;
  /** CCYYMMDD: rules that were last compared more than a year before this day are listed at the end. */
  readonly today?: string;
}

const TITLE = 'The rules of the extract';

const INTRODUCTION =
  'Which enrollments become rows, and how each derived field comes about, in the words of the rule files. The files are what counts; where a sentence here and a file differ, the file is right and this page must be generated again. Words are explained in [glossary.md](glossary.md), the files in [rule-grammar.md](rule-grammar.md).';

/**
 * The rules as a page.
 * @param wanted `format`: `md`, which is docs/rules.md without its note, or `html`, a page that stands alone
 * @throws UserError for a field that there is not, and for a text that is not an academic year
 */
export function rulesInWords(rulebook: Rulebook, wanted: RulesWanted & { readonly format: 'md' | 'html' }): string {
  const blocks = rulesBlocks(rulebook, wanted);
  return wanted.format === 'md'
    ? asMarkdown(blocks)
    : asHtml(`${TITLE}: ${rulebook.about.name}, version ${rulebook.about.version}, SHA-256 ${rulebook.hash}`, blocks);
}

interface View {
  readonly rulebook: Rulebook;
  readonly glossary: Glossary;
  readonly year?: Year;
  /** Parameters that are asked for other days than the start of the enrollment, and which. */
  readonly otherDays: ReadonlyMap<string, readonly string[]>;
  /** Ids that are explained in docs/ledger.md. */
  readonly sentences: ReadonlySet<string>;
}

/** The same as blocks. */
export function rulesBlocks(rulebook: Rulebook, { field: number, academicYear, today }: RulesWanted = {}): Block[] {
  const { declared, extract, files } = rulebook;
  const glossary = glossaryOf(rulebook);
  const fields = extract.fields
    .filter((f) => number === undefined || f.number === number)
    .sort((a, b) => Number(a.number) - Number(b.number));
  if (fields.length === 0)
    throw new UserError(
      `there is no field "${number}"; the rulebook has ${extract.fields
        .map((f) => f.number)
        .sort()
        .join(', ')}`,
    );
  const view: View = {
    rulebook,
    glossary,
    ...(academicYear !== undefined && { year: yearOf(academicYear, rulebook) }),
    otherDays: otherDaysAsked(rulebook, glossary),
    sentences: new Set(
      ledgersOf(files).flatMap((ledger) => [
        ...ledger.json.elements.map(({ id }) => id),
        ...sentencesIn(ledger).map((s) => s.sentence.id),
      ]),
    ),
  };
  const parameters =
    number === undefined
      ? [...declared.parameters.values()]
      : parametersIn(partsOf(fields[0] as Field)).flatMap((p) => declared.parameters.get(p.name) ?? []);
  return [
    ...headBlocks(view),
    ...(number === undefined ? [fieldsTable(fields), ...selectionBlocks(view)] : []),
    ...fields.flatMap((field) => fieldBlocks(field, view)),
    ...lawsBlocks(number, view),
    ...(number === undefined ? [...reportsBlocks(view), ...intervalBlocks(rulebook), ...readingBlocks(rulebook)] : []),
    ...parameterBlocks(parameters, view),
    ...(today === undefined ? [] : notComparedBlocks(rulebook, today, number)),
  ];
}

function headBlocks({ rulebook: { about, hash }, year }: View): Block[] {
  return [
    heading(1, TITLE),
    paragraph(INTRODUCTION),
    paragraph(
      `Rulebook: ${about.name}, version ${about.version}, SHA-256 ${hash}. It follows the page "${about.publication.page}" as updated on ${about.publication.updated}; last compared as a whole on ${about.lastCompared}.`,
    ),
    ...(year
      ? [
          paragraph(
            `Only what holds for enrollments that start in the academic year ${year.name}, from ${year.start} through ${year.end}. Of a parameter that is asked for the start of the enrollment, only values that hold on a day of that year are given; of one that is asked for another day, all. Every rule is given, also one that no such enrollment can meet.`,
          ),
        ]
      : []),
  ];
}

const fieldsTable = (fields: readonly Field[]): Block =>
  table(
    ['field', 'name', 'rules', 'source', 'last compared'],
    fields.map(({ number, json }) => [
      `[${number}](#field-${number})`,
      json.name,
      json.rules.map((r) => r.name).join(', '),
      `${json.source.page}, element ${json.source.element}`,
      json.source.lastCompared,
    ]),
  );

function selectionBlocks(view: View): Block[] {
  const { extract, schemas } = view.rulebook;
  const { json, where, order } = extract.selection;
  const names = (keys: readonly string[]): string =>
    keys.map((key) => columnName(schemas.output.copiesFrom, key, schemas)).join(', ');
  const qualifies = whenLines(where, view.glossary);
  return [
    heading(2, 'Selection'),
    paragraph(`Source: ${sourceWords(json.source)}.`),
    ...citesBlocks(json.cites, view),
    ...readingParagraph(json.reading),
    paragraph(`An enrollment qualifies ${qualifies.head}`),
    listOf(qualifies.items),
    ...factsBlocks(factsIn([where]), view),
    paragraph(
      `There is one row for each ${names(json.onePer)}. Of several qualifying enrollments the first by this order makes the row:`,
    ),
    list(orderLines(order, view.glossary), true),
    paragraph(`Rows are written in ascending order of SSID, then ${names(json.rowOrder)}.`),
  ];
}

/** The laws, or those that are about a field. */
function lawsBlocks(number: string | undefined, view: View): Block[] {
  const laws = view.rulebook.extract.laws.filter(({ reads }) => number === undefined || reads.includes(number));
  if (laws.length === 0) return [];
  return [
    heading(2, 'Laws'),
    paragraph(
      'What must be true of every row, whatever the rules above say. A law gives no value. Worked examples, changes and every extract are held to it, and a row that breaks one shows that rules contradict each other.',
    ),
    ...laws.flatMap((law) => lawBlocks(law, view)),
  ];
}

function lawBlocks(law: Law, view: View): Block[] {
  const { json, when, must } = law;
  const { glossary } = view;
  const [concerned, held] = [when && whenLines(when, glossary), whenLines(must, glossary)];
  return [
    heading(3, json.name),
    paragraph(`**${json.says}** Source: ${sourceWords(json.source)}.`),
    ...readingParagraph(json.reading),
    ...(concerned ? [paragraph(`It is about every row ${concerned.head}`), listOf(concerned.items)] : []),
    paragraph(`${concerned ? 'Such a row' : 'Every row'} keeps the law ${held.head}`),
    listOf(held.items),
    ...factsBlocks(factsIn(conditionsOfLaw(law)), view),
  ];
}

/** The files that are made from the rows of an extract. */
function reportsBlocks(view: View): Block[] {
  const { reports } = view.rulebook.extract;
  if (reports.length === 0) return [];
  return [
    heading(2, 'Reports'),
    paragraph(
      'Files that are made from the rows of an extract, after they are made. A report sees the columns of rows, and nothing else of a student.',
    ),
    ...reports.flatMap((report) => reportBlocks(report, view)),
  ];
}

function reportBlocks({ json, where, columns }: Report, { glossary }: View): Block[] {
  const { counts, totals, suppress } = json;
  const names = series(columns.map(({ name }) => name));
  const taken = where && whenLines(where, glossary);
  const instead = columns.filter((column) => column.instead).map(({ column }) => column.name);
  return [
    heading(3, json.name),
    paragraph(
      [
        `**${json.says}.**`,
        counts
          ? `It counts ${counts === 'students' ? 'students, each once in every cell and total,' : 'rows'} by ${names}${totals ? ', with totals' : ''}.`
          : `It lists ${names} of each row.`,
        ...(instead.length > 0
          ? [`${series(instead)} ${instead.length > 1 ? 'are' : 'is'} written in another way.`]
          : []),
        ...(suppress
          ? [
              `Counts of ${suppress.atMost} or less are not shown, nor are those that would tell them: "${suppress.as}" stands in their place.`,
            ]
          : []),
      ].join(' '),
    ),
    ...readingParagraph(json.reading),
    ...(taken ? [paragraph(`It is about every row ${taken.head}`), listOf(taken.items)] : []),
  ];
}

function fieldBlocks(field: Field, view: View): Block[] {
  const { json, rules, number, file } = field;
  const parts = partsOf(field);
  const parameters = parametersIn(parts);
  return [
    heading(2, `Field ${number}`),
    paragraph(`**${json.name}.** Source: ${sourceWords(json.source)}. File: \`${file}\`.`),
    ...citesBlocks(json.cites, view),
    ...readingParagraph(json.reading),
    paragraph('The first rule that holds gives the value.'),
    list(
      rules.map((rule) => ruleItem(rule, view)),
      true,
    ),
    ...factsBlocks(factsIn(parts), view),
    ...(parameters.length
      ? [
          paragraph('Parameters it reads:'),
          list(parameters.map((p) => `[\`${p.name}\`](#${p.name.toLowerCase()}): ${shortValues(p, view)}`)),
        ]
      : []),
    paragraph(`Worked examples: ${examplesWords(number, view.rulebook)}.`),
  ];
}

function ruleItem({ name, condition, value }: Rule, { glossary }: View): Item {
  const gives = `**${name}** gives ${expressionWords(value, glossary)}`;
  if (!condition) return { text: `${gives}.`, blocks: [] };
  const { head, items } = whenLines(condition, glossary);
  return { text: `${gives}, ${head}`, blocks: [listOf(items)] };
}

const factsBlocks = (facts: readonly FactNode[], view: View): Block[] =>
  facts.length ? [paragraph('Facts it asks for:'), list(facts.map((node) => factItem(node, view)))] : [];

function factItem(node: FactNode, { glossary }: View): Item {
  const params = Object.entries(node.params).map(([key, value]) => `${key}: \`${value}\``);
  const head = `\`${node.name}\`${params.length ? ` (${params.join(', ')})` : ''}: ${saysOf(node, glossary)}.`;
  if (node.kind === 'calculation') {
    const [first = '', ...rest] = calculationLines(node, glossary);
    return {
      text: `${head} It is ${first}`,
      blocks: rest.length ? [listOf(rest.map((line) => line.trimStart()))] : [],
    };
  }
  const where = node.where && whenLines(node.where, glossary, 'for which');
  return {
    text: `${head} ${lookWords(node, glossary)}${where ? ` ${where.head}` : '.'}`,
    blocks: [
      ...(where ? [listOf(where.items)] : []),
      ...(node.order.length
        ? [paragraph('Of several, the first by this order:'), list(orderLines(node.order, glossary), true)]
        : []),
    ],
  };
}

/** Intervals as rules name them: which columns they go from and to, and what a blank end stands for. */
function intervalBlocks({ declared, schemas }: Rulebook): Block[] {
  const rows = declared.intervals.map(({ json }) => {
    const named = (key: string | undefined): string =>
      key === undefined ? '(none)' : columnName(json.of, key, schemas);
    const same = json.blankEnd === 'open' ? [] : json.blankEnd.dayBeforeNext.sameColumns.map(named);
    const blank =
      json.blankEnd === 'open'
        ? 'open'
        : `the day before the student's next ${json.of} record${same.length ? ` with the same ${same.join(', ')}` : ''}`;
    return [`\`${json.name}\``, json.of, named(json.start), named(json.end), blank];
  });
  return [
    heading(2, 'Intervals'),
    paragraph('Both ends of an interval are included.'),
    table(['interval', 'of', 'first day', 'last day', 'a blank or missing last day is'], rows),
  ];
}

/** Everywhere a reading was chosen because the page is silent; the parameters among them offer alternatives. */
function readingBlocks({ extract, declared }: Rulebook): Block[] {
  const rows = [
    ...(extract.selection.json.reading ? [['Selection', extract.selection.json.reading]] : []),
    ...declared.laws.flatMap(({ json }) =>
      json.reading ? [[`Law [\`${json.name}\`](#${json.name.toLowerCase()})`, json.reading]] : [],
    ),
    ...declared.fields.flatMap(({ json }) => (json.reading ? [[`Field ${json.field}`, json.reading]] : [])),
    ...[...declared.parameters.values()].flatMap(({ json }) =>
      json.reading ? [[`[\`${json.name}\`](#${json.name.toLowerCase()})`, `${json.reading}${alternatives(json)}`]] : [],
    ),
  ];
  return [
    heading(2, 'Readings'),
    paragraph('Where the page is silent or ambiguous, these readings were chosen.'),
    table(['where', 'reading'], rows),
  ];
}

const alternatives = ({ type, choices, values }: ParameterJson): string =>
  type === 'choice'
    ? ` Choices: ${(choices ?? []).map((choice) => `\`${choice}\`${values.some((v) => v.value === choice) ? ' (in effect)' : ''}`).join(', ')}.`
    : '';

function parameterBlocks(
  parameters: readonly { readonly file: string; readonly json: ParameterJson }[],
  view: View,
): Block[] {
  if (parameters.length === 0) return [];
  const byName = [...parameters].sort((a, b) => (a.json.name < b.json.name ? -1 : 1));
  return [
    heading(2, 'Parameters'),
    paragraph('Values that rules and checks use by name. Days are both included; a value without days always holds.'),
    ...byName.flatMap(({ json, file }) => [
      heading(3, json.name),
      paragraph(
        `${capital(json.says)}. Type: ${json.type}.${json.differsBy ? ` It may differ by ${json.differsBy.says}.` : ''} File: \`${file}\`.`,
      ),
      ...readingParagraph(json.reading, alternatives(json)),
      valuesBlock(json, view),
    ]),
  ];
}

function valuesBlock(json: ParameterJson, view: View): Block {
  const { year, otherDays } = view;
  const values = valuesIn(json, year, otherDays);
  if (values.length === 0)
    return paragraph(json.values.length === 0 ? 'No value: the list is empty.' : `No value holds in ${year?.name}.`);
  const days = otherDays.get(json.name);
  const holds = (value: ParameterJson['values'][number]): string[] => {
    if (!year) return [];
    const part = partOfYear(value, year);
    if (value.from === undefined && value.through === undefined) return ['always'];
    if (days) return [`asked for the day of ${days.join(' or ')}`];
    const isWhole = part?.from === year.start && part.through === year.end;
    return [isWhole ? 'the whole year' : `a part of it, from ${part?.from} through ${part?.through}`];
  };
  return table(
    ['value', 'from', 'through', 'source', ...(year ? [`in ${year.name}`] : [])],
    values.map((v) => [
      `${v.key === undefined ? '' : `\`${v.key}\` `}\`${v.value}\`${v.for ? ` for ${v.for.join(', ')}` : ''}`,
      v.from ?? '',
      v.through ?? '',
      v.source === undefined ? '' : citationWords(v.source, view),
      ...holds(v),
    ]),
  );
}

function notComparedBlocks(rulebook: Rulebook, today: string, number: string | undefined): Block[] {
  const old = notComparedForAYear(rulebook, today).filter(({ field }) => number === undefined || field === number);
  return [
    heading(2, 'Not compared for a year'),
    old.length === 0
      ? paragraph('Every rule was compared with its publication within the last year.')
      : table(
          ['rule', 'last compared', 'file'],
          old.map(({ what, lastCompared, file }) => [what, lastCompared ?? 'no day is given', `\`${file}\``]),
        ),
  ];
}

const MOST_VALUES = 8;

function shortValues(parameter: ParameterJson, { year, otherDays }: View): string {
  const values = valuesIn(parameter, year, otherDays);
  if (values.length === 0) return parameter.values.length === 0 ? '(none)' : `none in ${year?.name}`;
  return values.length > MOST_VALUES ? `${values.length} values` : values.map(parameterValueWords).join(', ');
}

const readingParagraph = (reading: string | undefined, more = ''): Block[] =>
  reading === undefined ? [] : [paragraph(`Reading: ${reading}${more}`)];

const citesBlocks = (cites: readonly string[] | undefined, view: View): Block[] =>
  cites === undefined
    ? []
    : [paragraph(`Sentences of the page that it holds: ${cites.map((id) => citationWords(id, view)).join(', ')}.`)];

/** An id with a link to the part of docs/ledger.md that explains it. */
const citationWords = (id: string, { sentences }: View): string =>
  sentences.has(id) ? `[${id}](ledger.md#${id.replace(/\..*$/, '')})` : id;

const sourceWords = ({ page, updated, element, lastCompared }: SourceJson): string =>
  [page, updated && `updated ${updated}`, `element ${element}`, `last compared ${lastCompared}`]
    .filter(Boolean)
    .join(', ');

/** How many worked examples a field, the selection or a check has, and in which files. */
export function examplesWords(of: string, rulebook: Rulebook): string {
  const cases = casesOf(rulebook).filter((example) => example.of === of);
  const files = [...new Set(cases.map((example) => example.file))];
  return cases.length === 0 ? 'none' : `${cases.length} in ${files.map((file) => `\`${file}\``).join(', ')}`;
}
