/**
 * The types of rule files, from their JSON Schemas in `schemas/grammar`. Comments are left out: the schemas have the
 * descriptions.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import { noteText } from './note.ts';

const GRAMMAR = resolve(import.meta.dirname, '../../schemas/grammar');

/** The grammars of the files that become a rulebook. */
const FILES = [
  'rulebook',
  'parameters',
  'intervals',
  'facts',
  'selection',
  'field',
  'check',
  'laws',
  'report',
  'horizon',
  'ledger',
  'reference-file',
  'reference-rows',
];

/** Definitions that hold several kinds of thing, told apart by which keys are there; each kind gets a shape of its own. */
const OF_SEVERAL_KINDS = ['condition', 'order', 'fact'];

interface Schema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema | true>>;
  readonly required?: readonly string[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly allOf?: readonly Schema[];
}

const schemaOf = (file: string): Schema =>
  JSON.parse(readFileSync(join(GRAMMAR, `${file}.schema.json`), 'utf8')) as Schema;

/** The generated file as text. */
export async function grammarTypesText(): Promise<string> {
  const definitions: Record<string, unknown> = { ...(schemaOf('condition')['definitions'] as object) };
  for (const file of FILES) {
    const { definitions: own, $schema: _, $id: __, title: ___, ...whole } = schemaOf(file);
    Object.assign(definitions, own, { [file]: whole });
  }
  const schema = {
    type: 'object',
    properties: Object.fromEntries(FILES.map((file) => [file, { $ref: `#/definitions/${file}` }])),
    required: FILES,
    definitions: eachUnioned(definitions),
  };
  const text = await compile(schema as object, 'RuleFiles', {
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    bannerComment: `// ${noteText('schemas/grammar')}`,
    style: { singleQuote: true, trailingComma: 'all', bracketSpacing: true, printWidth: 120 },
  });
  return text.replaceAll(/^ *\/\*\*.*?\*\/\n/gms, '');
}

const eachUnioned = (schemas: object): object =>
  Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) =>
      name === '$schema' ? [] : [[name, unioned(schema, OF_SEVERAL_KINDS.includes(name))]],
    ),
  );

/**
 * A schema without `if`: the schemas use it since it gives better messages, and a type says the same by a union. What
 * one key requires of the value of another is left out; no type of ours says it.
 */
function unioned(schema: unknown, severalKinds = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => unioned(each, severalKinds));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { if: test, then: yes, else: no, allOf, ...rest } = schema as Schema;
  const $ref = rest.$ref ?? allOf?.[0]?.$ref;
  if ($ref) return { $ref: $ref.replace(/^.*#/, '#') };
  if (rest.type === 'object' && !rest.properties && !rest['patternProperties']) return { tsType: 'object' };
  if (test?.type && rest.type) return unioned(rest.type === test.type ? yes : no);
  if (test?.type) return { anyOf: [unioned(yes), unioned(no)] };
  if (severalKinds && test) return { anyOf: kinds(schema as Schema).map((kind) => unioned(kind)) };
  return Object.fromEntries(
    Object.entries(rest).map(([keyword, value]) => [
      keyword,
      keyword === 'properties' || keyword === 'patternProperties'
        ? eachUnioned(value as object)
        : unioned(value, severalKinds),
    ]),
  );
}

/** The shapes of an object that is of several kinds. */
function kinds({ if: test, then: yes = {}, else: no = {}, allOf, ...plain }: Schema): Schema[] {
  const { properties = {}, required = [] } = plain;
  const [key] = test?.required ?? [];
  if (key) {
    const { [key]: _, ...others } = properties;
    return [
      ...kinds(narrowed({ ...plain, required: [...required, key] }, yes)),
      ...kinds(narrowed({ ...plain, properties: others }, no)),
    ];
  }
  if (allOf)
    return allOf.map(({ if: asked, then = {} }) =>
      narrowed({ ...plain, properties: { ...properties, ...asked?.properties } }, then),
    );
  if (plain['maxProperties'] === 1)
    return Object.entries(properties).map(([name, of]) => ({ ...plain, properties: { [name]: of }, required: [name] }));
  return [plain];
}

/** An object that is also what `by` says: only the keys that both know, when `by` is closed. */
function narrowed(object: Schema, by: Schema): Schema {
  const properties: Record<string, Schema | true> = { ...object.properties };
  for (const [key, of] of Object.entries(by.properties ?? {}))
    if (of !== true) properties[key] = { ...(properties[key] as Schema), ...of };
  const closed = by['additionalProperties'] === false;
  return {
    ...object,
    ...by,
    properties: Object.fromEntries(
      Object.entries(properties).filter(([key]) => !closed || (by.properties && key in by.properties)),
    ),
    required: [...(object.required ?? []), ...(by.required ?? [])],
  };
}
