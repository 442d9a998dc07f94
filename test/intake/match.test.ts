/**
 * The state's weekly match (MEPS, records.md section 1): a record type without LEA, transaction type, academic year and
 * the two dates of an ODS extract, in files that may leave out the record type.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { compileRulebook } from '#extract/extractor';
import { lineChecker } from '#intake/check-lines';
import { checkerOf } from '#intake/without-type';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { accountedFor, codes, file, LEA, line, load, odsLine, SSID, send, storedRecords } from './uploads.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const YEAR = { request: { reportingLEAs: 'all', academicYear: '2025-2026' }, runDate: '20260715' } as const;
const ENROLLMENT = line('SENR', { enrollmentStartDate: '20250815', academicYearID: '2025-2026' });
const match = (changes = {}): string => line('MEPS', { eligibilityStartDate: '20250901', ...changes });
/** The same as the published layout has it: from the SSID on. */
const untyped = (changes = {}): string => match(changes).slice('MEPS^'.length);
const FIELD = { disadvantaged: 37, migrant: 40 } as const;

t.test('with -R or without: eight fields, the last its own update date', async (t) => {
  for (const recordType of ['MEPS', 'MEPS-R']) {
    const sent = await send(
      t,
      file(match({ lastUpdateDate: '20250905' }).replace('MEPS', recordType), ENROLLMENT),
      YEAR,
    );
    t.same(sent.problems, [], recordType);
    t.equal(sent.rows[0]?.[FIELD.migrant], 'Y', recordType);
    t.equal(sent.rows[0]?.[FIELD.disadvantaged], 'Y', recordType);
  }
  const tooLong = `${match({ lastUpdateDate: '20250905' })}^20250901^20250902`;
  t.same(
    codes(await send(t, file(ENROLLMENT, tooLong.replace('MEPS', 'MEPS-R')), YEAR)),
    ['2 FRMT0005'],
    'no two dates',
  );
});

t.test('MM/DD/YYYY, missing fields at the end, wrong values', async (t) => {
  const slashes = await send(t, file(ENROLLMENT, match({ eligibilityStartDate: '09/01/2025' })), YEAR);
  t.same(slashes.problems, []);
  t.equal(slashes.rows[0]?.[FIELD.migrant], 'Y');
  t.same((await send(t, file(ENROLLMENT, `MEPS^${SSID}^M1^20250901`), YEAR)).problems, []);
  const wrong = await send(
    t,
    file(
      ENROLLMENT,
      match({ ssid: '' }),
      match({ ssid: '99' }),
      match({ msdNumber: '' }),
      match({ msdNumber: '123456789012' }),
      match({ eligibilityStartDate: '20250931' }),
      match({ endOfEligibilityDate: 'June' }),
    ),
    YEAR,
  );
  t.same(codes(wrong), ['2 GERR0001', '3 SSID0001', '4 GERR0001', '5 FRMT0001', '6 FRMT0002', '7 FRMT0002']);
  t.ok(accountedFor(wrong.tally));
  t.equal(wrong.rows[0]?.[FIELD.migrant], 'N');
});

t.test('a line without its record type is read when the sender says what it is', async (t) => {
  const lines = file(untyped(), ENROLLMENT, untyped({ ssid: '9900000002' }).replace('^M1^', '^M1  ^'));
  const said = await send(t, lines, { ...YEAR, recordType: 'MEPS' });
  t.same(codes(said), ['3 IVR0001'], 'a line that begins with a record type is read as what it is');
  t.match(said.problems[0], { recordType: 'MEPS', field: 'M.2', value: '9900000002' });
  t.equal(said.rows[0]?.[FIELD.migrant], 'Y');
  const unsaid = await send(t, lines, YEAR);
  t.same(unsaid.tally.counts.rejected, 2, 'and refused when the sender does not');
  t.equal(unsaid.rows[0]?.[FIELD.migrant], 'N');
  t.same(
    codes(await send(t, file(ENROLLMENT, 'ABCD^X^20250901'), { ...YEAR, recordType: 'MEPS' })),
    ['2 SSID0001'],
    'what is no record type is the first field behind it',
  );
});

t.test('any layout can be named, and every record type that a code set knows stays what it is', (t) => {
  const checker = lineChecker(shipped, compileRulebook(shipped).checks, undefined, '20240715');
  const senr = checkerOf(checker, 'SENR');
  t.equal(checkerOf(checker, undefined), checker);
  t.equal(senr.check(ENROLLMENT.slice('SENR^'.length), 'sent.txt', 1).text, ENROLLMENT);
  t.equal(senr.check(match(), 'sent.txt', 1).text, match());
  t.equal(senr.check(odsLine('SPRG', {}, '20230901', '20230902'), 'sent.txt', 1).uploaded, '20230901');
  t.equal(senr.check('SIAD^X', 'sent.txt', 1).text, undefined);
  t.equal(senr.check(`x\n${ENROLLMENT.slice(5)}\n`, 'sent.txt', 1, 2, ENROLLMENT.length - 3).text, ENROLLMENT);
  t.end();
});

t.test('files add and update by key; absence from a later file removes nothing', async (t) => {
  const store = folder(t);
  await load(t, store, file(ENROLLMENT, match(), match({ msdNumber: 'M2' })), { sender: LEA, loadDay: '20250910' });
  const later = file(match({ endOfEligibilityDate: '20260101' }).replace('MEPS', 'MEPS-R'));
  const { counts } = await load(t, store, later, { sender: LEA, loadDay: '20250917' });
  t.match(counts, { added: 0, replaced: 1, deleted: 0, rejected: 0 });
  t.same(await storedRecords(store), [
    ENROLLMENT,
    match({ msdNumber: 'M2' }),
    match({ endOfEligibilityDate: '20260101' }).replace('MEPS', 'MEPS-R'),
  ]);
  const text = readFileSync(new URL('../../schemas/records/MEPS.json', import.meta.url), 'utf8');
  t.notMatch(text, /transactionTypeCode|reportingLEA/, 'no line can ask for a deletion, and none has an LEA');
});

t.test('any sender may send it for the students it has', async (t) => {
  const store = folder(t);
  const OTHER = '2345678';
  await load(t, store, file(ENROLLMENT), { sender: LEA });
  const refused = await load(t, store, file(match()), { sender: OTHER });
  t.match(
    refused,
    { counts: { added: 0, rejected: 1 }, problemCounts: { IVR0001: 1 } },
    'another LEA has no enrollment',
  );
  t.same(await storedRecords(store), [ENROLLMENT], 'and nothing of it is stored');
  t.match(await load(t, store, file(match()), { sender: LEA }), { counts: { added: 1, rejected: 0 } });
  t.match(await load(t, store, file(match({ ssid: '9900000002' })), { sender: 'all' }), { counts: { rejected: 1 } });
  t.match(await load(t, store, file(match()), { sender: 'all' }), { counts: { replaced: 1 } }, 'the state, for all');
  const both = file(match(), line('SENR', { reportingLEA: OTHER, schoolOfAttendance: '8765432' }));
  t.match(await load(t, store, both, { sender: OTHER }), { counts: { added: 1, replaced: 1 } }, 'with its enrollment');
});
