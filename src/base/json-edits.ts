/** Edits of a JSON text at places named by JSON pointers: every other character stays as it was written. */
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { escapePointer, segments } from './json.ts';

/** As people write it: a blank behind each colon and comma. */
export const spaced = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(spaced).join(', ')} ]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, of]) => `${JSON.stringify(key)}: ${spaced(of)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
};

/** The pointer of what a place stands in; of the whole, the whole. */
export const parentOf = (pointer: string): string => pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));

/** The last segment of a pointer. */
export const lastOf = (pointer: string): string => segments(pointer).at(-1) ?? '';

export const childOf = (pointer: string, key: string | number): string => `${pointer}/${escapePointer(String(key))}`;

/** What stands at a place of a value; `undefined` when nothing does. */
export const valueAt = (json: unknown, pointer: string): unknown =>
  segments(pointer).reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined,
    json,
  );

function nodeAt(text: string, pointer: string): Node | undefined {
  const root = parseTree(text);
  let node = root;
  let path: (string | number)[] = [];
  for (const segment of segments(pointer)) {
    path = [...path, node?.type === 'array' ? Number(segment) : segment];
    node = root && findNodeAtLocation(root, path);
  }
  return node;
}

const textOf = (text: string, { offset, length }: Node): string => text.slice(offset, offset + length);

const replaced = (text: string, from: number, to: number, by: string): string =>
  text.slice(0, from) + by + text.slice(to);

/** The blanks, and perhaps the end of a line, that stand before a node. */
function blanksBefore(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return before.slice(before.trimEnd().length);
}

/** With something among the children of a list or an object, before the child that is `at` now. */
function withChild(text: string, parent: Node, at: number, written: string): string {
  const children = parent.children ?? [];
  const [first] = children;
  if (!first) {
    const [open, close] = parent.type === 'array' ? '[]' : '{}';
    return replaced(text, parent.offset, parent.offset + parent.length, `${open} ${written} ${close}`);
  }
  const next = children[at];
  // What stands between two of them stands between the new one and the next.
  const between = blanksBefore(text, (children[1] ?? first).offset) || ' ';
  if (next) return replaced(text, next.offset, next.offset, `${written},${between}`);
  const last = children.at(-1) as Node;
  const end = last.offset + last.length;
  return replaced(text, end, end, `,${between}${written}`);
}

/** Without one of the children of a list or an object. */
function withoutChild(text: string, parent: Node, at: number): string {
  const children = parent.children ?? [];
  const [child, before, next] = [children[at], children[at - 1], children[at + 1]];
  if (!child) return text;
  if (before) return replaced(text, before.offset + before.length, child.offset + child.length, '');
  return replaced(text, child.offset, next ? next.offset : child.offset + child.length, '');
}

/**
 * With another value at a place, written as it is given.
 * @returns `undefined` when there is no such place
 */
export function withValueAt(text: string, pointer: string, written: string): string | undefined {
  const node = nodeAt(text, pointer);
  return node && replaced(text, node.offset, node.offset + node.length, written);
}

/** With another value at a place; a key that an object does not have is added to it. */
export function withValue(text: string, pointer: string, value: unknown): string {
  const now = withValueAt(text, pointer, spaced(value));
  if (now !== undefined) return now;
  const parent = nodeAt(text, parentOf(pointer));
  if (parent?.type === 'array') return withItem(text, parentOf(pointer), parent.children?.length ?? 0, value);
  if (parent?.type !== 'object') return text;
  return withChild(text, parent, parent.children?.length ?? 0, `${JSON.stringify(lastOf(pointer))}: ${spaced(value)}`);
}

/** With one more item in a list, before the one that has this place now. */
export function withItem(text: string, list: string, at: number, value: unknown): string {
  const node = nodeAt(text, list);
  return node?.type === 'array' ? withChild(text, node, at, spaced(value)) : text;
}

/**
 * With one more item at the end of a list, written as it is given.
 * @returns `undefined` when there is no such list
 */
export function withItemAdded(text: string, list: string, written: string): string | undefined {
  const node = nodeAt(text, list);
  return node?.type === 'array' ? withChild(text, node, node.children?.length ?? 0, written) : undefined;
}

/** Without a key or an item. */
export function without(text: string, pointer: string): string {
  const parent = nodeAt(text, parentOf(pointer));
  const key = lastOf(pointer);
  if (parent?.type === 'array') return withoutChild(text, parent, Number(key));
  const at = parent?.children?.findIndex(({ children }) => children?.[0]?.value === key) ?? -1;
  return parent?.type === 'object' && at >= 0 ? withoutChild(text, parent, at) : text;
}

/** With two items of a list in each other's place. */
export function swapped(text: string, list: string, a: number, b: number): string {
  const children = nodeAt(text, list)?.children ?? [];
  const [first, second] = [children[Math.min(a, b)], children[Math.max(a, b)]];
  if (!first || !second || first === second) return text;
  const later = replaced(text, second.offset, second.offset + second.length, textOf(text, first));
  return replaced(later, first.offset, first.offset + first.length, textOf(text, second));
}

/** With what stands at a place between two texts: `wrapped(text, p, '{ "not": ', ' }')`. */
export function wrapped(text: string, pointer: string, before: string, after: string): string {
  const node = nodeAt(text, pointer);
  if (!node) return text;
  return replaced(text, node.offset, node.offset + node.length, before + textOf(text, node) + after);
}

/** With what stands at one place in another place, as it is written there. */
export function raised(text: string, from: string, to: string): string {
  const [inner, outer] = [nodeAt(text, from), nodeAt(text, to)];
  if (!inner || !outer) return text;
  return replaced(text, outer.offset, outer.offset + outer.length, textOf(text, inner));
}
