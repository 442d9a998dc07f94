/**
 * What a file may look like (records.md section 1): line ends, blank lines, short and long lines, blanks, dates, mixed
 * record types.
 */
import t from 'tap';
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

t.test('blank lines are skipped, and counted', async (t) => {
  const { tally, problems, rows } = await send(
    t,
    `\r\n${SENR}\r\n\r\n\n${other('9900000002', { enrollmentStartDate: '20230230' })}\n\r\n`,
  );
  t.match(tally, { linesRead: 2, blankLines: 4, counts: { added: 1, replaced: 0, deleted: 0, rejected: 1 } });
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
  t.match((await send(t, '\r\n\r\n\n')).tally, { linesRead: 0, blankLines: 3 });
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

t.test('a field too many: the line is rejected', async (t) => {
  const { problems, tally, rows } = await send(t, file(SENR, `${other('9900000002')}^`, `${line('SWDS')}^^x`));
  t.match(tally.counts, { added: 1, rejected: 2 });
  t.equal(rows.length, 1);
  t.same(problems, [
    {
      file: 'sent.txt',
      line: 2,
      recordType: 'SENR',
      field: '',
      fieldName: '',
      value: '',
      code: 'FRMT0005',
      severity: 'reject',
      message:
        'The line has 36 fields. Either the layout of its record type has fewer fields, or its record type is unknown. Check field 1 (the record type), and look for an extra caret in the line.',
    },
    { ...problems[1], line: 3, recordType: 'SWDS', code: 'FRMT0005' },
  ]);
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
    '2/1/2024',
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

t.test('a record type without a layout is rejected and says so', async (t) => {
  const unknown = [
    'SIAD^A^^1234567',
    'SDEM^x',
    'senr^A',
    'CENR-R^^^1234567',
    'SENRX^',
    'SENR-RX^',
    'SENR-R-R^',
    '-R^',
    '^^^',
    'not a caret file',
    ' SENR^',
    'SENR\t^',
  ];
  const { problems, tally, rows } = await send(t, file(...unknown));
  t.equal(tally.counts.rejected, unknown.length);
  t.same(
    codes({ problems }),
    unknown.map((_, i) => `${i + 1} FRMT0005`),
  );
  t.same(
    problems.slice(0, 4).map((p) => p.recordType),
    ['SIAD', 'SDEM', 'senr', 'CENR-R'],
    'as it stands in field 1',
  );
  t.equal(rows.length, 0);
  t.ok(accountedFor(tally));
});

t.test('an extract fed in again is refused line by line, not taken for enrollments', async (t) => {
  const extract = await send(t, file(SENR, other('9900000002')));
  const again = await send(t, extract.text);
  t.match(again.tally, { linesRead: 2, counts: { added: 0, rejected: 2 } });
  t.same(codes(again), ['1 FRMT0005', '2 FRMT0005']);
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
  const kind = await send(t, file(`${'x'.repeat(100_000)}^`));
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
