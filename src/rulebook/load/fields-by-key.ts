/**
 * Fields, rules and examples may name a column of the extract by its key: then a column that moves renames nothing. Files
 * are read with the number that the key has in the output layout, so that nothing behind this knows of it.
 */
import type { OutputLayout } from '#records/layout';
import type { SourceFile } from './declarations.ts';

/** By key of a column of the extract, its number. */
export type NumbersByKey = ReadonlyMap<string, string>;

// Whoever tries many changes of a rulebook reads few of its files anew.
const ofLayout = new WeakMap<object, NumbersByKey>();
const read = new WeakMap<object, { readonly by: NumbersByKey; readonly json: unknown }>();

/** @param output none where the file is missing, which is reported elsewhere */
export function numbersByKey(output: Pick<OutputLayout, 'columns'> | undefined): NumbersByKey {
  if (!output) return new Map();
  let numbers = ofLayout.get(output);
  if (!numbers) {
    numbers = new Map(output.columns.map(({ key, no }) => [key, no]));
    ofLayout.set(output, numbers);
  }
  return numbers;
}

/** The keys under which each kind of file names fields. */
const NAMING: Readonly<Record<string, string>> = { field: 'field', examples: 'of', 'equivalent-mutants': 'of' };
/** The kinds of files whose references may name fields. */
const REFERRING: readonly string[] = ['field', 'facts', 'selection'];

/**
 * A file with numbers in place of keys. A key that no column has stays, and is reported like a number that none has.
 * @param grammar the kind of file
 */
export function withNumbers(file: SourceFile, grammar: string | undefined, numbers: NumbersByKey): SourceFile {
  const naming = NAMING[grammar ?? ''];
  if (naming === undefined && !REFERRING.includes(grammar ?? '')) return file;
  const from = file.json as object;
  let seen = read.get(from);
  if (seen?.by !== numbers) {
    seen = { by: numbers, json: numbered(from, naming, numbers) };
    read.set(from, seen);
  }
  return seen.json === from ? file : { ...file, json: seen.json, written: from };
}

function numbered(whole: unknown, naming: string | undefined, numbers: NumbersByKey): unknown {
  const named = (name: unknown): unknown => (typeof name === 'string' ? (numbers.get(name) ?? name) : name);
  const changed = (json: unknown): unknown => {
    if (Array.isArray(json)) return changedList(json, changed);
    if (typeof json !== 'object' || json === null) return json;
    const from = json as Readonly<Record<string, unknown>>;
    if (from['fact'] === 'field' && hasColumn(from['params'])) {
      const { column, ...params } = from['params'];
      return { ...from, params: { ...params, number: named(column) } };
    }
    const entries = Object.entries(from).map(([key, value]): [string, unknown] => [
      key,
      key === naming ? (Array.isArray(value) ? changedList(value, named) : named(value)) : changed(value),
    ]);
    return entries.some(([key, value]) => value !== from[key]) ? Object.fromEntries(entries) : json;
  };
  return changed(whole);
}

function changedList(list: readonly unknown[], each: (item: unknown) => unknown): readonly unknown[] {
  const items = list.map(each);
  return items.some((item, i) => item !== list[i]) ? items : list;
}

const hasColumn = (params: unknown): params is Readonly<Record<string, unknown>> =>
  typeof params === 'object' && params !== null && 'column' in params;
