/** Reports of rows: what is counted, what is listed, and what is refused. */
import t from 'tap';
import { ReportMaker, reportNamed } from '#extract/reports/report';
import { reportText } from '#extract/reports/report-file';
import { outputColumns } from '#records/layout';
import { verify } from '#rulebook/load/load';
import { patched } from '../../rulebook/texts.ts';
import { shipped } from '../../support/histories.ts';

t.setTimeout(900_000);

const COLUMNS = outputColumns(shipped.schemas.output, '50');

/** A row of the extract, columns by key; the others are blank. */
const row = (values: Readonly<Record<string, string>>): string =>
  COLUMNS.map(({ key, literal }) => values[key] ?? literal ?? '').join('^');

const rulebookWith = (report: object) =>
  verify(
    patched([
      { file: 'rules/reports/mine.json', text: JSON.stringify({ name: 'mine', says: 'Mine', ...report }, null, 2) },
    ]),
  );

/** The lines of a report, and what it came to. */
function made(report: object, rows: readonly Readonly<Record<string, string>>[], columns = '50') {
  const rulebook = rulebookWith(report);
  const maker = new ReportMaker(rulebook, reportNamed(rulebook, 'mine'), columns);
  let text = maker.head();
  for (const values of rows) text += maker.row(row(values));
  const rest = maker.rest();
  for (let next = rest.next(); ; next = rest.next()) {
    if (next.done) return { lines: text.trimEnd().split('\r\n'), ...next.value };
    text += next.value;
  }
}

const [A, B, C] = ['9900000001', '9900000002', '9900000003'] as const;
const ROWS = [
  { ssid: A, schoolOfAttendance: '0000001', socioEconomicallyDisadvantaged: 'Y', ethnicityRace: 'Asian' },
  { ssid: A, schoolOfAttendance: '0000002', socioEconomicallyDisadvantaged: 'Y', ethnicityRace: 'Asian' },
  { ssid: B, schoolOfAttendance: '0000002', socioEconomicallyDisadvantaged: 'N', ethnicityRace: 'White' },
  { ssid: C, schoolOfAttendance: '0000002', socioEconomicallyDisadvantaged: 'Y', gradeLevelCode: 'AD' },
];
const BY_SCHOOL = { by: ['schoolOfAttendance'], totals: true };

t.test('a student counts once in each cell and once in the total, a row each time', async (t) => {
  t.same(made({ counts: 'students', ...BY_SCHOOL }, ROWS).lines, [
    'School of Attendance,Students',
    '0000001,1',
    '0000002,3',
    'Total,3',
  ]);
  t.same(made({ counts: 'rows', ...BY_SCHOOL }, ROWS).lines.slice(1), ['0000001,1', '0000002,3', 'Total,4']);
});

t.test('totals are over the last columns, down to all', async (t) => {
  const by = ['schoolOfAttendance', 'socioEconomicallyDisadvantaged'];
  t.same(made({ counts: 'students', by, totals: true }, ROWS).lines.slice(1), [
    '0000001,Y,1',
    '0000001,Total,1',
    '0000002,N,1',
    '0000002,Y,2',
    '0000002,Total,3',
    'Total,Total,3',
  ]);
  t.same(made({ counts: 'students', by }, ROWS).lines.length, 4, 'none where none are asked for');
});

t.test('small counts and those that would tell them are not shown', async (t) => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    ssid: String(9_900_000_001 + i),
    schoolOfAttendance: i < 3 ? '0000001' : i < 18 ? '0000002' : '0000003',
  }));
  const report = { counts: 'students', ...BY_SCHOOL, suppress: { atMost: 10, as: '*' } };
  const { lines, hidden } = made(report, rows);
  t.same(lines.slice(1), ['0000001,*', '0000002,*', '0000003,22', 'Total,40']);
  t.equal(hidden, 2);
});

t.test('a condition chooses rows, by derived fields too', async (t) => {
  const where = {
    all: [
      { fact: 'row', path: '$.socioEconomicallyDisadvantaged', operator: 'equal', value: 'Y' },
      { fact: 'row', path: '$.gradeLevelCode', operator: 'notEqual', value: 'AD' },
    ],
  };
  const report = made({ counts: 'rows', ...BY_SCHOOL, where }, ROWS);
  t.same(report.lines.slice(1), ['0000001,1', '0000002,1', 'Total,2']);
  t.match(report, { rows: 4, counted: 2 });
});

t.test('a listing writes columns in another way', async (t) => {
  const columns = ['ssid', { column: 'ethnicityRace', name: 'Code', instead: { Asian: '299', White: '700' } }];
  t.same(
    made({ columns }, ROWS).lines,
    ['SSID,Code', `${A},299`, `${A},299`, `${B},700`, `${C},`],
    'blank stays blank',
  );
  t.throws(() => made({ columns: [{ column: 'ethnicityRace', instead: { Asian: '299' } }] }, ROWS), {
    message:
      'the report "mine" does not say what to write for "White" in Ethnicity/Race (line 3 of the extract); add it to "instead" in rules/reports/mine.json',
  });
  t.same(made({ columns: ['studentLegalLastName'] }, [{ ssid: A, studentLegalLastName: '=1+1, "x"' }]).lines, [
    'Student Legal Last Name',
    '"\'=1+1, ""x"""',
  ]);
});

t.test('what is no extract, and what an extract lacks, is refused', async (t) => {
  t.throws(() => made({ counts: 'rows', ...BY_SCHOOL }, [{ ssid: B }, { ssid: A }]), {
    message: /line 2 of the extract is out of order/,
  });
  t.throws(() => made({ counts: 'rows', by: ['uploadDate'] }, [], '48'), {
    message: /asks for Upload Date, which an extract of 48 columns does not have/,
  });
  const where = { fact: 'row', path: '$.lastDateUpdated', operator: 'present', value: true };
  t.throws(() => made({ counts: 'rows', ...BY_SCHOOL, where }, [], '48'), { message: /asks for Last Date Updated/ });
  const rulebook = rulebookWith({ counts: 'rows', ...BY_SCHOOL });
  const maker = new ReportMaker(rulebook, reportNamed(rulebook, 'mine'), '50');
  t.throws(() => maker.row('CENR-R^too short'), { message: /line 1 of the extract has 2 fields, expected 50/ });
  t.throws(() => reportNamed(rulebook, 'mime'), { message: /there is no report "mime". Did you mean "mine"\?/ });
});

t.test('the bytes of a file, however they are cut, are the same lines', async (t) => {
  const rulebook = rulebookWith({ columns: ['ssid', 'studentLegalLastName'] });
  const bytes = Buffer.from(
    [A, B].map((ssid) => `${row({ ssid, studentLegalLastName: 'Łukasz\u2028O’Hara' })}\r\n`).join(''),
  );
  const cut = async function* (size: number) {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  };
  for (const size of [1, 7, 1000]) {
    let text = '';
    const maker = new ReportMaker(rulebook, reportNamed(rulebook, 'mine'), '50');
    for await (const piece of reportText(maker, cut(size))) text += piece;
    t.equal(text, `SSID,Student Legal Last Name\r\n${[A, B].map((ssid) => `${ssid},Łukasz\u2028O’Hara\r\n`).join('')}`);
  }
});
