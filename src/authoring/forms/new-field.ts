/** The files of a field that there is not yet, from what a form says of it. Pure. */
import { parseJson } from '#base/json';
import { spaced, withItem, withValue } from '#base/json-edits';
import { type ColumnSetItem, isNumbered, type OutputLayout } from '#records/layout';
import { grammarOf } from '#rulebook/load/assemble';

/** What somebody says of a new field. Blank rules are left out. */
export interface NewField {
  readonly name: string;
  /** `CS` text, `DT` a day, as layouts have them. */
  readonly type: string;
  /** The greatest number of characters. */
  readonly max: string;
  readonly page: string;
  /** With dashes. */
  readonly updated: string;
  readonly lastCompared: string;
  readonly element: string;
  readonly reading: string;
  /** A condition with a name (a fact) that gives a value, in order. */
  readonly rules: readonly { readonly name: string; readonly fact: string; readonly value: string }[];
  readonly otherwise: string;
  /** Where it stands in the file: beside a column, by the key of that, or `undefined`: behind the last one. */
  readonly beside?: { readonly column: string; readonly side: 'before' | 'after' } | undefined;
  /** Path of the examples whose common request and enrollment the new ones begin with. */
  readonly like: string;
}

interface File {
  readonly path: string;
  readonly text: string;
}

/** A fact that conditions can ask, with the params that it is asked with. */
export interface AskedFact {
  readonly name: string;
  readonly says: string;
  readonly params: readonly string[];
}

/** What is wrong, by the field of the form: `name`, `rules/0/fact`. */
export interface NewFieldProblem {
  readonly at: string;
  readonly message: string;
}

const NAME = /^[a-z][A-Za-z0-9]*$/;
const DAYS = 'a day, such as 2026-07-01';
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NUMBER = /^[1-9]\d{0,3}$/;

/** `Foster Youth` as `fosterYouth`. */
export function keyFor(name: string): string {
  const [first = '', ...rest] = name.match(/[A-Za-z0-9]+/g) ?? [];
  return first.toLowerCase() + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

const fileName = (name: string): string => (name.toLowerCase().match(/[a-z0-9]+/g) ?? []).join('-');

/** The path of the layout of the extract, among others. */
export const outputLayoutIn = (paths: readonly string[]): string | undefined =>
  paths.find((path) => grammarOf(path) === 'output-layout');

/** The facts that files declare; those that are no JSON have none. */
export const factsDeclared = (texts: readonly string[]): AskedFact[] =>
  texts.flatMap((text) => {
    const { facts } = (parseJson(text).json ?? {}) as {
      facts?: readonly { name: string; says?: string; params?: object }[];
    };
    return Array.isArray(facts)
      ? facts.map(({ name, says = '', params = {} }) => ({ name, says, params: Object.keys(params) }))
      : [];
  });

/** The number that a new field gets: that behind the last column. */
export const nextNumber = ({ columns }: Pick<OutputLayout, 'columns'>): string =>
  String(Math.max(...columns.map(({ no }) => Number(no))) + 1);

function problemsOf(given: NewField, layout: OutputLayout, facts: readonly AskedFact[]): NewFieldProblem[] {
  const problems: NewFieldProblem[] = [];
  const ask = (holds: boolean, at: string, message: string): void => {
    if (!holds) problems.push({ at, message });
  };
  const key = keyFor(given.name);
  ask(NAME.test(key), 'name', 'Give the published name; it begins with a letter.');
  ask(!layout.columns.some((column) => column.key === key), 'name', 'There is a column with this name already.');
  ask(NUMBER.test(given.max), 'max', `Found "${given.max}", expected the greatest number of characters, such as 1.`);
  ask(given.page !== '', 'page', 'Name the page or decision that says what the field is.');
  for (const day of ['updated', 'lastCompared'] as const)
    ask(DAY.test(given[day]), day, given[day] === '' ? `Give ${DAYS}.` : `Found "${given[day]}", expected ${DAYS}.`);
  ask(given.rules.length > 0, 'rules/0/fact', 'Say when the field has its first value.');
  const { beside } = given;
  ask(
    beside === undefined || layout.columns.some((column) => column.key === beside.column),
    'beside',
    'There is no such column. Choose one of the list.',
  );
  const names = given.rules.map(({ name }) => name);
  for (const [i, { name, fact }] of given.rules.entries()) {
    ask(NAME.test(name), `rules/${i}/name`, 'Expected one word: letters and digits, first a small letter.');
    ask(
      name !== 'otherwise' && names.indexOf(name) === i,
      `rules/${i}/name`,
      'Another rule of the field has this name.',
    );
    ask(
      facts.some((one) => one.name === fact),
      `rules/${i}/fact`,
      `There is no fact "${fact}". Choose one of the list, or add it first to a file of rules/facts.`,
    );
  }
  return problems;
}

const fieldText = (number: string, given: NewField, facts: readonly AskedFact[]): string => {
  const { name, page, updated, lastCompared, reading } = given;
  const source = { page, updated, element: given.element === '' ? number : given.element, lastCompared };
  const gives = (value: string) => spaced({ type: 'value', params: { value } });
  const rules = given.rules.map(({ name: rule, fact, value }) => {
    const params = facts.find((one) => one.name === fact)?.params ?? [];
    const condition = {
      fact,
      ...(params.length > 0 && { params: Object.fromEntries(params.map((param) => [param, ''])) }),
      operator: 'equal',
      value: true,
    };
    return `    { "name": ${JSON.stringify(rule)},\n      "conditions": ${spaced(condition)},\n      "event": ${gives(value)} },\n`;
  });
  return `{
  "$schema": "../../schemas/grammar/field.schema.json",
  "field": ${JSON.stringify(number)},
  "name": ${JSON.stringify(name)},
  "source": ${spaced(source)},
${reading === '' ? '' : `  "reading": ${JSON.stringify(reading)},\n`}  "rules": [
${rules.join('')}    { "name": "otherwise", "event": ${gives(given.otherwise)} }
  ]
}
`;
};

/** The columns of a set, each as a run of one or more as they stand in the layout. */
type Run = readonly [first: number, last: number];

/**
 * The column set that has all columns and the new one, in its place. The columns themselves stay where they are, the new
 * one behind them: other sets are runs of them, and keep what they have.
 */
function newColumnSet({ columns, columnSets }: OutputLayout, key: string, beside: NewField['beside']): ColumnSetItem[] {
  const place = (name: string): number => columns.findIndex((column) => column.key === name);
  const all = columnSets[String(columns.length)];
  // Where the columns were put in another order before, they stay in it.
  const runs: Run[] =
    all && !isNumbered(all)
      ? all.map(
          (item): Run =>
            typeof item === 'string' ? [place(item), place(item)] : [place(item.from), place(item.through)],
        )
      : [[0, columns.length - 1]];
  const keyAt = (at: number): string => columns[at]?.key ?? key;
  const itemOf = ([first, last]: Run): ColumnSetItem =>
    first === last ? keyAt(first) : { from: keyAt(first), through: keyAt(last) };
  if (!beside) {
    const [first, last] = runs.pop() ?? [0, columns.length - 1];
    const isWhole = last === columns.length - 1;
    return [...runs.map(itemOf), ...(isWhole ? [itemOf([first, last + 1])] : [itemOf([first, last]), key])];
  }
  const at = place(beside.column) + (beside.side === 'after' ? 1 : 0);
  return runs.flatMap(([first, last]): ColumnSetItem[] => {
    const isHere = place(beside.column) >= first && place(beside.column) <= last;
    if (!isHere) return [itemOf([first, last])];
    return [...(at > first ? [itemOf([first, at - 1])] : []), key, ...(at <= last ? [itemOf([at, last])] : [])];
  });
}

interface Given {
  readonly request?: object;
  readonly runDate?: string;
  readonly records?: readonly { readonly recordType?: string }[];
}

/** Examples begin with a student who has an enrollment and nothing else. */
function examplesText(number: string, { name, otherwise }: NewField, copiesFrom: string, like: string): string {
  const { given = {} } = (parseJson(like).json ?? {}) as { given?: Given };
  const { request, runDate, records = [] } = given;
  const common = {
    ...(request && { request }),
    ...(runDate !== undefined && { runDate }),
    records: records.filter(({ recordType }) => recordType === copiesFrom),
  };
  return `{
  "$schema": "../../schemas/grammar/examples.schema.json",
  "of": ${JSON.stringify(number)},
  "title": ${JSON.stringify(name)},
  "given": ${spaced(common)},
  "cases": [
    { "title": "A student with an enrollment and no other record",
      "records": [],
      "expect": ${spaced({ value: otherwise, rule: 'otherwise' })} }
  ]
}
`;
}

/**
 * The files that change and those that are new.
 * @param layout the layout of the extract, which is JSON
 * @param like the examples that the new ones begin like
 * @returns problems instead, when what is said cannot be kept
 */
export function newFieldFiles(
  given: NewField,
  layout: File,
  facts: readonly AskedFact[],
  like: string,
): { readonly files: readonly File[]; readonly field: string } | { readonly problems: readonly NewFieldProblem[] } {
  const json = parseJson(layout.text).json as OutputLayout;
  const problems = problemsOf(given, json, facts);
  if (problems.length > 0) return { problems };
  const number = nextNumber(json);
  const key = keyFor(given.name);
  const { type, max, name } = given;
  const column = { no: number, key, name, type, max: Number(max), lengthKnown: true, rule: true };
  const columns = withItem(layout.text, '/columns', json.columns.length, column);
  const set = newColumnSet(json, key, given.beside);
  const text = withValue(columns, `/columnSets/${json.columns.length + 1}`, set);
  const field = `rules/fields/${number}-${fileName(name)}.json`;
  return {
    field,
    files: [
      { path: layout.path, text },
      { path: field, text: fieldText(number, given, facts) },
      {
        path: `rules/examples/${number}-${fileName(name)}.json`,
        text: examplesText(number, given, json.copiesFrom, like),
      },
    ],
  };
}
