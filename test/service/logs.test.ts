import { Writable } from 'node:stream';
import t from 'tap';
import { createLogger, loggedError } from '#service/logger';
import { LEA, line, multipart, record, service } from '../support/service.ts';

/** Everything below that a log must never hold. */
const SSID = '9912345678';
const SECRETS = [SSID, 'Xaviera', 'Quillfeather', 'S-4711', '20130229', 'lunchbox'];
const student = {
  ssid: SSID,
  studentLegalFirstName: 'Xaviera',
  studentLegalLastName: 'Quillfeather',
  localStudentID: 'S-4711',
};
const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };

t.test('whatever is sent and whatever goes wrong, no student gets into the log', async (t) => {
  const { ask, key, app, log, store } = await service(t, { uploadBytes: 20_000, jsonBytes: 20_000 }, () => ({
    writeExtract: () => Promise.reject(new Error(`${SSID} Quillfeather`)),
  }));
  const headers = key('admin', 'all');
  const bad = { ...student, studentBirthDate: '20130229' };
  const upload = { method: 'POST' as const, url: `/v1/uploads?reportingLEA=${LEA}`, headers };
  await ask({ ...upload, payload: line('SENR', student) });
  await ask({ ...upload, payload: line('SENR', bad) });
  await ask({ ...upload, url: `/v1/uploads?reportingLEA=${SSID}`, payload: line('SENR', bad) });
  await ask({ ...upload, url: `/v1/uploads?${SSID}=Xaviera`, payload: line('SENR', bad) });
  const { headers: type, payload } = multipart({ [`Quillfeather ${SSID}.txt`]: line('SENR', student) });
  await ask({ ...upload, headers: { ...headers, ...type }, payload });
  await ask({ ...upload, payload: line('SENR', student).repeat(500) });
  const evaluation = { method: 'POST' as const, url: '/v1/evaluations', headers };
  await ask({ ...evaluation, payload: { request, records: [record('SENR', student)] } });
  await ask({ ...evaluation, payload: { request, records: [record('SENR', bad)] } });
  await ask({ ...evaluation, payload: { request, records: [record('SENR', student), record('SENR')] } });
  await ask({ ...evaluation, payload: { request, Quillfeather: SSID } });
  await ask({
    ...evaluation,
    headers: { ...headers, 'content-type': 'application/json' },
    payload: `{"${SSID}": Xaviera`,
  });
  await ask({
    ...evaluation,
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    payload: `${JSON.stringify({ request })}\n${JSON.stringify({ records: [record('SENR', bad)] })}\n{"Quillfeather`,
  });
  await ask({ method: 'POST', url: '/v1/extracts', headers, payload: { ...request, schools: [SSID], Xaviera: 1 } });
  await ask({ method: 'POST', url: '/v1/extracts', headers, payload: { ...request, schools: [SSID] } });
  await ask({ url: `/v1/uploads/${SSID}`, headers });
  await ask({ url: `/${SSID}/Quillfeather?name=Xaviera` });
  await ask({ url: `/v1/uploads/%zz${SSID}` });
  await ask({ method: 'PUT', url: `/v1/uploads/${SSID}`, payload: { ...student } });
  await ask({
    url: '/v1/uploads',
    headers: { authorization: `Bearer ${SSID}`, 'user-agent': 'Xaviera', 'x-request-id': SSID, referer: SSID },
  });
  await app.jobs.extract.idle();
  const { uploads } = (await ask({ url: '/v1/uploads', headers })).body;
  await ask({ url: uploads[0].links.problems, headers });
  store.forLEAs = () => {
    throw Object.assign(new Error(`UNIQUE constraint failed: ${SSID}\n    at Quillfeather (lunchbox)`), {
      sql: SSID,
      req: student,
    });
  };
  await ask({ url: `/v1/uploads/${SSID}`, headers });

  t.ok(log.length > 20);
  const all = log.join('');
  for (const secret of SECRETS) t.equal(all.includes(secret), false, secret);
  t.notMatch(all, /cenr_[A-Za-z0-9_-]{43}/, 'nor a key');
});

t.test('what a line of log has', async (t) => {
  const { ask, key, log, store } = await service(t);
  const headers = key('vendor', [LEA]);
  const [id] = (await store.keys()).map((one) => one.id);
  log.length = 0;
  const answer = await ask({ url: '/v1/uploads/nothing', headers });
  const lines = log.map((one) => JSON.parse(one)).filter(({ msg }) => msg === 'request');
  t.equal(lines.length, 1);
  t.match(lines[0], {
    level: 30,
    requestId: answer.headers['x-request-id'],
    method: 'GET',
    route: '/v1/uploads/:id',
    status: 404,
    ms: Number,
    keyId: id,
    code: 'CENR_NOT_FOUND',
    msg: 'request',
  });
  t.same(Object.keys(lines[0]).sort(), [
    'code',
    'keyId',
    'level',
    'method',
    'ms',
    'msg',
    'requestId',
    'route',
    'status',
    'time',
  ]);
  t.equal(answer.body.requestId, answer.headers['x-request-id'], 'and a caller can name it');
});

t.test('the logger writes what is allowed, whoever logs', async (t) => {
  const lines: string[] = [];
  const logger = createLogger(
    'info',
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  const error = Object.assign(new Error(`secret ${SSID}`), { code: 'ERR_X', sql: SSID });
  logger.info({ method: 'GET', body: SSID, req: { url: SSID }, res: { headers: SSID }, ssid: SSID }, 'a line');
  logger.error(error);
  logger.error({ err: error });
  logger.error({ err: error }, error.message);
  logger.error({ err: error }, 'it failed');
  logger.warn({ err: SSID }, 'thrown');
  t.notMatch(lines.join(''), /secret|9912345678/);
  t.match(
    lines.map((one) => JSON.parse(one)),
    [
      { method: 'GET', msg: 'a line' },
      { msg: 'an error', err: { type: 'Error', code: 'ERR_X', at: [/^at /] } },
      { msg: 'an error' },
      { msg: 'an error' },
      { msg: 'it failed' },
      { err: { type: 'string' } },
    ],
  );
  t.same(loggedError(undefined), { type: 'undefined', code: undefined, at: [] });
  class Odd extends TypeError {}
  t.match(loggedError(new Odd('')), { type: 'Odd', at: [/logs\.test/] });
});
