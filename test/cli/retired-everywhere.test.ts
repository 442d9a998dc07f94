/** One store in which a number was retired, and every command that reads it: each goes by the active number. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { LEA, line, OTHER_LEA } from '../support/service.ts';
import { cenr, cenrProcess } from './cenr.ts';

t.setTimeout(900_000);

const [OLD, NEXT, TWIN] = ['9900000001', '9900000002', '9900000003'] as const;
const dir = folder(t);
const path = (name: string): string => join(dir, name);
const [storeDir, before, after] = [path('store'), path('before.txt'), path('after.txt')];
const STORE = ['--store', storeDir] as const;
const REQUEST = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', '2026-11-28'] as const;

async function done(...args: readonly string[]): Promise<{ readonly out: string; readonly err: string }> {
  const ran = await cenr(...args);
  t.equal(ran.code, 0, ran.err);
  return ran;
}
async function load(name: string, lines: readonly string[]): Promise<void> {
  writeFileSync(path(name), `${lines.join('\r\n')}\r\n`);
  await done('load', path(name), '--lea', 'all', ...STORE);
}
/** That a text is about the student by the active number alone. */
function active(text: string, what: string): void {
  t.match(text, NEXT, what);
  t.notMatch(text, OLD, what);
}

const EL = { englishLanguageAcquisitionStatusCode: 'EL', englishLanguageAcquisitionStatusStartDate: '20180815' };
const START = { enrollmentStartDate: '20230815', schoolOfAttendance: '0199001' };

t.before(async () => {
  await load('old.txt', [
    line('SENR', { ssid: OLD, ...START }),
    line('SINF', { ssid: OLD }),
    line('SELA', { ssid: OLD, ...EL }),
  ]);
  await load('new.txt', [
    line('SENR', { ssid: NEXT, ...START, localRecordID: 'new' }),
    line('SENR', {
      ssid: NEXT,
      reportingLEA: OTHER_LEA,
      schoolOfAttendance: '0199009',
      enrollmentStartDate: '20231001',
    }),
  ]);
  await done('extract', ...STORE, ...REQUEST, '--out', before, '--trace', path('before.trace'));
  await done('ssid', 'retire', OLD, NEXT, '--why', 'one student', ...STORE);
  await done('extract', ...STORE, ...REQUEST, '--out', after, '--trace', path('after.trace'));
});

t.test('extract, report, sample, horizon and SSID extract', async () => {
  active(readFileSync(after, 'utf8'), 'extract');
  active(readFileSync(path('after.trace'), 'utf8'), 'trace');
  active((await done('sample-rows', after, '--rows', '2', '--seed', '1')).out, 'sample');
  active((await done('horizon', after, '--out', '-')).out, 'horizon');
  active((await done('horizon', ...STORE, ...REQUEST, '--out', '-')).out, 'horizon of the store');
  const ssids = await done('ssid', 'extract', '--lea', LEA, ...STORE, '--as-of', '2023-10-04', '--out', '-');
  active(ssids.out, 'SSID extract');
});

t.test('grounds and reports count one student', async (t) => {
  const counts = (await done('report', 'studentsBySchool', after, '--out', '-')).out;
  t.match(counts, /0199001,05.*0199009,05/s, 'at both schools');
  t.equal(counts.split('\n').filter((row) => /,05,/.test(row)).length, 2, 'and no student more');
  const { err, out } = await done('grounds', '37', 'EL', ...STORE, ...REQUEST);
  t.match(out + err, /\b1 student/, 'the status that was sent with the retired number holds for all rows');
});

t.test('a difference says that it is the retirement', async (t) => {
  const { out, err } = await done('diff', before, after, ...STORE, '--out', '-');
  t.match(out, new RegExp(`SSID ${OLD} was retired on 20\\d\\d-\\d\\d-\\d\\d: its records belong to ${NEXT}`));
  t.match(out, new RegExp(`SSID ${OLD} was retired on .*: its records belong to this student`));
  t.match(err, /rows?: an SSID was retired, or that was undone/);
  t.notMatch(err, /nobody can tell/);
  t.notMatch(out, /was (deleted|added)/, 'nothing was: it is the same record');
});

t.test('explanation and records under either number; the list of records with one key', async (t) => {
  for (const ssid of [OLD, NEXT]) {
    const explained = (await done('explain', ...STORE, '--ssid', ssid, ...REQUEST, '--field', '37')).out;
    t.match(explained, new RegExp(`Student ${NEXT}, .*Until 20.* this was ${OLD}`, 's'));
    t.match(explained, new RegExp(`old.txt, line 3, sent with ${OLD}`));
    const { out, err } = await done('records', ...STORE, '--ssid', ssid);
    t.match(
      err,
      new RegExp(`until .* ${NEXT} was ${OLD}\n.*two SENR records have one key now: new.txt:1 holds, old.txt:1 does`),
    );
    t.equal(out.split('\n').filter((record) => record.includes(OLD)).length, 2);
  }
});

t.test('anomalies find no second number any more, and the extract of before is verified', async (t) => {
  const { out } = await done('anomalies', ...STORE, '--out', '-');
  t.notMatch(out, OLD);
  const verified = await done('verify', `${before}.manifest.json`, '--file', before, ...STORE);
  t.match(verified.out, /byte-identical/);
  const state = await done('reconcile', before, ...STORE, ...REQUEST, '--out', '-');
  t.match(state.out, new RegExp(`The state's file has the retired SSID ${OLD}; its replacement is ${NEXT}`));
});

t.test('of two processes that retire two numbers in favor of each other, one does', async (t) => {
  await load('twin.txt', [line('SENR', { ssid: TWIN, ...START })]);
  const retire = (old: string, next: string) => cenrProcess('ssid', 'retire', old, next, '--why', 'one', ...STORE);
  const both = await Promise.all([retire(NEXT, TWIN), retire(TWIN, NEXT)]);
  t.same(both.map(({ code }) => code).toSorted(), [0, 2]);
  const loser = both.find(({ code }) => code === 2);
  t.match(loser?.err, /circle|try again|retired; expected an active number/);
  const store = openSqliteStore(storeDir);
  t.teardown(() => store.close());
  const histories = await Promise.all([NEXT, TWIN].map((ssid) => store.forLEAs('all').history(ssid)));
  t.equal(histories.filter((one) => one !== undefined).length, 1, 'one student has all records');
  const active = await store.ssids.activeOf(OLD);
  t.ok([...(await store.ssids.replacements()).values()].every((one) => one === active));
});
