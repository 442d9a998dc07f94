/**
 * `cenr explain`: the same answer from files and from a store, for rows and for students without one; and what it
 * refuses.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { MissingExplanation, RowExplanation } from '#explain/explanation';
import { folder } from '../support/folders.ts';
import { line } from '../support/service.ts';
import { cenr, cenrProcess } from './cenr.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const REQUEST = ['--lea', '1234567', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
const SSID = '9900000001';

/** Files of one LEA: a student with a program, among others, and one who is left out. */
function files(dir: string): string {
  const input = join(dir, 'in');
  mkdirSync(input);
  const other = line('SENR', { ssid: '9900000002' });
  writeFileSync(
    join(input, 'a.txt'),
    [other, line('SENR', { ssid: SSID, studentLegalLastName: 'Peña' }), ''].join('\r\n'),
  );
  writeFileSync(
    join(input, 'b.txt'),
    [
      line('SPRG', { ssid: '9900000002', educationProgramCode: '191', localStudentID: SSID }),
      line('SPRG', { ssid: SSID, educationProgramCode: '191' }),
      line('SPRG', { ssid: SSID, educationProgramCode: '9X9' }),
      `${line('SPRG', { ssid: SSID, educationProgramCode: '127' })}${'^'.repeat(9)}x`,
      line('SENR', { ssid: '9900000003', enrollmentExitDate: '20230815', studentExitReasonCode: 'N470' }),
    ].join('\n'),
  );
  return input;
}

const parsed = <T>(out: string): T[] =>
  out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as T);

t.test('a row is explained from files and from a store alike', async (t) => {
  const dir = folder(t);
  const input = files(dir);
  const fromFiles = await cenrProcess('explain', input, '--ssid', SSID, '--json', ...REQUEST);
  t.equal(fromFiles.code, 0);
  t.match(
    fromFiles.err,
    /read 7 lines; records of the student: DCERT 0, MEPS 0, SELA 0, SENR 1, SINF 0, SPRG 1, /,
    'what there is, and what there is not',
  );
  t.match(fromFiles.err, /b\.txt:3: rejected/, 'what was rejected of the student is said');
  t.match(
    fromFiles.err,
    /b\.txt:4: rejected, FRMT0005/,
    'so is a line that names the student and cannot be split into its fields',
  );
  const [row] = parsed<RowExplanation>(fromFiles.out);
  t.match(row, { ssid: SSID, reportingLEA: '1234567', school: '7654321', grade: '05', secondOpinion: { agree: true } });
  const field = (explanation: RowExplanation | undefined, number: string) =>
    explanation?.fields.find((f) => f.field === number);
  t.match(field(row, '40'), {
    value: 'Y',
    facts: [{ candidates: [{ taken: true, record: { sent: { file: 'b.txt', line: 2 } } }] }],
  });
  t.equal(
    field(row, '40')?.facts?.[0]?.candidates?.length,
    1,
    'the record of another student that names this SSID elsewhere is not one of its own',
  );
  t.equal(row?.fields.length, 50);

  const store = join(dir, 'store');
  t.equal((await cenr('load', input, '--lea', '1234567', '--store', store)).code, 0);
  const [stored] = parsed<RowExplanation>(
    (await cenr('explain', '--store', store, '--ssid', SSID, '--field', '40', '--json', ...REQUEST)).out,
  );
  const sent = field(stored, '40')?.facts?.[0]?.candidates?.[0]?.record.sent;
  t.match(sent, { upload: /^upload_/, file: /b\.txt$/, line: 2 });
  t.equal(
    field(stored, '40')?.sentence.replace(`upload ${sent?.upload}, `, '').replace(String(sent?.file), 'b.txt'),
    field(row, '40')?.sentence,
  );
});

t.test('a student without a row is explained', async (t) => {
  const input = files(folder(t));
  const { code, out } = await cenr('explain', input, '--ssid', '9900000003', '--json', ...REQUEST);
  t.equal(code, 0);
  const [missing] = parsed<MissingExplanation>(out);
  t.match(missing, { missing: true, enrollments: [{ inExtract: false, sentence: /N470/ }] });
  const nobody = await cenr('explain', input, '--ssid', '9900000009', ...REQUEST);
  t.equal(nobody.code, 0);
  t.match(nobody.out, /^Student 9900000009\n/);
  t.notMatch(nobody.out, '\u001b', 'no colors but on a terminal');
});

t.test('what cannot be asked is refused with what to do', async (t) => {
  const input = files(folder(t));
  for (const [options, sentence] of [
    [[input, '--ssid', '99'], /Expected an SSID, which has ten digits/],
    [[input, '--ssid', SSID, '--field', '99'], /--field 99: expected a field of the extract, 1 to 50/],
    [['--ssid', SSID], /give files or --store DIR/],
    [['--ssid', SSID, '--store', join(input, 'none')], /there is no store in/],
    [[input], /--ssid/],
  ] as const) {
    const { code, err } = await cenr('explain', ...options, ...REQUEST);
    t.equal(code, 2);
    t.match(err, sentence);
  }
});
