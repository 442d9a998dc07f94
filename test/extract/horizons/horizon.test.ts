/** Horizons of rows: who counts in which year, what is listed of each, and what is refused. */
import t from 'tap';
import { HorizonMaker, type HorizonStudent, horizonNamed } from '#extract/horizons/horizon';
import { asCSV, asNDJSON, countLines, horizonHead } from '#extract/horizons/horizon-list';
import { addDays } from '#records/days';
import { outputColumns } from '#records/layout';
import { verify } from '#rulebook/load/load';
import { patched } from '../../rulebook/texts.ts';
import { shipped } from '../../support/histories.ts';

t.setTimeout(900_000);

const COLUMNS = outputColumns(shipped.schemas.output, '50');
const AS_OF = '20260115';

type Values = Readonly<Record<string, string>>;
const row = (values: Values): string[] => COLUMNS.map(({ key, literal }) => values[key] ?? literal ?? '');

function made(rows: readonly Values[], asOf = AS_OF, rulebook = shipped, name?: string) {
  const horizon = horizonNamed(rulebook, name);
  const maker = new HorizonMaker(rulebook, horizon, '50', asOf);
  const students = rows.map((values) => maker.row(row(values)));
  return { horizon, students, counts: maker.result() };
}

const [A, B, C] = ['9900000001', '9900000002', '9900000003'] as const;
const learner = (day: string, more: Values = {}): Values => ({
  ...{ ssid: A, reportingLEA: '9900001', schoolOfAttendance: '0000001', gradeLevelCode: '06' },
  ...{ englishLanguageAcquisitionStatus: 'EL', provisionalLTELStartDate: day, ...more },
});

/** A row, and the period in which it counts; blank: in none. */
const PERIODS: readonly (readonly [day: string, status: string, period: string])[] = [
  ['20260115', 'EL', 'now'],
  ['20150901', 'EL', 'now'],
  ['20260116', 'EL', '2025-2026'],
  ['20260630', 'EL', '2025-2026'],
  ['20260701', 'EL', '2026-2027'],
  ['20320630', 'EL', '2031-2032'],
  ['20320701', 'EL', 'later'],
  ['20250901', 'RFEP', 'left'],
  ['20250901', 'ADEL', 'left'],
  ['', 'RFEP', ''],
  ['', 'EL', ''],
  ['20250901', 'EO', ''],
  ['20250901', '', ''],
];

t.test('each row counts in the year of its day', async (t) => {
  for (const [day, status, period] of PERIODS) {
    const { students, counts } = made([learner(day, { englishLanguageAcquisitionStatus: status })]);
    t.equal(students[0]?.period ?? '', period, `${day} ${status}`);
    for (const each of counts.periods) t.equal(each.students, each.period === period ? 1 : 0, each.period);
  }
});

t.test('a student counts once in each count, and once over schools', async (t) => {
  const { counts } = made([
    learner('20200901'),
    learner('20200901', { schoolOfAttendance: '0000002' }),
    learner('20260901', { ssid: B, schoolOfAttendance: '0000002', gradeLevelCode: '07' }),
    learner('', { ssid: C }),
  ]);
  t.equal(counts.rows, 4);
  t.equal(counts.asOf, '2026-01-15');
  t.same(
    countLines(counts).map((line) => line.slice(0, 6)),
    [
      [
        'Reporting LEA',
        'School of Attendance',
        'Grade Level Code',
        ...counts.periods.slice(0, 3).map(({ says }) => says),
      ],
      ['9900001', '0000001', '06', 1, 0, 0],
      ['9900001', '0000001', 'Total', 1, 0, 0],
      ['9900001', '0000002', '06', 1, 0, 0],
      ['9900001', '0000002', '07', 0, 0, 1],
      ['9900001', '0000002', 'Total', 1, 0, 1],
      ['9900001', 'Total', 'Total', 1, 0, 1],
      ['Total', 'Total', 'Total', 1, 0, 1],
    ],
  );
  t.same(
    counts.periods.map(({ says }) => says),
    [
      'Long-term English Learners now',
      'Become long-term English Learners in the rest of 2025-2026',
      ...Array.from({ length: 6 }, (_, i) => `Become long-term English Learners in ${2026 + i}-${2027 + i}`),
      'Become long-term English Learners after 2031-2032',
      'Left by reclassification after that day',
    ],
  );
  t.match(counts.cannotTell.join(' '), /one of several factors.*unduplicated pupil percentage/);
});

t.test('as days pass, students go from one year to the next, and nobody is lost', async (t) => {
  const rows = Array.from({ length: 300 }, (_, i) =>
    learner(addDays('20240101', i * 17), { ssid: String(9_900_000_001 + i) }),
  );
  let before = 0;
  for (const asOf of ['20240101', '20250630', '20250731', '20290101', '20390101']) {
    const { counts } = made(rows, asOf);
    t.equal(
      counts.periods.reduce((sum, { students }) => sum + students, 0),
      rows.length,
      asOf,
    );
    const now = counts.periods[0]?.students ?? 0;
    t.ok(now > before, `more of them now on ${asOf}`);
    before = now;
  }
  t.equal(before, rows.length);
});

t.test('a student in a list, with the days that decide it', async (t) => {
  const { horizon, students } = made([learner('20260901', { earliestELStatusStartDate: '20190901' })]);
  const student = students[0] as HorizonStudent;
  t.equal(horizonHead(horizon).length, asCSV(student).trim().split(',').length);
  t.equal(asCSV(student), '9900000001,2026-2027,9900001,0000001,06,20260901,EL,,,,20190901\r\n');
  t.same(JSON.parse(asNDJSON(student, horizon)), {
    ...{ ssid: A, when: '2026-2027', reportingLEA: '9900001', schoolOfAttendance: '0000001', gradeLevelCode: '06' },
    ...{ provisionalLTELStartDate: '2026-09-01', englishLanguageAcquisitionStatus: 'EL' },
    earliestELStatusStartDate: '2019-09-01',
  });
});

t.test('what cannot be used is refused, with its place', async (t) => {
  t.throws(() => horizonNamed(shipped, 'longTermEnglishLearner'), /there is no horizon.*Did you mean/);
  const file = 'rules/horizons/mine.json';
  const mine = { name: 'mine', says: 'Mine', years: 1, now: 'Now', becomes: 'Then' };
  const counted = { fact: 'row', path: '$.gradeLevelCode', operator: 'equal', value: '05' };
  const written = (changes: object) => () =>
    verify(
      patched([
        {
          file,
          text: JSON.stringify({
            ...mine,
            day: 'provisionalLTELStartDate',
            counted,
            by: ['gradeLevelCode'],
            ...changes,
          }),
        },
      ]),
    );
  for (const [changes, message] of [
    [{ day: 'gradeLevelCode' }, /the column "gradeLevelCode" holds no day/],
    [{ day: 'noSuchDay' }, /the extract has no column "noSuchDay"/],
    [{ by: ['school'] }, /the extract has no column "school"/],
    [{ name: 'other' }, /its name is "mine\.json"/],
    [{ counted: { fact: 'firstEL', operator: 'present', value: true } }, /about the row alone/],
    [{ years: 0 }, /years/],
  ] as const)
    t.throws(written(changes), message, JSON.stringify(changes));
  const late = written({ by: ['uploadDate'] })();
  t.throws(
    () => new HorizonMaker(late, horizonNamed(late, 'mine'), '48', AS_OF),
    /asks for Upload Date, which an extract of 48 columns does not have/,
  );
  const two = written({})();
  t.throws(() => horizonNamed(two), /several horizons; name one of longTermEnglishLearners, mine/);
  t.equal(made([learner('20250901', { gradeLevelCode: '05' })], AS_OF, two, 'mine').students[0]?.period, 'now');
});
