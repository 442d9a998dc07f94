/**
 * Kept lines and what is read from them, against plain `split`. Histories are generated; every third record comes
 * short, some from ODS extracts.
 */
import fc from 'fast-check';
import t from 'tap';
import { layoutOf } from '#records/layout';
import {
  copyColumns,
  historyOf,
  keepAgain,
  keepLine,
  keptLineOf,
  PASSED_OVER,
  type ReadPlan,
  readRecords,
  Slots,
  TextHistory,
} from '#records/record';
import { bodyFrom, fieldsOf, history, holds, SSID, shipped, type TestRecord } from '../support/histories.ts';

const { schemas } = shipped;
const { layouts } = schemas;
type Claim = readonly [recordType: string, key: string];

/** Any columns of any record types, the two days that every record has among them. */
const claims: fc.Arbitrary<Claim[]> = fc.array(
  fc.constantFrom(
    ...layouts.flatMap(({ recordType, columns }): Claim[] => [
      ...columns.map((c): Claim => [recordType, c.key]),
      [recordType, 'uploaded'],
      [recordType, 'lastUpdated'],
    ]),
  ),
  { maxLength: 12 },
);

function planOf(claimed: readonly Claim[]): { plan: ReadPlan; slots: ReadonlyMap<string, number> } {
  const slots = new Slots(layouts);
  const places = new Map(claimed.map(([recordType, key]) => [`${recordType} ${key}`, slots.column(recordType, key)]));
  return { plan: slots.plan(), slots: places };
}

/** The value of a column as `split` gives it; a column that the line does not have is blank. */
function sentValue(record: TestRecord, key: string): string {
  if (key === 'uploaded' || key === 'lastUpdated') return record[key];
  const place = layoutOf(schemas, record.recordType)?.columns.findIndex((c) => c.key === key) ?? -1;
  return fieldsOf(record).join('^').split('^')[place] ?? '';
}

t.test('reading picks what a split would pick, and nothing else', async (t) => {
  await holds(
    t,
    'values by slot',
    500,
    fc.property(history, claims, (records, claimed) => {
      const { plan, slots } = planOf(claimed);
      const read = readRecords(bodyFrom(records), plan);
      if (read.length !== records.length) return false;
      return read.every((record, i) => {
        const sent = records[i] as TestRecord;
        if (plan.types[record.type] !== sent.recordType || record.loaded !== i) return false;
        const own = [...slots].filter(([name]) => name.startsWith(sent.recordType));
        return (
          record.values.length === own.length &&
          own.every(([name, slot]) => record.values[slot] === sentValue(sent, name.slice(5)))
        );
      });
    }),
  );
});

t.test('reading the enrollments first and the rest later gives the same history', async (t) => {
  await holds(
    t,
    'both are readRecords and historyOf',
    500,
    fc.property(history, claims, fc.nat(layouts.length - 1), (records, claimed, first) => {
      const slots = new Slots(layouts);
      for (const [recordType, key] of claimed) slots.column(recordType, key);
      slots.derivedEnd('SINF', 'effective end', 'effectiveStartDate', 'effectiveEndDate', ['reportingLEA']);
      slots.derivedEnd('SWDS', 'status end', 'specialEducationStatusEffectiveStartDate', undefined, []);
      const plan = slots.plan();
      const body = bodyFrom(records);
      const whole = historyOf(SSID, readRecords(body, plan), plan);
      const partly = new TextHistory(SSID, body).partly(plan, first);
      if (
        partly.byType.some((read, type) => type !== first && read.length > 0) ||
        JSON.stringify(partly.byType[first]?.map((r) => r.loaded)) !==
          JSON.stringify(whole.byType[first]?.map((r) => r.loaded))
      )
        return false;
      return JSON.stringify(partly.complete()) === JSON.stringify(whole);
    }),
  );
});

t.test('a blank end stands for the day before the next record', (t) => {
  const slots = new Slots(layouts);
  const end = slots.derivedEnd('SINF', 'effective end', 'effectiveStartDate', 'effectiveEndDate', ['reportingLEA']);
  const plan = slots.plan();
  const information = (reportingLEA: string, effectiveStartDate: string, effectiveEndDate = ''): TestRecord => ({
    recordType: 'SINF',
    ssid: SSID,
    values: { reportingLEA, effectiveStartDate, effectiveEndDate },
    uploaded: '20240701',
    lastUpdated: '20240701',
    short: true,
    ods: false,
  });
  const endsOf = (...records: TestRecord[]): string[] =>
    historyOf(SSID, readRecords(bodyFrom(records), plan), plan).byType[plan.typeIndex.get('SINF') as number]?.map(
      (r) => r.values[end] as string,
    ) ?? [];
  t.same(endsOf(information('1000001', '20230815')), [''], 'open if there is none');
  t.same(endsOf(information('1000001', '20230815'), information('1000001', '20240301')), ['20240229', '']);
  t.same(
    endsOf(information('1000001', '20240301'), information('1000001', '20230815')),
    ['', '20240229'],
    'whatever the order of loading',
  );
  t.same(
    endsOf(information('1000001', '20230815', '20231231'), information('1000001', '20240301')),
    ['20231231', ''],
    'an end that was sent stands',
  );
  t.same(
    endsOf(information('1000001', '20230815'), information('1000002', '20240301')),
    ['', ''],
    'another LEA’s record ends nothing',
  );
  t.end();
});

t.test('columns are copied as they stand, and blank where a line is too short', async (t) => {
  const { plan } = planOf([]);
  const enrollments = history
    .map((records) => records.filter((r) => r.recordType === 'SENR'))
    .filter((records) => records.length > 0);
  const range = fc
    .tuple(fc.nat(34), fc.nat(34))
    .map((ends): [number, number] => [Math.min(...ends), Math.max(...ends)]);
  await holds(
    t,
    'any stretch of columns',
    1000,
    fc.property(enrollments, range, (records, [first, last]) =>
      readRecords(bodyFrom(records), plan).every((record, i) => {
        const columns = Array.from({ length: 35 }, (_, c) => fieldsOf(records[i] as TestRecord)[c] ?? '');
        return copyColumns(record, first, last) === columns.slice(first, last + 1).join('^');
      }),
    ),
  );
  const lines = ['SENR^A^1', 'SENR^^^9900001', 'SENR'];
  const [one, two, three] = readRecords(
    lines.map((line) => keepLine({ source: 1, line: 1, uploaded: '', lastUpdated: '' }, line)).join('\n'),
    plan,
  );
  t.equal(one && copyColumns(one, 1, 2), 'A^1', 'up to the last field of a line that another one follows');
  t.equal(one && copyColumns(one, 2, 4), '1^^');
  t.equal(one && copyColumns(one, 5, 7), '^^', 'the line after it is never looked into');
  t.equal(two && copyColumns(two, 0, 3), 'SENR^^^9900001');
  t.equal(two && copyColumns(two, 2, 2), '');
  t.equal(three && copyColumns(three, 0, 1), 'SENR^');
  t.equal(three && copyColumns(three, 34, 34), '');
});

t.test('a kept line says where it came from and when it was loaded', (t) => {
  const { plan, slots } = planOf([
    ['SENR', 'uploaded'],
    ['SENR', 'lastUpdated'],
    ['SENR', 'source'],
    ['SENR', 'line'],
    ['SENR', 'localStudentID'],
  ]);
  const line = keepLine({ source: 12, line: 345, uploaded: '20230816', lastUpdated: '20240610' }, 'SENR^A^^^^^^^S1');
  const [record] = readRecords(line, plan);
  const value = (key: string): string | undefined => record?.values[slots.get(`SENR ${key}`) as number];
  t.same(
    [Number(value('source')), Number(value('line')), value('uploaded'), value('lastUpdated'), value('localStudentID')],
    [12, 345, '20230816', '20240610', 'S1'],
  );
  t.equal(
    record && keepAgain(record, '20230101', '20240610'),
    keepLine({ source: 12, line: 345, uploaded: '20230101', lastUpdated: '20240610' }, 'SENR^A^^^^^^^S1'),
    'and is kept again with other days',
  );
  t.equal(
    record && keepAgain(record, '', ''),
    keepLine({ source: 12, line: 345, uploaded: '', lastUpdated: '' }, 'SENR^A^^^^^^^S1'),
  );
  const blank = readRecords(keepLine({ source: 0, line: 1, uploaded: '', lastUpdated: '' }, 'SENR^'), plan)[0];
  t.equal(blank?.values[slots.get('SENR uploaded') as number], '', 'blank dates are blank');
  t.end();
});

t.test('a record of a type without a layout is passed over; what begins with none is a damaged store', (t) => {
  const { plan } = planOf([]);
  const kept = (line: string): string => keepLine({ source: 1, line: 1, uploaded: '', lastUpdated: '' }, line);
  for (const line of ['SIAD^1^2', 'SIAD-R^1', 'SIAD', 'SIA^1', 'SIADS^1', 'SENRX^1', 'S234567890123456-R^1']) {
    const [record, ...others] = readRecords(kept(line), plan);
    t.match(record, { type: PASSED_OVER, values: [] }, line);
    t.same(others, []);
    t.equal(record && keptLineOf(record), kept(line), 'its line is as it was');
    t.match(historyOf('9900000001', readRecords(kept(line), plan), plan), { passedOver: [{ type: PASSED_OVER }] });
  }
  for (const line of ['S^1', 'siad^1', 'SIAD!^1', '1SIAD^1', 'S2345678901234567^1', '\u0000\u0001', '', '^^^^'])
    t.throws(() => readRecords(kept(line), plan), { name: 'RangeError', message: /which is no record type/ }, line);
  t.same(readRecords('', plan), [], 'an empty body has no records');
  t.end();
});
