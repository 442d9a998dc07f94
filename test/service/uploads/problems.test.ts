import { readXlsx } from 'hucre/xlsx';
import t from 'tap';
import { FORM_TYPES } from '#extract/forms/form';
import { PROBLEM_KEYS } from '#intake/problem';
import { LEA, line, multipart, service } from '../../support/service.ts';

t.test('problems come in the form that is asked for', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  const lines = [
    line('SENR', { studentLegalLastName: '=1+1', enrollmentStartDate: '20230231' }),
    line('SENR', { gradeLevelCode: 'XX' }),
    line('SENR', { schoolOfAttendance: '' }),
  ].join('\n');
  const { headers: type, payload } = multipart({ 'SENR.txt': lines });
  const { body } = await ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...type }, payload });
  const url = body.links.problems;
  const as = (accept?: string) => ask({ url, headers: { ...headers, ...(accept !== undefined && { accept }) } });

  const json = await as('application/json');
  t.match(json.headers, { 'content-type': /^application\/json/, vary: 'accept' });
  t.match(json.body.problems, [
    { file: 'SENR.txt', line: 1, field: '1.12', value: '=1+1', code: 'IVR0009', severity: 'warn' },
    { file: 'SENR.txt', line: 1, field: /^1\./, value: '20230231', code: 'FRMT0002', severity: 'reject' },
    { line: 2, code: 'GERR0002', value: 'XX' },
    { line: 3, code: 'GERR0001', value: '' },
  ]);
  t.same(Object.keys(json.body.problems[0]), [...PROBLEM_KEYS, 'school'], 'no line that nobody asked for');

  const ndjson = await as('application/x-ndjson');
  t.match(ndjson.headers['content-type'], /^application\/x-ndjson/);
  t.same(
    ndjson.text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one)),
    json.body.problems,
  );

  const csv = await as('text/csv');
  t.match(csv.headers['content-type'], /^text\/csv/);
  const rows = csv.text.split('\r\n');
  t.equal(rows[0], PROBLEM_KEYS.join(','));
  t.equal(rows.length, 6, 'a head, four problems, and the end of the last line');

  const workbook = await app.inject({ url, headers: { ...headers, accept: FORM_TYPES.xlsx } });
  const [sheet] = (await readXlsx(workbook.rawPayload)).sheets;
  t.same(sheet?.rows[0], [...PROBLEM_KEYS]);
  t.equal(sheet?.rows.length, 5);
  t.equal(sheet?.rows[1]?.[PROBLEM_KEYS.indexOf('value')], '=1+1', 'a text, and no formula');
  t.match(csv.text, /,'=1\+1,/, 'in CSV it is no formula either');
  const only = async (query: string) => (await ask({ url: `${url}?${query}`, headers })).body.problems;
  t.match(await only('field=1.12'), [{ field: '1.12' }]);
  t.equal((await only('field=1.12')).length, 1);
  t.equal((await only('file=SENR.txt&severity=warn')).length, 1);
  t.same(await only('file=other.txt'), []);
  t.match((await ask({ url: url.replace('problems', 'problem-summary'), headers })).body, {
    files: [{ name: 'SENR.txt', problems: 4, rejectedRecords: 3, wouldPost: false }],
    schools: [{ school: json.body.problems[0].school, problems: 3 }],
  });
  t.equal((await only(`school=${json.body.problems[0].school}`)).length, 3, 'the record without a school is not there');
  t.same(await only('school=0000000'), []);

  const withLines = await only('lines=true');
  t.same(
    withLines.map(({ sent }: { sent: { text: string } }) => sent.text),
    [lines, lines, lines, lines].map((all, i) => all.split('\n')[Math.max(i - 1, 0)]),
    'each with its line as it was sent',
  );
  t.same(
    withLines.map(({ sent: { text, marked } }: { sent: { text: string; marked: { from: number; to: number } } }) =>
      text.slice(marked.from, marked.to),
    ),
    withLines.map(({ value }: { value: string }) => value),
    'where its field stands',
  );

  for (const accept of [undefined, '*/*', 'text/csv;q=0.5, application/json'])
    t.match((await as(accept)).headers['content-type'], /^application\/json/, String(accept));
  t.match((await as('text/*')).headers['content-type'], /^text\/csv/);
  t.match(await as('application/xml'), {
    status: 406,
    body: { code: 'CENR_NOT_ACCEPTABLE', detail: /application\/x-ndjson/ },
  });
});

t.test('an upload without problems has an empty list of them', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const { body } = await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') });
  t.same((await ask({ url: body.links.problems, headers })).body, { problems: [] });
  t.equal((await ask({ url: body.links.problems, headers: { ...headers, accept: 'application/x-ndjson' } })).text, '');
});

t.test('many problems are sent piece by piece and arrive whole', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const lines = Array.from({ length: 3_000 }, (_, i) => line('SENR', { gradeLevelCode: `X${i % 10}` })).join('\n');
  const { body } = await ask({ method: 'POST', url: '/v1/uploads', headers, payload: lines });
  t.equal(body.counts.rejected, 3_000);
  const { problems } = (await ask({ url: body.links.problems, headers })).body;
  t.same(
    problems.map((p: { line: number }) => p.line),
    Array.from({ length: 3_000 }, (_, i) => i + 1),
  );
});
