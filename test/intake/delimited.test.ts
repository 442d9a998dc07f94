/**
 * Files that are no caret files, as layouts declare them: known by their first line, columns by name, any separator.
 * What comes of them is what comes of the same records in caret lines.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { caretBlocksOf } from '#intake/caret-blocks';
import { asCaretLine, fieldsIn, formOfHeader, isMisfit } from '#intake/delimited';
import { formOf } from '#intake/file-form';
import { textOf } from '#intake/lines';
import { RecordTypes } from '#intake/record-types';
import { type FileLooks, type Layout, layoutOf } from '#records/layout';
import { verify } from '#rulebook/load/load';
import { patched } from '../rulebook/texts.ts';
import { folder } from '../support/folders.ts';
import { holds, shipped } from '../support/histories.ts';
import { accountedFor, codes, file, LEA, line, load, SSID, send, storedRecords } from './uploads.ts';

const DCERT = layoutOf(shipped.schemas, 'DCERT') as Layout;
const ENROLLMENT = line('SENR', { enrollmentStartDate: '20250815', academicYearID: '2025-2026' });
const YEAR = { request: { reportingLEAs: 'all', academicYear: '2025-2026' }, runDate: '20260715' } as const;
/** The shipped rulebook where direct certification counts. */
const counting = verify(
  patched([
    {
      file: 'rules/parameters/readings.json',
      replace: ['"values": [ { "value": "pageAlone" } ]', '"values": [ { "value": "certificationRecord" } ]'],
    },
  ]),
);
const DISADVANTAGED = 37;

t.test('a file is known by its first line, whose columns stand in any order', async (t) => {
  const sent = await send(
    t,
    { 'senr.txt': file(ENROLLMENT), 'dc.csv': `Result,SSID,"Academic Year"\nS, ${SSID} ,2025-2026\n` },
    { ...YEAR, rulebook: counting },
  );
  t.same(sent.problems, []);
  t.ok(accountedFor(sent.tally));
  t.equal(sent.tally.blankLines, 1, 'the line of names');
  t.equal(sent.rows[0]?.[DISADVANTAGED], 'Y');
  const shippedSent = await send(
    t,
    { 'senr.txt': file(ENROLLMENT), 'dc.csv': `SSID,Academic Year,Result\n${SSID},2025-2026,S\n` },
    YEAR,
  );
  t.equal(shippedSent.rows[0]?.[DISADVANTAGED], 'N', 'as shipped, direct certification does not count');
});

t.test('what is wrong is said of the line of the file, and one student is read alike', async (t) => {
  const text = [
    'SSID,Academic Year,Result',
    `${SSID},2025-2026,S`,
    `${SSID},2025-2027,T`,
    '99,2025-2026,S',
    `${SSID},2025-2026,S,more`,
    `${SSID},2025-2026,"S^"`,
    `${SSID},2025-2026`,
    '',
  ].join('\r\n');
  const sent = await send(t, { 'senr.txt': file(ENROLLMENT), 'dc.csv': text }, YEAR);
  t.same(codes(sent), [
    '3 IVR0006',
    '4 SSID0001',
    '5 FRMT0005',
    '6 GERR0002',
    '6 FRMT0001',
    '6 FRMT0004',
    '7 GERR0001',
  ]);
  t.match(sent.problems[0], { file: 'dc.csv', recordType: 'DCERT', field: 'D.3', value: '2025-2027' });
  t.ok(accountedFor(sent.tally));
});

t.test('kept in a store as caret lines, by key', async (t) => {
  const store = folder(t);
  await load(t, store, { 'senr.txt': file(ENROLLMENT), 'dc.csv': `SSID,Academic Year,Result\n${SSID},2025-2026,S\n` });
  const later = await load(t, store, { 'dc.csv': `Result,Academic Year,SSID\nM,2025-2026,${SSID}\n` }, { sender: LEA });
  t.match(later.counts, { replaced: 1, added: 0, rejected: 0 });
  t.same(await storedRecords(store), [ENROLLMENT, `DCERT^${SSID}^2025-2026^M`]);
});

t.test('a first line that names other columns is refused, with their names', async (t) => {
  const types = new RecordTypes(shipped);
  const says = async (text: string, recordType?: string): Promise<string> => {
    const path = join(folder(t), 'dc.csv');
    writeFileSync(path, text);
    const form = await formOf(path, types, recordType);
    return form.kind === 'foreign' ? form.says : form.kind;
  };
  t.equal(await says('SSID,Academic Year,Result\n'), 'records');
  t.equal(await says('ssid,academicYearID,result\n', 'DCERT'), 'records', 'keys are names too');
  t.match(
    await says('SSID,Year,Result\n'),
    /^"dc.csv" is not a file of DCERT records: its first line names no column "Academic Year", and names "year", which DCERT does not have\. schemas\/records\/DCERT\.json has/,
  );
  t.match(await says('SSID,Academic Year,Result,Name\n'), /its first line names "name", which DCERT does not have/);
  t.match(
    await says('SSID;Academic Year;Result\n1;2;3\n'),
    /is not a caret-delimited file/,
    'other separators are other files',
  );
});

t.test('a layout without key columns, with another separator and without names of columns', async (t) => {
  const rulebook = verify(
    patched([
      {
        file: 'schemas/records/VISITS2.json',
        text: JSON.stringify({
          recordType: 'VISITS2',
          name: 'Visits',
          file: { separator: 'bar', header: false },
          columns: [
            {
              no: 'V.1',
              key: 'recordTypeCode',
              name: 'Record Type Code',
              type: 'CS',
              max: 9,
              lengthKnown: false,
              required: true,
            },
            { no: 'V.2', key: 'ssid', name: 'SSID', type: 'CS', max: 10, lengthKnown: true, required: true },
            { no: 'V.3', key: 'day', name: 'Day', type: 'DT', max: 8, lengthKnown: true, required: true },
          ],
        }),
      },
    ]),
  );
  const text = `${SSID}|09/02/2025\n${SSID}|20250903\n${SSID}|20250903\n`;
  const store = folder(t);
  await load(t, store, file(ENROLLMENT), { rulebook });
  const upload = await load(t, store, { 'v.txt': text }, { rulebook, recordType: 'VISITS2' });
  t.match(upload.counts, { added: 2, replaced: 1, rejected: 0 }, 'only lines that are equal throughout are one record');
  t.same(await storedRecords(store), [ENROLLMENT, `VISITS2^${SSID}^20250902`, `VISITS2^${SSID}^20250903`]);
});

t.test('lines in another form and back: the caret lines they were', async (t) => {
  const value = fc.string({ maxLength: 8 }).map((text) => text.replaceAll(/[\^\r\n]/g, '').trim());
  const looks = fc.constantFrom<FileLooks['separator'][]>('comma', 'tab', 'bar', 'semicolon');
  const SIGNS = { comma: ',', tab: '\t', bar: '|', semicolon: ';', caret: '^' } as const;
  await holds(
    t,
    'whatever the separator, the order of columns and the quotation marks',
    200,
    fc.property(
      looks,
      fc.array(fc.tuple(value, value, value)),
      fc.shuffledSubarray([1, 2, 3], { minLength: 3 }),
      (separator, records, order) => {
        const layout = { ...DCERT, file: { separator, header: true } };
        const sign = SIGNS[separator];
        const names = ['', 'SSID', 'Academic Year', 'Result'];
        const quoted = (text: string): string =>
          text.includes(sign) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;
        const form = formOfHeader(layout, order.map((c) => names[c]).join(sign));
        if (!form || isMisfit(form)) throw new Error('the first line fits');
        for (const record of records) {
          const sent = order.map((c) => quoted(record[c - 1] as string)).join(sign);
          t.equal(asCaretLine(form, sent), ['DCERT', ...record].join('^'));
        }
      },
    ),
  );
  t.same(fieldsIn('a,"b ""c"", d",,"e', ','), ['a', 'b "c", d', '', '"e'], 'a mark without another is a character');
});

t.test('caret files pass as they are, byte for byte', async (t) => {
  const path = join(folder(t), 'senr.txt');
  writeFileSync(path, file(ENROLLMENT, 'MEPS^\xff'));
  const blocks = await Array.fromAsync(caretBlocksOf(0, { path }, new RecordTypes(shipped)));
  t.equal(blocks.map(({ bytes }) => textOf(bytes)).join(''), file(ENROLLMENT, 'MEPS^\xff'));
});
