/** Which files paths stand for: a folder is read without what is no caret file, and what is passed over is named once. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { inputFiles } from '#intake/input-files';
import { RecordTypes } from '#intake/record-types';
import { cenr } from '../cli/cenr.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { file, LEA, line } from './uploads.ts';

const types = new RecordTypes(shipped);
const TEXT = file(line('SENR'));

t.test('files and folders', async (t) => {
  const dir = folder(t);
  for (const name of ['b.txt', 'a.txt', '.hidden', 'c.gz']) writeFileSync(join(dir, name), '');
  mkdirSync(join(dir, 'inner'));
  writeFileSync(join(dir, 'inner', 'd.txt'), TEXT);
  symlinkSync(join(dir, 'inner', 'd.txt'), join(dir, 'link.txt'));
  t.same(
    (await inputFiles([dir], types)).files.map(({ path }) => path),
    ['a.txt', 'b.txt', 'c.gz', 'link.txt'].map((name) => join(dir, name)),
    'a folder stands for the files directly in it, by name',
  );
  t.same(
    (await inputFiles([join(dir, 'c.gz'), join(dir, 'a.txt')], types)).files.map(({ name }) => name),
    [join(dir, 'c.gz'), join(dir, 'a.txt')],
    'files keep the order in which they are given',
  );
  const missing = join(dir, 'missing.txt');
  await t.rejects(inputFiles([missing], types), {
    name: 'UnreadableInputError',
    message: `there is no file or folder "${missing}"`,
  });
  const empty = join(dir, 'empty');
  mkdirSync(empty);
  await t.rejects(inputFiles([empty], types), {
    name: 'UnreadableInputError',
    message: `the folder "${empty}" has no files`,
  });
  writeFileSync(join(empty, 'notes.md'), 'x');
  await t.rejects(inputFiles([empty], types), {
    name: 'UnreadableInputError',
    message: /^the folder ".*" has no caret-delimited files; "notes.md" is not /,
  });
});

t.test('a folder is read without what is no caret file', async (t) => {
  const dir = folder(t);
  for (const name of ['.DS_Store', 'Thumbs.db', 'desktop.ini', '~$SENR.xlsx', 'SENR.txt', 'notes.md', 'SENR.csv'])
    writeFileSync(
      join(dir, name),
      name === 'SENR.txt' ? TEXT : name === 'SENR.csv' ? TEXT.replaceAll('^', ',') : 'x y',
    );
  const { files, passedOver } = await inputFiles([dir], types);
  t.same(
    files.map(({ path }) => basename(path)),
    ['SENR.txt'],
  );
  t.match(passedOver, [
    /^"SENR.csv" is not a caret-delimited file: it has commas/,
    /^"notes.md" is not .* none of its/,
  ]);
  t.equal(passedOver.length, 2, 'what systems put into folders is not named');
  await t.rejects(inputFiles([dir, join(dir, 'notes.md')], types), { name: 'ForeignFileError', message: /notes\.md/ });
});

t.test('a folder is read without what this program wrote into it', async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'SENR.txt'), `${TEXT}${line('SENR', { gradeLevelCode: '5' })}\r\n`);
  const request = ['--lea', LEA, '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
  const extract = (out: string, ...more: string[]) =>
    cenr('extract', dir, ...request, '--out', join(dir, out), '--trace', join(dir, `${out}.trace`), ...more);
  const first = await extract('cenr.txt', '--problems', join(dir, 'problems.csv'));
  t.equal(first.code, 0);
  const second = await extract('again.txt', '--problems', join(dir, 'problems.ndjson'));
  const checked = await cenr('check', dir, '--lea', LEA);
  for (const { err } of [second, checked]) {
    t.match(err, /^lines read {4}2$/m);
    t.notMatch(err, /passed over/);
  }
  const { files } = await inputFiles([dir], types);
  t.same(
    files.map(({ path }) => basename(path)),
    ['SENR.txt'],
  );
  const own = await cenr('check', join(dir, 'cenr.txt.manifest.json'), '--lea', LEA);
  t.match(own, { code: 2, err: /this program wrote it/ });
  const rows = await cenr('check', join(dir, 'cenr.txt'), '--lea', LEA);
  t.match(rows, { code: 1, err: /not used 1, rejected 0\n {2}none of the records could be used/ });
});
