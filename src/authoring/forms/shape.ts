/**
 * What the grammar lets stand at a place, given what stands there: one walk over its schemas for every kind of file. It
 * knows JSON Schema and no word of rules, so that what is added to a grammar is in the forms.
 */
import { type GrammarSchema, schemaNamed } from '#rulebook/load/grammar-schemas';

type Keys = Readonly<Record<string, GrammarSchema | true>>;

/** A schema without conditions and references: what holds for one value. */
export interface Shaped extends Omit<GrammarSchema, '$ref' | 'if' | 'then' | 'else' | 'allOf'> {
  /** The name of the definition that it was taken from last. */
  readonly definition?: string;
  /** Keys that would make another kind of it. */
  readonly elsewhere?: readonly string[];
}

/** One of several kinds of things that may stand at a place. */
export interface Kind {
  readonly name: string;
  /** The key that tells it from the others, of an object. */
  readonly key?: string;
  readonly schema: GrammarSchema;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value;
}

const isOfType = (value: unknown, type: string): boolean =>
  type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;

/** Whether a value meets what the conditions of grammars ask. */
function meets(schema: GrammarSchema | true, value: unknown): boolean {
  if (schema === true) return true;
  const { type, required = [], properties = {}, minItems = 0 } = schema;
  if (type !== undefined && ![type].flat().some((one) => isOfType(value, one))) return false;
  if ('const' in schema && schema.const !== value) return false;
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (Array.isArray(value)) return value.length >= minItems;
  if (!isObject(value)) return true;
  if (required.some((key) => !Object.hasOwn(value, key))) return false;
  return Object.entries(properties).every(([key, of]) => !Object.hasOwn(value, key) || meets(of, value[key]));
}

const merged = (a: GrammarSchema | true | undefined, b: GrammarSchema | true): GrammarSchema | true => {
  if (a === undefined || a === true) return b;
  return b === true ? a : { ...a, allOf: [...(a.allOf ?? []), b] };
};

/** The keys that both let stand: one that is closed has no others than its own. */
function keysOf({ properties: a = {}, ...one }: Shaped, { properties: b = {}, ...other }: Shaped): Keys {
  const isIn = (key: string, keys: Keys, { additionalProperties }: Shaped): boolean =>
    Object.hasOwn(keys, key) || additionalProperties !== false;
  const names = Object.keys({ ...a, ...b }).filter((key) => isIn(key, a, one) && isIn(key, b, other));
  return Object.fromEntries(
    names.map((key) => [key, key in b ? merged(a[key], b[key] as GrammarSchema | true) : (a[key] as GrammarSchema)]),
  );
}

/** A schema and what holds beside it. */
function both(a: Shaped, b: Shaped): Shaped {
  const properties = keysOf(a, b);
  const elsewhere = [...(a.elsewhere ?? []), ...(b.elsewhere ?? [])];
  const required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])];
  return {
    ...a,
    ...b,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
    ...(elsewhere.length > 0 && { elsewhere }),
    ...(a.description !== undefined && { description: a.description }),
  };
}

/** A schema with what it refers to. */
function referred(schema: GrammarSchema): GrammarSchema & { readonly definition?: string } {
  const { $ref, ...own } = schema;
  if ($ref === undefined) return own;
  return { ...referred(schemaNamed($ref)), ...own, definition: $ref.slice($ref.lastIndexOf('/') + 1) };
}

/** The key whose presence decides, where that is what is asked. */
const keyAsked = (asked: GrammarSchema): string | undefined =>
  asked.required?.length === 1 ? asked.required[0] : undefined;

/** What holds for a value. */
export function shapeFor(schema: GrammarSchema | true, value: unknown): Shaped {
  if (schema === true) return {};
  const { if: asked, then, else: otherwise, allOf = [], ...own } = referred(schema);
  let shape: Shaped = own;
  for (const one of allOf) shape = both(shape, shapeFor(one, value));
  if (asked) {
    const isSo = meets(asked, value);
    const key = isSo ? undefined : keyAsked(asked);
    const branch = isSo ? then : otherwise;
    if (branch) shape = both(shape, shapeFor(branch, value));
    if (key !== undefined) shape = { ...shape, elsewhere: [...(shape.elsewhere ?? []), key] };
  }
  const among = (shape.anyOf ?? shape.oneOf ?? []).filter((one) => meets(shapeFor(one, value) as GrammarSchema, value));
  const { anyOf = [], oneOf = [], ...rest } = shape;
  const [only] = among;
  const others = [...anyOf, ...oneOf].filter((one) => one !== only).flatMap((one) => keyAsked(one) ?? []);
  const elsewhere = [...(rest.elsewhere ?? []), ...others];
  const chosen = only ? both(rest, shapeFor(only, value)) : rest;
  return elsewhere.length > 0 ? { ...chosen, elsewhere } : chosen;
}

/** The kinds of things that may stand at a place; fewer than two where there is no choice. */
export function kindsOf(schema: GrammarSchema | true): Kind[] {
  if (schema === true) return [];
  const forced = (referred(schema).allOf ?? []).map((one) => shapeFor(one, undefined).type).find((type) => type);
  const kinds = kindsIn(schema);
  if (forced === undefined) return kinds;
  return kinds.filter((kind) => kind.key !== undefined || [forced].flat().includes(typeOfKind(kind)));
}

const typeOfKind = ({ schema }: Kind): string => [shapeFor(schema, undefined).type ?? 'object'].flat()[0] as string;

function kindsIn(schema: GrammarSchema): Kind[] {
  const { if: asked, then, else: otherwise, allOf = [], anyOf, oneOf, ...own } = referred(schema);
  const branches = anyOf ?? oneOf;
  if (branches) return branches.flatMap((branch) => kindNamed(branch));
  const byType = asked?.type;
  const key = asked && keyAsked(asked);
  if (asked && typeof byType === 'string' && then && otherwise)
    return [...kindNamed({ ...own, ...then }), ...restOf(otherwise)];
  if (asked && key !== undefined && then && otherwise)
    return [{ name: key, key, schema: then }, ...restOf(otherwise, own.properties)];
  if (Array.isArray(own.type)) return own.type.map((type: string) => ({ name: type, schema: { type } }));
  const [first] = allOf;
  return allOf.length === 1 && first && own.properties === undefined && own.items === undefined ? kindsOf(first) : [];
}

function kindNamed(branch: GrammarSchema): Kind[] {
  const key = branch.required?.length === 1 ? branch.required[0] : undefined;
  const shape = shapeFor(branch, undefined);
  const name = key ?? shape.definition ?? (typeof shape.type === 'string' ? shape.type : undefined);
  return name === undefined ? [] : [{ name, ...(key !== undefined && { key }), schema: branch }];
}

/** The kinds that an `else` has: further ones, one for each key of which there is one, or what it is itself. */
function restOf(otherwise: GrammarSchema, above: Keys = {}): Kind[] {
  const further = kindsOf(otherwise);
  if (further.length > 0) return further;
  const { properties = {}, maxProperties, required = [] } = otherwise;
  if (maxProperties === 1)
    return Object.keys(properties).map((key) => ({
      name: key,
      key,
      schema: { properties: { [key]: above[key] ?? true }, required: [key], additionalProperties: false },
    }));
  const [key] = required;
  if (key !== undefined) return [{ name: key, key, schema: otherwise }];
  return kindNamed(otherwise);
}

/** Which of several kinds a value is. */
export const kindOf = (kinds: readonly Kind[], value: unknown): Kind | undefined =>
  kinds.find(({ key, schema }) =>
    key === undefined
      ? [shapeFor(schema, value).type ?? 'object'].flat().some((type) => isOfType(value, type))
      : isObject(value) && Object.hasOwn(value, key),
  );

/** The schema of what stands under a key of an object. */
export function schemaUnder(
  { properties = {}, patternProperties = {}, propertyNames, additionalProperties }: Shaped,
  key: string,
): GrammarSchema | true | undefined {
  if (Object.hasOwn(properties, key)) return properties[key];
  if (propertyNames?.pattern !== undefined && !new RegExp(propertyNames.pattern, 'u').test(key)) return undefined;
  const pattern = Object.keys(patternProperties).find((one) => new RegExp(one, 'u').test(key));
  if (pattern !== undefined) return patternProperties[pattern];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** No object of a grammar has to have as many keys. */
const ROUNDS = 24;

/** The least that a schema lets stand at a place; texts are blank, for somebody to fill in. */
export function blankOf(schema: GrammarSchema | true, start: Readonly<Record<string, unknown>> = {}): unknown {
  const first = shapeFor(schema, undefined);
  const kinds = Object.keys(start).length > 0 ? [] : kindsOf(schema);
  // What somebody writes is a text more often than anything else.
  const kind = kinds.find((one) => one.key === undefined && typeOfKind(one) === 'string') ?? kinds[0];
  if ('const' in first) return first.const;
  if (first.enum) return first.enum[0];
  const type = [first.type].flat()[0] ?? (kind ? shapeFor(kind.schema, undefined).type : undefined);
  if (type === 'array') return Array.from({ length: first.minItems ?? 0 }, () => blankOf(first.items ?? true));
  if (type === 'boolean') return true;
  if (type === 'number' || type === 'integer') return first.minimum ?? 1;
  if (type !== 'object' && first.properties === undefined)
    return kind?.key === undefined ? '' : blankKind(schema, kind);
  let value: Readonly<Record<string, unknown>> = start;
  for (let round = 0; round < ROUNDS; round++) {
    const shape = shapeFor(schema, value);
    // One after the other: what one says decides what the next may be.
    const missing = shape.required?.find((key) => !Object.hasOwn(value, key));
    if (missing === undefined) break;
    value = { ...value, [missing]: blankOf(schemaUnder(shape, missing) ?? true) };
  }
  return inOrder(value, shapeFor(schema, value).properties);
}

/** Keys in the order in which the grammar has them. */
function inOrder(value: Readonly<Record<string, unknown>>, properties: Keys = {}): Readonly<Record<string, unknown>> {
  const order = Object.keys(properties);
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

/** The least that there is of a kind. */
export function blankKind(schema: GrammarSchema | true, { key, schema: own }: Kind): unknown {
  if (key === undefined || schema === true) return blankOf(own);
  const under = schemaUnder(shapeFor({ ...referred(schema), ...own } as GrammarSchema, {}), key) ?? true;
  const whole = shapeFor(schema, undefined).properties?.[key] ?? true;
  return blankOf(schema, { [key]: blankOf(under === true ? whole : under) });
}
