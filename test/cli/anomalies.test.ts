/** `cenr anomalies`: lists and counts, and what is said of what was found. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line, OTHER_LEA } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const [A, B, C, D] = ['9900000001', '9900000002', '9900000003', '9900000004'] as const;
const person = (first: string, last: string, birth: string): object => ({
  ...{ studentLegalFirstName: first, studentLegalMiddleName: 'Rafael', studentLegalLastName: last },
  ...{ studentBirthDate: birth, enrollmentStartDate: '20230815' },
});
const JONATHAN = person('Jonathan', 'Santiago', '20130401');
const MARIA = person('Maria', 'Keller', '20120909');
const OSCAR = person('Oscar', 'Lindqvist', '20111224');
const ELSEWHERE = { reportingLEA: OTHER_LEA, schoolOfAttendance: '7654399' };

t.test('listed, counted, reviewed, resolved, retired', async (t) => {
  const dir = folder(t);
  const store = ['--store', join(dir, 'store')] as const;
  const file = join(dir, 'records.txt');
  const lines = [
    line('SENR', { ssid: A, ...JONATHAN }),
    line('SENR', { ssid: B, ...JONATHAN, ...ELSEWHERE, enrollmentStartDate: '20220815' }),
    line('SENR', { ssid: C, ...MARIA }),
    line('SENR', { ssid: C, ...MARIA, ...ELSEWHERE, enrollmentStartDate: '20240101' }),
    line('SENR', { ssid: D, ...OSCAR }),
    line('SENR', { ssid: D, ...OSCAR, ...ELSEWHERE, enrollmentStartDate: '20240115' }),
  ];
  writeFileSync(file, `${lines.join('\r\n')}\r\n`);
  t.equal((await cenr('load', file, '--lea', 'all', ...store)).code, 0);
  const run = (...args: readonly string[]) => cenr('anomalies', ...store, ...args);
  const rows = async (...args: readonly string[]): Promise<string[]> => {
    const { out, err, code } = await run('--out', '-', ...args);
    t.equal(code, 0, err);
    return out.trimEnd().split(/\r?\n/).slice(1);
  };

  const listed = await rows();
  t.equal(listed.length, 6, 'a line for each side');
  const idsOf = (kind: string): string[] => [
    ...new Set(listed.filter((row) => row.includes(`,${kind},`)).map((row) => row.split(',')[0] as string)),
  ];
  const [reviewed, resolved] = idsOf('CCE') as [string, string];
  const [two] = idsOf('MID') as [string];
  const own = await rows('--lea', LEA, '--kind', 'MID');
  t.equal(own.length, 2);
  t.notMatch(own.join('\n'), new RegExp(`${B}|7654399`), "an LEA does not see another's student");

  const counts = join(dir, 'counts.csv');
  t.match((await run('--counts', counts)).err, /students +0, who changed since the last search/);
  t.match(readFileSync(counts, 'utf8'), new RegExp(`^Kind,.*CCE,${OTHER_LEA},7654399,open,2`, 's'));

  t.match((await run('--review', reviewed)).err, /say why, or how, with --why/);
  t.match((await run('--review', 'nobody', '--why', 'x')).err, /there is no anomaly "nobody"/);
  t.match((await run('--review', reviewed, '--why', 'both are right')).err, `${reviewed} is reviewed`);
  t.match((await run('--review', reviewed, '--why', 'again')).err, /is reviewed already/);
  t.match((await run('--resolve', resolved, '--why', 'exited there')).err, `${resolved} is resolved`);
  t.match((await run('--retire', resolved, '--why', 'x')).err, /about one SSID/);
  t.match((await run('--retire', two, '--why', 'one student')).err, `${A} retired in favor of ${B}: one student`);
  t.same(await rows('--kind', 'MID'), [], 'the two are one student now');
  t.equal((await rows('--state', 'reviewed')).length, 2);
  t.equal((await rows('--state', 'resolved')).length, 4);
});
