/** The names that files of a rulebook declare, as far as the files can be read: of one that is being written not all can. */
import { isObject, readLeniently } from '#base/json';
import type { RulebookTexts } from '#rulebook/load/texts';

export interface Named {
  readonly name: string;
  readonly says: string;
}

export interface NamedColumn extends Named {
  readonly no: string;
  readonly codeSet?: string;
}

export interface NamedLayout extends Named {
  readonly columns: readonly NamedColumn[];
  /** Of the layout of the extract: the record type from which rows are made. */
  readonly copiesFrom?: string;
}

export interface NamedFact extends Named {
  readonly from?: string;
  /** By name: what each parameter of the fact is. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Names {
  readonly facts: readonly NamedFact[];
  readonly parameters: readonly Named[];
  /** Named by their record types. */
  readonly layouts: readonly NamedLayout[];
  /** Intervals, by the record type that they are of. */
  readonly intervals: ReadonlyMap<string, readonly Named[]>;
  /** Codes, by code set. */
  readonly codeSets: ReadonlyMap<string, readonly Named[]>;
  /** Of each published page: its elements, with their sentences. */
  readonly ledgers: readonly (readonly (Named & { readonly sentences: readonly Named[] })[])[];
  readonly references: readonly Named[];
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
  const declared = (folder: string, key: string): readonly Json[] => below(folder).flatMap((json) => list(json[key]));
  return {
    facts: declared('rules/facts/', 'facts').map((fact) => ({
      ...named(fact),
      ...(typeof fact['from'] === 'string' && { from: fact['from'] }),
      params: isObject(fact['params']) ? (fact['params'] as Readonly<Record<string, string>>) : {},
    })),
    parameters: declared('rules/parameters/', 'parameters').map(named),
    layouts: below('schemas/records/').map((json) => ({
      ...{ name: text(json['recordType']), says: text(json['name']) },
      columns: list(json['columns']).map((column) => ({
        ...{ name: text(column['key']), no: text(column['no']), says: text(column['name']) },
        ...(typeof column['codeSet'] === 'string' && { codeSet: column['codeSet'] }),
      })),
      ...(typeof json['copiesFrom'] === 'string' && { copiesFrom: json['copiesFrom'] }),
    })),
    intervals: Map.groupBy(
      declared('rules/facts/', 'intervals').map((one) => ({ ...named(one), of: text(one['of']) })),
      ({ of }) => of,
    ),
    codeSets: new Map(
      below('schemas/codesets/').map((json) => [
        text(json['codeSet']),
        list(json['codes']).map((code) => ({ name: text(code['code']), says: text(code['meaning']) })),
      ]),
    ),
    ledgers: below('rules/ledger/').map((json) =>
      list(json['elements']).map((element) => ({
        ...{ name: text(element['id']), says: text(element['title']) },
        sentences: list(element['sentences']).map(({ id, about }) => ({ name: text(id), says: text(about) })),
      })),
    ),
    references: below('schemas/references/').map(named),
  };
}

/** The layout of the extract. */
export const outputOf = ({ layouts }: Names): NamedLayout | undefined =>
  layouts.find(({ copiesFrom }) => copiesFrom !== undefined);

const named = (json: Json): Named => ({ name: text(json['name']), says: text(json['says']) });
