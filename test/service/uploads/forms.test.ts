/**
 * However an upload is packed, encoded and divided into parts, what is stored, counted and reported is what plain UTF-8
 * gives. Only the bytes of the files, and their checksums, differ.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { Problem } from '#intake/problem';
import { loadUpload } from '#pipeline/load-upload';
import { LEA, line, loadHere, multipart, service } from '../../support/service.ts';
import { bodiesOf, inRanges } from '../../support/stored.ts';

type Headers = Readonly<Record<string, string>>;

/** Students with names that UTF-8 and Windows-1252 write differently, a blank line, a line that is rejected, a warning. */
const ENROLLMENTS = [
  line('SENR', { ssid: '9900000001', studentLegalFirstName: 'Añasco', studentLegalLastName: 'Núñez' }),
  '',
  line('SENR', { ssid: '9900000002', studentLegalLastName: 'O’Brien', enrollmentStartDate: '08/15/2023' }),
  line('SENR', { ssid: '9900000003', studentLegalLastName: 'Ibáñez', gradeLevelCode: 'É' }),
];
const INFORMATION = [
  '',
  line('SINF', { ssid: '9900000001', studentLegalFirstName: 'Añasco', studentLegalLastName: 'Núñez' }),
  line('SINF', { ssid: '9900000002', studentLegalLastName: 'O’Brien' }),
  '',
  // Sent again: an update.
  line('SINF', { ssid: '9900000002', studentLegalLastName: 'O’Brien', localStudentID: 'S2' }),
  // Of a student without an enrollment.
  line('SINF', { ssid: '9900000004', studentLegalLastName: 'Peña' }),
];
const file = (lines: readonly string[], end = '\r\n'): string => lines.map((one) => one + end).join('');

const REPORT = {
  linesRead: 10,
  blankLines: 3,
  counts: { added: 5, replaced: 1, deleted: 0, notUsed: 0, rejected: 1 },
  // All but the first are warnings.
  problemCounts: { GERR0002: 1, DUPL0001: 1, IVR0007: 1, IVR0009: 3, SINF0045: 4, SINF0046: 4 },
};

/** A text of these tests in Windows-1252, where all its characters are one byte each. */
const windows1252 = (text: string): Buffer => Buffer.from(text.replaceAll('’', '\u0092'), 'latin1');

/** What an upload leaves behind, in a store of its own. */
async function uploaded(t: Test, headers: Headers, payload: string | Buffer, query = '', loader = loadHere) {
  const { ask, key, store } = await service(t, {}, (_store, storeDir) => ({ loadUpload: loader(storeDir) }));
  const vendor = key('vendor', [LEA]);
  const answer = await ask({
    method: 'POST',
    url: `/v1/uploads${query}`,
    headers: { ...vendor, ...headers },
    payload,
  });
  t.equal(answer.status, 201);
  const { files, linesRead, blankLines, counts, problemCounts, links } = answer.body;
  const seen = store.forLEAs('all');
  return {
    files: files as { name: string; sha256: string; bytes: number }[],
    report: { linesRead, blankLines, counts, problemCounts },
    bodies: await bodiesOf(inRanges(seen, 1)),
    problems: (await ask({ url: links.problems, headers: vendor })).body.problems as Problem[],
  };
}

const isRejection = ({ severity }: Problem): boolean => severity === 'reject';

const TEXT = { 'content-type': 'text/plain' };
const GZIP = { 'content-type': 'application/gzip' };
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

t.test('plain UTF-8 is the measure', async (t) => {
  const { bodies, report, problems } = await uploaded(t, TEXT, file([...ENROLLMENTS, ...INFORMATION]));
  t.same(
    bodies.map(([ssid, body]) => [ssid, body.split('\n').length]),
    [
      ['9900000001', 2],
      ['9900000002', 2],
      ['9900000004', 1],
    ],
  );
  t.match(bodies[0]?.[1], /\^Añasco\^.*\^Núñez\^/);
  t.match(bodies[1]?.[1], /\^O’Brien\^.*\^20230815\^/);
  t.same(report, REPORT);
  t.equal(problems.length, 14);
  t.match(problems.filter(isRejection), [{ file: 'upload', line: 4, code: 'GERR0002', value: 'É' }]);
});

t.test('one file as the body, in every form', async (t) => {
  const text = file([...ENROLLMENTS, ...INFORMATION]);
  const plain = await uploaded(t, TEXT, text);
  const latin = windows1252(text);
  t.not(latin.length, Buffer.byteLength(text));
  const forms: [string, Headers, string | Buffer, string][] = [
    ['gzip', GZIP, gzipSync(text), ''],
    ['gzip, said to be any bytes', { 'content-type': 'application/octet-stream' }, gzipSync(text), ''],
    ['gzip, said to be the encoding of the content', { ...TEXT, 'content-encoding': 'gzip' }, gzipSync(text), ''],
    ['gzip, in two members', GZIP, Buffer.concat([gzipSync(text.slice(0, 300)), gzipSync(text.slice(300))]), ''],
    ['a BOM before it', TEXT, `\uFEFF${text}`, ''],
    ['a BOM before it, and gzip', GZIP, gzipSync(`\uFEFF${text}`), ''],
    ['Windows-1252', TEXT, latin, '?encoding=windows-1252'],
    ['Windows-1252 and gzip', GZIP, gzipSync(latin), '?encoding=windows-1252'],
    ['Windows-1252, said by the Content-Type', { 'content-type': 'text/plain; charset=windows-1252' }, latin, ''],
    ['Windows-1252, under its name in web pages', { 'content-type': 'text/plain;charset="ISO-8859-1"' }, latin, ''],
    [
      'Windows-1252 against the charset',
      { 'content-type': 'text/plain; charset=utf-8' },
      latin,
      '?encoding=windows-1252',
    ],
    ['UTF-8, said by the Content-Type', { 'content-type': 'text/plain; charset=UTF-8' }, text, ''],
    ['lines that end in LF', TEXT, text.replaceAll('\r\n', '\n'), ''],
    ['a last line without an end', TEXT, text.slice(0, -2), ''],
  ];
  for (const [title, headers, payload, query] of forms)
    await t.test(title, async (t) => {
      const sent = await uploaded(t, headers, payload, query);
      t.same(sent.bodies, plain.bodies);
      t.same(sent.report, plain.report);
      t.same(sent.problems, plain.problems);
      t.same(sent.files, [{ name: 'upload', sha256: sha256(payload), bytes: Buffer.byteLength(payload) }]);
    });
});

t.test('several files as parts, in every form', async (t) => {
  const enrollments = file(ENROLLMENTS);
  const information = file(INFORMATION);
  const parts = async (t: Test, files: Readonly<Record<string, string | Buffer>>, query?: string) => {
    const { headers, payload } = multipart(files);
    const sent = await uploaded(t, headers, payload, query);
    t.same(
      sent.files,
      Object.entries(files).map(([name, bytes]) => ({
        name,
        sha256: sha256(bytes),
        bytes: Buffer.byteLength(bytes),
      })),
      'each is reported as it was sent',
    );
    return sent;
  };
  const plain = await parts(t, { 'SENR.txt': enrollments, 'SINF.txt': information });
  t.same(plain.report, REPORT);
  t.match(plain.problems.filter(isRejection), [{ file: 'SENR.txt', line: 4, code: 'GERR0002' }]);
  const forms: [string, string | Buffer, string | Buffer, string][] = [
    ['the first packed', gzipSync(enrollments), information, ''],
    ['the second packed', enrollments, gzipSync(information), ''],
    ['both packed', gzipSync(enrollments), gzipSync(information), ''],
    ['Windows-1252', windows1252(enrollments), windows1252(information), '?encoding=windows-1252'],
    [
      'Windows-1252, one packed',
      windows1252(enrollments),
      gzipSync(windows1252(information)),
      '?encoding=windows-1252',
    ],
  ];
  for (const [title, first, second, query] of forms)
    await t.test(title, async (t) => {
      const sent = await parts(t, { 'SENR.txt': first, 'SINF.txt': second }, query);
      t.same(sent.bodies, plain.bodies);
      t.same(sent.report, plain.report);
      t.same(sent.problems, plain.problems);
    });
});

t.test('and through the loading thread of the running service', async (t) => {
  const text = file([...ENROLLMENTS, ...INFORMATION]);
  const payload = gzipSync(windows1252(text));
  const inThread = await uploaded(
    t,
    GZIP,
    payload,
    '?encoding=windows-1252',
    (storeDir) => (upload, control) => loadUpload({ storeDir, ...upload, ...control }),
  );
  t.same(inThread, { ...(await uploaded(t, TEXT, text)), files: inThread.files });
  t.same(inThread.files, [{ name: 'upload', sha256: sha256(payload), bytes: payload.length }]);
});

t.test('in the wrong encoding nothing is stored that was not sent', async (t) => {
  const { bodies, report, problems } = await uploaded(t, TEXT, windows1252(file(ENROLLMENTS)));
  t.same(bodies, []);
  t.match(report, { blankLines: 1, linesRead: 4, counts: { added: 0, rejected: 3 } });
  t.match(
    problems.find(({ code }) => code === 'FRMT0004')?.message,
    /encoding windows-1252 \(--encoding windows-1252 .*encoding=windows-1252/,
    'the advice names the encoding',
  );
});
