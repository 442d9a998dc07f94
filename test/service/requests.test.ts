/** What a caller sends besides: files of several LEAs, an id for the request. */
import t from 'tap';
import { unknownVariables } from '#service/environment';
import { requestIdFrom } from '#service/http/request-id';
import { LEA, line, OTHER_LEA, service } from '../support/service.ts';

const THIRD_LEA = '9900003';
const lines = [LEA, OTHER_LEA, THIRD_LEA]
  .map((reportingLEA, i) => line('SENR', { reportingLEA, ssid: `990000000${i + 1}` }))
  .join('\r\n');

t.test('a key with several LEAs sends one file with lines of all of them, and of no other', async (t) => {
  const { ask, key } = await service(t);
  const [both, one] = [key('vendor', [OTHER_LEA, LEA]), key('vendor', [LEA])];
  const upload = { method: 'POST' as const, url: '/v1/uploads', payload: lines };
  const { status, body } = await ask({ ...upload, headers: both });
  t.equal(status, 201);
  t.match(body, { sender: `${LEA},${OTHER_LEA}`, counts: { added: 2, rejected: 1 }, problemCounts: { IVR0001: 1 } });
  t.match((await ask({ url: body.links.problems, headers: both })).body.problems, [
    {
      line: 3,
      code: 'IVR0001',
      message: `Found Reporting LEA ${THIRD_LEA}, expected the sender's LEA, ${LEA} or ${OTHER_LEA}.`,
    },
  ]);
  t.equal((await ask({ url: body.links.self, headers: one })).status, 404, 'it holds what is of another LEA');
  t.same((await ask({ url: '/v1/uploads', headers: one })).body.uploads, []);
  const listed = await ask({ url: `/v1/uploads?reportingLEA=${OTHER_LEA}`, headers: both });
  t.equal(listed.body.uploads[0].id, body.id);

  const named = await ask({ ...upload, url: `/v1/uploads?reportingLEA=${LEA}`, headers: both });
  t.match(named.body, { sender: LEA, counts: { rejected: 2 } }, 'it may still name one');
  const two = `/v1/uploads?reportingLEA=${OTHER_LEA},${LEA}`;
  t.equal((await ask({ ...upload, url: two, headers: key('vendor', 'all') })).body.sender, `${LEA},${OTHER_LEA}`);
  t.match(await ask({ ...upload, url: two, headers: one }), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  t.match(await ask({ ...upload, headers: key('vendor', 'all') }), {
    status: 400,
    body: { errors: [{ parameter: 'reportingLEA', message: /bound to all LEAs/ }] },
  });
});

t.test('the manifest of one LEA does not tell what another calls the files of a common upload', async (t) => {
  const { ask, key, app } = await service(t);
  const both = key('vendor', [LEA, OTHER_LEA]);
  await ask({ method: 'POST', url: '/v1/uploads', headers: both, payload: lines });
  for (const [leas, name] of [
    [[LEA], undefined],
    [[LEA, OTHER_LEA], 'upload'],
  ] as const) {
    const payload = { reportingLEAs: leas, academicYear: '2023-2024' };
    const { links } = (await ask({ method: 'POST', url: '/v1/extracts', headers: both, payload })).body;
    await app.jobs.extract.idle();
    const { inputs } = (await ask({ url: `${links.self}/manifest`, headers: both })).body;
    t.equal(inputs.uploads[0].files?.[0].name, name);
  }
});

t.test('the id that a caller gives a request is used on both sides', async (t) => {
  const { ask, key, log } = await service(t);
  const headers = key('vendor', [LEA]);
  const mine = 'sis-7f3a:2024.07';
  const answered = await ask({ url: '/v1/extracts/none', headers: { ...headers, 'x-request-id': mine } });
  t.equal(answered.headers['x-request-id'], mine);
  t.equal(answered.body.requestId, mine);
  t.ok(
    log.some((one) => one.includes(`"requestId":"${mine}"`)),
    'the operator finds it',
  );
  for (const other of ['9900000001', 'student-9900000001', 'two words', 'x'.repeat(65), '{"a":1}', ''])
    t.not(
      (await ask({ url: '/v1/extracts', headers: { ...headers, 'x-request-id': other } })).headers['x-request-id'],
      other,
    );
  t.equal(requestIdFrom(['a', 'b']), undefined);
});

t.test('a variable that nothing reads is named, with the nearest one', async (t) => {
  t.same(unknownVariables({ CENR_PORT: '80', CENR_CACHE: '/tmp', CENR_FUZZ_SEED: '1', HOME: '/' }), []);
  t.same(unknownVariables({ CENR_PROT: '80', CENR_NOTHING_LIKE_IT: '' }), [
    'the environment variable CENR_NOTHING_LIKE_IT is unknown and changes nothing.',
    'the environment variable CENR_PROT is unknown and changes nothing. Did you mean "CENR_PORT"?',
  ]);
});
