/** Files know of no retirement by themselves: with a Replacement SSID extract beside them they follow it, and say so. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const [OLD, MIDDLE, NEXT] = ['9900000001', '9900000002', '9900000003'] as const;
const REQUEST = ['--lea', LEA, '--academic-year', '2023-2024', '--run-date', '2026-11-28'] as const;

const dir = folder(t);
const path = (name: string): string => join(dir, name);
const write = (name: string, lines: readonly string[]): string => {
  writeFileSync(path(name), `${lines.join('\r\n')}\r\n`);
  return path(name);
};
const replaced = (retired: string, replacement: string): string => [LEA, '', '', retired, replacement].join('^');

const records = write('records.txt', [
  line('SENR', { ssid: OLD, localRecordID: 'old' }),
  line('SENR', { ssid: NEXT, enrollmentStartDate: '20230901', schoolOfAttendance: '0199002' }),
]);
const chain = write('replacements.txt', [replaced(OLD, MIDDLE), replaced(MIDDLE, NEXT)]);
const out = path('cenr.txt');
const extract = async (...more: readonly string[]): Promise<readonly string[]> => {
  const { code, err } = await cenr('extract', records, ...REQUEST, '--out', out, ...more);
  t.equal(code, 0, err);
  const rows = readFileSync(out, 'utf8').trimEnd().split('\r\n');
  return rows.map((row) => [OLD, MIDDLE, NEXT].find((ssid) => row.includes(ssid)) ?? '');
};

t.test('without one every record keeps the number it was sent with; with one it is its student’s', async (t) => {
  t.same(await extract(), [OLD, NEXT]);
  t.same(await extract('--replacements', chain), [NEXT, NEXT], 'through a chain, in whatever order its lines are');
  const { err } = await cenr('check', records, '--lea', 'all', '--replacements', chain);
  t.match(err, /SSID0003/, 'and a warning');
});

t.test('such an extract is verified with the same file only', async (t) => {
  await extract('--replacements', chain);
  const manifest = `${out}.manifest.json`;
  const verify = (...more: readonly string[]) => cenr('verify', manifest, records, '--file', out, ...more);
  t.equal((await verify('--replacements', chain)).code, 0);
  t.match((await verify()).out, /made with the Replacement SSID file "replacements.txt" .*; give it with --replac/);
  const other = write('other.txt', [replaced(OLD, NEXT)]);
  t.match((await verify('--replacements', other)).out, /differs: .*; found [0-9a-f]{64}/);
  await extract();
  t.match((await verify('--replacements', chain)).out, /made without a Replacement SSID file/);
});

t.test('a row is explained under either number, with the one that was sent', async (t) => {
  for (const ssid of [OLD, NEXT]) {
    const { code, out: said } = await cenr('explain', records, '--ssid', ssid, '--replacements', chain, ...REQUEST);
    t.equal(code, 0);
    t.match(said, new RegExp(`Student ${NEXT}, .*school 0199002`, 's'));
    t.match(said, new RegExp(`line 1, sent with ${OLD}`));
    t.notMatch(said, new RegExp(`sent with ${NEXT}`));
  }
});

t.test('the state’s file is reconciled with files the same way', async (t) => {
  await extract('--replacements', chain);
  const reconcile = (...more: readonly string[]) => cenr('reconcile', out, records, ...REQUEST, ...more);
  t.match((await reconcile('--replacements', chain)).err, /same +2\b/);
  t.notMatch((await reconcile()).err, /same +2\b/);
});

t.test('what cannot be followed is refused with its place, and nothing is written', async (t) => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[replaced(OLD, NEXT), replaced(NEXT, OLD)], /wrong.txt:1: 9900000001 would be replaced in a circle/],
    [[replaced(MIDDLE, NEXT), replaced(OLD, OLD)], /wrong.txt:2: .*circle/],
    [[replaced(OLD, NEXT), replaced(OLD, MIDDLE)], /wrong.txt:2: 9900000001 has another replacement/],
    [['1^2'], /wrong.txt:1: found 2 fields/],
  ];
  for (const [lines, says] of refused) {
    const wrong = write('wrong.txt', lines);
    const none = path('none.txt');
    const { code, err } = await cenr('extract', records, ...REQUEST, '--out', none, '--replacements', wrong);
    t.equal(code, 2);
    t.match(err, says);
    t.throws(() => readFileSync(none));
  }
  const missing = await cenr('extract', records, ...REQUEST, '--out', '-', '--replacements', path('no-file'));
  t.match(missing.err, /there is no file ".*no-file"; give the Replacement SSID extract/);
  const store = path('store');
  await cenr('load', records, '--lea', 'all', '--store', store);
  const beside = await cenr('extract', '--store', store, ...REQUEST, '--out', '-', '--replacements', chain);
  t.match(beside.err, /--replacements is for files; a store knows its retirements/);
});
