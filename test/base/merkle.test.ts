/** The tree against the published examples of Certificate Transparency, and every path against every change to it. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { leavesIn } from '#audit/leaves';
import { inclusionPath, leafHash, MerkleTree, nodeHash, rootOf, verifyPath } from '#base/merkle';

/** Leaves and the roots over the first one, two, … of them, as RFC 6962's own test data has them. */
const PUBLISHED: readonly (readonly [leaf: string, root: string])[] = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
];

const leaf = (i: number): Buffer => leafHash(`row ${i}\r\n`, `{"row":${i}}\n`);
const all = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => leaf(i)));

t.test('roots are those published', (t) => {
  const tree = new MerkleTree();
  t.equal(tree.root().toString('hex'), createHash('sha256').digest('hex'), 'of nothing, the SHA-256 of nothing');
  for (const [hex, root] of PUBLISHED) {
    tree.add(leafHash(Buffer.from(hex, 'hex'), ''));
    t.equal(tree.root().toString('hex'), root, `${tree.size} leaves`);
  }
  t.end();
});

t.test('a leaf is over the row line and the trace line as they stand in their files', (t) => {
  const expected = createHash('sha256')
    .update(Buffer.concat([Buffer.from([0]), Buffer.from('CENR-R^Núñez\r\n{"key":[]}\n')]))
    .digest('hex');
  t.equal(leafHash('CENR-R^Núñez\r\n', Buffer.from('{"key":[]}\n')).toString('hex'), expected);
  t.end();
});

t.test('leaves added one by one or many at a time, or read in parts, give one root', (t) => {
  for (const count of [1, 2, 7, 64, 100]) {
    const tree = new MerkleTree();
    for (let i = 0; i < count; i++) tree.add(leaf(i));
    const parts = new MerkleTree();
    parts.addAll(all(3 % count));
    parts.addAll(all(count).subarray((3 % count) * 32));
    t.ok(tree.root().equals(parts.root()), `${count} leaves`);
    t.ok(tree.root().equals(rootOf(leavesIn(all(count)))));
  }
  const buffer = leaf(0);
  const tree = new MerkleTree();
  tree.add(buffer);
  buffer.fill(0);
  t.ok(tree.root().equals(leaf(0)), 'what is done with the bytes afterwards changes nothing');
  t.end();
});

t.test('every path of trees of every size leads to the root, and to no other', (t) => {
  for (let count = 1; count <= 33; count++) {
    const leaves = leavesIn(all(count));
    const root = rootOf(leaves);
    for (let i = 0; i < count; i++) {
      const path = inclusionPath(leaves, i);
      const held = verifyPath(leaf(i), i, count, path, root);
      const refused = [
        verifyPath(leaf(i + 1), i, count, path, root),
        verifyPath(leaf(i), i + 1, count, path, root),
        verifyPath(leaf(i), i - 1, count, path, root),
        verifyPath(leaf(i), i, count, [...path, leaf(0)], root),
        verifyPath(leaf(i), i, count, path, leaf(99)),
        ...(path.length > 0
          ? [
              verifyPath(leaf(i), i, count, path.slice(1), root),
              verifyPath(leaf(i), i, count, path.toReversed().with(0, leaf(98)), root),
              verifyPath(leaf(i), i, count, path.with(path.length - 1, leaf(98)), root),
            ]
          : []),
      ];
      if (!held || refused.some(Boolean)) t.fail(`leaf ${i} of ${count}: ${held} ${refused}`);
    }
  }
  t.throws(() => inclusionPath(leavesIn(all(3)), 3), { message: 'there is no leaf 3 among 3' });
  t.end();
});

t.test('a node cannot be passed off as a leaf', (t) => {
  const [a, b] = [leaf(0), leaf(1)];
  t.notOk(leafHash(a, b).equals(nodeHash(a, b)));
  t.notOk(verifyPath(a, 0, 1, [b], nodeHash(a, b)), 'nor can a tree of two be passed off as one of one');
  t.end();
});
