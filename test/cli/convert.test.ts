/** `cenr convert` and `cenr extract --format`: other forms of an extract, from end to end. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import { parquetReadObjects } from 'hyparquet';
import t, { type Test } from 'tap';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const REQUEST = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];

/** A sample, its extract as text, and how to make others. */
async function made(t: Test) {
  const dir = folder(t);
  const sample = join(dir, 'sample');
  await cenr('sample', '--students', '40', '--seed', '5', '--out', sample);
  const extract = (out: string, ...more: string[]) => cenr('extract', sample, ...REQUEST, '--out', out, ...more);
  const text = join(dir, 'cenr.txt');
  t.equal((await extract(text)).code, 0);
  const lines = readFileSync(text, 'utf8').trimEnd().split('\r\n');
  return { dir, extract, text, lines, path: (name: string) => join(dir, name) };
}

const sheetsOf = async (path: string) => (await readXlsx(readFileSync(path))).sheets;

t.test('the ending of the name decides, and the form is the same whichever way it is made', async (t) => {
  const { extract, text, lines, path } = await made(t);
  for (const form of ['csv', 'xlsx', 'parquet']) {
    const ran = await extract(path(`made.${form}`));
    t.equal(ran.code, 0, ran.err);
    t.match(ran.err, /\n(CSV|workbook|Parquet) +[\d,]+ bytes, SHA-256 [0-9a-f]{64}\n/);
    t.equal((await cenr('convert', text, '--out', path(`converted.${form}`))).code, 0);
    t.ok(readFileSync(path(`made.${form}`)).equals(readFileSync(path(`converted.${form}`))), form);
  }
  t.equal(readFileSync(path('made.csv'), 'utf8').split('\r\n').length, lines.length + 2);
  const [sheet, about] = await sheetsOf(path('made.xlsx'));
  t.equal(sheet?.rows.length, lines.length + 1);
  t.match(about?.rows[0], ['Reporting LEA', 'all']);
  t.equal((await parquetReadObjects({ file: arrayOf(readFileSync(path('made.parquet'))) })).length, lines.length);
});

const arrayOf = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

t.test('the manifest is that of the text, whatever the form', async (t) => {
  const { extract, dir, text, path } = await made(t);
  await extract(path('cenr.xlsx'), '--trace', path('trace.ndjson'));
  const { file } = JSON.parse(readFileSync(path('cenr.xlsx.manifest.json'), 'utf8'));
  t.equal(file.bytes, readFileSync(text).length);
  const [, about] = await sheetsOf(path('cenr.xlsx'));
  t.ok(about?.rows.some(([of, says]) => of === 'SHA-256 of the text file' && says === file.sha256));
  t.ok(existsSync(path('trace.ndjson')));
  await extract(path('bare.xlsx'), '--no-manifest');
  t.same(
    readdirSync(dir).filter((name) => name.startsWith('bare')),
    ['bare.xlsx'],
  );
});

t.test('--format decides over the name, and writes to the standard output too', async (t) => {
  const { extract, text, lines, path } = await made(t);
  await extract(path('plain.csv'), '--format', 'text');
  t.equal(readFileSync(path('plain.csv'), 'utf8'), readFileSync(text, 'utf8'));
  const printed = await extract('-', '--format', 'csv');
  t.equal(printed.out, (await cenr('convert', text, '--format', 'csv', '--out', '-')).out);
  t.match(printed.out, /^Record Type Code,/);
  t.equal(printed.out.split('\r\n').length, lines.length + 2);
});

t.test('labels, and the column set of the manifest', async (t) => {
  const { extract, text, path } = await made(t);
  await extract(path('48.txt'), '--columns', '48');
  await cenr('convert', path('48.txt'), '--out', path('48.csv'));
  t.equal(readFileSync(path('48.csv'), 'utf8').split('\r\n')[0]?.split(',').length, 48);
  t.equal((await cenr('convert', text, '--out', path('labels.csv'), '--labels')).code, 0);
  t.match(readFileSync(path('labels.csv'), 'utf8'), /,Grade Level Code,Grade Level Code \(meaning\),/);
});

t.test('what cannot be made is refused, and leaves nothing behind', async (t) => {
  const { extract, dir, text, path } = await made(t);
  mkdirSync(path('out'));
  const before = readdirSync(dir);
  const refused = async (asked: Promise<{ code: number | null; err: string }>, says: RegExp) => {
    const { code, err } = await asked;
    t.equal(code, 2, err);
    t.match(err, says);
  };
  await refused(extract(path('out/a.txt'), '--labels'), /--labels is for --format csv, xlsx or parquet/);
  await refused(extract(path('none/a.xlsx')), /ENOENT/);
  await refused(extract(path('out/a.xlsx'), '--trace', path('out/a.xlsx')), /--trace and --out name the same file/);
  await refused(cenr('convert', text, '--out', path('out/cenr')), /does not say which form to make; give --format/);
  await refused(cenr('convert', path('none'), '--out', path('out/a.csv')), /there is no file/);
  await refused(cenr('convert', text, '--format', 'csv', '--out', text), /--out names the extract itself/);
  await refused(cenr('convert', text, '--out', path('out/a.csv'), '--columns', '48'), /has 50 fields, expected 48/);
  await refused(cenr('convert', text, '--out', path('out/a.csv'), '--columns', '49'), /expected one of 48, 50/);
  t.same(readdirSync(path('out')), []);
  t.same(readdirSync(dir), before);

  appendFileSync(text, ' ');
  await refused(cenr('convert', text, '--out', path('out/a.csv')), /is not the text of its manifest: found SHA-256/);
  renameSync(`${text}.manifest.json`, path('kept'));
  await refused(cenr('convert', text, '--out', path('out/a.csv')), /line \d+ of the extract has 1 fields/);
  renameSync(path('kept'), `${text}.manifest.json`);
  appendFileSync(`${text}.manifest.json`, ' ');
  await refused(cenr('convert', text, '--out', path('out/a.csv')), /manifest\.json": the manifest was changed/);
  await refused(cenr('report', 'studentsBySchool', text, '--out', path('out/a.csv')), /the manifest was changed/);
  rmSync(`${text}.manifest.json`);
  t.same(readdirSync(path('out')), []);
});
