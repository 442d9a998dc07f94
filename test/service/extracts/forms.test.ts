/** Other forms of an extract over REST: which is sent, under what name, and what is said of it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { readXlsx } from 'hucre/xlsx';
import { parquetReadObjects } from 'hyparquet';
import t, { type Test } from 'tap';
import { FORM_TYPES } from '#extract/forms/form';
import { formPlan } from '#extract/forms/made-form';
import { formPieces } from '#service/extracts/form-pieces';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { extractFile, LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

const STUDENTS = 12;

/** A finished extract with some rows. */
async function finished(t: Test, columns = '50') {
  const tested = await service(t);
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  const payload = Array.from({ length: STUDENTS }, (_, i) => line('SENR', { ssid: String(9_900_000_001 + i) }));
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: payload.join('\r\n') });
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024', columns };
  const { id, links } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();
  const path = extractFile(tested, id);
  const url = `${links.self}/file`;
  const file = (accept: string, query = '', more: Readonly<Record<string, string>> = {}) =>
    app.inject({ url: url + query, headers: { ...headers, accept, ...more } });
  return { ...tested, headers, url, path, file, text: readFileSync(path, 'utf8') };
}

const rowsOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\r\n')
    .map((row) => row.split('^'));

const asInFile = (cell: unknown): string =>
  cell instanceof Date ? cell.toISOString().slice(0, 10).replaceAll('-', '') : ((cell ?? '') as string);

t.test('the form that is asked for has the rows of the text', async (t) => {
  const { file, text } = await finished(t);
  const [csv, xlsx, parquet] = [
    await file(FORM_TYPES.csv),
    await file(FORM_TYPES.xlsx),
    await file(FORM_TYPES.parquet, '', { 'accept-encoding': 'gzip', range: 'bytes=0-9' }),
  ];
  for (const [answer, type, ending] of [
    [csv, 'text/csv; charset=utf-8; header=present', 'csv'],
    [xlsx, FORM_TYPES.xlsx, 'xlsx'],
    [parquet, FORM_TYPES.parquet, 'parquet'],
  ] as const) {
    t.match(answer, {
      statusCode: 200,
      headers: {
        'content-type': type,
        'content-disposition': `attachment; filename="CENR_${LEA}_2023-2024_20240715.${ending}"`,
        'cenr-rulebook': shipped.hash,
        vary: 'accept',
      },
    });
    for (const header of ['etag', 'repr-digest', 'content-encoding', 'accept-ranges'])
      t.notOk(header in answer.headers, `${ending}: ${header} is of the text`);
  }
  const rows = rowsOf(text);
  t.equal(rows.length, STUDENTS);
  t.same(rowsOf(csv.body.replaceAll(',', '^')).slice(1), rows);
  const { sheets } = await readXlsx(xlsx.rawPayload);
  const width = rows[0]?.length ?? 0;
  t.same(
    sheets[0]?.rows.slice(1).map((cells) => Array.from({ length: width }, (_, i) => asInFile(cells[i]))),
    rows,
  );
  const objects = await parquetReadObjects({ file: new Uint8Array(parquet.rawPayload).buffer });
  t.same(
    objects.map((object) => Object.values(object).map(asInFile)),
    rows,
  );
});

t.test('the About sheet names the request, the rulebook and the text', async (t) => {
  const { file, ask, url, headers } = await finished(t);
  const { body } = await ask({ url: url.replace('/file', ''), headers });
  const about = (await readXlsx((await file(FORM_TYPES.xlsx)).rawPayload)).sheets[1];
  const said = Object.fromEntries((about?.rows ?? []).map(([of, says]) => [of, says]));
  t.match(said, {
    'Reporting LEA': LEA,
    'Academic Year': '2023-2024',
    'Run date': '2024-07-15',
    Rulebook: `${shipped.about.name} ${shipped.about.version}`,
    'SHA-256 of the rulebook': shipped.hash,
    'SHA-256 of the text file': body.sha256,
    Rows: String(STUDENTS),
  });
});

t.test('labels stand beside the codes when they are asked for, and never in the text', async (t) => {
  const { file } = await finished(t, '48');
  const names = async (query: string): Promise<string[]> =>
    (await file(FORM_TYPES.csv, query)).body.split('\r\n')[0]?.split(',') ?? [];
  t.equal((await names('')).length, 48);
  t.ok((await names('?labels=true')).includes('Grade Level Code (meaning)'));
  t.match((await file('text/plain', '?labels=true')).json(), {
    status: 400,
    code: 'CENR_REQUEST_INVALID',
    errors: [{ parameter: 'labels', message: /^text has the codes alone; ask for CSV, workbook, Parquet/ }],
  });
  t.equal((await file(FORM_TYPES.csv, '?label=true')).statusCode, 400, 'an unknown parameter is refused');
});

t.test('whoever asks for anything gets the text, and for what there is not a refusal', async (t) => {
  const { file, text } = await finished(t);
  for (const accept of ['*/*', 'text/*', `${FORM_TYPES.csv};q=0.5, text/plain`])
    t.match(await file(accept), { statusCode: 200, body: text, headers: { vary: 'accept, accept-encoding' } }, accept);
  t.match((await file(`text/plain;q=0.5, ${FORM_TYPES.csv}`)).headers, { 'content-type': /^text\/csv/ });
  t.match((await file('application/json')).json(), { code: 'CENR_NOT_ACCEPTABLE', detail: /parquet/ });
});

t.test('other LEAs’ extracts, and files that are gone or changed, have no other form either', async (t) => {
  const { file, key, ask, url, path, text } = await finished(t);
  const headers = { ...key('vendor', [OTHER_LEA]), accept: FORM_TYPES.xlsx };
  t.match(await ask({ url, headers }), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  writeFileSync(path, text.replace(/\r\n/, ' \r\n'));
  t.match((await file(FORM_TYPES.xlsx)).json(), { code: 'CENR_EXTRACT_FILE_CHANGED' });
  rmSync(path);
  t.match((await file(FORM_TYPES.csv)).json(), { code: 'CENR_EXTRACT_FILE_GONE' });
});

t.test('a client that stops reading ends the thread', async (t) => {
  const { app, headers, url } = await finished(t);
  const asked = await app.inject({ url, headers: { ...headers, accept: FORM_TYPES.csv }, payloadAsStream: true });
  asked.stream().destroy();
  await app.close();
  t.pass('and the service can be closed');
});

t.test('what a form cannot be made of is told without its values, which may be a student’s', async (t) => {
  const path = join(folder(t), 'cenr.txt');
  const { columns } = shipped.schemas.output;
  writeFileSync(path, `${columns.map(({ type }) => (type === 'DT' ? '20230229' : '')).join('^')}\r\n`);
  const plan = formPlan('parquet', shipped, '50', false, { sha256: '' });
  await t.rejects(buffer(formPieces({ plan, path })), /^a parquet form of an extract was cut off: UserError$/);
});
