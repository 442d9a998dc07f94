/** Three texts become one, part by part; what both changed is said, with its place. */
import fc from 'fast-check';
import t from 'tap';
import { mergeJson } from '#base/merge-json';
import { holds } from '../support/histories.ts';

const LIST = '{\n  "items": [\n    { "name": "a", "value": 1 },\n    { "name": "b", "value": 2 } ]\n}\n';

t.test('what one side changed is taken over as it is written', (t) => {
  for (const [says, mine, theirs, merged] of [
    ['other parts', LIST.replace('1', '7'), LIST.replace('2', '8'), LIST.replace('1', '7').replace('2', '8')],
    [
      'both add at the beginning',
      LIST.replace('[\n', '[\n    { "name": "m" },\n'),
      LIST.replace('[\n', '[\n    { "name": "t" },\n'),
      LIST.replace('[\n', '[\n    { "name": "m" },\n    { "name": "t" },\n'),
    ],
    [
      'one removes, one changes another',
      LIST.replace('{ "name": "a", "value": 1 },\n    ', ''),
      LIST.replace('2', '8'),
      '{\n  "items": [\n    { "name": "b", "value": 8 } ]\n}\n',
    ],
    ['a key is added on each side', '{ "a": 1, "m": 2 }', '{ "a": 1, "t": 3 }', '{ "a": 1, "m": 2, "t": 3 }'],
  ] as const) {
    const base = says.startsWith('a key') ? '{ "a": 1 }' : LIST;
    t.same(mergeJson(base, mine, theirs), { text: merged, conflicts: [] }, says);
  }
  t.end();
});

t.test('what both changed is a conflict, until somebody chooses', (t) => {
  const [mine, theirs] = [LIST.replace('1', '7'), LIST.replace('1', '8')];
  t.same(mergeJson(LIST, mine, theirs)?.conflicts, [
    { place: ['items', 'a', 'value'], base: '1', mine: '7', theirs: '8' },
  ]);
  t.same(mergeJson(LIST, mine, theirs, 'mine'), { text: mine, conflicts: [] });
  t.same(mergeJson(LIST, mine, theirs, 'theirs'), { text: theirs, conflicts: [] });
  const gone = LIST.replace('{ "name": "a", "value": 1 },\n    ', '');
  t.match(
    mergeJson(LIST, mine, gone)?.conflicts,
    [{ place: ['items', 'a'], theirs: undefined }],
    'removed and changed',
  );
  t.match(
    mergeJson('[1, 2]', '[1, 2, 3]', '[1, 2, 4]')?.conflicts,
    [{ place: [] }],
    'lists without names, of other lengths',
  );
  t.equal(mergeJson(LIST, '{', LIST), undefined, 'what is no JSON is not merged');
  t.end();
});

const item = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.nat(2), more: fc.array(fc.nat(2)) });
const anyJson = fc.record({ items: fc.uniqueArray(item, { selector: ({ name }) => name }), x: fc.nat(2) });

t.test('whatever the three are', async (t) => {
  await holds(
    t,
    'the outcome is JSON; without a change of one side it is the other; a choice leaves no conflict',
    300,
    fc.property(anyJson, anyJson, anyJson, fc.constantFrom(0, 2), (b, m, o, spaces) => {
      const [base, mine, theirs] = [b, m, o].map((json) => JSON.stringify(json, null, spaces)) as [
        string,
        string,
        string,
      ];
      const same = (a: string | undefined, c: string): boolean =>
        JSON.stringify(JSON.parse(a as string)) === JSON.stringify(JSON.parse(c));
      if (!same(mergeJson(base, mine, base)?.text, mine)) throw new Error('only mine changed');
      if (!same(mergeJson(base, base, theirs)?.text, theirs)) throw new Error('only theirs changed');
      for (const choice of ['mine', 'theirs'] as const) {
        const merged = mergeJson(base, mine, theirs, choice);
        JSON.parse(merged?.text ?? '');
        if (merged?.conflicts.length !== 0) throw new Error('a conflict is left');
      }
    }),
  );
});
