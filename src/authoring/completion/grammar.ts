/** What a grammar (JSON Schema) lets stand at a place of a file that is being written. Pure. */
import { isObject } from '#base/json';

type Schema = Readonly<Record<string, unknown>>;
export type Grammars = ReadonlyMap<string, unknown>;

/** What may stand at a place. */
export interface Allowed {
  /** Keys of an object, with what each is for. */
  readonly keys: ReadonlyMap<string, { readonly says: string; readonly isRequired: boolean }>;
  /** Values out of a closed list. */
  readonly values: readonly (string | number | boolean)[];
  /** Names of the definitions that describe it, such as `recordType`. */
  readonly definitions: ReadonlySet<string>;
  /** What the value is for. */
  readonly says: string;
}

interface At {
  readonly schema: Schema;
  /** The grammar it stands in. */
  readonly file: string;
  /** The definition by which it was found. */
  readonly name?: string;
}

/**
 * @param file name of the grammar, such as `field.schema.json`
 * @param json the file as far as it can be read
 */
export function allowedAt(
  grammars: Grammars,
  file: string,
  json: unknown,
  path: readonly (string | number)[],
): Allowed {
  const root = grammars.get(file);
  let here: readonly At[] = isObject(root) ? expanded(grammars, { schema: root, file }, json) : [];
  let value = json;
  for (const segment of path) {
    value = isObject(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[segment] : undefined;
    const inside = here.flatMap((at) => below(at, segment));
    here = inside.flatMap((at) => expanded(grammars, at, value));
  }
  return {
    keys: keysOf(here),
    values: here.flatMap(({ schema }) => valuesOf(schema)),
    definitions: new Set(here.flatMap(({ name }) => name ?? [])),
    says: here.map(({ schema }) => schema['description']).find((said) => typeof said === 'string') ?? '',
  };
}

/** A schema with all that hold beside it: what it refers to, its alternatives, and the branch that the value takes. */
function expanded(grammars: Grammars, at: At, value: unknown): At[] {
  const { schema, file } = at;
  const all = [at];
  const add = (one: unknown, where = file, name?: string): void => {
    if (isObject(one))
      all.push(...expanded(grammars, { schema: one, file: where, ...(name !== undefined && { name }) }, value));
  };
  const ref = schema['$ref'];
  if (typeof ref === 'string') {
    const [other = '', pointer = ''] = ref.split('#');
    const where = other === '' ? file : other;
    const name = pointer.split('/').at(-1) ?? '';
    const definitions = (grammars.get(where) as { definitions?: Record<string, unknown> } | undefined)?.definitions;
    add(pointer === '' ? grammars.get(where) : definitions?.[name], where, name);
  }
  for (const list of ['allOf', 'anyOf', 'oneOf']) {
    const schemas = schema[list];
    if (Array.isArray(schemas)) for (const one of schemas) add(one);
  }
  if (isObject(schema['if'])) add(schema[holds(schema['if'], value) ? 'then' : 'else']);
  return all;
}

/** Whether the small conditions of the grammars hold: required keys, values of keys, the type. */
function holds(condition: Schema, value: unknown): boolean {
  const {
    type,
    required = [],
    properties = {},
    const: only,
    enum: list,
  } = condition as {
    type?: string;
    required?: readonly string[];
    properties?: Record<string, unknown>;
    const?: unknown;
    enum?: readonly unknown[];
  };
  if (type === 'object' && !isObject(value)) return false;
  if (only !== undefined && value !== only) return false;
  if (list && !list.includes(value)) return false;
  const own = isObject(value) ? value : {};
  return (
    required.every((key) => key in own) &&
    Object.entries(properties).every(([key, of]) => !isObject(of) || !(key in own) || holds(of, own[key]))
  );
}

/** What describes a key or an item of what a schema describes. */
function below({ schema, file }: At, segment: string | number): At[] {
  const found = (one: unknown): At[] => (isObject(one) ? [{ schema: one, file }] : []);
  if (typeof segment === 'number') return found(schema['items']);
  const { properties, patternProperties = {}, additionalProperties } = schema as Record<string, Schema | undefined>;
  const own = properties?.[segment];
  if (own !== undefined) return found(own);
  const matching = Object.entries(patternProperties ?? {}).filter(([pattern]) => new RegExp(pattern).test(segment));
  return matching.length > 0 ? matching.flatMap(([, one]) => found(one)) : found(additionalProperties);
}

function keysOf(here: readonly At[]): Allowed['keys'] {
  const keys = new Map<string, { says: string; isRequired: boolean }>();
  const required = new Set(here.flatMap(({ schema }) => (schema['required'] ?? []) as readonly string[]));
  for (const { schema } of here)
    for (const [key, of] of Object.entries((schema['properties'] ?? {}) as Schema)) {
      const says = isObject(of) ? String(of['description'] ?? '') : '';
      keys.set(key, { says: says || (keys.get(key)?.says ?? ''), isRequired: required.has(key) });
    }
  // A closed list of keys leaves out what other schemas of the place would let in.
  for (const { schema } of here)
    if (schema['additionalProperties'] === false && isObject(schema['properties'])) {
      const closed = schema['properties'];
      for (const key of keys.keys()) if (!(key in closed)) keys.delete(key);
    }
  return keys;
}

function valuesOf(schema: Schema): (string | number | boolean)[] {
  const { enum: list, const: only, type } = schema as { enum?: (string | number)[]; const?: string; type?: string };
  if (list) return list;
  if (only !== undefined) return [only];
  return type === 'boolean' ? [true, false] : [];
}
