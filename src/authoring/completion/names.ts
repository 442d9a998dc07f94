/** The names that files of a rulebook declare, as far as the files can be read: of one that is being written not all can. */
import { isObject, readLeniently } from '#base/json';
import type { RulebookTexts } from '#rulebook/load/texts';
import { OPERATORS } from '#rulebook/operators/index';
import { BUILT_IN } from '#rulebook/resolve/scope';

export interface Named {
  readonly name: string;
  readonly says: string;
}

export interface NamedColumn extends Named {
  readonly codeSet?: string;
}

export interface Names {
  readonly facts: readonly (Named & { readonly from?: string; readonly params: readonly string[] })[];
  readonly parameters: readonly Named[];
  /** By record type. */
  readonly columns: ReadonlyMap<string, readonly NamedColumn[]>;
  /** Intervals, by the record type that they are of. */
  readonly intervals: ReadonlyMap<string, readonly Named[]>;
  readonly codeSets: ReadonlyMap<string, readonly Named[]>;
  readonly recordTypes: readonly Named[];
  readonly fields: readonly Named[];
  readonly sentences: readonly Named[];
  readonly references: readonly Named[];
  readonly operators: readonly Named[];
  /** The record type from which rows are made. */
  readonly enrollment: string;
}

type Json = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

export function namesOf(texts: RulebookTexts): Names {
  const files = texts.flatMap(({ path, text: own }) => {
    const json = readLeniently(own);
    return isObject(json) ? [{ path, json }] : [];
  });
  const below = (folder: string): readonly Json[] =>
    files.filter(({ path }) => path.startsWith(folder)).map(({ json }) => json);
  const layouts = below('schemas/records/');
  const output = layouts.find((json) => 'copiesFrom' in json);
  const inputs = layouts.filter((json) => json !== output);
  const facts = below('rules/facts/').flatMap((json) => list(json['facts']));
  const intervals = below('rules/facts/').flatMap((json) => list(json['intervals']));
  return {
    facts: [
      ...facts.map((fact) => ({
        name: text(fact['name']),
        says: text(fact['says']),
        ...(typeof fact['from'] === 'string' && { from: fact['from'] }),
        params: isObject(fact['params']) ? Object.keys(fact['params']) : [],
      })),
      ...[...BUILT_IN].map((name) => ({ name, says: 'built in', params: [] })),
    ],
    parameters: below('rules/parameters/').flatMap((json) => list(json['parameters']).map(named)),
    columns: new Map(
      inputs.map((json) => [
        text(json['recordType']),
        list(json['columns']).map((column) => ({
          name: text(column['key']),
          says: `${text(column['no'])} ${text(column['name'])}`,
          ...(typeof column['codeSet'] === 'string' && { codeSet: column['codeSet'] }),
        })),
      ]),
    ),
    intervals: Map.groupBy(
      intervals.map((one) => ({ ...named(one), of: text(one['of']) })),
      ({ of }) => of,
    ),
    codeSets: new Map(
      below('schemas/codesets/').map((json) => [
        text(json['codeSet']),
        list(json['codes']).map((code) => ({ name: text(code['code']), says: text(code['meaning']) })),
      ]),
    ),
    recordTypes: inputs.map((json) => ({ name: text(json['recordType']), says: text(json['name']) })),
    fields: list(output?.['columns']).map((column) => ({ name: text(column['no']), says: text(column['name']) })),
    sentences: below('rules/ledger/')
      .flatMap((json) => list(json['elements']))
      .flatMap((element) => [
        ...list(element['sentences']).map(({ id, about }) => ({ name: text(id), says: text(about) })),
        { name: text(element['id']), says: text(element['title']) },
      ]),
    references: below('schemas/references/').map(named),
    operators: [...OPERATORS.values()].map(({ name, phrases: [holds] }) => ({ name, says: holds })),
    enrollment: text(output?.['copiesFrom']),
  };
}

const named = (json: Json): Named => ({ name: text(json['name']), says: text(json['says']) });
