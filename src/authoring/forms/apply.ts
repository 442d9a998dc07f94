/** What somebody typed into the form of a rule file, and what they pressed, as edits of its text. Pure. */
import { escapePointer, parseJson } from '#base/json';
import {
  childOf,
  lastOf,
  parentOf,
  raised,
  swapped,
  valueAt,
  withItem,
  without,
  withValue,
  wrapped,
} from '#base/json-edits';
import { type FormNode, formOf, holdsItself, holdsList, nodesIn, schemaAt } from './form.ts';
import { blankKind, blankOf, type Kind, kindOf, kindsOf, schemaUnder, shapeFor } from './shape.ts';

/** What a form says, by the names of its fields. */
export type Typed = (name: string) => string | undefined;

/** A value, the kind of what stands at a place, a name for something new: each followed by the pointer of its place. */
export const FIELDS = { value: 'v', kind: 'k', name: 'n' } as const;

/** What can be done with a place; a button says one, a blank and a pointer, and perhaps a blank and a key. */
export const ACTIONS = ['add', 'first', 'copy', 'remove', 'up', 'down', 'wrap', 'unwrap'] as const;
type Action = (typeof ACTIONS)[number];

export interface Applied {
  readonly text: string;
  /** Where the person goes on: what they added or moved. */
  readonly at: string;
  /** What could not be read, by the place that it was typed for. */
  readonly unread: readonly { readonly pointer: string; readonly message: string }[];
}

const jsonOf = (text: string): unknown => parseJson(text).json;

/**
 * Applies a form to a file.
 * @param path of the file
 * @param text which is JSON
 * @param at the place that the form was about
 * @param pressed `ACTION POINTER [KEY]`, or nothing
 */
export function applyForm(path: string, text: string, at: string, typed: Typed, pressed = ''): Applied {
  const form = formOf(path, jsonOf(text), at);
  if (!form) return { text, at, unread: [] };
  const unread: { pointer: string; message: string }[] = [];
  let now = text;
  const nodes = [...nodesIn(form)];
  for (const node of nodes) {
    const written = typed(`${FIELDS.value}${node.pointer}`);
    if (written === undefined) continue;
    const read = valueTyped(node, written.replaceAll('\r\n', '\n'));
    if ('message' in read) unread.push({ pointer: node.pointer, message: read.message });
    else if (!isSame(read.value, node.value)) {
      now = withValue(now, node.pointer, read.value);
      if (node.input === 'choice') now = fitted(path, now, parentOf(node.pointer));
    }
  }
  // The innermost first: what holds another thing may take it with it.
  for (const node of nodes.toReversed()) {
    const wanted = typed(`${FIELDS.kind}${node.pointer}`);
    if (wanted !== undefined && wanted !== node.kind) now = ofKind(path, now, node.pointer, wanted);
  }
  const [action = '', pointer = '', ...rest] = pressed.split(' ');
  if (!ACTIONS.includes(action as Action)) return { text: now, at: '', unread };
  const { refused, ...done } = acted(path, now, action as Action, pointer, rest.join(' '), typed);
  return { ...done, unread: refused === undefined ? unread : [...unread, { pointer, message: refused }] };
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What a field says, as the value that it is of. */
function valueTyped(node: FormNode, written: string): { readonly value: unknown } | { readonly message: string } {
  switch (node.input) {
    case 'number': {
      const number = Number(written);
      if (written.trim() !== '' && Number.isFinite(number)) return { value: number };
      return { message: `found "${written}", expected a number` };
    }
    case 'flag':
      return { value: written === 'true' };
    case 'choice':
      return { value: typeof node.value === 'number' ? Number(written) : written };
    case 'lines':
      return { value: written.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()])) };
    case 'json': {
      const { json, problems } = parseJson(written);
      const [problem] = problems;
      return problem ? { message: problem.message } : { value: json };
    }
    case 'text':
      return { value: written.replaceAll('\n', ' ') };
    default:
      return { value: node.value };
  }
}

/** An object without keys that it may no longer have, and with those that it must have now. */
function fitted(path: string, text: string, pointer: string): string {
  const json = jsonOf(text);
  const value = valueAt(json, pointer);
  const schema = schemaAt(path, json, pointer);
  if (schema === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return text;
  const shape = shapeFor(schema, value);
  let now = text;
  if (shape.additionalProperties === false)
    for (const key of Object.keys(value))
      if (schemaUnder(shape, key) === undefined) now = without(now, childOf(pointer, key));
  for (const key of shape.required ?? [])
    if (!Object.hasOwn(value, key))
      now = withValue(now, childOf(pointer, key), blankOf(schemaUnder(shape, key) ?? true));
  return retyped(path, now, pointer);
}

/** An object with blank values where those that it has can no longer stand: what is asked now is another thing. */
function retyped(path: string, text: string, pointer: string): string {
  const json = jsonOf(text);
  const value = valueAt(json, pointer);
  let now = text;
  for (const key of Object.keys((value ?? {}) as object)) {
    const place = childOf(pointer, key);
    const schema = schemaAt(path, json, place);
    const kinds = schema === undefined ? [] : kindsOf(schema);
    const own = valueAt(json, place);
    if (schema === undefined || schema === true || typeof own === 'object') continue;
    const { type } = shapeFor(schema, undefined);
    const isKnown = type === undefined || [type].flat().some((one) => one === typeof own || one === 'integer');
    if (!isKnown || (kinds.length > 0 && !kindOf(kinds, own))) now = withValue(now, place, blankOf(schema));
  }
  return now;
}

/** With another kind of thing at a place: what was there goes into it, where it can. */
function ofKind(path: string, text: string, pointer: string, name: string): string {
  const json = jsonOf(text);
  const schema = schemaAt(path, json, pointer);
  const value = valueAt(json, pointer);
  const kinds = schema === undefined ? [] : kindsOf(schema);
  const kind = kinds.find((one) => one.name === name);
  if (schema === undefined || !kind) return text;
  const now = kindOf(kinds, value);
  const isGroup = (one: Kind | undefined): one is Kind => one !== undefined && holdsList(schema, one);
  // One group for another: what is in it stays.
  if (isGroup(now) && isGroup(kind) && now.key !== undefined && kind.key !== undefined) {
    const below = childOf(pointer, now.key);
    const [before, after] = aroundGroup(kind);
    return raised(wrapped(text, below, before, after), below, pointer);
  }
  if (holdsItself(schema, kind)) return wrappedIn(text, pointer, schema, kind);
  const blank = blankKind(schema, kind);
  if (typeof blank !== 'object' || blank === null || Array.isArray(blank)) return withValue(text, pointer, blank);
  return withValue(text, pointer, { ...blank, ...kept(value, blank, schema, kinds) });
}

/** What of the keys of a thing stays when it becomes another kind. */
function kept(value: unknown, blank: object, schema: Parameters<typeof shapeFor>[0], kinds: readonly Kind[]): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const allowed = shapeFor(schema, blank);
  const others = new Set(kinds.flatMap(({ key }) => key ?? []));
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !others.has(key) && schemaUnder(allowed, key) !== undefined),
  );
}

const aroundGroup = ({ key }: Kind): [before: string, after: string] => [`{ ${JSON.stringify(key)}: `, ' }'];

function wrappedIn(text: string, pointer: string, schema: Parameters<typeof shapeFor>[0], kind: Kind): string {
  const [before, after] = aroundGroup(kind);
  return holdsList(schema, kind)
    ? wrapped(text, pointer, `${before}[ `, ` ]${after}`)
    : wrapped(text, pointer, before, after);
}

interface Acted extends Pick<Applied, 'text' | 'at'> {
  /** Why it was not done. */
  readonly refused?: string;
}

function acted(path: string, text: string, action: Action, pointer: string, key: string, typed: Typed): Acted {
  const json = jsonOf(text);
  const parent = parentOf(pointer);
  const index = Number(lastOf(pointer));
  switch (action) {
    case 'add':
    case 'first':
      return added(path, text, pointer, key === '' ? (typed(`${FIELDS.name}${pointer}`) ?? '').trim() : key, action);
    case 'copy':
      return {
        text: withItem(text, parent, index + 1, otherwiseNamed(valueAt(json, pointer), valueAt(json, parent))),
        at: childOf(parent, index + 1),
      };
    case 'remove':
      return { text: without(text, pointer), at: parent };
    case 'up':
    case 'down': {
      const to = action === 'up' ? index - 1 : index + 1;
      return { text: swapped(text, parent, index, to), at: childOf(parent, to) };
    }
    case 'wrap':
      return { text: ofKindOrWrapped(path, text, pointer, key), at: pointer };
    case 'unwrap': {
      const inner = formOf(path, json, pointer)?.inner;
      return { text: inner === undefined ? text : raised(text, inner, pointer), at: pointer };
    }
  }
}

const nameIn = (value: unknown): unknown => valueAt(value, '/name');

/** Another of a thing that has a name: with a name that nothing beside it has, since two of one name cannot be used. */
function otherwiseNamed(value: unknown, beside: unknown): unknown {
  const name = nameIn(value);
  if (typeof name !== 'string' || name === '' || !Array.isArray(beside)) return value;
  const names = new Set(beside.map(nameIn));
  const base = name.replace(/\d+$/, '');
  for (let number = 2; ; number++)
    if (!names.has(`${base}${number}`)) return { ...(value as object), name: `${base}${number}` };
}

/** A thing in a new one that holds it, also where both are of one kind. */
function ofKindOrWrapped(path: string, text: string, pointer: string, name: string): string {
  const schema = schemaAt(path, jsonOf(text), pointer);
  const kind = schema === undefined ? undefined : kindsOf(schema).find((one) => one.name === name);
  return schema !== undefined && kind && holdsItself(schema, kind) ? wrappedIn(text, pointer, schema, kind) : text;
}

/** A blank item of the kind that the last one is: a list seldom has several. */
function blankLike(schema: Parameters<typeof shapeFor>[0], last: unknown): unknown {
  const kind = last === undefined || last === null ? undefined : kindOf(kindsOf(schema), last);
  const blank = kind?.key === undefined ? blankOf(schema) : blankKind(schema, kind);
  if (typeof blank !== 'object' || blank === null || Array.isArray(blank)) return blank;
  const shape = shapeFor(schema, blank);
  // What has to be in it is of the kind that it is there, too.
  const like = ([key, value]: [string, unknown]): [string, unknown] => {
    const beside = valueAt(last, childOf('', key));
    const isThere = typeof value === 'object' && typeof beside === 'object' && !Array.isArray(value);
    return [key, isThere ? blankLike(schemaUnder(shape, key) ?? true, beside) : value];
  };
  return Object.fromEntries(Object.entries(blank).map(like));
}

/** With one more item or key. */
function added(path: string, text: string, pointer: string, key: string, action: 'add' | 'first'): Acted {
  const json = jsonOf(text);
  const value = valueAt(json, pointer);
  const schema = schemaAt(path, json, pointer);
  if (schema === undefined) return { text, at: pointer };
  const shape = shapeFor(schema, value);
  if (Array.isArray(value)) {
    const blank = blankLike(shape.items ?? true, value.at(-1));
    // What a list has to contain is what it ends with: the new one comes before it.
    const last = shape.contains === undefined ? value.length : Math.max(0, value.length - 1);
    const place = action === 'first' ? 0 : last;
    return { text: withItem(text, pointer, place, blank), at: childOf(pointer, place) };
  }
  const under = schemaUnder(shape, key);
  if (key === '') return { text, at: pointer, refused: 'no name was written; write the name of what is to be added' };
  if (under === undefined)
    return { text, at: pointer, refused: `found "${key}", which cannot stand here; names are letters and digits` };
  if (Object.hasOwn(Object(value), key)) return { text, at: pointer, refused: `"${key}" is there already` };
  return { text: withValue(text, childOf(pointer, key), blankOf(under)), at: `${pointer}/${escapePointer(key)}` };
}
