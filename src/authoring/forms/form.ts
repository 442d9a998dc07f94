/** A rule file as a form: what stands at each place, what may stand there, and what can be done with it. Pure. */
import { segments } from '#base/json';
import { childOf, parentOf, valueAt } from '#base/json-edits';
import { grammarOf } from '#rulebook/load/assemble';
import { type GrammarSchema, grammarSchema } from '#rulebook/load/grammar-schemas';
import { OPERATORS } from '#rulebook/operators/index';
import { type Kind, kindOf, kindsOf, type Shaped, schemaUnder, shapeFor, typeOf } from './shape.ts';

/** A place of a file. */
export interface FormNode {
  readonly pointer: string;
  /** The key or the number of the place; '' is the whole file. */
  readonly key: string;
  /** What people call it, where the grammar says that: its key is for files. */
  readonly title?: string;
  /** What the grammar says of it. */
  readonly description?: string;
  /** `lines` is a list of texts; `json` what no form is made of. */
  readonly input: 'object' | 'list' | 'lines' | 'text' | 'number' | 'flag' | 'choice' | 'fixed' | 'json';
  readonly value: unknown;
  /** What the grammar calls it. */
  readonly definition?: string;
  /** Of a choice. */
  readonly choices?: readonly string[];
  /** Of a choice: what people call them, where that is another word. */
  readonly choiceWords?: Readonly<Record<string, string>>;
  /** What else may stand here instead: the kinds, and which it is. */
  readonly kinds?: readonly string[];
  readonly kind?: string;
  /** Kinds that can hold it: it is put into a new one. */
  readonly wraps?: readonly string[];
  /** It holds one thing of its own kind, which can take its place. */
  readonly inner?: string;
  readonly children: readonly FormNode[];
  /** Keys that it may have besides. */
  readonly more: readonly Pick<FormNode, 'key' | 'title' | 'description'>[];
  /** Keys are made up by whoever writes it. */
  readonly takesNames?: boolean;
  readonly isOptional: boolean;
  /** An item of a list: how many there are. */
  readonly among?: number;
  /** What items of the list are called by the grammar. */
  readonly itemDefinition?: string;
}

/** Keys that no form shows: the schema of the file is for editors. */
const UNSEEN = new Set(['$schema']);

/** By what the grammar calls a choice: comparisons have words, which sentences say too. */
const CHOICE_WORDS: Readonly<Record<string, FormNode['choiceWords']>> = {
  operator: Object.fromEntries([...OPERATORS].map(([name, { phrases }]) => [name, phrases[0]])),
};

const INPUTS: Readonly<Record<string, FormNode['input']>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'flag',
};

/** The schema of a place of a file: `undefined` where the grammar knows none. */
export function schemaAt(path: string, json: unknown, pointer: string): GrammarSchema | true | undefined {
  const grammar = grammarOf(path);
  let schema: GrammarSchema | true | undefined = grammar === undefined ? undefined : grammarSchema(grammar);
  let value = json;
  for (const key of segments(pointer)) {
    if (schema === undefined) return undefined;
    const shape = shapeFor(schema, value);
    schema = Array.isArray(value) ? (shape.items ?? true) : schemaUnder(shape, key);
    value = valueAt(value, childOf('', key));
  }
  return schema;
}

/**
 * The form of a file, or of a place in it.
 * @param path of the file, which says its grammar
 * @returns `undefined` where there is no grammar or no such place
 */
export function formOf(path: string, json: unknown, pointer = ''): FormNode | undefined {
  const schema = schemaAt(path, json, pointer);
  const value = valueAt(json, pointer);
  if (schema === undefined || value === undefined) return undefined;
  const above = pointer === '' ? undefined : valueAt(json, parentOf(pointer));
  const among = Array.isArray(above) ? above.length : undefined;
  const least = Array.isArray(above)
    ? (shapeFor(schemaAt(path, json, parentOf(pointer)) ?? true, above).minItems ?? 0)
    : 0;
  const isOptional = among !== undefined && among > least;
  return formNode(schema, value, { pointer, key: segments(pointer).at(-1) ?? '', isOptional, among });
}

interface At {
  readonly pointer: string;
  readonly key: string;
  readonly isOptional: boolean;
  readonly among?: number | undefined;
}

function formNode(schema: GrammarSchema | true, value: unknown, { pointer, key, isOptional, among }: At): FormNode {
  const shape = shapeFor(schema, value);
  const kinds = kindsOf(schema);
  const kind = kindOf(kinds, value);
  const { title, description, definition } = shape;
  const choiceWords = CHOICE_WORDS[definition ?? ''];
  const input = inputFor(shape, value);
  const inner = kind && innerOf(schema, kind, value, pointer);
  const wraps = kinds.filter((one) => holdsItself(schema, one)).map(({ name }) => name);
  return {
    pointer,
    key,
    input,
    value,
    isOptional,
    ...(among !== undefined && { among }),
    ...(title !== undefined && key !== '' && { title }),
    ...(description !== undefined && { description }),
    ...(definition !== undefined && { definition }),
    ...(shape.enum && { choices: shape.enum.map(String), ...(choiceWords && { choiceWords }) }),
    ...(kinds.length > 1 && { kinds: kinds.map(({ name }) => name), ...(kind && { kind: kind.name }) }),
    ...(wraps.length > 0 && { wraps }),
    ...(inner !== undefined && { inner }),
    ...(input === 'object' || input === 'list' ? inside(shape, value as object, pointer) : { children: [], more: [] }),
  };
}

function inputFor(shape: Shaped, value: unknown): FormNode['input'] {
  if ('const' in shape) return 'fixed';
  if (shape.enum) return 'choice';
  if (Array.isArray(value)) {
    if (shape.items === undefined) return 'json';
    const { type, enum: choices } = shapeFor(shape.items, '');
    return type === 'string' && !choices && value.every((item) => typeof item === 'string') ? 'lines' : 'list';
  }
  if (typeof value === 'object' && value !== null) return hasKeys(shape) ? 'object' : 'json';
  return INPUTS[typeOf(value)] ?? 'json';
}

const hasKeys = ({ properties, patternProperties, additionalProperties }: Shaped): boolean =>
  properties !== undefined || patternProperties !== undefined || typeof additionalProperties === 'object';

function inside(shape: Shaped, value: object, pointer: string): Pick<FormNode, 'children' | 'more' | 'takesNames'> {
  if (Array.isArray(value)) {
    const items = shape.items ?? true;
    const isOptional = value.length > (shape.minItems ?? 0);
    const children = value.map((item, i) =>
      formNode(items, item, { pointer: childOf(pointer, i), key: String(i), isOptional, among: value.length }),
    );
    const { definition } = shapeFor(items, undefined);
    return { children, more: [], ...(definition !== undefined && { itemDefinition: definition }) };
  }
  const required = new Set(shape.required);
  const known = Object.keys(shape.properties ?? {});
  const there = Object.keys(value).filter((key) => !UNSEEN.has(key));
  const children = there.map((key) =>
    formNode(schemaUnder(shape, key) ?? true, (value as Readonly<Record<string, unknown>>)[key], {
      pointer: childOf(pointer, key),
      key,
      isOptional: !required.has(key),
    }),
  );
  const more = known
    .filter((key) => !there.includes(key) && !UNSEEN.has(key) && !shape.elsewhere?.includes(key))
    .map((key) => {
      const { title, description } = shapeFor(shape.properties?.[key] ?? true, undefined);
      return { key, ...(title !== undefined && { title }), ...(description !== undefined && { description }) };
    });
  return {
    children,
    more,
    ...((shape.patternProperties !== undefined || typeof shape.additionalProperties === 'object') && {
      takesNames: true,
    }),
  };
}

/** A place and all places in it. */
export function* nodesIn(node: FormNode): Generator<FormNode> {
  yield node;
  for (const child of node.children) yield* nodesIn(child);
}

/** What a kind holds under its key, where that is again what the schema is of: one of it, or a list of it. */
function heldBy(schema: GrammarSchema | true, { key, schema: own }: Kind): 'one' | 'list' | undefined {
  if (key === undefined || schema === true) return undefined;
  const { definition, properties } = shapeFor(schema, undefined);
  const under = own.properties?.[key];
  const held = under === undefined || under === true ? (properties?.[key] ?? whole(schema, key)) : under;
  if (definition === undefined || held === undefined || held === true) return undefined;
  const shape = shapeFor(held, undefined);
  if (shape.definition === definition) return 'one';
  return shape.items && shapeFor(shape.items, undefined).definition === definition ? 'list' : undefined;
}

/** A key as the schema has it before any condition takes it away. */
const whole = (schema: GrammarSchema, key: string): GrammarSchema | true | undefined =>
  shapeFor(schema, { [key]: undefined }).properties?.[key];

/** Whether a kind holds what the schema is of, once or in a list. */
export const holdsItself = (schema: GrammarSchema | true, kind: Kind): boolean => heldBy(schema, kind) !== undefined;

/** Whether a kind holds a list of what the schema is of. */
export const holdsList = (schema: GrammarSchema | true, kind: Kind): boolean => heldBy(schema, kind) === 'list';

function innerOf(schema: GrammarSchema | true, kind: Kind, value: unknown, pointer: string): string | undefined {
  const held = heldBy(schema, kind);
  if (held === undefined || kind.key === undefined) return undefined;
  const below = childOf(pointer, kind.key);
  if (held === 'one') return below;
  const list = valueAt(value, childOf('', kind.key));
  return Array.isArray(list) && list.length === 1 ? childOf(below, 0) : undefined;
}
