/** `cenr grounds`: what is behind a value, each student once, all grounds and not the deciding one alone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const [MEALS, BOTH, PARENTS, NONE] = ['9900000001', '9900000002', '9900000003', '9900000004'] as const;
const OTHER_SCHOOL = '1111111';
const program = (ssid: string, code: string): string =>
  line('SPRG', { ssid, educationProgramCode: code, educationProgramMembershipStartDate: '20230815' });
const parents = (ssid: string): string =>
  line('SINF', { ssid, parentGuardian1HighestEducationLevelCode: '14', parentGuardian2HighestEducationLevelCode: '' });

const LINES = [
  ...[MEALS, BOTH, PARENTS, NONE].map((ssid) => line('SENR', { ssid })),
  line('SENR', { ssid: MEALS, schoolOfAttendance: OTHER_SCHOOL, enrollmentStatusCode: '20' }),
  program(MEALS, '181'),
  ...[program(BOTH, '181'), program(BOTH, '191'), parents(BOTH)],
  parents(PARENTS),
];

t.test('by rule and code, and by school', async (t) => {
  const dir = folder(t);
  const [input, store] = [join(dir, 'in.txt'), join(dir, 'store')];
  writeFileSync(input, `${LINES.join('\r\n')}\r\n`);
  const loaded = await cenr('load', input, '--lea', LEA, '--store', store);
  t.equal(loaded.code, 0, loaded.err);
  const asked = ['--store', store, '--lea', LEA, '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
  const { code, err, out } = await cenr('grounds', '38', 'Y', ...asked, '--out', '-');
  t.equal(code, 0, err);
  t.match(err, /^field 38 Socio-economically Disadvantaged is Y: 3 students, 4 rows\n/);
  t.match(err, /\n {2}program 181 \S.* 2 students +1 by this alone +3 rows\n/);
  t.match(err, /\n {2}program 191 \S.* 1 student +0 by this alone +1 row\n/);
  t.match(err, /\n {2}bothParents +2 students +1 by this alone +2 rows\n/);
  const lines = out.trim().split('\r\n');
  t.equal(lines[0], 'Rule,Codes,Meaning,Reporting LEA,School of Attendance,Students');
  t.ok(lines.some((each) => each.startsWith('program,181,') && each.endsWith(`,${OTHER_SCHOOL},1`)));
  const none = await cenr('grounds', '38', 'N', ...asked);
  t.match(none.err, /1 student, 1 row\n {2}otherwise +1 student +1 by this alone +1 row\n/);
  t.match((await cenr('grounds', '99', 'Y', ...asked)).err, /there is no derived field "99"; the rules have 36, 37/);
});
