/**
 * Explanations that once were wrong or silent, each of the smallest files that show it, as `cenr explain` prints them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

const CASES = join(import.meta.dirname, 'explain-cases');
const REQUEST = ['--lea', '1964733', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
const STUDENT = ['--ssid', '9900000001', ...REQUEST];

/** What is printed, with lines put together again. */
const explain = async (...args: readonly string[]): Promise<string> =>
  (await cenr('explain', ...args)).out.replaceAll(/\n[│ ]*(?![├└])/g, ' ');

t.test('a change that would be rejected is proposed with what has to change with it', async (t) => {
  const out = await explain(join(CASES, 'proposal-rejected'), ...STUDENT, '--field', '36', '--field', '38');
  const proposals = out.match(/would become [^.]*\.txt were [^.]*\./g);
  t.equal(proposals?.length, 2);
  for (const proposal of proposals ?? [])
    t.match(
      proposal,
      /Enrollment Exit Date .* were 2024-01-09 instead of blank, and its Student Exit Reason Code were/,
    );
});

t.test('a student whose enrollment was rejected: upload, line and check are named', async (t) => {
  const dir = folder(t);
  const input = join(CASES, 'missing-because-rejected');
  const loaded = await cenr('load', input, '--lea', '1964733', '--store', dir);
  const [upload] = /upload_\w+/.exec(loaded.err) ?? [];
  t.ok(upload);
  for (const [from, place] of [
    [[input], 'line 1 of in.txt'],
    [['--store', dir], `line 1 of in.txt (${upload})`],
  ] as const) {
    const out = await explain(...from, ...STUDENT);
    t.match(out, `The Student Enrollment record at ${place} was rejected. SENR0019: Only one of Enrollment Exit Date`);
    t.match(out, /Rejected records of the student SENR \(.*line 1\): SENR0019 Only one of/);
    const [answer = ''] = (await cenr('explain', ...from, ...STUDENT, '--json')).out.split('\n');
    t.match(JSON.parse(answer), {
      missing: true,
      rejections: [{ recordType: 'SENR', sent: { file: 'in.txt', line: 1 }, code: 'SENR0019' }],
    });
  }
});

t.test('a retired program is named with its code and its last day', async (t) => {
  const out = await explain(join(CASES, 'tk-sentence'), ...STUDENT, '--field', '42');
  t.match(
    out,
    /code 185 .* ended on 2023-06-30, and the enrollment's Enrollment Start Date is 2023-08-15, in 2023-2024/,
  );
});

t.test('the reason and "why not" name the same record, with its place and everything that keeps it out', async (t) => {
  const out = await explain(join(CASES, 'why-not-which-record'), ...STUDENT, '--field', '40');
  const [reason = '', whyNot = ''] = [
    /The closest match is [^.]*\.txt[^.]*\./,
    /Not Y, because .*? comes closer\./,
  ].map((words) => words.exec(out)?.[0]);
  for (const words of [reason, whyNot]) {
    const [line] = /in\.txt, line \d/.exec(words) ?? [];
    t.equal(line, 'in.txt, line 2');
    t.match(words, /Education Program Code is 122 .*not 191 .*School of Attendance is 2222222, not 1111111/);
  }
});

t.test('an end that follows from the next record is called so, never "still open"', async (t) => {
  const out = await explain(join(CASES, 'still-open'), ...STUDENT, '--field', '36');
  t.notMatch(out.split('Why this enrollment')[0], /still open/);
  const later = ['--ssid', '9900000001', '--lea', '1964733', '--as-of', '2024-06-07', '--run-date', '2024-07-15'];
  t.notMatch((await explain(join(CASES, 'still-open'), ...later, '--field', '36')).split('Why this')[0], /still open/);
});

t.test('an extract is explained as it was made, not as the store is today', async (t) => {
  const dir = folder(t);
  const [store, file, manifest] = [join(dir, 'store'), join(dir, 'cenr.txt'), join(dir, 'manifest.json')];
  const load = (name: string) =>
    cenr('load', join(CASES, 'old-extract', name), '--lea', '1964733', '--store', store, '--load-date', '2024-07-15');
  const [first] = /upload_\w+/.exec((await load('1-first.txt')).err) ?? [];
  await cenr('extract', '--store', store, ...REQUEST, '--out', file, '--manifest', manifest);
  const [second] = /upload_\w+/.exec((await load('2-correction.txt')).err) ?? [];

  const then = ['--store', store, '--manifest', manifest];
  const one = await cenr('explain', ...then, '--ssid', '9900000001', '--field', '40');
  t.match(one, { code: 0, out: /40 Homeless Program Eligible: Y/ });
  t.match(one.out, `Records of the store as of upload ${first}.`);
  t.match(await cenr('explain', ...then, '--rows', file), { code: 0, out: /40 Homeless Program Eligible = Y/ });
  const drawn = await cenr('sample-rows', file, '--rows', '9', '--seed', '1');
  writeFileSync(join(store, 'drawn.txt'), drawn.out);
  t.match(await cenr('explain', ...then, '--rows', join(store, 'drawn.txt'), '--json'), { code: 0, out: /^\{.*\}\n$/ });

  const now = ['--store', store, ...REQUEST];
  const today = await cenr('explain', ...now, '--ssid', '9900000001', '--field', '40');
  t.match(today, { code: 0, out: /40 Homeless Program Eligible: N/ });
  t.match(today.out, `Records of the store as of upload ${second}.`);
  t.match(await cenr('explain', ...now, '--rows', file), {
    code: 1,
    err: /line 1 of ".*cenr.txt" is not a row that this extract has of student 9900000001/,
  });
  const manifestOf = JSON.parse((await cenr('explain', ...then, '--ssid', '9900000001', '--json')).out);
  t.equal(manifestOf.asOfUpload, first);

  for (const [args, err] of [
    [[...then, '--ssid', '9900000001', '--as-of', '2023-10-10'], /--as-of is for an extract without a manifest/],
    [[...then], /name the students with --ssid or with --rows FILE/],
    [['--store', store, '--ssid', '9900000001'], /say which extract: --lea LEA .* or --manifest FILE/],
    [[join(CASES, 'old-extract'), '--manifest', manifest, '--ssid', '9900000001'], /made from a store; give it with/],
    [[...then, '--rows', manifest], /line 1 of ".*" is no row of an extract and no SSID/],
  ] as const)
    t.match(await cenr('explain', ...args), { code: 2, out: '', err });

  const files = join(CASES, 'old-extract', '1-first.txt');
  await cenr('extract', files, ...REQUEST, '--out', file, '--manifest', manifest);
  t.match(await cenr('explain', files, '--manifest', manifest, '--rows', file), { code: 0, out: /Eligible = Y/ });
  t.match(await cenr('explain', join(CASES, 'tk-sentence'), '--manifest', manifest, '--ssid', '9900000001'), {
    code: 2,
    err: /the input file 1-first.txt is missing/,
  });
});
