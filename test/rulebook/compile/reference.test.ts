/**
 * Whole lines, all 50 fields: the shipped rules as compiled, and cenr.md said once more in `test/support/reference.ts`,
 * all readings at their defaults.
 */
import fc from 'fast-check';
import t from 'tap';
import { extract, extractOfLines, rowsOf } from '../../support/extracts.ts';
import { distinct, holds, request, runDate, students, type TestRecord } from '../../support/histories.ts';
import { referenceExtract } from '../../support/reference.ts';

/** The first field in which two extracts differ, in words; `''` when they are the same. */
function difference(actual: string, expected: string): string {
  if (actual === expected) return '';
  const [left, right] = [rowsOf(actual), rowsOf(expected)];
  if (left.length !== right.length)
    return `${left.length} rows, ${right.length} in the reference\n${actual}\n${expected}`;
  for (const [row, fields] of right.entries())
    for (const [i, field] of fields.entries())
      if (left[row]?.[i] !== field)
        return `row ${row + 1}, field ${i + 1}: "${left[row]?.[i]}", in the reference "${field}"\n${actual}\n${expected}`;
  return `not the same:\n${JSON.stringify(actual)}\n${JSON.stringify(expected)}`;
}

const isSame = (actual: string, expected: string): void => {
  const found = difference(actual, expected);
  if (found) throw new Error(found);
};

t.test('the generated histories reach every value of every derived field', async (t) => {
  const seen = new Map<string, number>();
  let rows = 0;
  fc.assert(
    fc.property(students, request, runDate, (records, asked, day) => {
      for (const fields of rowsOf(referenceExtract(records, asked, day))) {
        rows++;
        for (const no of [36, 37, 38, 39, 40, 41, 42, 43, 45, 46, 47, 48]) {
          const value = fields[no - 1] as string;
          const shown = no >= 45 ? (value ? 'a day' : '') : value;
          seen.set(`${no} ${shown}`, (seen.get(`${no} ${shown}`) ?? 0) + 1);
        }
      }
    }),
    { seed: 7, numRuns: 3000 },
  );
  const labels = [
    '',
    'Hispanic',
    'Multiple',
    'Missing',
    'Asian',
    'White',
    'Filipino',
    'Black/African Am',
    'Am Indian/Alskn Nat',
    'Nat Hwiin/Othr Pac Islndr',
  ];
  const wanted = [
    ...labels.map((v) => `36 ${v}`),
    ...['', 'EL', 'RFEP', 'ADEL', 'EO', 'IFEP', 'TBD'].map((v) => `37 ${v}`),
    ...['38', '39', '40', '41', '42', '43'].flatMap((no) => [`${no} Y`, `${no} N`]),
    '42 ',
    ...['45', '46', '47', '48'].flatMap((no) => [`${no} a day`, `${no} `]),
  ];
  t.same(
    wanted.filter((value) => (seen.get(value) ?? 0) < 10),
    [],
    'each at least ten times',
  );
  t.ok(rows > 1000, `${rows} rows`);
});

t.test('the compiled rules write the lines that cenr.md describes', async (t) => {
  await holds(
    t,
    'extract of stored records',
    10_000,
    fc.property(students, request, runDate, (records, asked, day) =>
      isSame(extract(records, asked, day), referenceExtract(records, asked, day)),
    ),
  );
});

t.test('the same from the lines of plain files, checked and stored', async (t) => {
  await holds(
    t,
    'extract of lines',
    3000,
    fc.property(students, fc.array(fc.nat(), { maxLength: 4 }), request, runDate, (records, again, asked, day) => {
      // Some lines come twice, so that the later one replaces the earlier one and moves it to the end of the order of
      // loading.
      const sent = [...records, ...again.flatMap((n) => records[n % records.length] ?? [])].map(
        (record): TestRecord => ({ ...record, ods: false, uploaded: day, lastUpdated: day }),
      );
      const rejected = new Set<TestRecord>();
      const actual = extractOfLines(sent, asked, day, (record) => rejected.add(record));
      isSame(actual, referenceExtract(distinct(sent.filter((record) => !rejected.has(record))), asked, day));
    }),
  );
});
