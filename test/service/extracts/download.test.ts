/** Downloading an extract: tags, parts, packing, names, and a file that is no longer the one that was made. */
import { createHash } from 'node:crypto';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { extractName } from '#service/extracts/file-name';
import { rangeOf } from '#service/http/range';
import { extractFile, LEA, line, service } from '../../support/service.ts';

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };

/** A finished extract with a row, and its file over REST and on the disk. */
async function finished(t: Test) {
  const tested = await service(t);
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') });
  const { id, links } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();
  const { sha256 } = (await ask({ url: links.self, headers })).body;
  const path = extractFile(tested, id);
  const url = `${links.self}/file`;
  const file = (more: Readonly<Record<string, string>> = {}) => ask({ url, headers: { ...headers, ...more } });
  const raw = (more: Readonly<Record<string, string>>, options: InjectOptions = {}) =>
    app.inject({ url, ...options, headers: { ...headers, ...more } });
  return { file, raw, path, sha256: sha256 as string, bytes: readFileSync(path) };
}

t.test('the tag is the SHA-256; whoever names it gets nothing again', async (t) => {
  const { file, sha256, bytes } = await finished(t);
  const whole = await file();
  t.match(whole, {
    status: 200,
    headers: {
      etag: `"${sha256}"`,
      'accept-ranges': 'bytes',
      vary: 'accept-encoding',
      'content-disposition': `attachment; filename="CENR_${LEA}_2023-2024_20240715.txt"`,
    },
  });
  t.equal(createHash('sha256').update(whole.text).digest('hex'), sha256);
  t.equal(whole.text, bytes.toString());
  for (const known of [`"${sha256}"`, `"other", W/"${sha256}"`, '*'])
    t.match(await file({ 'if-none-match': known }), { status: 304, text: '', headers: { etag: `"${sha256}"` } });
  t.equal((await file({ 'if-none-match': `"${sha256}-gzip"` })).status, 200, 'the tag of the packed file is another');
});

t.test('packed for whoever accepts that, under a tag of its own', async (t) => {
  const { raw, file, sha256, bytes } = await finished(t);
  const packed = await raw({ 'accept-encoding': 'gzip' });
  t.match(packed.headers, { 'content-encoding': 'gzip', etag: `"${sha256}-gzip"`, vary: 'accept-encoding' });
  t.notOk('repr-digest' in packed.headers, 'the digest would be that of other bytes');
  t.same(gunzipSync(packed.rawPayload), bytes);
  t.equal((await file({ 'accept-encoding': 'gzip', 'if-none-match': `"${sha256}-gzip"` })).status, 304);
  t.equal((await file({ 'accept-encoding': 'gzip', 'if-none-match': `"${sha256}"` })).status, 200);
  const plain = await raw({ 'accept-encoding': 'gzip;q=0, br' });
  t.notOk('content-encoding' in plain.headers);
});

t.test('a part of the file', async (t) => {
  const { raw, file, sha256, bytes } = await finished(t);
  const size = bytes.length;
  const part = async (more: Readonly<Record<string, string>>) => {
    const { statusCode, headers, rawPayload } = await raw(more);
    return { status: statusCode, range: headers['content-range'], bytes: rawPayload };
  };
  t.same(await part({ range: 'bytes=5-9' }), {
    status: 206,
    range: `bytes 5-9/${size}`,
    bytes: bytes.subarray(5, 10),
  });
  t.same((await part({ range: 'bytes=-4' })).bytes, bytes.subarray(-4));
  t.same((await part({ range: `bytes=10-`, 'if-range': `"${sha256}"` })).bytes, bytes.subarray(10));
  t.same((await part({ range: 'bytes=10-', 'if-range': '"another"' })).status, 200);
  t.match(
    await part({ range: 'bytes=0-3', 'accept-encoding': 'gzip' }),
    { status: 206, bytes: bytes.subarray(0, 4) },
    'parts are parts of the plain file',
  );
  t.match(await file({ range: `bytes=${size}-` }), {
    status: 416,
    headers: { 'content-range': `bytes */${size}` },
    body: { code: 'CENR_RANGE_UNSATISFIABLE' },
  });
});

t.test('a header Range is followed, ignored or refused', async (t) => {
  const cases: [string | undefined, [number, number] | undefined | 'refused'][] = [
    [undefined, undefined],
    ['bytes=0-0', [0, 0]],
    ['bytes=2-99', [2, 9]],
    ['bytes=-99', [0, 9]],
    ['bytes=4-2', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['rows=0-1', undefined],
    ['bytes=10-12', 'refused'],
    ['bytes=-0', 'refused'],
  ];
  for (const [header, expected] of cases) {
    const found = () => rangeOf(header, undefined, '"tag"', 10);
    if (expected === 'refused') t.throws(found, { code: 'CENR_RANGE_UNSATISFIABLE' }, String(header));
    else t.same(found(), expected && { start: expected[0], end: expected[1] }, String(header));
  }
  t.throws(() => rangeOf('bytes=0-', undefined, '"tag"', 0), { code: 'CENR_RANGE_UNSATISFIABLE' });
});

t.test('what is not offered is refused', async (t) => {
  const { file } = await finished(t);
  for (const headers of [{ accept: 'text/html' }, { accept: 'application/json' }, { 'accept-encoding': 'br, *;q=0' }])
    t.match(await file(headers), { status: 406, body: { code: 'CENR_NOT_ACCEPTABLE' } }, JSON.stringify(headers));
  for (const accept of ['*/*', 'text/*', 'text/plain;charset=utf-8'])
    t.equal((await file({ accept })).status, 200, accept);
});

t.test('a file that changed on the disk is not sent, and is looked at anew whenever it changes', async (t) => {
  const { file, path, bytes } = await finished(t);
  t.equal((await file()).status, 200);
  const changed = Buffer.from(bytes);
  changed[20] = changed[20] === 48 ? 49 : 48;
  writeFileSync(path, changed);
  utimesSync(path, new Date(0), new Date(0));
  const refused = { status: 410, body: { code: 'CENR_EXTRACT_FILE_CHANGED' } };
  t.match(await file(), refused);
  t.match(await file({ range: 'bytes=0-3' }), refused);
  t.match(await file({ 'if-none-match': '*' }), refused);
  writeFileSync(path, bytes);
  t.equal((await file()).status, 200, 'the bytes are those that were made');
});

t.test('a file has a name that a person recognizes', async (t) => {
  const day = { runDate: '20240715' };
  const name = (request: object, reportingLEAs: 'all' | string[] = ['9900001']) =>
    extractName({ reportingLEAs, request: request as never, ...day });
  t.equal(name({ academicYear: '2023-2024', adjusted: true }), 'CENR_9900001_2023-2024-adjusted_20240715');
  t.equal(name({ asOf: '2023-10-04' }, 'all'), 'CENR_all_as-of-20231004_20240715');
  t.equal(name({ from: '20230815', through: '2024-06-07' }), 'CENR_9900001_20230815-20240607_20240715');
  t.equal(name({ academicYear: '2023-2024' }, ['9900001', '9900002']), 'CENR_9900001-9900002_2023-2024_20240715');
  const many = ['9900001', '9900002', '9900003', '9900004'];
  t.equal(name({ academicYear: '2023-2024' }, many), 'CENR_9900001-and-3-more_2023-2024_20240715');
  t.equal(name({ asOf: '2023"\r\n' }), 'CENR_9900001_as-of-2023_20240715');
});
