/**
 * The layouts of `schemas/records`: how many columns each file has, how columns are named, and where every column of
 * the extract comes from.
 */
import t from 'tap';
import { codeSetOf, columnIndex, incomingColumns, layoutOf, outputColumns } from '#records/layout';
import { shipped } from '../support/histories.ts';

const { schemas } = shipped;
const { output } = schemas;

/** `Parent Guardian 1 Highest Education Level Code` as `parentGuardian1HighestEducationLevelCode`. */
function camelCase(name: string): string {
  const [first = '', ...rest] = name.replaceAll(/[^A-Za-z0-9 -]/g, '').split(/[ -]+/);
  const isAbbreviation = /^[A-Z]{2,}$/.test(first);
  const head = isAbbreviation ? first.toLowerCase() : first.charAt(0).toLowerCase() + first.slice(1);
  return head + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Columns whose name does not give their key, and why. An entry that has become superfluous fails. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  '3.21': 'one of three columns called Filler, so its number tells it apart',
  '3.22': 'the same',
  '3.26': 'the same',
  '3.25': 'its name says what the column became; its key, what the records in it mean',
};

t.test('the number of fields of each file', (t) => {
  const counts = Object.fromEntries(schemas.layouts.map(({ recordType, columns }) => [recordType, columns.length]));
  t.same(counts, { SENR: 35, SINF: 50, SPRG: 26, SELA: 16, SWDS: 13, MEPS: 8, DCERT: 4 });
  t.equal(output.columns.length, 50);
  t.equal(outputColumns(output, '50').length, 50);
  t.equal(outputColumns(output, '48').length, 48, 'the page’s table ends at 48');
  t.equal(output.defaultColumnSet, '50');
  t.throws(() => outputColumns(output, '49'), { message: 'no column set "49"; there are 48, 50' });
  t.same(
    schemas.layouts.filter((l) => !l.odsColumns).map((l) => l.recordType),
    ['DCERT', 'MEPS'],
    'files of the state, after whose own fields no two dates follow',
  );
  for (const { recordType, odsColumns } of schemas.layouts.filter((l) => l.odsColumns))
    t.same(
      odsColumns?.map(({ name, key, type }) => [name, key, type]),
      [
        ['Upload Date', 'uploaded', 'DT'],
        ['Last Date Updated', 'lastUpdated', 'DT'],
      ],
      `${recordType}-R ends with the two dates`,
    );
  t.end();
});

t.test('columns are numbered without a gap, and their keys follow from their names', (t) => {
  const unused = new Set(Object.keys(NAMED_OTHERWISE));
  for (const { recordType, columns } of schemas.layouts) {
    const [chapter, first = ''] = (columns[0]?.no ?? '').split('.');
    t.same(
      columns.map((c) => c.no),
      columns.map((_, i) => `${chapter}.${String(i + 1).padStart(first.length, '0')}`),
      `${recordType}: ${chapter}.${first} and so on`,
    );
    t.equal(new Set(columns.map((c) => c.key)).size, columns.length, `${recordType}: no key twice`);
    for (const { no, name, key } of columns) {
      if (Object.hasOwn(NAMED_OTHERWISE, no) && key !== camelCase(name)) unused.delete(no);
      else t.equal(key, camelCase(name), `${no} ${name}`);
    }
  }
  t.same([...unused], [], 'every exception is one');
  t.same(
    output.columns.map((c) => c.no),
    Array.from({ length: 50 }, (_, i) => String(i + 1)),
    'CENR: 1 to 50',
  );
  for (const { no, name, key, copyOf, rule, day } of output.columns) {
    if (rule) t.equal(key, camelCase(name), `CENR ${no} ${name}`);
    else if (copyOf !== undefined) t.equal(key, copyOf, `CENR ${no} ${name}`);
    else if (day !== undefined) t.equal(name, day === 'uploaded' ? 'Upload Date' : 'Last Date Updated');
  }
  t.end();
});

t.test('every column of the extract is accounted for', (t) => {
  const source = layoutOf(schemas, output.copiesFrom)?.columns ?? [];
  for (const column of output.columns) {
    const ways = [column.literal, column.copyOf, column.rule, column.day].filter((way) => way !== undefined);
    t.equal(ways.length, 1, `${column.no} ${column.name} comes from one place`);
  }
  t.same(
    output.columns.slice(0, 2).map((c) => c.literal),
    ['CENR-R', ''],
    '1 and 2: the record type, and no transaction',
  );
  for (const [i, column] of output.columns.slice(2, 35).entries()) {
    const copied = source[i + 2];
    t.match(
      column,
      { copyOf: copied?.key, name: copied?.name, type: copied?.type, max: copied?.max },
      `${column.no} is ${copied?.no} ${copied?.name}, and as long`,
    );
  }
  const derived = output.columns.filter((c) => c.rule);
  t.same(
    derived.map((c) => c.no),
    ['36', '37', '38', '39', '40', '41', '42', '43', '44', '45', '46', '47', '48'],
  );
  t.same(
    derived.map((c) => [c.no, c.name]).sort(),
    shipped.declared.fields.map(({ json }) => [json.field, json.name]).sort(),
    'a rule file for each, under the same name',
  );
  t.same(
    output.columns.slice(48).map((c) => c.day),
    ['uploaded', 'lastUpdated'],
  );
  t.end();
});

t.test('what a layout names is there', (t) => {
  const open = ['CDS county-district', 'CDS school', 'NPS school', 'CCYY-CCYY', 'NameSuffix', 'CPA ID', 'SELPA'];
  for (const layout of schemas.layouts) {
    for (const key of ['recordTypeCode', 'ssid'])
      t.ok(columnIndex(layout, key) >= 0, `${layout.recordType} has ${key}`);
    for (const key of ['transactionTypeCode', 'reportingLEA'])
      t.equal(columnIndex(layout, key) >= 0, layout.odsColumns !== undefined, `${layout.recordType}: ${key}`);
    t.equal(columnIndex(layout, 'noSuchColumn'), -1);
    t.equal(incomingColumns(layout).length, layout.columns.length + (layout.odsColumns?.length ?? 0));
    for (const column of incomingColumns(layout)) {
      if (column.type === 'DT') t.equal(column.max, 8, `${column.no} is a day of eight characters`);
      if (column.codeSet === undefined || open.includes(column.codeSet)) continue;
      const longest = Math.max(0, ...(codeSetOf(schemas, column.codeSet)?.codes ?? []).map(({ code }) => code.length));
      t.ok(longest > 0, `${column.no} ${column.name}: schemas/codesets has ${column.codeSet}`);
      // Field 1 of an ODS extract or of the CENR itself is not what this column holds.
      if (column.key !== 'recordTypeCode')
        t.ok(
          longest <= column.max,
          `${column.no} ${column.name}: no code of ${column.codeSet} is longer than ${column.max}`,
        );
    }
  }
  t.equal(layoutOf(schemas, 'SENR-R'), undefined, 'a layout goes by its plain name');
  t.end();
});

t.test('what identifies a record (records.md section 2)', (t) => {
  const keys = Object.fromEntries(schemas.layouts.map((l) => [l.recordType, [...l.keyColumns]]));
  t.same(keys, {
    SENR: ['reportingLEA', 'schoolOfAttendance', 'ssid', 'enrollmentStartDate'],
    SINF: ['reportingLEA', 'ssid', 'effectiveStartDate'],
    SPRG: [
      'reportingLEA',
      'schoolOfAttendance',
      'ssid',
      'educationProgramCode',
      'educationProgramMembershipStartDate',
      'educationServiceAcademicYear',
      'educationServiceCode',
    ],
    SELA: ['reportingLEA', 'ssid', 'englishLanguageAcquisitionStatusCode', 'englishLanguageAcquisitionStatusStartDate'],
    SWDS: ['reportingLEA', 'ssid', 'specialEducationStatusEffectiveStartDate'],
    MEPS: ['ssid', 'msdNumber', 'eligibilityStartDate'],
    DCERT: ['ssid', 'academicYearID'],
  });
  t.end();
});
