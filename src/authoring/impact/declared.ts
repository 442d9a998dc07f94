/** What two rulebooks declare differently, as data: each difference with its place and a sentence for policy staff. */
import { counted, series } from '#base/text';
import type { OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { FieldJson, ParameterJson, ParameterValue, RuleJson, SelectionJson } from '#rulebook/load/declarations';
import type { Located } from '#rulebook/resolve/declared';
import type { Condition, Place } from '#rulebook/tree/nodes';
import { conditionLines, type Glossary, glossaryOf } from '#rulebook/words/words';
import { alignedTo, movedColumns } from './aligned.ts';

export type DifferenceKind =
  | 'parameter'
  | 'fact'
  | 'interval'
  | 'rule'
  | 'ruleOrder'
  | 'field'
  | 'selection'
  | 'column'
  | 'moved'
  | 'layout'
  | 'codeSet'
  | 'reference'
  | 'check'
  | 'law'
  | 'words';

/** One declared difference. Plain data. */
export interface Difference {
  /** Unique among the differences of two rulebooks: `parameter migrantProgram`, `rule 40 eligible`. */
  readonly id: string;
  readonly kind: DifferenceKind;
  readonly did: 'added' | 'removed' | 'changed';
  readonly file: string;
  /** JSON pointer into the file: of the new rulebook, or of the old one for what is gone. */
  readonly pointer: string;
  /** Without a full stop, so that it can stand behind "because". */
  readonly sentence: string;
}

/** Keys that say something to people and nothing to the program. */
const WORDS = new Set(['$schema', 'says', 'source', 'element', 'reading', 'about', 'cites', 'title', 'message', 'fix']);

/** Of declarations: nobody changes one, and one rulebook is compared with many. */
const meanings = new WeakMap<object, string>();

/** JSON without its words, the same for the same meaning. */
export function meaning(json: unknown): string {
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  const known = meanings.get(json);
  if (known !== undefined) return known;
  const text = JSON.stringify(json, (key, value: unknown) => {
    if (WORDS.has(key)) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
  meanings.set(json, text);
  return text;
}

/**
 * All declared differences, in the order of kinds and then of the new rulebook. Wording differences come last, one for
 * each file. Columns and fields are the same when their key is; ids have the number that the new rulebook gives them.
 */
export function differencesOf(before: Rulebook, to: Rulebook): Difference[] {
  const from = alignedTo(to, before);
  const [a, b] = [from.declared, to.declared];
  const intervalName = ({ json }: (typeof a.intervals)[number]): string => `${json.of} ${json.name}`;
  const columnOf = (columns: readonly OutputColumn[]): Map<string, Located<OutputColumn>> =>
    new Map(columns.map((json, i) => [json.no, { file: OUTPUT, pointer: `/columns/${i}`, json }]));
  const found = [
    ...named('parameter', a.parameters, b.parameters, 'the parameter', parameterChange),
    ...named('fact', a.facts, b.facts, 'the fact'),
    ...named(
      'interval',
      new Map(a.intervals.map((i) => [intervalName(i), i])),
      new Map(b.intervals.map((i) => [intervalName(i), i])),
      'the interval',
    ),
    ...selectionDifferences(from, to),
    ...fieldDifferences(from, to),
    ...named(
      'column',
      columnOf(a.schemas.output.columns),
      columnOf(b.schemas.output.columns),
      'the column',
      undefined,
      ({ no, name }) => `${no} "${name}"`,
    ),
    ...movedDifference(before, to),
    ...layoutDifferences(from, to),
    ...named('codeSet', codeSetsOf(from), codeSetsOf(to), 'the code set'),
    ...named('reference', referencesOf(from), referencesOf(to), 'the reference file'),
    ...named(
      'check',
      new Map(a.checks.map((c) => [c.json.code, c])),
      new Map(b.checks.map((c) => [c.json.code, c])),
      'the check',
    ),
    ...named(
      'law',
      new Map(a.laws.map((l) => [l.json.name, l])),
      new Map(b.laws.map((l) => [l.json.name, l])),
      'the law',
    ),
  ];
  return [...found, ...wordDifferences(from, to, found)];
}

/** Reference files with what is loaded of them: the hash stands for the rows. */
const referencesOf = ({ declared }: Rulebook): ReadonlyMap<string, Located<unknown>> =>
  new Map(
    Array.from(declared.references, ([name, { loaded, file, pointer, json }]) => [
      name,
      { file, pointer, json: { ...json, sha256: loaded?.sha256 ?? '' } },
    ]),
  );

const OUTPUT = 'schemas/records/CENR.json';

/** All columns that stand elsewhere now, as one difference: a column put in between moves all behind it. */
function movedDifference(from: Rulebook, to: Rulebook): Difference[] {
  const moved = movedColumns(from, to);
  const places = moved.map((column) => `"${column.name}" moved from ${column.from} to ${column.to}`);
  return moved.length === 0
    ? []
    : [
        {
          id: 'moved columns',
          kind: 'moved',
          did: 'changed',
          file: OUTPUT,
          pointer: '/columns',
          sentence: `${counted(moved.length, 'column')} of the extract ${moved.length === 1 ? 'stands' : 'stand'} elsewhere: ${places.join(', ')}`,
        },
      ];
}

function named<T>(
  kind: DifferenceKind,
  before: ReadonlyMap<string, Located<T>>,
  now: ReadonlyMap<string, Located<T>>,
  what: string,
  change: (before: T, now: T) => string | undefined = () => undefined,
  title: (json: T, name: string) => string = (_, name) => `\`${name}\``,
): Difference[] {
  const differences: Difference[] = [];
  const add = (name: string, did: Difference['did'], { file, pointer, json }: Located<T>, how: string): void =>
    void differences.push({
      id: `${kind} ${name}`,
      kind,
      did,
      file,
      pointer,
      sentence: `${what} ${title(json, name)} ${how}`,
    });
  for (const [name, located] of now) {
    const old = before.get(name);
    if (!old) add(name, 'added', located, 'is new');
    else if (meaning(old.json) !== meaning(located.json)) {
      const how = change(old.json, located.json);
      add(name, 'changed', located, how === undefined ? 'changed' : `changed: ${how}`);
    }
  }
  for (const [name, located] of before) if (!now.has(name)) add(name, 'removed', located, 'is gone');
  return differences;
}

/** What became of the values of a parameter, one after the other. */
function parameterChange(before: ParameterJson, now: ParameterJson): string | undefined {
  const of = ({ key, value, for: only }: ParameterValue): string => JSON.stringify([key ?? '', value, only ?? []]);
  const shown = ({ key, value, for: only }: ParameterValue): string =>
    `${key === undefined ? '' : `${key} is written `}${value === '' ? 'blank' : value}${only ? ` for ${series(only)}` : ''}`;
  const changes: string[] = [];
  const [only, ...others] = now.values;
  const [was, ...wereOthers] = before.values;
  if (only && was && others.length === 0 && wereOthers.length === 0 && only.value !== was.value)
    return `it is now ${shown(only)}${daysOf(only)}; before it was ${shown(was)}${daysOf(was)}`;
  // A value may stand in a list several times, each time with other days.
  const left = [...before.values];
  const rest: ParameterValue[] = [];
  for (const value of now.values) {
    const same = left.findIndex(
      (old) => of(old) === of(value) && old.from === value.from && old.through === value.through,
    );
    if (same >= 0) left.splice(same, 1);
    else rest.push(value);
  }
  for (const value of rest) {
    const old = left.findIndex((other) => of(other) === of(value));
    if (old < 0) changes.push(`${shown(value)} is now among its values${daysOf(value)}`);
    else changes.push(`${shown(value)} ${dayChange(left.splice(old, 1)[0] as ParameterValue, value)}`);
  }
  for (const value of left) changes.push(`${shown(value)}${daysOf(value)} is no longer among its values`);
  if (changes.length === 0 && before.type === now.type) return 'its values stand in another order';
  return changes.length === 0 ? undefined : changes.join('; ');
}

const daysOf = ({ from, through }: ParameterValue): string =>
  `${from ? ` from ${from}` : ''}${through ? ` through ${through}` : ''}`;

function dayChange(before: ParameterValue, now: ParameterValue): string {
  const changes: string[] = [];
  if (before.from !== now.from)
    changes.push(
      `${now.from ? `now holds from ${now.from}` : 'now has no first day'}; before ${before.from ? `it held from ${before.from}` : 'it had no first day'}`,
    );
  if (before.through !== now.through)
    changes.push(
      `${now.through ? `now holds through ${now.through}` : 'now has no last day'}; before ${before.through ? `it held through ${before.through}` : 'it had no last day'}`,
    );
  return changes.join(', and it ');
}

/** The parts of a selection that may differ one by one. */
export const WHERE = 'where';
export const SELECTION_PARTS = ['onePer', 'order', 'rowOrder'] as const;
const PART_WORDS = {
  onePer: 'what tells one row from another changed',
  order: 'which of several enrollments of a row wins changed',
  rowOrder: 'the order of rows changed, which changes no row',
} as const;

/**
 * How two lists of conditions, all of which must hold, differ: pairs of places, `undefined` where one has none. Alike
 * ones are left out.
 */
export function conditionPairs(
  before: SelectionJson,
  now: SelectionJson,
): readonly (readonly [number | undefined, number | undefined])[] | undefined {
  if (!('all' in before.where && 'all' in now.where)) return undefined;
  const [old, fresh] = [before.where.all.map(meaning), now.where.all.map(meaning)];
  const left = old.flatMap((text, i) => (fresh.includes(text) ? [] : [i]));
  const rest = fresh.flatMap((text, i) => (old.includes(text) ? [] : [i]));
  return Array.from({ length: Math.max(left.length, rest.length) }, (_, i) => [left[i], rest[i]] as const);
}

function selectionDifferences(from: Rulebook, to: Rulebook): Difference[] {
  const [before, now] = [from.declared.selection, to.declared.selection];
  const { file } = now;
  const at = (part: string, pointer: string, did: Difference['did'], sentence: string): Difference => ({
    id: `selection ${part}`,
    kind: 'selection',
    did,
    file,
    pointer,
    sentence,
  });
  const differences: Difference[] = [];
  const pairs = conditionPairs(before.json, now.json);
  const says = (rulebook: Rulebook, place: number): string => {
    const { where } = rulebook.extract.selection;
    const condition = where.kind === 'leaf' || where.kind === 'not' ? where : where.of[place];
    return condition ? oneLine(condition, glossaryOf(rulebook)) : '';
  };
  if (pairs)
    for (const [old, fresh] of pairs) {
      if (old === undefined)
        differences.push(
          at(
            `${WHERE} +${fresh}`,
            `/where/all/${fresh}`,
            'added',
            `the selection now also asks that ${says(to, fresh as number)}`,
          ),
        );
      else if (fresh === undefined)
        differences.push(
          at(
            `${WHERE} -${old}`,
            `/where/all/${old}`,
            'removed',
            `the selection no longer asks that ${says(from, old)}`,
          ),
        );
      else
        differences.push(
          at(
            `${WHERE} ${old}>${fresh}`,
            `/where/all/${fresh}`,
            'changed',
            `the selection now asks that ${says(to, fresh)}; before it asked that ${says(from, old)}`,
          ),
        );
    }
  else if (meaning(before.json.where) !== meaning(now.json.where))
    differences.push(
      at(
        WHERE,
        '/where',
        'changed',
        `the selection now asks that ${oneLine(to.extract.selection.where, glossaryOf(to))}`,
      ),
    );
  for (const part of SELECTION_PARTS)
    if (meaning(before.json[part]) !== meaning(now.json[part]))
      differences.push(at(part, `/${part}`, 'changed', `in the selection, ${PART_WORDS[part]}`));
  return differences;
}

/** A condition within a sentence; what belongs together stands in brackets. */
function oneLine(condition: Condition, glossary: Glossary): string {
  let text = '';
  let depth = 0;
  for (const line of conditionLines(condition, glossary)) {
    const level = line.indexOf('*') / 2;
    if (level > depth) text += ' (';
    else if (text !== '') text += `${')'.repeat(depth - level)}; `;
    text += line.trim().slice(2);
    depth = level;
  }
  return text + ')'.repeat(depth);
}

function fieldDifferences(from: Rulebook, to: Rulebook): Difference[] {
  const before = new Map(from.declared.fields.map((f) => [f.json.field, f]));
  const differences: Difference[] = [];
  for (const field of to.declared.fields) {
    const { json, file, pointer } = field;
    const old = before.get(json.field);
    before.delete(json.field);
    if (!old) differences.push(ofField(json, 'added', { file, pointer }, 'is new'));
    else if (meaning(rulesOf(old.json)) !== meaning(rulesOf(json)))
      differences.push(...ruleDifferences(old.json, json, file, to));
  }
  for (const { json, file, pointer } of before.values())
    differences.push(ofField(json, 'removed', { file, pointer }, 'is gone'));
  return differences;
}

const ofField = (
  { field, name }: FieldJson,
  did: Difference['did'],
  { file, pointer }: Place,
  how: string,
): Difference => ({
  id: `field ${field}`,
  kind: 'field',
  did,
  file,
  pointer,
  sentence: `field ${field} "${name}" ${how}`,
});

const rulesOf = ({ rules }: FieldJson): readonly RuleJson[] => rules;
const ruleMeaning = ({ conditions, event }: RuleJson): string => meaning([conditions, event]);

function ruleDifferences(before: FieldJson, now: FieldJson, file: string, to: Rulebook): Difference[] {
  const what = `field ${now.field} "${now.name}"`;
  const difference = (name: string, did: Difference['did'], place: number, sentence: string): Difference => ({
    id: `rule ${now.field} ${name}`,
    kind: 'rule',
    did,
    file,
    pointer: `/rules/${place}`,
    sentence,
  });
  const differences: Difference[] = [];
  const resolved = to.extract.fields.find((f) => f.number === now.field);
  for (const [i, rule] of now.rules.entries()) {
    const old = before.rules.find(({ name }) => name === rule.name);
    const condition = resolved?.rules[i]?.condition;
    const when = condition ? `: it now decides when ${oneLine(condition, glossaryOf(to))}` : '';
    if (!old) differences.push(difference(rule.name, 'added', i, `the rule "${rule.name}" of ${what} is new${when}`));
    else if (ruleMeaning(old) !== ruleMeaning(rule)) {
      const value = meaning(old.event) !== meaning(rule.event);
      const how = meaning(old.conditions ?? null) === meaning(rule.conditions ?? null) ? '' : when;
      differences.push(
        difference(
          rule.name,
          'changed',
          i,
          `the rule "${rule.name}" of ${what} changed${how}${value ? `${how ? '; ' : ': '}it gives another value` : ''}`,
        ),
      );
    }
  }
  for (const [i, { name }] of before.rules.entries())
    if (!now.rules.some((rule) => rule.name === name))
      differences.push(difference(name, 'removed', i, `the rule "${name}" of ${what} is gone`));
  const [oldOrder, newOrder] = [commonNames(before, now), commonNames(now, before)];
  if (oldOrder.join('\n') !== newOrder.join('\n'))
    differences.push({
      id: `ruleOrder ${now.field}`,
      kind: 'ruleOrder',
      did: 'changed',
      file,
      pointer: '/rules',
      sentence: `the rules of ${what} are now tried in the order ${now.rules.map(({ name }) => `"${name}"`).join(', ')}`,
    });
  return differences;
}

const commonNames = (of: FieldJson, other: FieldJson): string[] =>
  of.rules.flatMap(({ name }) => (other.rules.some((rule) => rule.name === name) ? [name] : []));

function layoutDifferences(from: Rulebook, to: Rulebook): Difference[] {
  const layouts = ({ schemas }: Rulebook) =>
    new Map(
      schemas.layouts.map((json) => [
        json.recordType,
        { file: `schemas/records/${json.recordType}.json`, pointer: '', json },
      ]),
    );
  const sets = ({ schemas }: Rulebook): string =>
    meaning([schemas.output.columnSets, schemas.output.defaultColumnSet, schemas.output.copiesFrom]);
  const differences = named('layout', layouts(from), layouts(to), 'the layout');
  if (sets(from) !== sets(to))
    differences.push({
      id: 'layout CENR',
      kind: 'layout',
      did: 'changed',
      file: OUTPUT,
      pointer: '/columnSets',
      sentence: `the column sets of the extract changed: there are now ${Object.keys(to.schemas.output.columnSets).join(', ')}, and ${usualInWords(to)} is written when none is asked for`,
    });
  return differences;
}

/** The column set that is written when none is asked for, with the years where it depends on them. */
function usualInWords({ schemas }: Rulebook): string {
  const { defaultColumnSet: choice } = schemas.output;
  if (typeof choice === 'string') return choice;
  return choice.map(({ columnSet, from }) => `${columnSet}${from === undefined ? '' : ` from ${from} on`}`).join(', ');
}

const codeSetsOf = ({ schemas }: Rulebook): Map<string, Located<unknown>> =>
  new Map(
    schemas.codeSets.map((json) => [
      json.codeSet,
      { file: `schemas/codesets/${json.codeSet}.json`, pointer: '', json },
    ]),
  );

/** Files that differ in nothing but words or examples. */
function wordDifferences(from: Rulebook, to: Rulebook, found: readonly Difference[]): Difference[] {
  const files = new Map(from.files.map((file) => [file.path, file]));
  const told = new Set(found.map(({ file }) => file));
  // A field that moved has a file of another name.
  const numbers = new Map(from.declared.fields.map(({ json, file }) => [json.field, file]));
  for (const { json, file } of to.declared.fields) {
    const former = numbers.get(json.field);
    if (former !== undefined && former !== file) for (const path of [former, file]) told.add(path);
  }
  const differences: Difference[] = [];
  const add = (file: string, did: Difference['did'], sentence: string): void =>
    void differences.push({ id: `words ${file}`, kind: 'words', did, file, pointer: '', sentence });
  for (const { path, json, sha256 } of to.files) {
    const old = files.get(path);
    files.delete(path);
    if (told.has(path) || (sha256 !== undefined && old?.sha256 === sha256)) continue;
    if (!old) add(path, 'added', `the file ${path} is new`);
    else if (JSON.stringify(old.json) !== JSON.stringify(json))
      add(path, 'changed', `the file ${path} changed in nothing that a value of the extract depends on`);
  }
  for (const path of files.keys()) if (!told.has(path)) add(path, 'removed', `the file ${path} is gone`);
  return differences;
}
