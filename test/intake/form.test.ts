/**
 * What a file may look like (records.md section 1): line ends, blank lines, short and long lines, blanks, dates, mixed
 * record types.
 */
import t from 'tap';
import { usedNone } from '#intake/apply';
import { shipped } from '../support/histories.ts';
import { accountedFor, codes, fields, file, line, send } from './uploads.ts';

const SENR = line('SENR');
const other = (ssid: string, changes: Record<string, string> = {}): string => line('SENR', { ssid, ...changes });

t.test('CR LF and LF, with an end of the last line or without', async (t) => {
  const lines = [SENR, other('9900000002'), other('9900000003')];
  const ways: Record<string, string> = {
    'CR LF': lines.map((l) => `${l}\r\n`).join(''),
    LF: lines.map((l) => `${l}\n`).join(''),
    'CR LF, no end of the last line': lines.join('\r\n'),
    'LF, no end of the last line': lines.join('\n'),
    'one of each': `${lines[0]}\r\n${lines[1]}\n${lines[2]}`,
    'a BOM': `\ufeff${lines.join('\r\n')}`,
  };
  const expected = await send(t, file(...lines));
  t.equal(expected.rows.length, 3);
  for (const [way, text] of Object.entries(ways)) {
    const sent = await send(t, text);
    t.equal(sent.text, expected.text, way);
    t.same(sent.problems, [], `${way}: nothing to report`);
    t.match(sent.tally, { linesRead: 3, blankLines: 0 }, `${way}: three lines`);
  }
});

t.test('blank lines, and lines of blanks or tabs, are skipped and counted', async (t) => {
  const { tally, problems, rows } = await send(
    t,
    `\r\n${SENR}\r\n   \r\n\t \t\n${other('9900000002', { enrollmentStartDate: '20230230' })}\n\r\n`,
  );
  t.match(tally, {
    linesRead: 6,
    blankLines: 4,
    counts: { added: 1, replaced: 0, deleted: 0, notUsed: 0, rejected: 1 },
  });
  t.ok(accountedFor(tally));
  t.equal(rows.length, 1);
  t.same(
    problems.map((p) => p.line),
    [5],
    'lines are numbered as an editor numbers them',
  );
});

t.test('an empty file has no lines; a file of line ends has only blank ones', async (t) => {
  t.match((await send(t, '')).tally, { linesRead: 0, blankLines: 0 });
  t.match((await send(t, '\ufeff')).tally, { linesRead: 0, blankLines: 0 });
  t.match((await send(t, '\r\n\r\n\n')).tally, { linesRead: 3, blankLines: 3 });
});

t.test('missing fields at the end are blank', async (t) => {
  const short = fields('SENR').slice(0, 24).join('^');
  const sent = await send(t, file(short));
  t.same(sent.problems, []);
  t.equal(sent.text, (await send(t, file(SENR))).text, 'the row is that of the full line');
  t.equal(sent.rows[0]?.length, 50);
  const tooShort = await send(t, file(fields('SENR').slice(0, 20).join('^'), 'SENR'));
  t.same(
    tooShort.problems.filter((p) => p.line === 1).map((p) => `${p.code} ${p.field}`),
    ['GERR0001 1.21', 'GERR0001 1.22', 'GERR0001 1.23', 'GERR0001 1.24'],
    'what is required is missed, all of it at once',
  );
  t.equal(tooShort.tally.counts.rejected, 2);
});

t.test('a field too many: the line is rejected, and the report says what is too much', async (t) => {
  const { problems, tally, rows } = await send(
    t,
    file(
      SENR,
      `${other('9900000002')}^ ^one^two`,
      `${line('SWDS')}^^${'x'.repeat(500)}`,
      `${SENR}SENR^${other('9900000004')}`,
    ),
  );
  t.match(tally.counts, { added: 1, rejected: 3 });
  t.equal(rows.length, 1);
  t.same(problems, [
    {
      file: 'sent.txt',
      line: 2,
      recordType: 'SENR',
      field: '',
      fieldName: '',
      value: 'one',
      code: 'FRMT0005',
      severity: 'reject',
      message:
        'The line is too long for its record type: found 38 fields, expected at most 35. What is too much: one. Look for an extra caret in the line, or for a missing line end.',
    },
    { ...problems[1], line: 3, recordType: 'SWDS', code: 'FRMT0005', value: `${'x'.repeat(30)}…` },
    { ...problems[2], line: 4, recordType: 'SENR', code: 'FRMT0005' },
  ]);
  const ods = await send(t, file(`${SENR.replace('SENR', 'SENR-R')}^one^20240101^20240102`));
  t.match(ods.problems, [{ code: 'FRMT0005', value: 'one', message: /: found 38 fields, expected at most 37\. / }]);
  const many = await send(t, file(SENR, `${other('9900000002')}${'^'.repeat(600)}x`));
  t.same(codes(many), ['2 FRMT0005'], 'however many there are');
});

t.test('carets at the end of every line: accepted, and reported once a file', async (t) => {
  const expected = await send(t, file(SENR, other('9900000002')));
  const lines = file(`${SENR}^`, `${other('9900000002')}^ ^  ^`);
  const sent = await send(t, { 'a.txt': lines, 'b.txt': file(`${SENR}^`) });
  t.match(sent.tally.counts, { added: 2, replaced: 1, rejected: 0 });
  t.equal(sent.text, expected.text, 'the rows are those of the lines without');
  t.match(sent.problems, [
    { file: 'a.txt', line: 1, code: 'FRMT0006', severity: 'warn' },
    { file: 'b.txt', line: 1, code: 'FRMT0006', severity: 'warn' },
  ]);
  t.match(sent.tally.problems, { FRMT0006: 2 });
  const many = (end: string): string =>
    Array.from({ length: 30_000 }, (_, i) => `${other(String(9900000000 + i * 2 + end.length))}${end}\n`).join('');
  const large = await send(t, many('') + many('^'), { threads: 2 });
  t.same(codes(large), ['30001 FRMT0006'], 'once in a large file too');
});

t.test('a first line of column names is skipped with a warning', async (t) => {
  const names = shipped.schemas.layouts[0]?.columns.map((c) => c.name).join('^') ?? '';
  const keys = shipped.schemas.layouts[0]?.columns.map((c, i) => `1.${i + 1} ${c.key}`).join('^') ?? '';
  for (const header of [names, keys, `\ufeff${names}`, `\r\n  \r\n${names}`, 'Record Type^SSID^Something else']) {
    const { tally, problems, rows } = await send(t, `${header}\r\n${file(SENR, other('9900000002'))}`);
    t.match(problems, [{ code: 'FRMT0007', severity: 'warn', recordType: '' }]);
    t.equal(problems.length, 1);
    t.equal(rows.length, 2);
    t.match(tally, { counts: { added: 2, rejected: 0 } });
    t.ok(tally.blankLines > 0 && accountedFor(tally), 'it counts as a blank line');
  }
  const later = await send(t, file(SENR, names));
  t.same(codes(later), ['2 FRMT0008'], 'in another line they are no names');
  const alone = await send(t, file(names));
  t.match(
    alone.tally,
    { linesRead: 1, blankLines: 1, counts: { rejected: 0 } },
    'a file of names alone holds no record',
  );
});

t.test('an end-of-file mark behind the last line is skipped, and counted', async (t) => {
  const { tally, problems } = await send(t, `${file(SENR)}\u001a`);
  t.match(tally, { linesRead: 2, blankLines: 1, counts: { added: 1, rejected: 0 } });
  t.same(problems, []);
});

t.test('an end-of-file mark behind a last line without an end is no part of its record', async (t) => {
  const whole = await send(t, file(SENR));
  for (const marks of ['\u001a', '\u001a\u001a']) {
    const { tally, problems, rows } = await send(t, `${SENR}${marks}`);
    t.match(tally, { linesRead: 1, blankLines: 0, counts: { added: 1, rejected: 0 } });
    t.same(problems, []);
    t.same(rows, whole.rows);
  }
  const within = await send(t, file(`${SENR}\u001a`));
  t.ok(codes(within).includes('1 FRMT0004'), 'anywhere else it is a character like another');
  t.match((await send(t, '\u001a')).tally, { linesRead: 1, blankLines: 1 }, 'and alone a blank line');
});

t.test('a line that is too long is rejected alone, whatever the size of the file', async (t) => {
  const tooLong = other('9900000002', { localRecordID: 'x'.repeat(300_000) });
  const small = await send(t, file(SENR, tooLong, other('9900000003')));
  t.same(codes(small), ['2 FRMT0005']);
  t.match(small.problems, [{ value: 'more than 262,144 characters' }]);
  t.match(small.tally.counts, { added: 2, rejected: 1 });
  const enormous = tooLong.replace(/x+/, 'é'.repeat(3_000_000));
  const filler = Array.from({ length: 30_000 }, (_, i) => other(String(9900000010 + i)));
  const large = await send(t, file(SENR, ...filler, tooLong, enormous, other('9900000003')), { threads: 2 });
  t.same(codes(large), ['30002 FRMT0005', '30003 FRMT0005']);
  t.match(large.tally.counts, { added: 30_002, rejected: 2 });
  const longest = await send(t, file(SENR, other('9900000002').padEnd(262_144, '^')));
  t.match(longest.tally.linesRead, 2);
  t.notMatch(longest.problems[0]?.value, /characters/, 'a line of the greatest length is looked into');
});

t.test('trailing blanks of a value are dropped, leading ones are the sender’s', async (t) => {
  const padded = fields('SENR', {
    localStudentID: 'S1',
    studentLegalFirstName: 'Ana María',
    studentLegalMiddleName: '',
  })
    .map((value, i) => (i === 10 ? '   ' : `${value}  `))
    .join('^');
  const sent = await send(t, file(padded));
  t.same(sent.problems, []);
  t.equal(
    sent.text,
    (await send(t, file(line('SENR', { localStudentID: 'S1', studentLegalFirstName: 'Ana María' })))).text,
  );
  const leading = await send(t, file(line('SENR', { studentLegalFirstName: '  Ana' })));
  t.equal(leading.rows[0]?.[9], '  Ana');
  t.same(codes(await send(t, file(line('SENR', { enrollmentStartDate: ' 20230815' })))), ['1 FRMT0002']);
});

t.test('M/D/YYYY without leading zeros is accepted too', async (t) => {
  const sent = await send(
    t,
    file(
      line('SENR', {
        enrollmentStartDate: '8/5/2023',
        studentBirthDate: '12/9/2012',
        enrollmentExitDate: '1/31/2024',
        studentExitReasonCode: 'T160',
      }),
    ),
  );
  t.same(sent.problems, []);
  t.match(sent.rows[0], { 16: '20121209', 21: '20230805', 24: '20240131' });
});

t.test('MM/DD/YYYY is accepted and stored as CCYYMMDD', async (t) => {
  const sent = await send(
    t,
    file(
      line('SENR', {
        enrollmentStartDate: '08/15/2023',
        studentBirthDate: '02/29/2012 ',
        enrollmentExitDate: '06/06/2024',
        studentExitReasonCode: 'T160',
      }),
    ),
  );
  t.same(sent.problems, []);
  t.match(sent.rows[0], { 16: '20120229', 21: '20230815', 24: '20240606' });
  const again = await send(
    t,
    file(line('SENR'), line('SENR', { enrollmentStartDate: '08/15/2023', localRecordID: 'again' })),
  );
  t.match(again.tally.counts, { added: 1, replaced: 1 }, 'either form is the same key');
});

t.test('days that are none are rejected as they were sent', async (t) => {
  const wrong = [
    '20230229',
    '20231301',
    '02/30/2024',
    '2/30/2024',
    '8/5/23',
    '/5/2023',
    '8//2023',
    '2024-02-01',
    '20240100',
    '2024',
    'OPEN',
    '00000000',
  ];
  const { problems, tally } = await send(
    t,
    file(...wrong.map((enrollmentStartDate, i) => other(String(9900000001 + i), { enrollmentStartDate }))),
  );
  t.same(
    problems.map(({ line: n, code, field, fieldName, value }) => [n, code, field, fieldName, value]),
    wrong.map((value, i) => [i + 1, 'FRMT0002', '1.22', 'Enrollment Start Date', value]),
  );
  t.equal(tally.counts.rejected, wrong.length);
  t.notMatch(
    codes(await send(t, file(line('SENR', { studentBirthDate: '20120229', enrollmentStartDate: '20240229' })))),
    [/FRMT0002/],
    '29 February of a leap year is a day',
  );
});

t.test('several record types in one file, told apart by field 1', async (t) => {
  const lines = [
    line('SPRG', { educationProgramCode: '191' }),
    line('SWDS'),
    SENR,
    line('SELA', { englishLanguageAcquisitionStatusCode: 'EL' }),
    line('SINF', { studentHispanicEthnicityIndicator: 'Y', studentRace1Code: '700' }),
  ];
  const forward = await send(t, file(...lines));
  t.same(forward.problems, []);
  t.match(forward.tally, { linesRead: 5, counts: { added: 5 } });
  t.same(forward.rows[0]?.slice(35, 48), [
    'Hispanic',
    'EL',
    'Y',
    'Y',
    'Y',
    'N',
    '',
    'N',
    '20230815',
    '20300815',
    '',
    '20230815',
    '20230815',
  ]);
  const backward = await send(t, {
    'b.txt': file(...lines.slice(3).reverse()),
    'a.txt': file(...lines.slice(0, 3).reverse()),
  });
  t.equal(backward.text, forward.text, 'the order of the lines, and the files they stand in, do not matter');
});

t.test('but for the tie rules: of two alike, the one loaded last', async (t) => {
  const status = (localRecordID: string, primaryLanguageCode: string): string =>
    line('SELA', { localRecordID, englishLanguageAcquisitionStatusCode: localRecordID, primaryLanguageCode });
  const one = await send(t, file(SENR, status('EL', 'spa'), status('IFEP', 'spa')));
  const two = await send(t, file(SENR, status('IFEP', 'spa'), status('EL', 'spa')));
  t.same([one.rows[0]?.[36], two.rows[0]?.[36]], ['IFEP', 'EL']);
  const files = await send(t, {
    'first.txt': file(SENR, status('IFEP', 'spa')),
    'second.txt': file(status('EL', 'spa')),
  });
  t.equal(files.rows[0]?.[36], 'EL', 'a later file is loaded later');
});

t.test('an unknown record type is rejected and says so; a line is never shown as one', async (t) => {
  const unknown = [
    'ABCD^x',
    'senr^A',
    'SENRX^',
    'SENR-RX^',
    'SENR-R-R^',
    '-R^',
    '^^^',
    'Maple River 20130401 9900000001',
    'SENR,,,9900001,0199001,,2023-2024,9900000001',
    '9900000001^Maple',
    ' SENR^',
    'SENR\t^',
  ];
  const { problems, tally, rows } = await send(t, file(SENR, ...unknown));
  t.match(tally.counts, { added: 1, notUsed: 0, rejected: unknown.length });
  t.same(
    codes({ problems }),
    unknown.map((_, i) => `${i + 2} FRMT0008`),
  );
  t.same(
    problems.map((p) => p.recordType),
    ['ABCD', 'senr', ...unknown.slice(2).map(() => '')],
    'as it stands in field 1, when it may be one',
  );
  t.notMatch(JSON.stringify(problems), /Maple|9900000001|River/);
  t.equal(rows.length, 1);
  t.ok(accountedFor(tally));
});

t.test('record types that the extract does not use are passed over, and counted', async (t) => {
  const notUsed = ['SIAD^A^^1234567', 'SDEM^x', 'STAS', 'SIAD-R^^^', 'CENR-R^^^1234567'];
  const { problems, tally } = await send(t, file(SENR, ...notUsed));
  t.same(problems, []);
  t.match(tally, { linesRead: 6, counts: { added: 1, notUsed: 5, rejected: 0 } });
  t.ok(accountedFor(tally));
});

t.test('an extract fed in again is not taken for enrollments', async (t) => {
  const extract = await send(t, file(SENR, other('9900000002')));
  const again = await send(t, extract.text);
  t.match(again.tally, { linesRead: 2, counts: { added: 0, notUsed: 2, rejected: 0 } });
  t.ok(usedNone(again.tally.counts));
});

t.test('an unknown transaction type is reported as GERR0008, not as GERR0002', async (t) => {
  t.same(
    codes(await send(t, file(line('SENR', { transactionTypeCode: 'X' }), line('SPRG', { transactionTypeCode: 'd' })))),
    ['1 GERR0008', '2 GERR0008'],
  );
});

t.test('every problem of a record is reported, in the order of its fields', async (t) => {
  const wrong = line('SENR', {
    ssid: '990000001',
    enrollmentStartDate: '20230230',
    enrollmentStatusCode: '11',
    gradeLevelCode: '',
  });
  t.same(
    (await send(t, file(wrong))).problems.map((p) => `${p.code} ${p.field}`),
    ['SSID0001 1.08', 'FRMT0002 1.22', 'GERR0002 1.23', 'GERR0001 1.24'],
  );
});

t.test('a problem holds no more of an enormous value than helps', async (t) => {
  const { problems } = await send(t, file(line('SENR', { studentLegalLastName: 'x'.repeat(100_000) })));
  t.same(codes({ problems }), ['1 FRMT0001']);
  t.ok(JSON.stringify(problems).length < 1000);
  const kind = await send(t, file(SENR, `${'x'.repeat(100_000)}^`));
  t.ok(JSON.stringify(kind.problems).length < 1000, 'nor of an enormous field 1');
});

t.test('lengths are counted in characters, not bytes', async (t) => {
  const thirty = 'Ñ'.repeat(30);
  t.same((await send(t, file(line('SENR', { studentLegalFirstName: thirty })))).problems, []);
  t.same(
    (await send(t, file(line('SENR', { studentLegalFirstName: '𠮷'.repeat(30) })))).problems,
    [],
    'whatever they are made of',
  );
  t.same(codes(await send(t, file(line('SENR', { studentLegalFirstName: `${thirty}x` })))), ['1 FRMT0001']);
});

t.test('only the LEA that is asked for gets rows, whoever sent the file', async (t) => {
  const both = file(SENR, line('SENR', { reportingLEA: '7654321', ssid: '9900000002' }));
  const { rows, problems } = await send(t, both, {
    request: { reportingLEAs: ['7654321'], academicYear: '2023-2024' },
  });
  t.same(
    rows.map((row) => row[7]),
    ['9900000002'],
  );
  t.same(problems, [], 'IVR0001 does not apply to an extract from files');
});
