/** What was made before a number was retired stays as it is; what is said afterwards names the number of then. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { line, OTHER_LEA } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const [OLD, NEXT] = ['9900000001', '9900000002'];

t.test('extract, retire, send again with the retired number, verify, explain', async (t) => {
  const dir = folder(t);
  const store = ['--store', join(dir, 'store')] as const;
  const out = join(dir, 'cenr.txt');
  const load = async (name: string, lines: readonly string[]): Promise<string> => {
    writeFileSync(join(dir, name), `${lines.join('\r\n')}\r\n`);
    const { code, err } = await cenr('load', join(dir, name), '--lea', 'all', ...store);
    t.equal(code, 0, err);
    return err;
  };
  await load('first.txt', [
    line('SENR', { ssid: OLD, localRecordID: 'old' }),
    line('SENR', { ssid: NEXT, reportingLEA: OTHER_LEA, schoolOfAttendance: '0199009' }),
  ]);
  const request = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', '2026-11-28'] as const;
  const made = await cenr('extract', ...store, ...request, '--out', out, '--manifest', `${out}.manifest.json`);
  t.equal(made.code, 0, made.err);

  const retired = await cenr('ssid', 'retire', OLD, NEXT, '--why', 'one student', ...store);
  t.equal(retired.code, 0, retired.err);
  await load('later.txt', [
    line('SWDS', { ssid: OLD, specialEducationStatusCode: '1', specialEducationStatusEffectiveStartDate: '20240301' }),
  ]);

  const verified = await cenr('verify', `${out}.manifest.json`, '--file', out, ...store);
  t.equal(verified.code, 0, verified.err);
  const { out: records } = await cenr('records', ...store, '--ssid', NEXT);
  t.same(
    records
      .trimEnd()
      .split('\n')
      .map((record) => record.split('^')[0] + (record.includes(OLD) ? ' old' : ' next')),
    ['SENR old', 'SENR next', 'SWDS old'],
    'records are printed with the number they were sent with',
  );
  const explained = await cenr('explain', ...store, '--ssid', NEXT, ...request);
  t.match(explained.out, new RegExp(`Until 20\\d\\d-\\d\\d-\\d\\d this was ${OLD}\\.`));
  const json = await cenr('explain', ...store, '--ssid', NEXT, ...request, '--json', '--field', '40');
  t.match(JSON.parse(json.out.split('\n')[0] as string), { formerly: [{ ssid: OLD }] });
  const then = await cenr('explain', ...store, '--ssid', OLD, '--manifest', `${out}.manifest.json`, '--field', '40');
  t.equal(then.code, 0, then.err);
  t.notMatch(then.out, /this was/, 'an extract of before is explained as of then');
});
