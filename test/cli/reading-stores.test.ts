/**
 * Commands that only read leave a store as it is, so that it may be backed up, mounted or looked into meanwhile. A store
 * that is opened for writing makes its files readable by their owner alone, and that is what shows here.
 */
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

t.setTimeout(300_000);

const REQUEST = ['--lea', '9900001', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];

t.test('a store is opened for writing only where something has to be written', async (t) => {
  const dir = folder(t);
  const [sample, store, out] = [join(dir, 'sample'), join(dir, 'store'), join(dir, 'cenr.txt')];
  const manifest = `${out}.manifest.json`;
  const files = ['students.db', 'service.db'].map((name) => join(store, name));
  const wasWritten = async (...words: readonly string[]): Promise<boolean> => {
    for (const file of files) chmodSync(file, 0o644);
    const ran = await cenr(...words);
    t.equal(ran.code, 0, `${words.join(' ')}: ${ran.err}`);
    return files.some((file) => (statSync(file).mode & 0o777) !== 0o644);
  };
  await cenr('sample', '--students', '20', '--leas', '1', '--seed', '5', '--out', sample);
  await cenr('load', sample, '--lea', 'all', '--store', store, '--load-date', '2024-07-01');
  const extract = ['extract', '--store', store, ...REQUEST, '--out', out];
  t.ok(await wasWritten(...extract), 'the first extract leaves its rulebook and the secret of its manifest');
  t.notOk(await wasWritten(...extract), 'the next one');
  t.ok(await wasWritten(...extract, '--sign', store), 'the first signature makes the key');
  t.notOk(await wasWritten(...extract, '--sign', store), 'the next one');
  const ssid = (readFileSync(out, 'utf8').split('^')[7] as string).trim();
  for (const words of [
    ['verify', manifest, '--store', store],
    ['signing-key', 'list', '--store', store, '--json'],
    ['key', 'list', '--store', store],
    ['webhook', 'list', '--store', store],
    ['explain', '--store', store, ...REQUEST, '--ssid', ssid],
    ['explain', '--manifest', manifest, '--store', store, '--ssid', ssid],
    ['extract', '--store', store, ...REQUEST, '--no-manifest', '--out', out],
  ])
    t.notOk(await wasWritten(...words), words.slice(0, 2).join(' '));
  t.ok(await wasWritten('signing-key', 'rotate', '--store', store), 'a new key');
  t.same(readdirSync(store).sort(), ['service.db', 'students.db'], 'nothing is left open');
});

t.test('another store has no secret to make an extract again with', async (t) => {
  const dir = folder(t);
  const [sample, store, other, out] = ['sample', 'store', 'other', 'cenr.txt'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  await cenr('sample', '--students', '20', '--leas', '1', '--seed', '5', '--out', sample);
  for (const one of [store, other])
    await cenr('load', sample, '--lea', '9900001', '--store', one, '--load-date', '2024-07-01');
  await cenr('extract', '--store', store, ...REQUEST, '--out', out);
  const ran = await cenr('verify', `${out}.manifest.json`, '--store', other);
  t.match(ran, { code: 1, out: /^differs: / }, 'and verify does not make one');
  t.notMatch(ran.out, /readonly/);
});
