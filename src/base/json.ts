/** JSON with places: what a text says, what is wrong with it, and at which line and column a JSON pointer stands. */
import {
  findNodeAtLocation,
  getLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';

/**
 * Rule files are written by hand; anything beyond these sizes is a mistake or an attack, and is refused before it is
 * parsed.
 */
export const MOST_CHARACTERS = 1_000_000;
const MOST_DEPTH = 64;
/** Of a file with more mistakes of one kind nobody reads the rest, and finding the place of each takes time. */
export const MOST_PROBLEMS = 200;

const BYTE_ORDER_MARK = '\uFEFF';
/** What stands in a text in place of bytes that were not UTF-8. */
const REPLACEMENT = '\uFFFD';

/** Keys that would reach an object's prototype. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'prototype', 'constructor']);

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ParsedJson {
  readonly json: unknown;
  /** JSON pointer and sentence; empty when the text can be used. */
  readonly problems: readonly { readonly pointer: string; readonly message: string; readonly position: Position }[];
  /** Where a JSON pointer stands, both counted from 1; the nearest parent that exists when the pointer does not. */
  locate(pointer: string): Position;
}

const position = (text: string, offset: number): Position => {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - lastBreak };
};

/** Whether a value that was read is an object, and not a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The pointer's segments, with `~1` and `~0` undone (RFC 6901). */
export const segments = (pointer: string): string[] =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A key as a segment of a JSON pointer (RFC 6901). */
export const escapePointer = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1');

/** The nodes of a text with their places; `undefined` for a text that `parseJson` would not take. */
export const jsonTree = (text: string): Node | undefined =>
  parseJson(text).problems.length === 0 ? parseTree(text) : undefined;

/** Parses a rule file. Comments, trailing commas, duplicate keys and keys such as `__proto__` are refused. */
export function parseJson(text: string): ParsedJson {
  const refuse = (message: string, offset = 0): ParsedJson => {
    const where = position(text, offset);
    return { json: undefined, problems: [{ pointer: '', message, position: where }], locate: () => where };
  };
  if (text.startsWith(BYTE_ORDER_MARK))
    return refuse('the file begins with an invisible byte order mark; save it as UTF-8 without BOM');
  if (text.length > MOST_CHARACTERS)
    return refuse(`the file has ${text.length} characters; a rule file has at most ${MOST_CHARACTERS}`);
  const lost = text.indexOf(REPLACEMENT);
  if (lost >= 0)
    return refuse(
      'the file is not UTF-8, or lost a letter when it was saved as something else: found the character U+FFFD; save it as UTF-8 and write the letter again',
      lost,
    );
  const { tooDeepAt, keys } = shapeOf(text);
  if (tooDeepAt !== undefined)
    return refuse(`brackets are nested more than ${MOST_DEPTH} deep; a rule file needs fewer`, tooDeepAt);
  const faultless = faultlessOf(text, keys);
  if (faultless) {
    let root: Node | undefined;
    return {
      json: faultless.json,
      problems: [],
      locate(pointer) {
        root ??= parseTree(text) as Node;
        return placeOf(text, root, pointer);
      },
    };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (first)
    return refuse(
      `not JSON: ${words(printParseErrorCode(first.error))}; found ${JSON.stringify(text.slice(first.offset, first.offset + 20))}`,
      first.offset,
    );
  if (!root) return refuse('not JSON: the file is empty');
  const problems = Array.from(keyProblems(root, '').take(MOST_PROBLEMS), ({ pointer, message, offset }) => ({
    pointer,
    message,
    position: position(text, offset),
  }));
  return {
    json: problems.length ? undefined : getNodeValue(root),
    problems,
    locate: (pointer) => placeOf(text, root, pointer),
  };
}

function placeOf(text: string, root: Node, pointer: string): Position {
  let path: (string | number)[] = [];
  let node = root;
  for (const segment of segments(pointer)) {
    path = [...path, node.type === 'array' ? Number(segment) : segment];
    const next = findNodeAtLocation(root, path);
    if (!next) break;
    node = next;
  }
  return position(text, node.offset);
}

/** `PropertyNameExpected` as `property name expected`. */
const words = (code: string): string => code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

/** What the brackets and colons of a text say of it: where it is nested too deeply, if so, and how many keys it has. */
function shapeOf(text: string): { readonly tooDeepAt?: number; readonly keys: number } {
  let open = 0;
  let keys = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inText) {
      if (c === '\\') i++;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === ':') keys++;
    else if (c === '{' || c === '[') {
      if (++open > MOST_DEPTH) return { tooDeepAt: i, keys };
    } else if (c === '}' || c === ']') open--;
  }
  return { keys };
}

/**
 * What a text says that has no fault; `undefined` for all others. It takes a sixth of the time of finding out where
 * everything stands, which is seldom asked of such a text.
 * @param keys how many the text has
 */
function faultlessOf(text: string, keys: number): { readonly json: unknown } | undefined {
  try {
    const json: unknown = JSON.parse(text);
    // A key that appears twice is one in what was read.
    return keysIn(json) === keys ? { json } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How many keys a value has, with those of all values in it; NaN when one of them is forbidden, or has a backslash: once
 * `JSON.parse` of Node 24 met a key that is a backslash, it takes every key that begins with an escape for that one.
 */
function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  for (const [key, each] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key) || key.includes('\\')) return Number.NaN;
    count += keysIn(each) + (Array.isArray(value) ? 0 : 1);
  }
  return count;
}

function* keyProblems(node: Node, pointer: string): Generator<{ pointer: string; message: string; offset: number }> {
  if (node.type === 'array') {
    for (const [i, child] of (node.children ?? []).entries()) yield* keyProblems(child, `${pointer}/${i}`);
    return;
  }
  if (node.type !== 'object') return;
  const seen = new Set<string>();
  for (const property of node.children ?? []) {
    const [name, value] = property.children as [Node, Node | undefined];
    const key = String(name.value);
    const here = `${pointer}/${escapePointer(key)}`;
    if (seen.has(key))
      yield { pointer: here, message: `the key "${key}" appears twice; keep one of the two`, offset: name.offset };
    if (FORBIDDEN_KEYS.has(key))
      yield { pointer: here, message: `"${key}" is not allowed as a key; choose another name`, offset: name.offset };
    seen.add(key);
    if (value) yield* keyProblems(value, here);
  }
}

/** Where somebody is in a text that they are writing; it need not be JSON yet. */
export interface Place {
  /** Keys and places of items on the way there. */
  readonly path: readonly (string | number)[];
  /** Whether a key is being written; otherwise a value. */
  readonly isKey: boolean;
  /** What is being written, quotation marks included: from where to where it would be replaced. */
  readonly from: number;
  readonly to: number;
  /** What of it stands before the place, without quotation marks. */
  readonly written: string;
}

/** @param at how many characters stand before the place */
export function placeIn(text: string, at: number): Place {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, at);
  const isIn =
    previousNode !== undefined && previousNode.offset <= at && at <= previousNode.offset + previousNode.length;
  const isOpen = previousNode?.type === 'string' && !/^"(?:[^"\\]|\\.)*"$/s.test(textOf(text, previousNode));
  const from = isIn ? previousNode.offset : at;
  const line = text.indexOf('\n', from);
  // A string that is not closed yet goes on to whatever stands behind it.
  const to = isIn ? (isOpen ? Math.min(at, line < 0 ? at : line) : previousNode.offset + previousNode.length) : at;
  return { path, isKey: isAtPropertyKey, from, to, written: text.slice(from, at).replace(/^"/, '') };
}

const textOf = (text: string, { offset, length }: { readonly offset: number; readonly length: number }): string =>
  text.slice(offset, offset + length);

/** What can be read of a text that need not be JSON: what is there, as far as it goes. */
export function readLeniently(text: string): unknown {
  const root = parseTree(text);
  return root && getNodeValue(root);
}
