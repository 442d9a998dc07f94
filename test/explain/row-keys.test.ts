/** What tells the rows of one student apart. */
import t from 'tap';
import { RecordReader } from '#explain/record-view';
import { RowKeys } from '#explain/row-keys';
import { readRecords } from '#records/record';
import { compiled } from '../support/extracts.ts';
import { shipped } from '../support/histories.ts';
import { student } from './subjects.ts';

const rowsOf = (...enrollments: readonly Readonly<Record<string, string>>[]) =>
  readRecords(student(enrollments.map((values) => ({ recordType: 'SENR', ...values }))).body, compiled.plan);

const keys = new RowKeys(shipped.extract.selection, new RecordReader(shipped.schemas));

t.test('a row is found by school and grade, and by its LEA where that is said', async (t) => {
  const rows = rowsOf({ gradeLevelCode: '05' }, { gradeLevelCode: '06' });
  const [fifth, sixth] = rows.map((row) => keys.of(row));
  t.match([fifth, sixth], [{ grade: '05' }, { grade: '06' }]);
  t.equal(keys.find(rows, { school: sixth?.school ?? '', grade: '06' }), rows[1]);
  t.equal(keys.find(rows, { ...sixth, school: sixth?.school ?? '', grade: '06' }), rows[1]);
  t.equal(keys.find(rows, { school: sixth?.school ?? '', grade: '06', reportingLEA: '7654321' }), undefined);
  t.equal(keys.find(rows, { school: sixth?.school ?? '', grade: '07' }), undefined);
});

t.test('a key that rows of two LEAs have needs the LEA', async (t) => {
  const rows = rowsOf({ reportingLEA: '1234567' }, { reportingLEA: '7654321' });
  const { school, grade } = keys.of(rows[0] as (typeof rows)[number]);
  t.throws(() => keys.find(rows, { school, grade }), { message: /: 1234567, 7654321; say for which one/ });
  t.equal(keys.find(rows, { school, grade, reportingLEA: '7654321' }), rows[1]);
});
