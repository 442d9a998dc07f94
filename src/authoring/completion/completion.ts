/**
 * What may be written at a place of a rule file: the keys that the grammar allows there, and the names and codes that the
 * rulebook has. Pure; the text need not be JSON yet.
 */
import { isObject, placeIn, readLeniently } from '#base/json';
import { grammarOf } from '#rulebook/load/assemble';
import type { RulebookTexts } from '#rulebook/load/texts';
import { OPERATORS } from '#rulebook/operators/index';
import { BUILT_IN } from '#rulebook/resolve/scope';
import { type Named, type NamedColumn, type NamedLayout, type Names, namesOf, outputOf } from '../names.ts';
import { type Allowed, allowedAt, type Grammars } from './grammar.ts';

export interface Suggestion {
  /** What is shown, and what is looked for. */
  readonly label: string;
  /** What is written in the place of what was begun. */
  readonly text: string;
  readonly says: string;
}

export interface Suggestions {
  /** What was begun, and would be replaced: how many characters stand before its beginning and its end. */
  readonly from: number;
  readonly to: number;
  /** Those that begin as it does come first. */
  readonly suggestions: readonly Suggestion[];
}

const MOST = 100;

/** @param at how many characters of the text stand before the place */
export function suggestionsAt(
  grammars: Grammars,
  texts: RulebookTexts,
  { path: file, text, at }: { readonly path: string; readonly text: string; readonly at: number },
): Suggestions {
  const place = placeIn(text, at);
  const { from, to, isKey, written } = place;
  const none = { from, to, suggestions: [] };
  const grammar = grammarOf(file);
  if (grammar === undefined) return none;
  const json = readLeniently(text);
  const path = isKey ? place.path.slice(0, -1) : place.path;
  const allowed = allowedAt(grammars, `${grammar}.schema.json`, json, path);
  const names = namesOf([...texts.filter((one) => one.path !== file), { path: file, text }]);
  const all = isKey
    ? keySuggestions(allowed, valueAt(json, path), text.slice(to))
    : valueSuggestions(allowed, names, { json, path });
  return { from, to, suggestions: ranked(all, written).slice(0, MOST) };
}

const valueAt = (json: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (value, segment) =>
      isObject(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[segment] : undefined,
    json,
  );

/** What contains what was written, the best first. */
function ranked(all: readonly Suggestion[], written: string): Suggestion[] {
  const wanted = written.toLowerCase().replace(/^\$\.?/, '');
  const rank = ({ label, says }: Suggestion): number => {
    const own = label.toLowerCase().replace(/^\$\./, '');
    if (own.startsWith(wanted)) return 0;
    if (own.includes(wanted)) return 1;
    return says.toLowerCase().includes(wanted) ? 2 : NONE;
  };
  const unique = [...new Map(all.map((one) => [one.label, one])).values()];
  return unique.filter((one) => rank(one) < NONE).sort((a, b) => rank(a) - rank(b));
}

const NONE = 3;

function keySuggestions({ keys }: Allowed, object: unknown, behind: string): Suggestion[] {
  const there = isObject(object) ? object : {};
  const colon = /^\s*:/.test(behind) ? '' : ': ';
  return [...keys]
    .filter(([key]) => !(key in there))
    .sort(([, a], [, b]) => Number(b.isRequired) - Number(a.isRequired))
    .map(([key, { says, isRequired }]) => ({
      label: key,
      text: JSON.stringify(key) + colon,
      says: isRequired ? `needed. ${says}` : says,
    }));
}

interface At {
  readonly json: unknown;
  readonly path: readonly (string | number)[];
}

function valueSuggestions({ values, definitions, says }: Allowed, names: Names, at: At): Suggestion[] {
  const listed = values.map((value) => ({
    label: String(value),
    text: JSON.stringify(value),
    says: OPERATORS.get(String(value))?.phrases[0] ?? says,
  }));
  return [...listed, ...namesAt(definitions, names, at).map(quoted)];
}

const quoted = ({ name, says }: Named): Suggestion => ({ label: name, text: JSON.stringify(name), says });

/** Names that may stand as a value; which ones, the definitions of the grammar say, or what stands around it. */
function namesAt(definitions: ReadonlySet<string>, names: Names, { json, path }: At): readonly Named[] {
  const key = [...path].reverse().find((segment): segment is string => typeof segment === 'string') ?? '';
  const parent = valueAt(json, path.slice(0, -1));
  if (definitions.has('path')) return pathNames(names, { json, path }, parent);
  if (definitions.has('citation') || (key === 'source' && !isObject(parent))) return sentencesOf(names);
  if (key === 'source' && definitions.size > 0) return sentencesOf(names);
  if (definitions.has('recordType')) return sentLayouts(names);
  if (definitions.has('columnKey')) return sentLayouts(names).flatMap(columnsOf);
  if (definitions.has('fieldName') || definitions.has('fieldNumber')) return fieldsOf(names);
  if (key === 'fact') return [...names.facts, ...FACTS_BUILT_IN];
  if (key === 'codeSet') return [...names.codeSets.keys()].map((name) => ({ name, says: 'code set' }));
  if (key === 'in' && definitions.has('name')) return names.references;
  if (path.at(-2) === 'params') return paramNames(names, { json, path });
  if (key === 'value') return codesFor(names, { json, path });
  return [];
}

const FACTS_BUILT_IN: readonly Named[] = [...BUILT_IN].map((name) => ({ name, says: 'built in' }));

const sentencesOf = ({ ledgers }: Names): Named[] =>
  ledgers.flat().flatMap((element) => [...element.sentences, element]);

/** The layouts of records, without that of the extract. */
const sentLayouts = (names: Names): NamedLayout[] => names.layouts.filter((layout) => layout !== outputOf(names));

/** The columns of a layout, with their numbers. */
const columnsOf = ({ columns }: NamedLayout): NamedColumn[] =>
  columns.map((column) => ({ ...column, says: `${column.no} ${column.says}` }));

const fieldsOf = (names: Names): Named[] =>
  (outputOf(names)?.columns ?? []).map(({ no, says }) => ({ name: no, says }));

/** What stands in `params`: the name of a parameter, or the column of a built-in fact. */
function paramNames(names: Names, { json, path }: At): readonly Named[] {
  const owner = valueAt(json, path.slice(0, -2));
  const fact = isObject(owner) ? String(owner['fact'] ?? '') : '';
  if (fact === 'field') return fieldsOf(names);
  if (fact === 'parameter') return path.at(-1) === 'name' ? names.parameters : [];
  return names.parameters;
}

/** Columns and intervals of the record that a path is a part of, with the `$.` before them. */
function pathNames(names: Names, at: At, parent: unknown): readonly Named[] {
  const fact = isObject(parent) ? String(parent['fact'] ?? '') : '';
  const type = recordTypeOf(names, at, fact);
  return layoutsOf(names, type)
    .flatMap((layout) => [...columnsOf(layout), ...(names.intervals.get(layout.name) ?? [])])
    .map(({ name, says }) => ({ name: `$.${name}`, says }));
}

/** The layout of a record type; all where nobody can tell which. */
const layoutsOf = (names: Names, type: string | undefined): NamedLayout[] =>
  sentLayouts(names).filter(({ name }) => type === undefined || name === type);

/** The type of the record that a fact gives at a place; `undefined` where nobody can tell yet. */
function recordTypeOf(names: Names, { json, path }: At, fact: string): string | undefined {
  if (fact === 'enrollment') return outputOf(names)?.copiesFrom;
  const declared = names.facts.find(({ name }) => name === fact)?.from;
  if (declared !== undefined) return declared;
  for (let length = path.length; length > 0; length--) {
    const around = valueAt(json, path.slice(0, length));
    if (isObject(around) && typeof around['from'] === 'string') return around['from'];
    const [type] = isObject(around) && Array.isArray(around['recordTypes']) ? around['recordTypes'] : [];
    if (typeof type === 'string') return type;
  }
  return undefined;
}

/** The codes of the column with which a value is compared. */
function codesFor(names: Names, { json, path }: At): readonly Named[] {
  const place = path.lastIndexOf('value');
  const leaf = valueAt(json, path.slice(0, place));
  if (!isObject(leaf) || typeof leaf['path'] !== 'string') return [];
  const key = leaf['path'].replace(/^\$\./, '');
  const type = recordTypeOf(names, { json, path }, String(leaf['fact'] ?? ''));
  const columns = layoutsOf(names, type).flatMap((layout) => layout.columns);
  const codeSet = columns.find(({ name }) => name === key)?.codeSet;
  return codeSet === undefined ? [] : (names.codeSets.get(codeSet) ?? []);
}
