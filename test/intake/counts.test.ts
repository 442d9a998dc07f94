/**
 * Nothing is dropped in silence: lines read = blank + added + replaced + deleted + not used + rejected, whatever a file
 * holds; and what is rejected leaves no trace, whichever check rejects it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { checkFiles } from '#pipeline/from-files';
import { folder } from '../support/folders.ts';
import { fieldsOf, holds, shipped, students, type TestRecord } from '../support/histories.ts';
import { accountedFor, codes, file, line, load, odsLine, send, storedRecords, withSeverity } from './uploads.ts';

const LAYOUTS = new Map(shipped.schemas.layouts.map((l) => [l.recordType, l.columns]));

/** What senders do to lines, by name: so that a failure says what it was. */
const harm: Readonly<Record<string, (fields: string[], record: TestRecord) => string[]>> = {
  none: (fields) => fields,
  add: ([type = '', , ...rest]) => [type, 'A', ...rest],
  delete: ([type = '', , ...rest]) => [type, 'D', ...rest],
  replace: ([type = '', , ...rest]) => [type, 'R', ...rest],
  'unknown transaction': ([type = '', , ...rest]) => [type, 'Z', ...rest],
  'no SSID': (fields, { recordType }) =>
    fields.map((value, i) => (LAYOUTS.get(recordType)?.[i]?.key === 'ssid' ? '' : value)),
  'SSID of nine digits': (fields) => fields.map((value) => (/^99\d{8}$/.test(value) ? value.slice(1) : value)),
  'a field too many': (fields) => [...fields, ...Array.from({ length: 60 }, () => 'x')],
  'cut short': (fields) => fields.slice(0, 9),
  'record type not used': (fields) => ['SIAD', ...fields.slice(1)],
  'unknown record type': (fields) => ['SENX', ...fields.slice(1)],
  'carets at the end': (fields) => [...fields, '', ' '],
  'no such day': (fields) => fields.map((value) => (/^20\d{6}$/.test(value) ? `${value.slice(0, 4)}0230` : value)),
  'days with slashes': (fields) =>
    fields.map((value) =>
      /^20\d{6}$/.test(value) ? `${value.slice(4, 6)}/${value.slice(6)}/${value.slice(0, 4)}` : value,
    ),
  'trailing blanks': (fields) => fields.map((value) => `${value} `),
  'control character': (fields) => fields.map((value, i) => (i === 2 ? 'A\u0007' : value)),
};

const sentLine = fc.tuple(
  fc.constantFrom(...Object.keys(harm), 'none', 'none', 'delete', 'replace'),
  fc.constantFrom('\r\n', '\n', '\n\r\n', '\r\n\n'),
);

/** Lines of generated students, shuffled, some harmed, some twice, blank ones between them. */
const sentFile = fc
  .tuple(students, fc.infiniteStream(sentLine), fc.infiniteStream(fc.nat(99)))
  .map(([records, ways, dice]): { text: string; lines: number; blank: number } => {
    const twice = records.flatMap((record) => ((dice.next().value as number) < 20 ? [record, record] : [record]));
    const order = twice
      .map((record) => ({ record, place: dice.next().value as number }))
      .sort((a, b) => a.place - b.place);
    let text = '';
    let blank = 0;
    for (const { record } of order) {
      const [way, end] = ways.next().value as [string, string];
      text += (harm[way] as (typeof harm)[string])(fieldsOf(record), record).join('^') + end;
      blank += end.length > 2 ? 1 : 0;
    }
    return { text, lines: order.length, blank };
  });

t.test('lines read = blank + added + replaced + deleted + not used + rejected', async (t) => {
  let most = 0;
  await holds(
    t,
    'for any file',
    60,
    fc.asyncProperty(sentFile, async ({ text, lines, blank }) => {
      const { tally, problems } = await send(t, text);
      most = Math.max(
        most,
        Math.min(tally.counts.added, tally.counts.rejected, tally.counts.deleted + tally.counts.replaced),
      );
      const rejected = new Set(problems.filter((p) => p.severity === 'reject').map((p) => p.line));
      const counted = Object.values(tally.problems).reduce((sum, n) => sum + n, 0);
      return (
        accountedFor(tally) &&
        tally.linesRead === lines + blank &&
        tally.blankLines === blank &&
        rejected.size === tally.counts.rejected &&
        counted === problems.length
      );
    }),
  );
  t.ok(most > 0, 'some of them had added, rejected and replaced or deleted records at once');
});

t.test('problems come in the order of files and lines', async (t) => {
  await holds(
    t,
    'for any two files',
    20,
    fc.asyncProperty(sentFile, sentFile, async (one, two) => {
      const { problems } = await send(t, { 'b.txt': one.text, 'a.txt': two.text });
      const places = problems.map((p) => (p.file === 'b.txt' ? 0 : 1_000_000) + p.line);
      return places.every((place, i) => i === 0 || (places[i - 1] as number) <= place);
    }),
  );
});

t.test('check says what load does', async (t) => {
  const text = file(
    line('SENR'),
    line('SENR', { ssid: '99' }),
    line('SENR', { transactionTypeCode: 'D' }),
    line('SPRG', { educationProgramCode: '00' }),
    line('SENR', { reportingLEA: '7654321' }),
  );
  const dir = folder(t);
  const { files, ...upload } = await load(t, dir, text, { sender: '1234567' });
  t.match(upload, {
    linesRead: 5,
    blankLines: 0,
    counts: { added: 1, replaced: 0, deleted: 1, rejected: 3 },
    problemCounts: { SSID0001: 1, GERR0002: 1, IVR0001: 1 },
  });
  t.match(files, [{ name: 'sent.txt', bytes: Buffer.byteLength(text), sha256: /^[0-9a-f]{64}$/ }]);
  const path = join(folder(t), 'sent.txt');
  writeFileSync(path, text);
  const tally = await checkFiles({
    files: [{ name: 'sent.txt', path }],
    rulebook: shipped,
    sender: '1234567',
    loadDay: '20240715',
    threads: 0,
  });
  t.same(tally.counts, upload.counts);
  t.same(tally.problems, upload.problemCounts);
});

t.test('a check whose severity is made reject leaves no trace of the record', async (t) => {
  const first = line('SENR', { localRecordID: 'first' });
  const overlapping = line('SENR', {
    localRecordID: 'second',
    schoolOfAttendance: '7654322',
    enrollmentStartDate: '20230901',
  });

  const lenient = await send(t, file(first, overlapping));
  t.same(codes(lenient), ['2 SENR0027']);
  t.equal(lenient.rows.length, 2);
  t.match(lenient.tally.counts, { added: 2, rejected: 0 });

  const rulebook = withSeverity({ SENR0027: 'reject' });
  const strict = await send(t, file(first, overlapping), { rulebook });
  t.match(strict.problems, [{ line: 2, code: 'SENR0027', severity: 'reject' }]);
  t.same(
    strict.rows.map((row) => row[2]),
    ['first'],
  );
  t.match(strict.tally.counts, { added: 1, replaced: 0, rejected: 1 });
  t.match(strict.tally.rejections, { SENR0027: 1 });
  t.equal(strict.text, (await send(t, file(first))).text, 'as if it had never been sent');
});

t.test('nor on what it replaced', async (t) => {
  const rulebook = withSeverity({ SENR0027: 'reject' });
  const ours = line('SENR', { localRecordID: 'ours', enrollmentExitDate: '20240131', studentExitReasonCode: 'T160' });
  const second = line('SENR', {
    localRecordID: 'second',
    schoolOfAttendance: '7654322',
    enrollmentStartDate: '20240110',
    enrollmentStatusCode: '20',
  });
  const moved = line('SENR', {
    localRecordID: 'primary now',
    schoolOfAttendance: '7654322',
    enrollmentStartDate: '20240110',
    transactionTypeCode: 'R',
  });
  const sent = await send(t, file(ours, second, moved), { rulebook });
  t.same(codes(sent), ['3 SENR0027']);
  t.same(
    sent.rows.map((row) => row[2]),
    ['ours', 'second'],
    'the enrollment that the rejected line would have replaced is still there',
  );
  t.match(sent.tally.counts, { added: 2, replaced: 0, rejected: 1 });

  const dir = folder(t);
  await load(t, dir, file(ours, second), { rulebook, loadDay: '20240101' });
  const before = await storedRecords(dir);
  const upload = await load(
    t,
    dir,
    file(
      moved,
      line('SENR', { localRecordID: 'ours again', enrollmentExitDate: '20240115', studentExitReasonCode: 'T160' }),
    ),
    {
      rulebook,
      loadDay: '20240201',
    },
  );
  t.match(upload.counts, { added: 0, replaced: 0, rejected: 2 });
  t.same(await storedRecords(dir), before);
});

t.test('several checks of histories reject at once, and each finding is reported', async (t) => {
  const rulebook = withSeverity({ IVR0007: 'reject', SENR0178: 'reject' });
  const first = line('SENR', { localRecordID: 'first' });
  const second = line('SENR', { localRecordID: 'second', enrollmentStartDate: '20230901' });
  const third = line('SENR', { localRecordID: 'third', enrollmentStartDate: '20231001' });
  const sent = await send(t, file(first, second, third, line('SPRG')), { rulebook });
  t.same(codes(sent), ['2 SENR0027', '2 SENR0178', '3 SENR0027', '3 SENR0178']);
  t.match(sent.tally.counts, { added: 2, rejected: 2 });
  const alone = await send(t, file(line('SPRG'), line('SELA', { ssid: '9900000002' })), { rulebook });
  t.same(codes(alone), ['1 IVR0007', '2 IVR0007']);
  t.match(alone.tally.counts, { added: 0, rejected: 2 });
  t.equal(alone.rows.length, 0);
});

t.test('a check made a warning lets the record in, as it was sent', async (t) => {
  const rulebook = withSeverity({
    FRMT0001: 'warn',
    SSID0001: 'warn',
    FRMT0002: 'warn',
    GERR0002: 'warn',
    TRAN0001: 'warn',
  });
  const odd = ['X', '99-0000001', '99000000000001', '-'];
  const sent = await send(
    t,
    file(
      ...odd.map((ssid, i) => line('SENR', { ssid, localRecordID: String(i) })),
      line('SENR', { transactionTypeCode: 'D' }),
    ),
    {
      rulebook,
    },
  );
  t.match(sent.tally, { linesRead: 5, counts: { added: 4, deleted: 1, rejected: 0 } });
  t.same(
    sent.rows.map((row) => row.length),
    [50, 50, 50, 50],
    'whole rows, whatever stands for the SSID',
  );
  t.same(
    sent.rows.map((row) => row[7]),
    [...odd].sort(),
  );
  const dates = await send(t, file(odsLine('SENR', {}, '2023-08-16', 'yesterday')), { rulebook });
  t.same(codes(dates), ['1 FRMT0002', '1 FRMT0002']);
  t.same(
    dates.rows[0]?.slice(0, 9),
    line('SENR').split('^').slice(0, 9).with(0, 'CENR-R'),
    'a date that is none spoils no other column',
  );
  t.same(dates.rows[0]?.slice(48), ['', '']);
});
