/** Lines of students become bodies, and meet what is stored: without files and threads. */
import t from 'tap';
import { Applier } from '#intake/apply';
import { lineChecker } from '#intake/check-lines';
import { keptLine, StudentLines, studentFrom } from '#intake/student';
import { keepLine, readRecords } from '#records/record';
import { compiled } from '../support/extracts.ts';
import { line } from './uploads.ts';

const DAY = '20240715';
const checker = (day = DAY) => lineChecker(compiled.rulebook, compiled.checks, undefined, day);
const applier = new Applier(compiled, (source) => `file ${source}`);

/** Lines of one file that was loaded on a day. */
function sent(source: number, lines: readonly string[], day = DAY): StudentLines {
  const check = checker(day);
  const gathered = new StudentLines();
  for (const [i, text] of lines.entries()) gathered.add(source, i + 1, check.check(text, `file ${source}`, i + 1));
  return gathered;
}

const [FIRST, SECOND] = ['9900000001', '9900000002'];

t.test('lines are put together by student, in the order of loading', (t) => {
  const lines = [
    line('SENR', { ssid: SECOND }),
    line('SENR', { ssid: FIRST }),
    line('SINF', { ssid: SECOND }),
    line('SENR', { ssid: '' }),
    line('SPRG', { ssid: FIRST }),
  ];
  const kept = (i: number) => keepLine({ source: 3, line: i + 1, uploaded: DAY, lastUpdated: DAY }, lines[i] as string);
  t.same(
    [...sent(3, lines).bodies],
    [
      [SECOND, `${kept(0)}\n${kept(2)}`],
      [FIRST, `${kept(1)}\n${kept(4)}`],
      ['', kept(3)],
    ],
  );
  t.end();
});

t.test('a line that is rejected is not kept, and its problems are', (t) => {
  const check = checker();
  const lines = new StudentLines();
  const wrong = check.check(line('SENR', { gradeLevelCode: 'XX' }), 'sent', 1);
  t.equal(keptLine(0, 1, wrong), undefined);
  t.equal(lines.add(0, 1, wrong), false);
  t.equal(lines.add(0, 2, check.check(line('SENR'), 'sent', 2)), true);
  t.equal(lines.bodies.size, 1);
  t.match(lines.problems, [{ file: 'sent', line: 1, code: 'GERR0002', severity: 'reject' }]);
  t.end();
});

t.test('a student meets what is stored, and is stored again', (t) => {
  const before = studentFrom(sent(1, [line('SENR'), line('SINF')], '20240101'), FIRST, applier);
  t.same(before.counts, { added: 2, replaced: 0, deleted: 0, notUsed: 0, rejected: 0 });
  const body = applier.bodyOf(before.records);
  t.equal(body.split('\n').length, 2);

  const again = sent(2, [line('SENR', { gradeLevelCode: '06' }), line('SPRG')]);
  const after = studentFrom(again, FIRST, applier, readRecords(body, compiled.plan));
  t.same(after.counts, { added: 1, replaced: 1, deleted: 0, notUsed: 0, rejected: 0 });
  const margins = applier
    .bodyOf(after.records)
    .split('\n')
    .map((kept) => kept.slice(0, 36));
  t.same(
    margins,
    [
      '0000001000000002' + '20240101' + '20240101' + 'SINF',
      '0000002000000001' + '20240101' + '20240715' + 'SENR',
      '0000002000000002' + '20240715' + '20240715' + 'SPRG',
    ],
    'what is updated is loaded last, and keeps the day it was first loaded',
  );
  t.same(
    after.records.map(({ loaded }) => loaded),
    [0, 1, 2],
  );
  t.ok(after.problems.every(({ file, severity }) => file === 'file 2' && severity === 'warn'));
  t.end();
});

t.test('an SSID without lines, and lines without an SSID', (t) => {
  const none = studentFrom(sent(1, [line('SENR')]), SECOND, applier);
  t.same([none.records, none.problems, applier.bodyOf(none.records)], [[], [], '']);
  const asking = studentFrom(sent(1, [line('SENR', { ssid: '' })]), '', applier);
  t.equal(asking.records.length, 1);
  t.ok(
    asking.history.byType.every((records) => records.length === 0),
    'belong to no history',
  );
  t.end();
});

t.test('a student with many records is found, updated and deleted from like one with few', (t) => {
  // Beyond 32 records, keys are compared another way (src/intake/kept-records.ts).
  for (const count of [31, 32, 33, 34, 80]) {
    const program = (i: number, transactionTypeCode = ''): string => {
      const [month, day] = [8 + Math.floor(i / 28), 1 + (i % 28)];
      const educationProgramMembershipStartDate = String(20230000 + month * 100 + day);
      return line('SPRG', { transactionTypeCode, educationProgramMembershipStartDate });
    };
    const programs = Array.from({ length: count }, (_, i) => program(i));
    const before = studentFrom(sent(1, [line('SENR'), ...programs]), FIRST, applier);
    t.same(before.counts, { added: count + 1, replaced: 0, deleted: 0, notUsed: 0, rejected: 0 });
    const stored = readRecords(applier.bodyOf(before.records), compiled.plan);
    const lines = sent(2, [program(2), program(0, 'D'), program(1), program(1, 'D')]);
    const after = studentFrom(lines, FIRST, applier, stored);
    t.same(after.counts, { added: 0, replaced: 2, deleted: 2, notUsed: 0, rejected: 0 }, `${count} records`);
    t.equal(after.records.length, count - 1);
    t.match(applier.bodyOf(after.records).split('\n').at(-1), /^0000002000000001/, 'what was sent again is last');
  }
  t.end();
});
