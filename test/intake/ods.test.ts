/**
 * ODS extracts: what an LEA downloads. `-R` in field 1, and Upload Date and Last Date Updated as the last two fields,
 * however many stand before them.
 */
import t from 'tap';
import { codes, fields, file, line, odsLine, send } from './uploads.ts';

const RUN = '20240715';
const DATES = { uploaded: 48, lastUpdated: 49 } as const;
const datesOf = (row: readonly string[] | undefined): (string | undefined)[] => [
  row?.[DATES.uploaded],
  row?.[DATES.lastUpdated],
];

t.test('a plain line is loaded on the run date; an ODS line brings its dates', async (t) => {
  const { rows, problems } = await send(
    t,
    file(line('SENR'), odsLine('SENR', { ssid: '9900000002' }, '20230816', '20240610')),
    { runDate: RUN },
  );
  t.same(problems, []);
  t.same(rows.map(datesOf), [
    [RUN, RUN],
    ['20230816', '20240610'],
  ]);
  t.same(
    rows.map((row) => row[0]),
    ['CENR-R', 'CENR-R'],
  );
});

t.test('every generation: 35 fields and two dates, 33 and two, fewer and two', async (t) => {
  const current = (await send(t, file(odsLine('SENR', {}, '20230816', '20240610')))).text;
  for (const count of [35, 33, 32, 24]) {
    const sent = await send(t, file(odsLine('SENR', {}, '20230816', '20240610', count)));
    t.same(sent.problems, [], `${count} + 2`);
    t.equal(sent.text, current, `${count} + 2 gives the same row: the missing columns are blank`);
  }
  const indicators = { adultAgeStudentsWithDisabilitiesInTransitionStatus: 'Y', graduationExemptionIndicator: 'N' };
  const [row] = (await send(t, file(odsLine('SENR', indicators, '20230816', '20240610')))).rows;
  t.same(row?.slice(33, 35), ['Y', 'N'], 'fields 34 and 35 are there where the line has them');
  t.same(
    codes(await send(t, file(`${odsLine('SENR', {}, '20230816', '20240610')}^`))),
    ['1 FRMT0005'],
    '35 + 3 are too many',
  );
});

t.test('a SELA ODS extract has 15 fields and two dates', async (t) => {
  const status = { englishLanguageAcquisitionStatusCode: 'EL' };
  const fifteen = odsLine('SELA', status, '20230816', '20230816', 15);
  t.equal(fifteen.split('^').length, 17);
  const sent = await send(t, file(line('SENR'), fifteen));
  t.same(sent.problems, []);
  t.equal(sent.rows[0]?.[36], 'EL');
  t.same(
    (await send(t, file(line('SENR'), odsLine('SELA', status, '20230816', '20230816')))).problems,
    [],
    '16 and two are taken too',
  );
  const corrected = await send(
    t,
    file(line('SENR'), odsLine('SELA', { ...status, correctionReasonCode: '9' }, '20230816', '20230816')),
  );
  t.same(codes(corrected), ['2 GERR0002'], 'then 12.16 is 12.16, not a date');
});

t.test('each file may come as an ODS extract', async (t) => {
  const plain = await send(
    t,
    file(
      line('SENR'),
      line('SINF', { studentHispanicEthnicityIndicator: 'N', studentRace1Code: '700' }),
      line('SPRG', { educationProgramCode: '127' }),
      line('SELA', { englishLanguageAcquisitionStatusCode: 'EL' }),
      line('SWDS'),
    ),
  );
  const ods = await send(
    t,
    file(
      odsLine('SENR', {}, '20240715', '20240715'),
      odsLine('SINF', { studentHispanicEthnicityIndicator: 'N', studentRace1Code: '700' }, '20230816', '20230816'),
      odsLine('SPRG', { educationProgramCode: '127' }, '20230816', '20230816'),
      odsLine('SELA', { englishLanguageAcquisitionStatusCode: 'EL' }, '20230816', '20230816'),
      odsLine('SWDS', {}, '20230816', '20230816'),
    ),
  );
  t.same(ods.problems, []);
  t.equal(ods.text, plain.text, 'the row is the same when its own dates are');
  t.same(plain.rows[0]?.slice(35, 43), ['White', 'EL', 'N', 'Y', 'N', 'N', '', 'Y']);
});

t.test('blank dates stay blank', async (t) => {
  for (const [uploaded, lastUpdated] of [
    ['', ''],
    ['20230816', ''],
    ['', '20240610'],
  ] as const) {
    const { rows, problems } = await send(t, file(odsLine('SENR', {}, uploaded, lastUpdated)));
    t.same(problems, []);
    t.same(datesOf(rows[0]), [uploaded, lastUpdated]);
  }
  const trailing = await send(t, file(odsLine('SENR', {}, '20230816  ', '   ', 33)));
  t.same(datesOf(trailing.rows[0]), ['20230816', ''], 'with trailing blanks too');
});

t.test('the dates come in both forms, and are checked like any other', async (t) => {
  const { rows, problems } = await send(t, file(odsLine('SENR', {}, '08/16/2023', '06/10/2024', 33)));
  t.same(problems, []);
  t.same(datesOf(rows[0]), ['20230816', '20240610']);
  const wrong = await send(t, file(odsLine('SENR', {}, '20230816', '20240631')));
  t.match(wrong.problems, [
    { code: 'FRMT0002', recordType: 'SENR-R', field: 'ODS-2', fieldName: 'Last Date Updated', value: '20240631' },
  ]);
  t.equal(wrong.tally.counts.rejected, 1);
});

t.test('dates within an ODS line come in both forms as well', async (t) => {
  const one = await send(t, file(odsLine('SENR', { enrollmentStartDate: '08/15/2023' }, '20230816', '20230816')));
  t.equal(one.rows[0]?.[21], '20230815');
});

t.test('an ODS line too short to hold the dates is short of everything', async (t) => {
  for (const cut of ['SENR-R', 'SENR-R^', 'SENR-R^^']) {
    const { tally, problems } = await send(t, file(cut));
    t.equal(tally.counts.rejected, 1, cut);
    t.ok(
      problems.some((p) => p.code === 'GERR0001' && p.field === '1.09'),
      `${cut}: required fields are missed`,
    );
  }
});

t.test('a plain line and an ODS line of one enrollment are one record', async (t) => {
  const { tally, rows } = await send(
    t,
    file(odsLine('SENR', {}, '20230816', '20240610'), line('SENR', { localRecordID: 'plain' })),
    { runDate: RUN },
  );
  t.match(tally.counts, { added: 1, replaced: 1 });
  t.equal(rows[0]?.[2], 'plain');
  t.same(datesOf(rows[0]), ['20230816', RUN], 'it was first loaded when the extract says, and changed now');
  const back = await send(t, file(line('SENR'), odsLine('SENR', {}, '20230816', '20240610')), { runDate: RUN });
  t.same(datesOf(back.rows[0]), ['20230816', '20240610'], 'and an extract’s own dates stand');
});

t.test('values are normalized before they are kept: what is written is what was checked', async (t) => {
  const padded = fields('SENR').map((value) => `${value} `);
  const sent = await send(t, file([`SENR-R `, ...padded.slice(1), '08/16/2023 ', ''].join('^')));
  t.same(sent.problems, []);
  t.equal(sent.text, (await send(t, file(odsLine('SENR', {}, '20230816', '')))).text);
});
