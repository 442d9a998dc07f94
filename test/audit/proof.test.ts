/** Proofs of the rows of a small extract: every one holds, and none holds any more when anything in it was changed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { leavesIn, openLeaves } from '#audit/leaves';
import { checkProof, indexOfLeaf, type Proof, proofOf } from '#audit/proof';
import { saltOf } from '#base/leaf-hasher';
import { leafHash } from '#base/merkle';
import { fileOutput } from '#base/output';
import { inputFiles } from '#intake/input-files';
import { RecordTypes } from '#intake/record-types';
import { extractFromFiles } from '#pipeline/from-files';
import { writeSample } from '#sample/write';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';

const SECRET = { saltKey: new Uint8Array(32).fill(3) };

async function smallExtract(t: Parameters<typeof folder>[0]) {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  await writeSample({ students: 30, seed: 11, leas: 1, style: 'plain' }, sample);
  const [out, trace, leaves] = [join(dir, 'cenr.txt'), join(dir, 'cenr.ndjson'), join(dir, 'cenr.leaves')];
  const { rows, reasons } = await extractFromFiles({
    rulebook: shipped,
    files: (await inputFiles([sample], new RecordTypes(shipped))).files,
    threads: 0,
    request: { reportingLEAs: 'all', academicYear: '2023-2024' },
    runDate: '20240715',
    output: await fileOutput(out),
    trace,
    leaves,
    manifest: true,
    saltKey: SECRET.saltKey,
  });
  const lines = (path: string) => readFileSync(path, 'utf8').split(/(?<=\n)/);
  return {
    rows: lines(out),
    trace: lines(trace),
    leaves,
    count: rows,
    manifest: { format: 2, merkleRoot: reasons?.merkleRoot ?? '', rows, sha256: 'cd'.repeat(32) },
  };
}

t.test('the proof of every row holds, for the extract of its manifest and no other', async (t) => {
  const { rows, trace, leaves: path, count, manifest } = await smallExtract(t);
  t.ok(count > 10, `${count} rows`);
  const leaves = openLeaves(path);
  t.teardown(() => leaves.close());
  for (let index = 0; index < count; index++) {
    const proof = proofOf({
      row: rows[index] as string,
      trace: trace[index] as string,
      index,
      leaves,
      secret: SECRET,
      manifest,
    });
    const again = JSON.parse(JSON.stringify(proof)) as Proof;
    t.same([checkProof(again), checkProof(again, manifest)], [undefined, undefined], `row ${index + 1}`);
    t.equal(proof.root, manifest.merkleRoot);
    const others = rows.filter((_, i) => i !== index).map((row) => row.split('^')[7] as string);
    t.notOk(
      others.some((ssid) => ssid !== proof.row.split('^')[7] && JSON.stringify(proof).includes(ssid)),
      'no other student is in it',
    );
    t.match(
      checkProof(proof, { ...manifest, merkleRoot: 'ee'.repeat(32) }),
      /^the proof belongs to another extract: its root is /,
    );
    t.match(
      checkProof(proof, { ...manifest, rows: count + 1 }),
      /^the proof belongs to an extract with \d+ rows, and the manifest to one with \d+$/,
    );
    t.match(
      checkProof(proof, { ...manifest, sha256: 'ee'.repeat(32) }),
      /^the proof names the manifest with SHA-256 cdcd/,
    );
  }
  t.throws(() => proofOf({ row: rows[1] as string, trace: trace[0] as string, index: 0, leaves, secret: SECRET }), {
    message: /row 1 and its trace do not belong to the extract/,
  });
});

t.test('whatever is changed in a proof, it no longer holds', async (t) => {
  const { rows, trace, leaves: path } = await smallExtract(t);
  const leaves = leavesIn(readFileSync(path));
  const index = 5;
  const proof = proofOf({ row: rows[index] as string, trace: trace[index] as string, index, leaves, secret: SECRET });
  t.equal(checkProof(proof), undefined);
  const salt = proof.salt as string;
  const flipped = (text: string, at: number): string =>
    `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`;
  const holding: string[] = [];
  const refuse = (changed: object, what: string): void => {
    if (checkProof({ ...proof, ...changed }) === undefined) holding.push(what);
  };
  for (let at = 0; at < proof.row.length; at++) refuse({ row: flipped(proof.row, at) }, `row, character ${at}`);
  for (let at = 0; at < proof.trace.length; at++) refuse({ trace: flipped(proof.trace, at) }, `trace, character ${at}`);
  for (let at = 0; at < salt.length; at++) refuse({ salt: flipped(salt, at) }, `salt, character ${at}`);
  refuse({ salt: undefined }, 'no salt');
  for (let at = 0; at < proof.root.length; at++) refuse({ root: flipped(proof.root, at) }, `root, character ${at}`);
  for (const [i, hash] of proof.path.entries())
    for (let at = 0; at < hash.length; at++)
      refuse({ path: proof.path.with(i, flipped(hash, at)) }, `path ${i}, character ${at}`);
  for (let other = 0; other < proof.rows + 2; other++) if (other !== index) refuse({ index: other }, `index ${other}`);
  // As many rows as give a path of other sides; others have a tree of the same shape here, and the manifest tells them
  // apart.
  for (const other of [0, 1, 2, 4, 5, 6, proof.rows * 4]) refuse({ rows: other }, `rows ${other}`);
  refuse({ path: proof.path.slice(1) }, 'a shorter path');
  refuse({ path: [...proof.path, proof.root] }, 'a longer path');
  // The end of the row, moved into the trace.
  refuse({ row: proof.row.slice(0, -1), trace: proof.row.slice(-1) + proof.trace }, 'another division');
  refuse({ row: `${proof.row}\r\n` }, 'the end of a line');
  t.same(holding, []);
  t.ok(proof.row.length > 150 && proof.trace.length > 100 && proof.path.length > 3);
});

t.test('what is no proof is told so', (t) => {
  const proof: Proof = { row: 'a', trace: '{}', index: 0, rows: 1, path: [], root: 'ab'.repeat(32) };
  t.match(checkProof(proof), /do not lead to the root/);
  t.match(checkProof([]), /^this is not a proof; expected a JSON object$/);
  t.match(
    checkProof({ ...proof, student: 1 }),
    /^this is not a proof: unknown key "student"; expected row, trace, salt, index, rows, path, root, manifestSha256$/,
  );
  // With an end of a line inside, the same bytes could be divided into a row and a trace in another way.
  for (const [key, value] of [
    ['row', 'a\r\nb'],
    ['trace', '{}\n{}'],
  ] as const)
    t.equal(checkProof({ ...proof, [key]: value }), `this is not a proof: "${key}" is missing or has the wrong form`);
  for (const [key, value] of Object.entries({
    row: 1,
    trace: undefined,
    index: -1,
    rows: 1.5,
    path: ['x'],
    salt: 'x',
    root: 'AB'.repeat(32),
    manifestSha256: 'x',
  }))
    t.equal(checkProof({ ...proof, [key]: value }), `this is not a proof: "${key}" is missing or has the wrong form`);
  t.match(checkProof({ ...proof, index: 1 }), /^an extract with 1 rows has no row 2$/);
  t.end();
});

t.test('the hashes in a proof cannot be guessed, and its salt is that of its row only', async (t) => {
  const { rows, trace, leaves: path, count } = await smallExtract(t);
  const bytes = readFileSync(path);
  const leaves = leavesIn(bytes);
  const [row, line] = [rows[0] as string, trace[0] as string];
  const proof = proofOf({ row, trace: line, index: 0, leaves, secret: SECRET });
  // The neighbor's leaf is the first hash of the path; whoever guesses the neighbor's row right must not learn that.
  const [sibling] = proof.path;
  const [neighbor, traced] = [rows[1] as string, trace[1] as string];
  const salt = Buffer.from(proof.salt as string, 'hex');
  t.not(leafHash(neighbor, traced).toString('hex'), sibling, 'without a salt');
  t.not(leafHash(neighbor, traced, salt).toString('hex'), sibling, 'with the salt of this row');
  t.equal(leafHash(neighbor, traced, saltOf(SECRET.saltKey, neighbor, traced)).toString('hex'), sibling);
  const salts = rows.slice(0, count).map((row, i) => saltOf(SECRET.saltKey, row, trace[i] as string).toString('hex'));
  t.equal(new Set(salts).size, count, 'every row has another');
  t.equal(indexOfLeaf(bytes, { row: neighbor, trace: traced, secret: SECRET }), 1);
  t.throws(() => indexOfLeaf(bytes, { row: neighbor, trace: traced }), /are not among the leaves/);
});
