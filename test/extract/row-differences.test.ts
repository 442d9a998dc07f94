/** Differences of two extracts, compared with a way that keeps everything in memory and is slow. */
import fc from 'fast-check';
import t from 'tap';
import { type ComparedExtract, DifferenceCounter, type RowDifference, rowDifferences } from '#extract/row-differences';
import { outputColumns } from '#records/layout';
import { shipped } from '../support/histories.ts';

const { output } = shipped.schemas;
const COLUMNS = outputColumns(output, '50');
const PLACE = new Map(COLUMNS.map(({ key }, i) => [key, i]));

/** A row: an SSID, a school and the value of field 40. */
type Row = readonly [ssid: string, school: string, homeless: string];

const rowIn = (each: RowDifference) => (each.kind === 'changed' ? each.after : each.row);

const keyOf = ([ssid, school]: Row): string => `${ssid} ${school}`;

function line([ssid, school, homeless]: Row, columns = COLUMNS): string {
  const values: Record<string, string> = {
    ssid,
    reportingLEA: '1234567',
    schoolOfAttendance: school,
    gradeLevelCode: '05',
    homelessProgramEligible: homeless,
    studentLegalLastName: 'Ünal',
  };
  return `${columns.map(({ key }) => values[key] ?? '').join('^')}\r\n`;
}

/** @param size of the pieces in which the bytes come */
function extract(rows: readonly Row[], name = 'a.txt', columns = COLUMNS, size = 1_000): ComparedExtract {
  const bytes = Buffer.from(rows.map((row) => line(row, columns)).join(''));
  const pieces = async function* () {
    for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
  };
  return { name, bytes: pieces(), columns };
}

async function compared(before: ComparedExtract, after: ComparedExtract) {
  const counter = new DifferenceCounter();
  const found: RowDifference[] = [];
  const differences = rowDifferences(before, after, shipped);
  let next = await differences.next();
  for (; !next.done; next = await differences.next()) {
    counter.add(next.value);
    found.push(next.value);
  }
  return { found, rows: next.value, counts: counter.counts };
}

const rowsOf = fc
  .array(fc.tuple(fc.constantFrom('1', '2', '3', '4', '5'), fc.constantFrom('a', 'b', 'c'), fc.constantFrom('Y', 'N')))
  .map((rows) => {
    const unique = new Map(rows.map(([ssid, school, value]) => [`${ssid} ${school}`, [ssid, school, value] as Row]));
    // The rows of a student are in any order: the rules may have changed it.
    return [...unique.values()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  });

t.test('the same as what a comparison in memory finds', async (t) => {
  await fc.assert(
    fc.asyncProperty(rowsOf, rowsOf, fc.integer({ min: 1, max: 700 }), async (before, after, size) => {
      const [old, now] = [before, after].map((rows) => new Map(rows.map((row) => [keyOf(row), row])));
      const { found, rows, counts } = await compared(extract(before, 'a', COLUMNS, size), extract(after));
      const expected = [
        ...after.filter((row) => !old?.has(keyOf(row))).map((row) => `new ${keyOf(row)}`),
        ...before.filter((row) => !now?.has(keyOf(row))).map((row) => `gone ${keyOf(row)}`),
        ...after
          .filter((row) => (old?.get(keyOf(row))?.[2] ?? row[2]) !== row[2])
          .map((row) => `changed ${keyOf(row)}`),
      ];
      const school = PLACE.get('schoolOfAttendance') as number;
      const shown = found.map((each) => `${each.kind} ${each.ssid} ${rowIn(each).values[school]}`);
      t.same(shown.sort(), expected.sort());
      t.same(rows, { before: before.length, after: after.length });
      const students = (rows: readonly Row[]) => new Set(rows.map(([ssid]) => ssid));
      t.equal(counts.newStudents, students(after).difference(students(before)).size);
      t.equal(counts.goneStudents, students(before).difference(students(after)).size);
      t.same([...counts.byField], counts.changed > 0 ? [['40', counts.changed]] : []);
      const text = after.map((row) => line(row)).join('');
      for (const each of found) {
        const row = each.kind === 'changed' ? each.after : each.kind === 'new' ? each.row : undefined;
        if (row) t.ok(Buffer.from(text).subarray(row.place).toString().startsWith(row.values.join('^')), 'its place');
      }
    }),
    { numRuns: 300 },
  );
});

t.test('extracts with other column sets are compared by the columns that both have', async (t) => {
  const fewer = outputColumns(output, '48');
  const rows: Row[] = [['1', 'a', 'Y']];
  t.same((await compared(extract(rows, 'a', fewer), extract(rows))).found, []);
  const { found } = await compared(extract(rows, 'a', fewer), extract([['1', 'a', 'N']]));
  t.match(found, [{ kind: 'changed', columns: [{ no: '40' }] }]);
});

t.test('what is no extract is refused, with its line and without a student', async (t) => {
  const good: Row[] = [['1', 'a', 'Y']];
  const refused = (rows: readonly Row[], message: RegExp) =>
    t.rejects(compared(extract(good), extract(rows, 'b.txt')), { message });
  await refused(
    [
      ['9900000002', 'a', 'Y'],
      ['9900000001', 'a', 'Y'],
    ],
    /^line 2 of b.txt has an SSID that comes before the one above it; give/,
  );
  await refused(
    [
      ['2', 'a', 'Y'],
      ['2', 'a', 'N'],
    ],
    /^line 2 of b.txt is a second row for the same student/,
  );
  const same: Row[] = [
    ['2', 'a', 'Y'],
    ['1', 'a', 'Y'],
  ];
  await t.rejects(compared(extract(same), extract(same)), { message: /^line 2 of a.txt has an SSID/ });
  const cut = async function* () {
    yield Buffer.from('CENR-R^1^^^^^^\r\n');
  };
  await t.rejects(compared({ ...extract(good), bytes: cut() }, extract(good)), {
    message: /^line 1 of a.txt has 8 fields/,
  });
  const without = COLUMNS.filter(({ key }) => key !== 'gradeLevelCode');
  await t.rejects(compared(extract(good, 'a', without), extract(good)), {
    message: /lacks a column that tells rows apart/,
  });
});
