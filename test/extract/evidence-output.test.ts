/**
 * Three ways to make an extract, one trace, one Merkle root, one manifest: from files, here and in threads, and from a
 * store, with one thread and several.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { type Manifest, manifestOf } from '#audit/manifest';
import { fileOutput, type Output } from '#base/output';
import type { ExtractRequest } from '#extract/request';
import { readTraceLine } from '#extract/trace';
import { inputFiles } from '#intake/input-files';
import { RecordTypes } from '#intake/record-types';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import { loadUpload } from '#pipeline/load-upload';
import { writeSample } from '#sample/write';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';

t.setTimeout(900_000);

const RUN = '20240715';
const request: ExtractRequest = { reportingLEAs: 'all', academicYear: '2023-2024' };
const SECRET = { id: 'secret', saltKey: new Uint8Array(32).fill(5) };
const common = { rulebook: shipped, request, runDate: RUN, saltKey: SECRET.saltKey };

const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** RFC 6962, section 2.1, word for word. */
function rootOver(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0] as Buffer;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Uint8Array.of(1), rootOver(leaves.slice(0, k)), rootOver(leaves.slice(k)));
}

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split(/(?<=\n)/);

t.test('the same trace, leaves and manifest whichever way', async (t) => {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  await writeSample({ students: 3_300, seed: 7, leas: 3, style: 'plain' }, sample);
  const files = (await inputFiles([sample], new RecordTypes(shipped))).files;
  t.ok(files.reduce((sum, { path }) => sum + statSync(path).size, 0) > 6_000_000, 'enough for threads');
  const storeDir = join(dir, 'store');
  await loadUpload({
    storeDir,
    id: 'up_1',
    sender: 'all',
    files,
    receivedAt: '2024-07-15T08:00:00.000Z',
    loadDay: RUN,
    rulebook: shipped,
  });

  const made = new Map<string, Manifest>();
  const paths = (name: string) => ({
    out: join(dir, `${name}.txt`),
    trace: join(dir, `${name}.ndjson`),
    leaves: join(dir, `${name}.leaves`),
  });
  const inputs = { from: 'files', encoding: 'utf-8', files: [] } as const;
  for (const threads of [0, 2]) {
    const name = `files-${threads}`;
    const { out, ...beside } = paths(name);
    const done = await extractFromFiles({
      ...common,
      ...beside,
      files,
      threads,
      manifest: true,
      output: await fileOutput(out),
    });
    t.same(
      done.files.map(({ sha256: found }) => found),
      files.map(({ path }) => sha256(readFileSync(path)).toString('hex')),
      'the files as they were read',
    );
    made.set(name, manifestOf({ ...common, version: '1', inputs, secret: SECRET, made: done }));
  }
  for (const workers of [0, 1, 2]) {
    const name = `store-${workers}`;
    const done = await extractFromStore({ ...common, ...paths(name), storeDir, workers, manifest: true, snapshot: 1 });
    made.set(name, manifestOf({ ...common, version: '1', inputs, secret: SECRET, made: done }));
  }

  const first = made.get('files-0') as Manifest;
  const here = paths('files-0');
  for (const [name, manifest] of made) {
    const there = paths(name);
    for (const kind of ['out', 'trace', 'leaves'] as const)
      t.ok(readFileSync(there[kind]).equals(readFileSync(here[kind])), `${name}: the same ${kind}`);
    t.same(manifest, first, `${name}: the same manifest`);
  }

  const [rows, trace] = [linesOf(here.out), linesOf(here.trace)];
  t.ok(first.rows > 2_000);
  t.same([rows.length, trace.length], [first.rows, first.rows], 'a line of the trace for each row');
  t.match(first, {
    file: { sha256: sha256(readFileSync(here.out)).toString('hex') },
    trace: { sha256: sha256(readFileSync(here.trace)).toString('hex') },
  });
  const key = (row: string): string[] => [8, 4, 5, 24].map((no) => row.split('^')[no - 1] as string);
  const apart = rows.findIndex(
    (row, i) => key(row).join() !== readTraceLine(trace[i] as string, shipped.extract).key.join(),
  );
  t.equal(apart, -1, 'in the order of the rows');
  // RFC 2104, word for word.
  const pad = (byte: number): Buffer =>
    Buffer.concat([SECRET.saltKey, Buffer.alloc(32)]).map((b) => b ^ byte) as Buffer;
  const leafOf = (row: string, line: string, salted: boolean): Buffer =>
    sha256(Uint8Array.of(0), ...(salted ? [sha256(pad(0x5c), sha256(pad(0x36), row, line))] : []), row, line);
  const leaves = rows.map((row, i) => leafOf(row, trace[i] as string, true));
  t.ok(readFileSync(here.leaves).equals(Buffer.concat(leaves)), 'the leaves are over rows and trace');
  t.equal(first.merkleRoot, rootOver(leaves).toString('hex'));

  // Counted again from the rows and the trace themselves.
  for (const [i, field] of first.fields.entries()) {
    const values = rows.map((row) => row.trimEnd().split('^')[Number(field.number) - 1] as string);
    t.equal(field.blank, values.filter((value) => value === '').length, `field ${field.number}: blank`);
    t.equal(field.notBlank, values.length - field.blank);
    for (const { value, rows: counted } of field.values ?? [])
      t.equal(counted, values.filter((v) => v === value).length, `field ${field.number}: ${value}`);
    const decided = trace.map((line) => readTraceLine(line, shipped.extract).decided[i]);
    t.same(
      field.rules.map((rule) => rule.rows),
      field.rules.map((_, index) => decided.filter((d) => d === index).length),
      `field ${field.number}: rules`,
    );
  }

  const without = await extractFromStore({ ...common, storeDir, out: join(dir, 'without.txt'), workers: 2 });
  t.equal(without.sha256, first.file.sha256, 'and the same extract without all that');
  t.notOk('reasons' in without);
  const [before, unsalted] = [paths('before'), { ...common, saltKey: undefined }];
  const done = await extractFromStore({ ...unsalted, ...before, storeDir, workers: 2, manifest: true, snapshot: 1 });
  t.ok(
    readFileSync(before.leaves).equals(Buffer.concat(rows.map((row, i) => leafOf(row, trace[i] as string, false)))),
    'without a key, leaves as they were before there were salts',
  );
  t.match(manifestOf({ ...unsalted, version: '1', inputs, made: done }), { format: 1, secret: undefined });
  t.throws(() => manifestOf({ ...unsalted, version: '1', inputs, secret: SECRET, made: done }), /names their secret/);
  const packed = join(dir, 'packed.ndjson.gz');
  await extractFromStore({ ...common, storeDir, out: join(dir, 'packed.txt'), trace: packed, workers: 0 });
  t.ok(gunzipSync(readFileSync(packed)).equals(readFileSync(here.trace)), 'a name in .gz packs it');
});

t.test('when it fails, neither rows nor trace nor leaves stay behind', async (t) => {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  await writeSample({ students: 20, seed: 7, leas: 1, style: 'plain' }, sample);
  const files = (await inputFiles([sample], new RecordTypes(shipped))).files;
  const out = folder(t);
  const failing: Output = {
    write: async () => {
      throw new Error('the disk is full');
    },
    finish: async () => ({ bytes: 0, sha256: '' }),
    abandon: async () => {},
  };
  const storeDir = join(dir, 'store');
  await loadUpload({
    storeDir,
    id: 'up_1',
    sender: 'all',
    files,
    receivedAt: '2024-07-15T08:00:00.000Z',
    loadDay: RUN,
    rulebook: shipped,
  });
  for (const trace of [join(out, 'cenr.ndjson'), join(out, 'cenr.ndjson.gz')]) {
    const beside = { trace, leaves: join(out, 'cenr.leaves') };
    await t.rejects(extractFromFiles({ ...common, ...beside, files, threads: 0, output: failing }), {
      message: 'the disk is full',
    });
    await t.rejects(extractFromStore({ ...common, ...beside, storeDir, out: failing }), {
      message: 'the disk is full',
    });
  }
  await t.rejects(
    extractFromStore({ ...common, storeDir, out: join(out, 'cenr.txt'), trace: join(out, 'no', 'trace') }),
    { code: 'ENOENT' },
  );
  await t.rejects(
    extractFromFiles({
      ...common,
      files,
      threads: 0,
      output: await fileOutput(join(out, 'cenr.txt')),
      leaves: join(out, 'no', 'leaves'),
    }),
    {
      code: 'ENOENT',
    },
  );
  t.same(readdirSync(out), []);
});

t.test('an extract without students', async (t) => {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  await writeSample({ students: 5, seed: 7, leas: 1, style: 'plain' }, sample);
  const done = await extractFromFiles({
    ...common,
    request: { ...request, reportingLEAs: ['1234567'] },
    files: (await inputFiles([sample], new RecordTypes(shipped))).files,
    threads: 0,
    manifest: true,
    output: await fileOutput(join(dir, 'cenr.txt')),
  });
  t.equal(done.reasons?.merkleRoot, sha256().toString('hex'));
  const manifest = manifestOf({
    ...common,
    version: '1',
    inputs: { from: 'files', encoding: 'utf-8', files: [] },
    secret: SECRET,
    made: { ...done, reasons: { ...done.reasons, fieldCounts: [] } as never },
  });
  t.same(
    manifest.fields.map(({ rules }) => rules.every(({ rows }) => rows === 0)),
    shipped.extract.fields.map(() => true),
  );
});
