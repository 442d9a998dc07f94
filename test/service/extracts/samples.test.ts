/** Samples of an extract and their workpapers over REST: drawn again, with evidence, and nothing of other LEAs in them. */
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { checkProof } from '#audit/proof';
import { FORM_TYPES } from '#extract/forms/form';
import { cenr } from '../../cli/cenr.ts';
import { extractFile, LEA, line, OTHER_LEA, service, TODAY } from '../../support/service.ts';

t.setTimeout(900_000);

const SHARED = '9900000001';
const MISSING = ['9900000031', '9900000032'] as const;
const FOREIGN = '9900000040';
const GONE = '9900000041';

/** An extract of 12 rows at three schools; another LEA has records of one of the students, and students of its own. */
async function made(t: Test) {
  const built = await service(t);
  const { ask, key, app } = built;
  const send = (lines: readonly string[], lea: string) =>
    ask({
      method: 'POST',
      url: `/v1/uploads?reportingLEA=${lea}`,
      headers: { ...key('vendor', [lea]), 'content-type': 'text/plain' },
      payload: lines.join('\r\n'),
    });
  const schools = ['1111111', '2222222', '7654321'];
  await send(
    [
      ...Array.from({ length: 12 }, (_, i) =>
        line('SENR', {
          ssid: String(9_900_000_001 + i),
          schoolOfAttendance: schools[i === 11 ? 0 : 1 + (i % 2)] as string,
        }),
      ),
      ...MISSING.map((ssid) => line('SENR', { ssid, enrollmentStartDate: '20250818', academicYearID: '2025-2026' })),
    ],
    LEA,
  );
  await send(
    [
      line('SENR', {
        ssid: SHARED,
        reportingLEA: OTHER_LEA,
        enrollmentStartDate: '20210815',
        enrollmentExitDate: '20220610',
        studentExitReasonCode: 'T160',
        academicYearID: '2021-2022',
        studentLegalLastName: 'Hidden',
      }),
      line('SELA', {
        ssid: SHARED,
        reportingLEA: OTHER_LEA,
        localStudentID: 'SECRET',
        studentLegalLastName: 'Hidden',
        englishLanguageAcquisitionStatusCode: 'EL',
        englishLanguageAcquisitionStatusStartDate: '20210815',
      }),
      line('SENR', { ssid: FOREIGN, reportingLEA: OTHER_LEA }),
      line('SENR', {
        ssid: GONE,
        reportingLEA: OTHER_LEA,
        enrollmentStartDate: '20250818',
        academicYearID: '2025-2026',
      }),
    ],
    OTHER_LEA,
  );
  const headers = key('auditor', [LEA]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: TODAY };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  const get = (path: string, as = headers) => ask({ url: `/v1/extracts/${id}/${path}`, headers: as });
  return { ...built, id: id as string, get, headers };
}

t.test('a sample is what cenr sample-rows draws from the file', async (t) => {
  const built = await made(t);
  const { get, id } = built;
  const { status, body } = await get('sample?seed=a%20b&rows=5&by=school');
  t.equal(status, 200);
  t.match(body, {
    extract: { id },
    sample: {
      population: { of: 'rows of the extract', size: 12 },
      seed: 'a b',
      size: 5,
      by: 'school',
      strata: [
        { value: '1111111', population: 1, drawn: 1 },
        { value: '2222222', population: 6, drawn: 2 },
        { value: '7654321', population: 5, drawn: 2 },
      ],
    },
    rows: [{ links: { proof: /^\/v1\/extracts\// } }],
  });
  const file = extractFile(built, id);
  const drawn = JSON.parse(
    (await cenr('sample-rows', file, '--rows', '5', '--seed', 'a b', '--by', 'school', '--json')).out,
  );
  t.same(drawn.method, body.sample.method);
  t.same(
    drawn.rows.map(({ number, hash }: { number: number; hash: string }) => ({ number, hash })),
    body.rows.map(({ number, hash }: { number: number; hash: string }) => ({ number, hash })),
  );
  const byRule = (await get('sample?seed=1&rows=500&by=rule&field=40')).body;
  t.equal(byRule.rows.length, 12);
  t.ok(
    byRule.rows.every(
      ({ stratum, rules }: { stratum: string; rules: Record<string, string> }) => rules['40'] === stratum,
    ),
  );
});

t.test('students without a row are drawn too, and none of another LEA', async (t) => {
  const { get } = await made(t);
  const { body } = await get('sample?seed=1&of=missing');
  t.same(
    body.students.map(({ ssid }: { ssid: string }) => ssid),
    MISSING,
  );
  t.match(body.sample.population, { size: 2, of: /^students with an enrollment at an LEA of the request/ });
  const papers = (await get('workpapers?seed=1&of=missing&rows=1')).body;
  t.match(papers, {
    rows: [],
    students: [{ short: /^Not in the extract, because/, enrollments: [{ line: { text: /^SENR\^.*20250818/ } }] }],
  });
});

t.test('workpapers have value, reason, lines as sent, the published sentence and a proof that holds', async (t) => {
  const { get } = await made(t);
  const { body, text } = await get('workpapers?seed=1&rows=12');
  t.equal(body.rows.length, 12);
  for (const { fields, lines, proof } of body.rows) {
    t.equal(fields.length, 13);
    t.match(fields[4], { field: '40', value: 'N', short: /^N/, rule: /./, published: { page: /./, element: /./ } });
    t.match(lines[0], { recordType: 'SENR', text: /^SENR\^/, sent: { line: Number } });
    t.equal(checkProof(proof), undefined);
    t.equal(proof.root, body.extract.merkleRoot);
  }
  const [shared] = body.rows;
  t.equal(shared.ssid, SHARED);
  const others = shared.lines.filter(({ sent }: { sent?: object }) => !sent);
  t.match(others, [{ recordType: 'SELA', usedFor: [/./], text: /EL/ }]);
  t.notMatch(text, /SECRET|Hidden/, 'of another LEA, only what may be told');
  const only = (await get('workpapers?seed=1&rows=2&only=40')).body;
  t.same(
    only.rows[0].fields.map(({ field }: { field: string }) => field),
    ['40'],
  );
});

t.test('the workbook has the same, and columns for who tests and who reviews', async (t) => {
  const { app, id, headers } = await made(t);
  const url = `/v1/extracts/${id}/workpapers?seed=1&rows=3`;
  const answer = await app.inject({ url, headers: { ...headers, accept: FORM_TYPES.xlsx } });
  t.match(answer, { statusCode: 200, headers: { 'content-disposition': /_workpapers\.xlsx"$/ } });
  const { sheets } = await readXlsx(answer.rawPayload);
  t.same(
    sheets.map(({ name }) => name),
    ['Method', 'Values', 'Source lines', 'Proofs'],
  );
  const [method, values, lines, proofs] = sheets;
  t.ok(method?.rows.some(([of, says]) => of === 'Seed' && says === '1'));
  t.equal(values?.rows.length, 1 + 3 * 13);
  for (const sheet of [values, lines])
    t.same(sheet?.rows[0]?.slice(-6), ['Tick mark', 'Prepared by', 'Date', 'Reviewed by', 'Date', 'Remarks']);
  t.equal(proofs?.rows.length, 4);
  const again = await app.inject({ url, headers: { ...headers, accept: FORM_TYPES.xlsx } });
  t.ok(again.rawPayload.equals(answer.rawPayload), 'the same sample is the same workbook');
  t.equal((await app.inject({ url, headers: { ...headers, accept: 'text/csv' } })).statusCode, 406);
});

t.test(
  'what cannot be drawn is refused; a foreign extract is unknown; the log names whom the answer held',
  async (t) => {
    const { get, key, config } = await made(t);
    for (const [path, message] of [
      ['sample', /seed/],
      ['sample?seed=1&by=value', /to draw by value, name the field by its number/],
      ['sample?seed=1&by=rule&field=7', /field 7 has no rules/],
      ['sample?seed=1&rows=501', /500/],
      ['sample?seed=1&of=missing&by=rule', /expected for students without a row one of school, grade, reason/],
      ['sample?seed=1&of=missing&field=40', /students without a row have no fields/],
      ['sample?seed=1&by=reason', /expected for rows one of school, grade, value, rule/],
      ['workpapers?seed=1&only=99', /expected the number of a column/],
    ] as const) {
      const { status, body } = await get(path);
      t.equal(status, 400, path);
      t.match(JSON.stringify(body), message);
    }
    for (const path of ['sample?seed=1', 'workpapers?seed=1'])
      t.match(await get(path, key('auditor', [OTHER_LEA])), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
    await get('workpapers?seed=1&rows=12&only=40');
    const seen = await cenr('audit', 'list', '--store', join(config.storeDir), '--ssid', SHARED);
    t.match(seen.out, /GET \/v1\/extracts\/:id\/workpapers .*held this student\n$/);
    t.equal((await cenr('audit', 'list', '--store', config.storeDir, '--ssid', MISSING[0])).out, '');
  },
);
