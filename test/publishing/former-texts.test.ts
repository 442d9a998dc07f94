/** Changes of files are taken back to the letter, whatever they were, and only so much is kept. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type FormerTexts, formerFiles, takenBack, withLast } from '#publishing/former-texts';
import { inOrder } from '#rulebook/load/texts';
import { holds } from '../support/histories.ts';

const files = fc
  .dictionary(
    fc.constantFrom('rules/a.json', 'rules/b.json', 'rules/c.json'),
    fc.string({ unit: fc.constantFrom('a', 'b', '\n', '😀'), maxLength: 8 }),
  )
  .map((texts) => inOrder(Object.entries(texts).map(([path, text]) => ({ path, text }))));

t.test('any change taken back gives what was before', async (t) => {
  await holds(
    t,
    'changes taken back',
    300,
    fc.property(fc.array(files, { minLength: 2, maxLength: 5 }), (versions) => {
      let changes: readonly FormerTexts[] = [];
      versions.slice(1).forEach((after, i) => {
        changes = withLast(changes, { at: String(i), files: formerFiles(versions[i] ?? [], after) });
      });
      let texts = versions.at(-1) ?? [];
      for (const [i, change] of [...changes.entries()].reverse()) {
        texts = inOrder(takenBack(texts, change));
        assert.deepEqual(texts, versions[i]);
      }
    }),
  );
});

t.test('of a text only what differs is kept, and of all changes the last ones', (t) => {
  const [was, is] = ['0'.repeat(50_000), `${'0'.repeat(30_000)}1${'0'.repeat(20_000)}`];
  const [small] = formerFiles([{ path: 'a', text: was }], [{ path: 'a', text: is }]);
  t.same(small, { did: 'changed', path: 'a', start: 30_000, length: 1, text: '' });
  const large = (at: string): FormerTexts => ({ at, files: [{ did: 'removed', path: 'a', text: '0'.repeat(90_000) }] });
  const kept = ['1', '2', '3'].reduce<readonly FormerTexts[]>((all, at) => withLast(all, large(at)), []);
  t.same(
    kept.map(({ at }) => at),
    ['2', '3'],
  );
  t.same(withLast(kept, { at: '4', files: [{ did: 'removed', path: 'a', text: '0'.repeat(300_000) }] }), []);
  const many = Array.from({ length: 80 }, (_, i) => String(i)).reduce<readonly FormerTexts[]>(
    (all, at) => withLast(all, { at, files: [{ did: 'added', path: 'a' }] }),
    [],
  );
  t.equal(many.length, 50);
  t.equal(many.at(-1)?.at, '79');
  t.end();
});
