import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { UnreadableInputError } from '#intake/lines';
import { fileName } from '#service/http/receive';
import { StoreBusyError } from '#store/store';
import { LEA, line, loadHere, multipart, NOW, service, TODAY } from '../../support/service.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const upload = { method: 'POST' as const, url: '/v1/uploads' };

t.test('a file as the body is loaded, reported and listed', async (t) => {
  const { ask, key, config, app } = await service(t);
  const headers = key('vendor', [LEA]);
  const payload = `${line('SENR')}\r\n${line('SINF')}\r\n${line('SENR', { gradeLevelCode: 'XX' })}\r\n`;
  const answer = await ask({ ...upload, headers: { ...headers, 'content-type': 'text/plain' }, payload });
  const { id } = answer.body;
  t.equal(answer.status, 201);
  t.equal(answer.headers['location'], `/v1/uploads/${id}`);
  t.equal(answer.headers['cenr-rulebook'], (await app.rules.current()).hash);
  t.match(answer.body, {
    sender: LEA,
    receivedAt: NOW.toISOString(),
    loadDay: TODAY,
    files: [{ name: 'upload', sha256: sha256(payload), bytes: payload.length }],
    linesRead: 3,
    counts: { added: 2, replaced: 0, deleted: 0, rejected: 1 },
    problemCounts: { GERR0002: 1 },
    links: { self: `/v1/uploads/${id}`, problems: `/v1/uploads/${id}/problems` },
  });
  t.same((await ask({ url: `/v1/uploads/${id}`, headers })).body, answer.body);
  t.same((await ask({ url: '/v1/uploads', headers })).body, { uploads: [answer.body] });
  t.same(readdirSync(join(config.storeDir, 'incoming')), [], 'nothing of it stays on the disk but in the store');
});

t.test('several files as multipart, packed or not', async (t) => {
  const { ask, key } = await service(t);
  const { headers, payload } = multipart({ 'SENR 2023.txt': line('SENR'), '../../SINF.gz': gzipSync(line('SINF')) });
  const { status, body } = await ask({ ...upload, headers: { ...headers, ...key('vendor', [LEA]) }, payload });
  t.equal(status, 201);
  t.same(
    body.files.map(({ name }: { name: string }) => name),
    ['SENR 2023.txt', 'SINF.gz'],
  );
});

t.test('what is no upload is refused', async (t) => {
  const { ask, key, config } = await service(t, { uploadBytes: 2_000, uploadFiles: 2 });
  const headers = key('vendor', [LEA]);
  const text = { ...headers, 'content-type': 'text/plain' };
  const bomb = gzipSync(Buffer.alloc(100_000));
  const cases: [string, Parameters<typeof ask>[0], number, string][] = [
    ['nothing', { ...upload, headers: text, payload: '' }, 400, 'CENR_UPLOAD_EMPTY'],
    ['no body', { ...upload, headers }, 400, 'CENR_UPLOAD_EMPTY'],
    [
      'no parts',
      { ...upload, headers: { ...headers, ...multipart({}).headers }, payload: multipart({}).payload },
      400,
      'CENR_UPLOAD_EMPTY',
    ],
    ['JSON', { ...upload, headers, payload: { lines: [] } }, 415, 'CENR_MEDIA_TYPE_UNSUPPORTED'],
    [
      'a zip file',
      { ...upload, headers: { ...headers, 'content-type': 'application/zip' }, payload: 'PK' },
      415,
      'CENR_MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'brotli',
      { ...upload, headers: { ...text, 'content-encoding': 'br' }, payload: 'x' },
      415,
      'CENR_MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'a packed form',
      {
        ...upload,
        headers: { ...headers, ...multipart({ a: 'x' }).headers, 'content-encoding': 'gzip' },
        payload: 'x',
      },
      415,
      'CENR_MEDIA_TYPE_UNSUPPORTED',
    ],
    ['too long, and says so', { ...upload, headers: text, payload: 'x'.repeat(2_001) }, 413, 'CENR_BODY_TOO_LARGE'],
    [
      'too long in parts',
      {
        ...upload,
        headers: { ...headers, ...multipart({ a: 'SIAD^'.repeat(220), b: 'SIAD^'.repeat(100) }).headers },
        payload: multipart({ a: 'SIAD^'.repeat(220), b: 'SIAD^'.repeat(100) }).payload,
      },
      201,
      '',
    ],
    [
      'too many files',
      {
        ...upload,
        headers: { ...headers, ...multipart({ a: 'x', b: 'x', c: 'x' }).headers },
        payload: multipart({ a: 'x', b: 'x', c: 'x' }).payload,
      },
      413,
      'CENR_BODY_TOO_LARGE',
    ],
    ['too long unpacked', { ...upload, headers: text, payload: bomb }, 413, 'CENR_BODY_TOO_LARGE'],
    [
      'damaged gzip',
      {
        ...upload,
        headers: text,
        payload: Buffer.concat([gzipSync(line('SENR')).subarray(0, 60), Buffer.from('xxxxxxxxxxxxxxxxxxxx')]),
      },
      422,
      'CENR_UPLOAD_UNREADABLE',
    ],
    [
      'a form',
      {
        ...upload,
        headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
        payload: '--b\r\nContent-Disposition: form-data; name="lea"\r\n\r\n1\r\n--b--\r\n',
      },
      400,
      'CENR_REQUEST_INVALID',
    ],
    [
      'an unknown parameter',
      { ...upload, url: '/v1/uploads?lea=1234567', headers: text, payload: 'x' },
      400,
      'CENR_REQUEST_INVALID',
    ],
    [
      'an unknown encoding',
      { ...upload, url: '/v1/uploads?encoding=latin1', headers: text, payload: 'x' },
      400,
      'CENR_REQUEST_INVALID',
    ],
  ];
  t.ok(bomb.length < 2_000);
  for (const [title, request, status, code] of cases) {
    const answer = await ask(request);
    t.equal(answer.status, status, title);
    if (code !== '') t.equal(answer.body.code, code, title);
  }
  t.same(readdirSync(join(config.storeDir, 'incoming')), []);
});

t.test('what is no caret file is refused with a code of its own, and nothing of the upload is stored', async (t) => {
  const { ask, key, store } = await service(t);
  const headers = key('vendor', [LEA]);
  const text = `${line('SENR')}\r\n`;
  const kinds: [string, string | Buffer, RegExp][] = [
    ['SENR.csv', text.replaceAll('^', ','), /"SENR.csv" .* has commas between its fields/],
    ['SENR.txt', Buffer.from(`\ufeff${text}`, 'utf16le'), /"SENR.txt" .* UTF-16/],
    ['SENR.xlsx', Buffer.from('PK\x03\x04…[Content_Types].xml'), /"SENR.xlsx" .* workbook/],
    ['SENR.gz', gzipSync(gzipSync(text)), /"SENR.gz" .* gzip twice/],
    ['hello.txt', 'hello world', /"hello.txt" .* none of its lines/],
  ];
  for (const [name, content, detail] of kinds) {
    const { headers: type, payload } = multipart({ 'good.txt': text, [name]: content });
    t.match(
      await ask({ ...upload, headers: { ...headers, ...type }, payload }),
      { status: 422, body: { code: 'CENR_NOT_A_CARET_FILE', detail, fix: /carets/ } },
      name,
    );
  }
  t.match(await ask({ ...upload, headers: { ...headers, 'content-type': 'text/plain' }, payload: 'a,b' }), {
    status: 422,
    body: { detail: /^"upload" is not/ },
  });
  t.same((await ask({ url: '/v1/uploads', headers })).body.uploads, []);
  t.same(await store.forLEAs('all').students(), 0);
});

t.test('an upload of which nothing could be used says so', async (t) => {
  const { ask, key } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'text/plain' };
  const none = await ask({ ...upload, headers, payload: `SIAD^\r\n${line('SENR', { gradeLevelCode: 'XX' })}\r\n\r\n` });
  t.match(none, {
    status: 201,
    body: {
      linesRead: 3,
      blankLines: 1,
      counts: { added: 0, notUsed: 1, rejected: 1 },
      warnings: [{ code: 'NO_RECORD_USED', message: /^None of the records could be used/ }],
    },
  });
  t.same((await ask({ url: none.body.links.self, headers })).body.warnings, none.body.warnings);
  for (const payload of [' \r\n\r\n', '\u001a'])
    t.match(await ask({ ...upload, headers, payload }), {
      status: 201,
      body: { warnings: [{ code: 'NO_RECORD', message: /^There is no record in the files/ }] },
    });
  const some = await ask({ ...upload, headers, payload: `SIAD^\r\n${line('SENR')}` });
  t.notOk('warnings' in some.body);
});

t.test('a charset that is not understood is refused before the body is read', async (t) => {
  const { ask, key } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'text/plain; charset=shift_jis' };
  t.match(await ask({ ...upload, headers, payload: line('SENR') }), {
    status: 415,
    body: { code: 'CENR_MEDIA_TYPE_UNSUPPORTED', detail: /"shift_jis" .* expected utf-8 or windows-1252/ },
  });
});

t.test('a stream that says no length is cut off at the limit', async (t) => {
  const { Readable } = await import('node:stream');
  const { ask, key } = await service(t, { uploadBytes: 10_000 });
  let sent = 0;
  const payload = new Readable({
    read() {
      sent += 1_000;
      this.push(sent > 1_000_000 ? null : Buffer.alloc(1_000, 'x'));
    },
  });
  const { status, headers } = await ask({
    ...upload,
    headers: { ...key('vendor', [LEA]), 'content-type': 'text/plain' },
    payload,
  });
  t.equal(status, 413);
  t.equal(headers['connection'], 'close');
  t.ok(sent < 500_000, `${sent} bytes were taken`);
});

t.test('a file that cannot be read, and a store that is busy, are the loader’s to find', async (t) => {
  for (const [error, status, code] of [
    [
      new UnreadableInputError('"upload" has a line of more than 262144 bytes; is it a caret-delimited text file?'),
      422,
      'CENR_UPLOAD_UNREADABLE',
    ],
    [new StoreBusyError(), 503, 'CENR_STORE_BUSY'],
    [new Error('disk'), 500, 'CENR_INTERNAL'],
  ] as const) {
    const { ask, key } = await service(t, {}, () => ({ loadUpload: () => Promise.reject(error) }));
    const answer = await ask({ ...upload, headers: key('vendor', [LEA]), payload: 'x' });
    t.match(answer, { status, body: { code } });
    if (status === 503) t.ok(answer.headers['retry-after']);
    t.equal(answer.text.includes('disk'), false, 'what went wrong inside stays inside');
  }
});

t.test('uploads take turns, and so many of one key may wait', async (t) => {
  const first = Promise.withResolvers<void>();
  const order: string[] = [];
  const { ask, key } = await service(t, { waitingUploads: 1 }, (_store, storeDir) => ({
    loadUpload: async (options) => {
      order.push(`begin ${options.sender}`);
      if (order.length === 1) await first.promise;
      const loaded = await loadHere(storeDir)(options);
      order.push(`end ${options.sender}`);
      return loaded;
    },
  }));
  const headers = key('vendor', ['1000001']);
  const other = key('vendor', ['1000002']);
  const send = (headers: object, lea: string) =>
    ask({ ...upload, headers: { ...headers }, payload: line('SENR', { reportingLEA: lea }) });
  const answers = [send(headers, '1000001'), send(headers, '1000001'), send(headers, '1000001')];
  const refused = await Promise.race(answers);
  t.match(refused, { status: 429, headers: { 'retry-after': /\d/ }, body: { code: 'CENR_TOO_MANY_WAITING' } });
  const another = send(other, '1000002');
  first.resolve();
  t.same((await Promise.all(answers)).map(({ status }) => status).sort(), [201, 201, 429]);
  t.equal((await another).status, 201, 'another key waits all the same');
  t.match(order, [/^begin/, /^end/, /^begin/, /^end/, /^begin/, /^end/]);
});

t.test('lists are given page by page', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.unshift((await ask({ ...upload, headers, payload: line('SENR') })).body.id);
  const seen: string[] = [];
  let next: string | undefined = '/v1/uploads?limit=2';
  for (let pages = 0; next !== undefined; pages++) {
    const { body } = await ask({ url: next, headers });
    seen.push(...body.uploads.map(({ id }: { id: string }) => id));
    next = body.next;
    t.ok(pages < 3);
  }
  t.same(seen, ids, 'latest first, none twice, none left out');
  for (const url of ['/v1/uploads?limit=0', '/v1/uploads?limit=ten', '/v1/uploads?page=2'])
    t.match(await ask({ url, headers }), { status: 400, body: { code: 'CENR_REQUEST_INVALID' } });
});

t.test('names of files are fit to stand in a folder and a report', async (t) => {
  t.equal(fileName('C:\\files\\SENR.txt'), 'SENR.txt');
  t.equal(fileName('../../etc/passwd'), 'passwd');
  t.equal(fileName('.hidden'), 'hidden');
  t.equal(fileName('a\u0000b\nc^d.txt'), 'a_b_c_d.txt');
  t.equal(fileName('…'), '_');
  t.equal(fileName('..'), 'upload');
  t.equal(fileName('Año 2023 (final).txt'), 'Año 2023 (final).txt');
  t.equal(fileName('x'.repeat(500)).length, 120);
});
