/** The ledger of the shipped rulebook: nothing is left open, and what it says of tests is true. */
import t from 'tap';
import { casesOf } from '#authoring/examples/cases';
import { reportOf } from '#authoring/ledger/report';
import { loadRulebook } from '#rulebook/load/load';
import { extract } from '../../support/extracts.ts';

const rulebook = loadRulebook();
const { columns } = rulebook.schemas.output;

t.test('every sentence has a rule and an example, or says why it needs none', (t) => {
  t.same(reportOf(rulebook).findings, []);
  t.end();
});

t.test('the row of each derived field is cited by its column', (t) => {
  for (const { no, rule, ...column } of columns)
    if (rule) t.ok((column as { cites?: string[] }).cites?.includes(`cenr-${no}.row`), `column ${no}`);
  t.end();
});

t.test('no example of a field expects a value that its column has no room for, or a date that is none', (t) => {
  const cases = casesOf(rulebook).flatMap(({ of, title, expect }) =>
    'value' in expect ? [{ of, title, value: expect.value }] : [],
  );
  t.ok(cases.length > 300, `${cases.length} values`);
  for (const { of, title, value } of cases) {
    const { max = 0, type } = columns.find(({ no }) => no === of) ?? {};
    if (value.length > max || (type === 'DT' && !/^([0-9]{8})?$/.test(value)))
      t.fail(`field ${of}, "${title}": "${value}" does not fit ${type} ${max}`);
  }
  t.end();
});

t.test('fields stand between carets, none after the last (cenr-format.1)', (t) => {
  const values = {
    reportingLEA: '1000001',
    schoolOfAttendance: '2000001',
    ssid: '9900000001',
    enrollmentStartDate: '20230815',
    enrollmentStatusCode: '10',
  };
  const record = {
    recordType: 'SENR',
    ssid: '9900000001',
    values,
    uploaded: '20230820',
    lastUpdated: '20240301',
    short: false,
    ods: false,
  } as const;
  const text = extract([record], { reportingLEAs: ['1000001'], academicYear: '2023-2024' }, '20240715');
  t.match(text, /^CENR-R\^\^[^\r\n]*\^20230820\^20240301\r\n$/);
  t.equal(text.split('^').length, columns.length);
  t.end();
});
