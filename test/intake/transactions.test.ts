/**
 * Sending a record again (records.md section 2): blank and A add or update, D deletes, R replaces; keys; and what a
 * store does with the next upload. `localRecordID`, field 3, tells which line a row came from.
 */
import t from 'tap';
import { extractFromStore } from '#pipeline/from-store';
import { verify } from '#rulebook/load/load';
import { patched } from '../rulebook/texts.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { accountedFor, codes, file, LEA, line, load, odsLine, SSID, send, storedRecords } from './uploads.ts';

type Columns = Record<string, string>;

const senr = (localRecordID: string, changes: Columns = {}): string => line('SENR', { localRecordID, ...changes });
const origins = (rows: readonly string[][]): (string | undefined)[] => rows.map((row) => row[2]);
const start = (enrollmentStartDate: string, gradeLevelCode = '05'): Columns => ({
  enrollmentStartDate,
  gradeLevelCode,
});

t.test('blank and A add; the same key again updates', async (t) => {
  for (const transactionTypeCode of ['', 'A']) {
    const { rows, tally, problems } = await send(
      t,
      file(senr('first', { transactionTypeCode }), senr('second', { transactionTypeCode })),
    );
    t.same(origins(rows), ['second']);
    t.match(tally.counts, { added: 1, replaced: 1, deleted: 0, rejected: 0 });
    t.same(codes({ problems }), ['2 DUPL0001'], 'another Local Record ID');
    t.equal(rows[0]?.[1], '', 'a stored record has no pending transaction');
  }
});

t.test('D deletes the record with the same key', async (t) => {
  const { rows, tally, problems } = await send(
    t,
    file(senr('first'), senr('second', { ssid: '9900000002' }), senr('gone', { transactionTypeCode: 'D' })),
  );
  t.same(origins(rows), ['second']);
  t.match(tally.counts, { added: 2, replaced: 0, deleted: 1, rejected: 0 });
  t.same(problems, []);
});

t.test('D without a record with that key is rejected', async (t) => {
  const { tally, problems } = await send(
    t,
    file(
      senr('gone', { transactionTypeCode: 'D' }),
      senr('first'),
      senr('another', { transactionTypeCode: 'D', ...start('20230816') }),
    ),
  );
  t.match(tally.counts, { added: 1, replaced: 0, deleted: 0, rejected: 2 });
  t.same(codes({ problems }), ['1 TRAN0001', '3 TRAN0001'], 'the order of the lines matters here');
  t.match(problems[0], { field: '1.02', fieldName: 'Transaction Type Code', value: 'D', severity: 'reject' });
});

t.test('D, then A', async (t) => {
  const { rows, tally } = await send(
    t,
    file(senr('first'), senr('gone', { transactionTypeCode: 'D' }), senr('again', { transactionTypeCode: 'A' })),
  );
  t.same(origins(rows), ['again']);
  t.match(tally.counts, { added: 2, replaced: 0, deleted: 1, rejected: 0 }, 'what was deleted is added anew');
  const twice = await send(
    t,
    file(senr('first'), senr('gone', { transactionTypeCode: 'D' }), senr('gone twice', { transactionTypeCode: 'D' })),
  );
  t.same(codes(twice), ['3 TRAN0001']);
});

/** The reading of before June 2022: R replaces the latest enrollment at the school. */
const formerly = {
  rulebook: verify(patched([{ file: 'schemas/records/SENR.json', replace: ['"by": "key"', '"by": "latestAlike"'] }])),
};

t.test('R replaces the record with the same key, and no later enrollment', async (t) => {
  const { rows, tally, problems } = await send(
    t,
    file(
      senr('first', { ...start('20220815', '04'), enrollmentExitDate: '20230606', studentExitReasonCode: 'T160' }),
      senr('later', start('20230815')),
      senr('replaced', {
        ...start('20220815', '03'),
        enrollmentExitDate: '20230606',
        studentExitReasonCode: 'T160',
        transactionTypeCode: 'R',
      }),
    ),
  );
  t.same(origins(rows), ['replaced', 'later']);
  t.match(tally.counts, { added: 2, replaced: 1, rejected: 0 });
  t.match(problems.at(-1), { line: 3, code: 'DUPL0001', field: '1.03' });
});

t.test('R without a record with that key is rejected', async (t) => {
  const { rows, tally, problems } = await send(
    t,
    file(
      senr('first', start('20230815')),
      senr('moved', { ...start('20230822'), transactionTypeCode: 'R' }),
      line('SPRG', { transactionTypeCode: 'R' }),
      line('SELA', { transactionTypeCode: 'R' }),
    ),
  );
  t.same(origins(rows), ['first']);
  t.match(tally.counts, { added: 1, replaced: 0, rejected: 3 });
  t.same(codes({ problems }), ['2 TRAN0002', '3 TRAN0002', '4 TRAN0002']);
  t.match(problems[0]?.message, /delete the old record \(D\) and add the new one \(A\)/);
});

t.test('the former reading: R replaces the latest enrollment of that school, its start included', async (t) => {
  const { rows, tally, problems } = await send(
    t,
    file(
      senr('older', {
        ...start('20220815', '04'),
        academicYearID: '2022-2023',
        enrollmentExitDate: '20230606',
        studentExitReasonCode: 'T160',
      }),
      senr('latest', start('20230815')),
      senr('other school', { ...start('20230901', '06'), schoolOfAttendance: '7654322' }),
      senr('replaced', { ...start('20230822'), transactionTypeCode: 'R' }),
    ),
    formerly,
  );
  t.same(origins(rows), ['older', 'replaced', 'other school']);
  t.match(tally.counts, { added: 3, replaced: 1, deleted: 0, rejected: 0 });
  t.same(
    codes({ problems }),
    ['4 SENR0027'],
    'it overlaps the one at the other school; the enrollment it replaced is gone',
  );
  const earlier = await send(
    t,
    file(
      senr('older', start('20220815', '04')),
      senr('latest', start('20230815')),
      senr('replaced', { ...start('20220101'), transactionTypeCode: 'R' }),
    ),
    formerly,
  );
  t.same(origins(earlier.rows), ['older', 'replaced'], 'the greatest start is replaced, even by a smaller one');
});

t.test('the former reading: R onto the key of another record leaves one of them', async (t) => {
  const { rows, tally } = await send(
    t,
    file(
      senr('older', start('20220815')),
      senr('latest', start('20230815')),
      senr('replaced', { ...start('20220815'), transactionTypeCode: 'R' }),
    ),
    formerly,
  );
  t.same(origins(rows), ['replaced'], 'a key is never there twice');
  t.match(tally.counts, { added: 2, replaced: 1 });
  t.ok(accountedFor(tally));
});

t.test('a replaced record is loaded last', async (t) => {
  const el = line('SELA', { englishLanguageAcquisitionStatusCode: 'EL' });
  const ifep = line('SELA', { englishLanguageAcquisitionStatusCode: 'IFEP' });
  const status = async (...lines: string[]) => (await send(t, file(line('SENR'), ...lines))).rows[0]?.[36];
  t.equal(await status(el, ifep), 'IFEP');
  t.equal(await status(el, ifep, el), 'EL', 'two statuses on one day: the one whose line came last');
  t.equal(
    await status(el, ifep, line('SELA', { englishLanguageAcquisitionStatusCode: 'EL', transactionTypeCode: 'R' })),
    'EL',
    'a record that R replaces too',
  );
});

t.test('what tells records apart', async (t) => {
  /** Two lines with a change between them: one record or two. */
  const many = async (recordType: string, ...changes: Columns[]): Promise<number> => {
    const { tally } = await send(t, file(...changes.map((columns) => line(recordType, columns))));
    t.ok(accountedFor(tally));
    return tally.counts.added;
  };
  t.equal(await many('SENR', {}, { schoolOfAttendance: '7654322' }), 2, 'SENR: school');
  t.equal(await many('SENR', {}, start('20230816')), 2, 'SENR: start');
  t.equal(
    await many('SENR', {}, { gradeLevelCode: '06', enrollmentStatusCode: '20', academicYearID: '2022-2023' }),
    1,
    'SENR: neither grade, status nor academic year',
  );
  t.equal(
    await many('SENR', {}, { reportingLEA: '7654321' }),
    2,
    'another LEA’s record with the same key is another record',
  );
  t.equal(await many('SINF', {}, { effectiveStartDate: '20230816' }), 2, 'SINF: effective start');
  t.equal(
    await many('SINF', {}, { schoolOfAttendance: '7654322', effectiveEndDate: '20240606' }),
    1,
    'SINF: neither school nor effective end',
  );
  t.equal(
    await many(
      'SPRG',
      {},
      { educationProgramCode: '127' },
      { educationProgramMembershipStartDate: '20230816' },
      { educationServiceAcademicYear: '2023-2024' },
      { educationServiceCode: '05' },
      { schoolOfAttendance: '7654322' },
    ),
    6,
    'SPRG: program, membership start, service year, service code, school',
  );
  t.equal(
    await many('SPRG', {}, { educationProgramMembershipCode: '3', educationProgramMembershipEndDate: '20240606' }),
    1,
    'SPRG: neither membership code nor end',
  );
  t.equal(
    await many(
      'SELA',
      {},
      { englishLanguageAcquisitionStatusCode: 'EL' },
      { englishLanguageAcquisitionStatusStartDate: '20230816' },
    ),
    3,
    'SELA: status and its start',
  );
  t.equal(
    await many('SELA', {}, { primaryLanguageCode: 'spa', schoolOfAttendance: '7654322' }),
    1,
    'SELA: neither language nor school',
  );
  t.equal(await many('SWDS', {}, { specialEducationStatusEffectiveStartDate: '20230816' }), 2, 'SWDS: start');
  t.equal(await many('SWDS', {}, { specialEducationStatusCode: '4' }), 1, 'SWDS: not the status');
});

t.test('two LEAs with the same key are kept apart, also when one deletes', async (t) => {
  const other = { reportingLEA: '7654321' };
  const { rows, tally } = await send(
    t,
    file(senr('ours'), senr('theirs', other), senr('ours again'), senr('gone', { ...other, transactionTypeCode: 'D' })),
  );
  t.same(origins(rows), ['ours again']);
  t.match(tally.counts, { added: 2, replaced: 1, deleted: 1 });
});

t.test('an enrollment without an SSID asks for a new one: accepted and counted, but no row', async (t) => {
  const nobody = (localStudentID: string, changes: Columns = {}): string =>
    senr(localStudentID, { ssid: '', localStudentID, ...changes });
  const { rows, tally, problems, students } = await send(t, file(senr('known'), nobody('N1'), nobody('N2')));
  t.same(origins(rows), ['known']);
  t.equal(students, 1, 'they are no students yet');
  t.same(codes({ problems }), ['2 SSID0002', '3 SSID0002']);
  t.match(problems, [{ severity: 'advice', field: '1.08' }, {}]);
  t.same(tally.advice, { SSID0002: 2 }, 'they wait for an SSID, and nothing is wrong');
  t.match(tally.counts, { added: 3, rejected: 0 }, 'two new students of one school are not taken for one');
  const deleted = await send(
    t,
    file(
      nobody('N1'),
      nobody('N2'),
      nobody('N2', { transactionTypeCode: 'D' }),
      nobody('N2', { transactionTypeCode: 'D' }),
    ),
  );
  t.match(deleted.tally.counts, { added: 2, deleted: 1, rejected: 1 });
  const replaced = await send(
    t,
    file(nobody('N1'), nobody('N2', { transactionTypeCode: 'R' }), nobody('N1', { transactionTypeCode: 'R' })),
  );
  t.match(
    replaced.tally.counts,
    { added: 1, replaced: 1, rejected: 1 },
    'R replaces the enrollment of the same new student, not of another',
  );
  const required = await send(
    t,
    file(
      line('SPRG', { ssid: '' }),
      line('SINF', { ssid: '' }),
      line('SELA', { ssid: '' }),
      line('SWDS', { ssid: '' }),
    ),
  );
  t.same(
    codes(required),
    ['1 GERR0001', '2 GERR0001', '3 GERR0001', '4 GERR0001'],
    'the other files cannot do without',
  );
});

t.test('the next upload meets what is stored', async (t) => {
  const dir = folder(t);
  const text = async () => (await storedRecords(dir)).map((record) => record.split('^')[2]);
  t.match((await load(t, dir, file(senr('first'), senr('new', { ssid: '', localStudentID: 'N1' })))).counts, {
    added: 2,
  });
  t.match(
    (await load(t, dir, file(senr('second'), senr('new', { ssid: '', localStudentID: 'N1' })))).counts,
    { added: 0, replaced: 2 },
    'the same keys, with an SSID or without',
  );
  t.same(await text(), ['second']);
  t.match(
    (
      await load(
        t,
        dir,
        file(
          senr('gone', { transactionTypeCode: 'D' }),
          senr('moved', { ...start('20230822'), transactionTypeCode: 'A' }),
        ),
      )
    ).counts,
    { added: 1, deleted: 1 },
  );
  t.same(await text(), ['moved']);
  const wrong = await load(t, dir, file(senr('gone', { transactionTypeCode: 'D' })));
  t.match(wrong, { counts: { rejected: 1 }, problemCounts: { TRAN0001: 1 } }, 'its old key is no more');
  t.match((await load(t, dir, file(senr('gone', { ...start('20230822'), transactionTypeCode: 'D' })))).counts, {
    deleted: 1,
  });
  t.same(await text(), []);
});

t.test('Upload Date stays, Last Date Updated moves', async (t) => {
  const dir = folder(t);
  const dates = async (): Promise<string[][]> => {
    const chunks: string[] = [];
    const out = {
      write: async (bytes: Uint8Array | string) => void chunks.push(Buffer.from(bytes as string).toString()),
      finish: async () => ({ bytes: 0, sha256: '' }),
      abandon: async () => {},
    };
    await extractFromStore({
      storeDir: dir,
      rulebook: shipped,
      request: { reportingLEAs: 'all', academicYear: '2023-2024' },
      runDate: '20250101',
      out,
      workers: 0,
    });
    return chunks
      .join('')
      .split('\r\n')
      .slice(0, -1)
      .map((row) => row.split('^').slice(48));
  };
  const second = { ssid: '9900000002' };
  await load(t, dir, file(senr('a'), senr('b', second)), { loadDay: '20230816' });
  t.same(await dates(), [
    ['20230816', '20230816'],
    ['20230816', '20230816'],
  ]);
  await load(t, dir, file(senr('a', { gradeLevelCode: '06' })), { loadDay: '20240110' });
  t.same(
    await dates(),
    [
      ['20230816', '20240110'],
      ['20230816', '20230816'],
    ],
    'sent again: first loaded then, changed now',
  );
  await load(t, dir, file(senr('b', { ...second, gradeLevelCode: '06', transactionTypeCode: 'R' })), {
    loadDay: '20240201',
  });
  t.same(
    await dates(),
    [
      ['20230816', '20240110'],
      ['20230816', '20240201'],
    ],
    'a replaced enrollment keeps its Upload Date too',
  );
  await load(t, dir, file(senr('a', { transactionTypeCode: 'D' })), { loadDay: '20240301' });
  await load(t, dir, file(senr('a')), { loadDay: '20240302' });
  t.same(
    await dates(),
    [
      ['20240302', '20240302'],
      ['20230816', '20240201'],
    ],
    'deleted and sent again: loaded anew',
  );
  await load(t, dir, file(odsLine('SENR', {}, '20230810', '20240606')), { loadDay: '20240401' });
  t.same((await dates())[0], ['20230810', '20240606'], 'an ODS extract brings its own dates');
});

t.test('a sender can send only its own records', async (t) => {
  const dir = folder(t);
  const upload = await load(t, dir, file(senr('ours'), senr('theirs', { reportingLEA: '7654321' })), { sender: LEA });
  t.match(upload, { counts: { added: 1, rejected: 1 }, problemCounts: { IVR0001: 1 } });
  t.match(
    (await load(t, dir, file(senr('theirs', { reportingLEA: '7654321', ssid: SSID })))).counts,
    { added: 1 },
    'a county or the state sends for all',
  );
  await load(t, dir, file(senr('gone', { reportingLEA: '7654321', transactionTypeCode: 'D' })), { sender: LEA });
  t.equal((await storedRecords(dir)).length, 2, 'nor can it delete another’s');
});
