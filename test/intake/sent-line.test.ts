/** What the line of a problem says: where the field stands in lines of every form, and whose school it is. */
import t from 'tap';
import type { Problem } from '#intake/problem';
import { lineTeller } from '#intake/sent-line';
import { shipped } from '../support/histories.ts';
import { line, odsLine } from './uploads.ts';

const { layouts } = shipped.schemas;
const TYPES = layouts.map(({ recordType }) => recordType);
const tell = lineTeller(layouts, 'schoolOfAttendance', (text) => TYPES.includes(text.replace(/-R$/, '')));

const problem = (field: string, more: Partial<Problem> = {}): Problem => ({
  file: 'f',
  line: 1,
  recordType: 'SENR',
  field,
  fieldName: '',
  value: '',
  code: 'X',
  severity: 'reject',
  message: '',
  ...more,
});

const marked = (field: string, text: string, more?: Partial<Problem>): string | undefined => {
  const { sent } = tell(problem(field, more), text);
  return sent?.marked && sent.text.slice(sent.marked.from, sent.marked.to);
};

t.test('the field stands where it was sent', async (t) => {
  const plain = line('SENR', { gradeLevelCode: 'XX' });
  t.equal(marked('1.24', plain), 'XX');
  t.equal(marked('1.01', plain), 'SENR');
  t.equal(marked('1.24', plain.replace(/^SENR\^/, '')), 'XX', 'without the record type');
  const ods = odsLine('SENR', {}, '20230816', '2024-06-1', 24);
  t.equal(marked('ODS-2', ods, { recordType: 'SENR-R' }), '2024-06-1', 'from the end, however many stand before');
  t.equal(marked('', plain), undefined, 'a whole line');
  t.equal(marked('1.24', 'SENR^A'), undefined, 'a line that ends before');
  t.equal(marked('1.24', plain, { recordType: 'ABCD' }), undefined, 'a record type without a layout');
});

t.test('the school of the record, where it has one', async (t) => {
  t.equal(tell(problem('1.24'), line('SENR', { schoolOfAttendance: '0199003' })).school, '0199003');
  t.equal(tell(problem('1.24'), line('SENR', { schoolOfAttendance: '' })).school, undefined);
  t.equal(tell(problem('1.24'), line('SENR', { schoolOfAttendance: 'x'.repeat(99) })).school, undefined);
  t.equal(tell(problem('22.12', { recordType: 'SWDS' }), line('SWDS', {})).school, undefined, 'no such column');
});

t.test('no line of advice, and of a line without end its beginning', async (t) => {
  t.equal(tell(problem('1.24', { severity: 'advice' }), line('SENR')).sent, undefined);
  const { sent } = tell(problem('1.24'), `SENR^${'x'.repeat(9_999)}`);
  t.equal(sent?.text.length, 4_097);
});
