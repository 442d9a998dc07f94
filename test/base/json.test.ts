/** Reading JSON that was written by hand: what is refused, and that the quick way refuses no less. */
import fc from 'fast-check';
import { getNodeValue, type Node, parseTree, visit } from 'jsonc-parser';
import t from 'tap';
import { parseJson } from '#base/json';

const FORBIDDEN = ['__proto__', 'prototype', 'constructor'];

/** What a text is, found in another way: whether it is JSON, in which no object has a key twice or one that is forbidden. */
function isFaultless(text: string): boolean {
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  const open: Set<string>[] = [];
  let isSo = true;
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectProperty(key) {
      if (open.at(-1)?.has(key) || FORBIDDEN.includes(key)) isSo = false;
      open.at(-1)?.add(key);
    },
    onObjectEnd: () => void open.pop(),
  });
  return isSo;
}

const key = fc.oneof(fc.constantFrom('a', 'b', 'a:b', '"', '\\', '{', '', ...FORBIDDEN), fc.string({ maxLength: 4 }));
/** Objects are made of keys and values one after the other, so a key can be there twice. */
const { text: written } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
    fc.array(tie('text'), { maxLength: 4 }).map((texts) => `[${texts.join(', ')}]`),
    fc
      .array(fc.tuple(key, tie('text')), { maxLength: 4 })
      .map((entries) => `{ ${entries.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(',\n')} }`),
  ),
}));
/** A text with one character too much, or another. */
const edited = fc
  .tuple(written, fc.nat(), fc.constantFrom('"', ':', ',', '{', '}', '[', ']', '\\', '/', '1', ' '), fc.boolean())
  .map(([text, at, character, isMore]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + character + text.slice(place + (isMore ? 0 : 1));
  });

t.test('a text is taken when it is JSON without a key twice, and only then', (t) => {
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(fc.oneof(written, edited), (text) => {
      const { json, problems } = parseJson(text);
      if (isFaultless(text) !== (problems.length === 0)) return false;
      if (problems.length > 0) {
        refused++;
        return json === undefined;
      }
      taken++;
      return JSON.stringify(json) === JSON.stringify(getNodeValue(parseTree(text) as Node));
    }),
    { numRuns: 2_000 },
  );
  t.ok(taken > 200, `${taken} taken`);
  t.ok(refused > 200, `${refused} refused`);
  t.end();
});

t.test('a key twice, or a forbidden one, is told with its place', (t) => {
  const told = (text: string): string[] =>
    parseJson(text).problems.map(
      ({ pointer, position: { line, column }, message }) => `${line}:${column} ${pointer} ${message.split(';')[0]}`,
    );
  t.same(told('{"a": 1,\n "b": {"c": 1, "c": 2}}'), ['2:16 /b/c the key "c" appears twice']);
  // Written in another way it is the same key.
  t.same(told('{"a": 1, "\\u0061": 2}'), ['1:10 /a the key "a" appears twice']);
  t.same(told('[{"__proto__": {}}]'), ['1:3 /0/__proto__ "__proto__" is not allowed as a key']);
  t.same(told('{"a": {"b": ":", "c": "{\\":"}, "d": ["a", "a"]}'), []);
  t.end();
});

t.test('a key that begins with an escape is read right after one that is a backslash', (t) => {
  t.same(Object.keys(parseJson('{"\\\\": 1}').json as object), ['\\']);
  t.same(Object.keys(parseJson('{"\\u0061": 1}').json as object), ['a']);
  t.match(parseJson('{"\\u0061": 1, "\\u0061": 2}').problems, [{ pointer: '/a' }]);
  t.end();
});

t.test('the place of a pointer is found in a text without a fault', (t) => {
  const { locate } = parseJson('{\n  "a": [1,\n    {"b": 2}]\n}');
  t.same(locate('/a/1/b'), { line: 3, column: 11 });
  t.same(locate('/a/1/missing'), { line: 3, column: 5 });
  t.same(locate(''), { line: 1, column: 1 });
  t.end();
});
