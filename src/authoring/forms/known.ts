/**
 * What a rulebook knows of one of its files while somebody edits it: a sentence for each condition, what is wrong and
 * where, and which names may stand at which place. Pure.
 */
import { parseJson } from '#base/json';
import { childOf, parentOf, valueAt, withValue } from '#base/json-edits';
import type { Rulebook } from '#rulebook/load/assemble';
import { type PlacedFinding, RulebookLoadError, verify } from '#rulebook/load/load';
import type { RulebookTexts } from '#rulebook/load/texts';
import { OPERATORS } from '#rulebook/operators/index';
import { BUILT_IN, BUILT_IN_PARAMS, CONTEXT } from '#rulebook/resolve/scope';
import { fits } from '#rulebook/resolve/types';
import type { Condition, Leaf } from '#rulebook/tree/nodes';
import { nodesIn, rootsOf } from '#rulebook/tree/walk';
import {
  calculationLines,
  columnOf,
  conditionWords,
  expressionWords,
  type Glossary,
  glossaryOf,
  lookWords,
} from '#rulebook/words/words';
import { type Named, type Names, namesOf, outputOf } from '../names.ts';
import { type FormNode, formOf } from './form.ts';

/** A name that may stand somewhere, and what it means. */
export interface KnownName {
  readonly name: string;
  readonly says?: string;
}

/** What is known of a file. Keys of `words`, `lists` and `operators` are JSON pointers. */
export interface Known {
  /** What keeps the files from being used, in this file. */
  readonly findings: readonly { readonly pointer: string; readonly message: string }[];
  /** So many more are in other files. */
  readonly elsewhere: number;
  readonly words: Readonly<Record<string, string>>;
  /** The operators that a comparison can have, by what stands on its left. */
  readonly operators: Readonly<Record<string, readonly string[]>>;
  /** The list of names that a text, or a new key, is taken from. */
  readonly lists: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, readonly KnownName[]>>;
}

/** A comparison that can stand anywhere: it takes the place of one that cannot be understood, so that others can. */
const ANY_COMPARISON = { fact: 'runDate', operator: 'present', value: true };

/** What is wrong with the texts, and the rulebook that they are, or that is left of them. */
export interface Understood {
  readonly findings: readonly PlacedFinding[];
  readonly rulebook?: Rulebook;
  /** Comparisons that were put aside: file and pointer. */
  readonly aside: ReadonlySet<string>;
}

const placeOf = (file: string, pointer: string): string => `${file} ${pointer}`;

/** What is wrong with the files, and what is left of them: it takes most of the time of `knownOf`. */
export function understood(texts: RulebookTexts): Understood {
  try {
    return { rulebook: verify(texts), findings: [], aside: new Set() };
  } catch (error) {
    if (!(error instanceof RulebookLoadError)) throw error;
    return { findings: error.findings, ...whatIsLeft(texts, error.findings) };
  }
}

/** The rulebook without comparisons that cannot be understood; none where something else is wrong. */
function whatIsLeft(
  texts: RulebookTexts,
  findings: readonly PlacedFinding[],
): { readonly rulebook?: Rulebook; readonly aside: ReadonlySet<string> } {
  const aside = new Set<string>();
  const left = texts.map(({ path, text }) => {
    const own = findings.filter(({ file }) => file === path);
    const json = own.length === 0 ? undefined : parseJson(text).json;
    const pointers = new Set(own.flatMap(({ pointer }) => comparisonAround(json, pointer) ?? []));
    for (const pointer of pointers) aside.add(placeOf(path, pointer));
    return { path, text: [...pointers].reduce((now, pointer) => withValue(now, pointer, ANY_COMPARISON), text) };
  });
  try {
    return aside.size === 0 ? { aside } : { rulebook: verify(left), aside };
  } catch (error) {
    if (error instanceof RulebookLoadError) return { aside };
    throw error;
  }
}

/** The comparison in which a place is. */
function comparisonAround(json: unknown, pointer: string): string | undefined {
  const value = valueAt(json, pointer);
  if (typeof value === 'object' && value !== null && 'fact' in value && 'operator' in value) return pointer;
  return pointer === '' ? undefined : comparisonAround(json, parentOf(pointer));
}

/**
 * What is known of a file.
 * @param texts of all files
 * @param path of the file
 * @param understanding of the texts, where it was come to before
 */
export function knownOf(texts: RulebookTexts, path: string, understanding: Understood = understood(texts)): Known {
  const { rulebook, findings, aside } = understanding;
  const own = texts.find((file) => file.path === path);
  const json = own && parseJson(own.text).json;
  const here = findings.filter(({ file }) => file === path);
  const said = rulebook ? wordsIn(rulebook, path, aside) : { words: {}, operators: {}, lists: {}, names: {} };
  const form = json === undefined ? undefined : formOf(path, json);
  const declared = namesOf(texts);
  const lists = { ...said.lists, ...(form && namesIn(form, json, declared)) };
  const used = new Set(Object.values(lists));
  return {
    findings: here.map(({ pointer, message }) => ({ pointer, message })),
    elsewhere: findings.length - here.length,
    words: said.words,
    operators: said.operators,
    lists,
    names: Object.fromEntries([...used].map((list) => [list, listIn(declared, list)])),
  };
}

const isCondition = (node: object): node is Condition => 'id' in node && 'pointer' in node;

function wordsIn(rulebook: Rulebook, path: string, aside: ReadonlySet<string>) {
  const glossary = glossaryOf(rulebook);
  const words: Record<string, string> = {};
  const operators: Record<string, readonly string[]> = {};
  const lists: Record<string, string> = {};
  for (const node of nodesIn(rootsOf(rulebook))) {
    if (!('file' in node) || node.file !== path || words[node.pointer] !== undefined) continue;
    if (isCondition(node)) {
      if (aside.has(placeOf(path, node.pointer))) continue;
      words[node.pointer] = conditionWords(node, glossary);
      if (node.kind !== 'leaf') continue;
      operators[`${node.pointer}/operator`] = operatorsOf(node);
      const codes = codesOf(node, glossary);
      if (codes !== undefined) lists[`${node.pointer}/value`] = codes;
    } else if (node.kind === 'look') words[node.pointer] = lookWords(node, glossary);
    else if (node.kind === 'calculation') words[node.pointer] = calculationLines(node, glossary).join('; ');
  }
  for (const { file, pointer, rules } of rulebook.extract.fields)
    if (file === path)
      for (const [i, { value }] of rules.entries())
        words[`${pointer}/rules/${i}/event/params/value`] = expressionWords(value, glossary);
  return { words, operators, lists };
}

const operatorsOf = ({ left }: Leaf): string[] =>
  [...OPERATORS.values()].filter((operator) => fits(left, operator.left)).map(({ name }) => name);

function codesOf({ left }: Leaf, { schemas }: Glossary): string | undefined {
  if (left.kind !== 'column') return undefined;
  const codeSet = columnOf(left.recordType, left.key, schemas)?.codeSet;
  return codeSet === undefined ? undefined : `codes of ${codeSet}`;
}

/** Of the names that files declare: a list of them, by what it is called. */
function listIn(names: Names, list: string): readonly KnownName[] {
  const { facts, parameters, layouts, intervals, codeSets, ledgers } = names;
  const [what, whose = ''] = list.split(' of ');
  const columns = (): readonly Named[] => layouts.filter(({ name }) => name === whose).flatMap((one) => one.columns);
  switch (what) {
    case 'facts':
      return [...[...BUILT_IN].map((name) => ({ name })), ...facts.map(known)];
    case 'parameters':
      return parameters.map(known);
    case 'record types':
      return layouts.map(known);
    case 'code sets':
      return [...codeSets.keys()].map((name) => ({ name }));
    case 'citations':
      return ledgers.flatMap((elements) => [...elements, ...elements.flatMap(({ sentences }) => sentences)]).map(known);
    case 'codes':
      return (codeSets.get(whose) ?? []).map(known);
    case 'columns':
      return columns().map(known);
    default:
      return [
        ...Object.keys(CONTEXT[whose] ?? {}).flatMap((part) => (part === '' ? [] : inPath(part))),
        ...columns().map(({ name, says }) => ({ ...inPath(name), says })),
        ...(intervals.get(whose) ?? []).map(({ name }) => inPath(name)),
      ];
  }
}

const known = ({ name, says }: Named): KnownName => ({ name, ...(says !== '' && { says }) });
const inPath = (part: string): KnownName => ({ name: `$.${part}` });

/** Lists that are taken by what the grammar calls a place. */
const BY_DEFINITION: Readonly<Record<string, string>> = {
  recordType: 'record types',
  citation: 'citations',
  cites: 'citations',
};
const BY_KEY: Readonly<Record<string, string>> = {
  codeSet: 'code sets',
  keys: 'code sets',
  recordType: 'record types',
};

/** Which list the names of each place are from. */
function namesIn(form: FormNode, json: unknown, declared: Names): Record<string, string> {
  const lists: Record<string, string> = {};
  const walk = (node: FormNode, record: string): void => {
    const value = (node.value ?? {}) as Readonly<Record<string, unknown>>;
    const text = (key: string): string | undefined =>
      typeof value === 'object' && typeof value[key] === 'string' ? (value[key] as string) : undefined;
    const recordType = text('from') ?? firstRecordType(value) ?? record;
    const fact = text('fact');
    if (fact !== undefined) Object.assign(lists, namesOfReference(node.pointer, fact, value, recordType, declared));
    const list = node.input === 'text' || node.input === 'lines' ? listFor(node) : undefined;
    if (list !== undefined) lists[node.pointer] ??= list;
    const given = text('recordType');
    if (node.takesNames && given !== undefined) lists[node.pointer] = `columns of ${given}`;
    for (const child of node.children) walk(child, recordType);
  };
  walk(form, firstRecordType(json) ?? outputOf(declared)?.copiesFrom ?? '');
  return lists;
}

const listFor = ({ definition = '', key }: FormNode): string | undefined => BY_DEFINITION[definition] ?? BY_KEY[key];

function firstRecordType(value: unknown): string | undefined {
  const types = valueAt(value, '/recordTypes');
  return Array.isArray(types) ? String(types[0]) : undefined;
}

function namesOfReference(
  pointer: string,
  fact: string,
  value: Readonly<Record<string, unknown>>,
  record: string,
  names: Names,
): Record<string, string> {
  const declared = names.facts.find(({ name }) => name === fact);
  const whose =
    fact === 'enrollment'
      ? (outputOf(names)?.copiesFrom ?? '')
      : fact === 'record' || fact === 'incoming'
        ? record
        : (declared?.from ?? (fact in CONTEXT ? fact : ''));
  const params = Object.keys((value['params'] ?? {}) as object);
  const isParameter = (key: string): boolean =>
    declared ? declared.params[key] === 'parameter' : key === BUILT_IN_PARAMS[fact]?.[0] && fact === 'parameter';
  return {
    [childOf(pointer, 'fact')]: 'facts',
    ...(whose !== '' && { [childOf(pointer, 'path')]: `parts of ${whose}` }),
    ...Object.fromEntries(
      params.filter(isParameter).map((key) => [childOf(childOf(pointer, 'params'), key), 'parameters']),
    ),
  };
}
