/** `--as`: files whose lines do not begin with their record type, on every command that reads files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LEA, line } from '../intake/uploads.ts';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const YEAR = ['--lea', LEA, '--academic-year', '2025-2026', '--run-date', '2026-07-15'];

t.test('check, load, extract, verify, explain and rules impact', async (t) => {
  const dir = folder(t);
  const files = { 'SENR.txt': line('SENR', { enrollmentStartDate: '20250815' }), 'match.txt': line('MEPS').slice(5) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), `${text}\r\n`);
  const paths = Object.keys(files).map((name) => join(dir, name));
  const said = [...paths, '--as', 'MEPS'];
  const out = join(dir, 'cenr.txt');
  const manifest = `${out}.manifest.json`;

  t.equal((await cenr('check', ...paths, '--lea', LEA)).code, 2, 'without it the file is refused');
  t.equal((await cenr('check', ...said, '--lea', LEA)).code, 0);
  t.match(await cenr('load', ...said, '--lea', LEA, '--store', join(dir, 'data')), { code: 0, err: /added 2, / });
  t.equal((await cenr('extract', ...said, ...YEAR, '--out', out)).code, 0);
  t.equal(readFileSync(out, 'utf8').split('^')[40], 'Y', 'field 41');
  t.match(JSON.parse(readFileSync(manifest, 'utf8')), { inputs: { recordType: 'MEPS' } });
  t.match(await cenr('verify', manifest, ...paths), { code: 0, out: /byte-identical/ }, 'the manifest knows it');
  const about = ['--ssid', '9900000001', '--field', '41'];
  for (const of of [
    ['--manifest', manifest, ...paths],
    [...said, ...YEAR],
  ])
    t.match((await cenr('explain', ...of, ...about)).out, /Migrant Eligible Program record .*match\.txt, line 1/s);
  const impact = await cenr('rules', 'impact', ...said, ...YEAR, '--to', 'rules', '--sample', '0');
  t.equal(impact.code, 0, impact.err);
});

t.test('a record type without a layout is refused', async (t) => {
  const file = join(folder(t), 'match.txt');
  writeFileSync(file, '');
  const { code, err } = await cenr('check', file, '--lea', LEA, '--as', 'MEPX');
  t.equal(code, 2);
  t.match(err, '--as MEPX: expected one of DCERT, MEPS, SELA, SENR, SINF, SPRG, SWDS');
});
